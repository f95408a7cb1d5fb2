# fuzz.mk - random system calls (tests/programs/p-fuzz.cc), seed after seed; in one machine, or in that
# of BOOT, MEMORY, WITHOUT

export MINUTES SEED CALLS WITHOUT

FUZZ_IMAGE := $(if $(WITHOUT),$(filter %/without-$(WITHOUT).img,$(WITHOUT_IMAGES)),$(TEST_IMAGE))

.PHONY: fuzz fuzz-gdb
fuzz: $(FUZZ_IMAGE)
	@$(PYTHON) tests/fuzz.py run
fuzz-gdb: $(FUZZ_IMAGE)
	@$(PYTHON) tests/fuzz.py gdb

# For `make run BOOT="fuzz seed=7"`: seed and calls lie in the image, since no program sees the boot words.
$(OBJ)/fuzz.img: $(FUZZ_IMAGE) FORCE
	@$(PYTHON) tests/fuzz.py image
