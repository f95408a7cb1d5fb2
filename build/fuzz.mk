# fuzz.mk - random system calls (tests/programs/p-fuzz.cc), seed after seed; in one machine, or in
# that of BOOT, MEMORY, WITHOUT, FILES=1. After them random instructions (p-fuzz-instructions.cc), if no SEED
# is given.

export MINUTES SEED CALLS WITHOUT FILES INSTRUCTIONS

FUZZ_IMAGE := $(if $(WITHOUT),$(filter %/without-$(WITHOUT).img,$(WITHOUT_IMAGES)),$(TEST_IMAGE))

.PHONY: fuzz fuzz-gdb fuzz-instructions
fuzz: $(FUZZ_IMAGE)
	@$(PYTHON) tests/fuzz.py run
	$(if $(SEED)$(BOOT)$(WITHOUT),,@$(PYTHON) tests/fuzz_instructions.py run)
fuzz-instructions: $(TEST_IMAGE)
	@$(PYTHON) tests/fuzz_instructions.py run
fuzz-gdb: $(FUZZ_IMAGE)
	@$(PYTHON) tests/fuzz.py gdb

# For `make run BOOT="fuzz seed=7"`: seed and calls lie in the image, since no program sees the boot words.
$(OBJ)/fuzz.img: $(FUZZ_IMAGE) FORCE
	@$(PYTHON) tests/fuzz.py image
