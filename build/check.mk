# check.mk - checking and measuring

# Options for pytest: `make check PYTEST="-k fork"`.
PYTEST ?=
TEST_JOBS ?= $(JOBS)

.PHONY: unit check bench lines
unit: $(UNIT_TESTS)

check: $(IMAGE) $(TEST_IMAGE) $(FAILING_IMAGE) $(WITHOUT_IMAGES) $(UNIT_TESTS) lines
	@$(PYTHON) -c 'import pytest' 2>/dev/null || { echo "Kinglet: pytest is missing: run build/setup"; exit 1; }
	@$(PYTHON) -B -m pytest tests/ -q $$($(PYTHON) -c 'import xdist; print("-n $(TEST_JOBS)")' 2>/dev/null) $(PYTEST)

bench: $(IMAGE) $(TEST_IMAGE)
	@$(PYTHON) tests/bench.py

# Outside `make check`, since they take minutes: the autograder in a clean Debian (as root), an instructor's whole way
# from a hand-out to a class's grades.
.PHONY: check-autograder check-course
check-autograder check-course:
	@$(PYTHON) -B tests/try_$(@:check-%=%).py $(LAB)

# A reader's budget: boot, kernel and lib, comments and blank lines included.
LINE_BUDGET := 7000
count_lines = $$(find $(1) -name '*.cc' -o -name '*.hh' -o -name '*.h' -o -name '*.S' | xargs cat /dev/null | wc -l)
lines:
	@for folder in boot kernel lib user tests; do \
	    printf '%8d  %s\n' $(call count_lines,$$folder) $$folder; \
	done; \
	core=$(call count_lines,boot kernel lib); \
	printf '%8d  boot, kernel and lib together, of at most %d\n' $$core $(LINE_BUDGET); \
	test $$core -le $(LINE_BUDGET)

include build/fuzz.mk
