# check.mk - checking and measuring

# Options for pytest: `make check PYTEST="-k fork"`.
PYTEST ?=
# One more than processors: tests wait now and then.
TEST_JOBS ?= $(shell expr $(JOBS) + 1)

.PHONY: unit check check-long bench figures lines help-checks
help-checks:
	@cat build/help-checks.txt
unit: $(UNIT_TESTS)

# All tests, those included of which `make check` takes a sample.
check-long: export EVERYTHING := 1
check-long: check
check: $(IMAGE) $(TEST_IMAGE) $(COURSES_IMAGE) $(FAILING_IMAGE) $(LATE_IMAGE) $(WITHOUT_IMAGES) \
    $(UNIT_TESTS) $(PLANTED_IMAGE) lines
	$(call needs,pytest)
	@$(PYTHON) -m pytest tests/ -q $$($(PYTHON) -c 'import xdist; print("-n $(TEST_JOBS)")' 2>/dev/null) $(PYTEST)

# Tests build nearly the same sources many times over: ccache, where it is, compiles them once. Its cache is our own.
CCACHE_FOLDER := $(firstword $(wildcard /usr/lib/ccache/bin /usr/lib64/ccache /usr/lib/ccache))
ifneq ($(and $(CCACHE_FOLDER),$(filter check check-long,$(MAKECMDGOALS))),)
export PATH := $(CCACHE_FOLDER):$(PATH)
export CCACHE_DIR := $(abspath $(OBJ))/ccache
export CCACHE_NOHASHDIR := 1
export CCACHE_DEPEND := 1
export CCACHE_MAXSIZE := 1G
endif

bench: $(IMAGE) $(TEST_IMAGE)
	@$(PYTHON) tests/bench.py
# docs/figures.md, brought up to date
figures: $(IMAGE) $(TEST_IMAGE)
	@$(PYTHON) tests/bench.py figures

# Outside `make check`, since they take minutes: the autograder in a clean Debian (as root), an instructor's whole way
# from a hand-out to a class's grades.
.PHONY: check-autograder check-course
check-course: private tools := git universal-ctags 'GNU parallel'
check-autograder: private tools := git universal-ctags
check-autograder check-course:
	$(call needs,$(tools))
	@$(PYTHON) tests/try_$(@:check-%=%).py $(LAB)

# The grading of a class, made of tests/mutants, stopped and resumed: CLASS submissions of lab LAB.
.PHONY: rehearse
rehearse: private tools := git universal-ctags 'GNU parallel'
rehearse:
	$(call needs,$(tools))
	@$(PYTHON) tests/rehearsal.py --lab $(or $(LAB),vm) --count $(or $(CLASS),30) --single $(or $(SINGLE),5)

# The disk after each write of long runs: CALLS random calls from SEED on, or seed after seed for MINUTES; DATADISK=ide
.PHONY: check-crash
check-crash: $(TEST_IMAGE)
	@$(PYTHON) tests/crash.py

# A reader's budget: boot, kernel and lib, without comments and blank lines.
lines:
	@$(PYTHON) build/lines.py

include build/fuzz.mk build/style.mk
-include build/prove.mk build/coverage.mk build/model.mk build/bench.mk build/fresh.mk build/matrix.mk
