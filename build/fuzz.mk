# fuzz.mk - random system calls (user/p-test-fuzz.cc), seed after seed

export MINUTES SEED CALLS

.PHONY: fuzz fuzz-gdb
fuzz: $(TEST_IMAGE)
	@$(PYTHON) -B tests/fuzz.py run
fuzz-gdb: $(TEST_IMAGE)
	@$(PYTHON) -B tests/fuzz.py gdb
