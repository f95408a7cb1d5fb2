# coverage.mk - which lines of boot loader, kernel and library the tests run: a plugin for QEMU counts (tests/coverage/)
#
#    What lib/ has for processes is counted in two that try it. Not run are tests of what is not built here (grading,
#    labs, hand-outs, the kernels of prove and SAN=1), and figures. The unit tests are built once more, for the
#    compiler's own counts.

COVERAGE := $(OBJ)/coverage
COUNTED_PROGRAMS := test-library test-panic
COUNTED_ELFS := $(patsubst %,$(OBJ)/%.elf,stage1 stage2 kernel-test kernel failing late) \
    $(WITHOUT_IMAGES:.img=.elf) $(COUNTED_PROGRAMS:%=$(OBJ)/user/p-%.elf)
UNCOUNTED_TESTS := bench build checkout classes docs grade_states grading handout lab_states labs mutants prove sandbox \
    sanitizers unit
COUNTED_TESTS ?= $(filter-out $(UNCOUNTED_TESTS:%=tests/test_%.py),$(sort $(wildcard tests/test_*.py)))
COUNTED_UNIT_TESTS := $(foreach name,$(notdir $(UNIT_TESTS)),$(COVERAGE)/host/$(name)/$(name))
# Per cent of the lines that have to be reached.
LEAST ?= 98

.PHONY: coverage coverage-report
coverage: export EVERYTHING := 1
coverage: $(COVERAGE)/plugin.so $(IMAGE) $(TEST_IMAGE) $(FAILING_IMAGE) $(LATE_IMAGE) $(REPLAY) \
        $(WITHOUT_IMAGES)
	$(call needs,pytest pyelftools)
	@echo quit | $(QEMU) -M none -display none -monitor stdio -plugin $<,folder=$(COVERAGE) >/dev/null 2>&1 || { \
	    echo "Kinglet: $(QEMU) does not load $<; it needs a QEMU with plugins"; exit 1; }
	@rm -f $(COVERAGE)/machine-*
	@status=0; KINGLET_COVERAGE="$$(cd $(COVERAGE) && pwd)" $(PYTHON) -m pytest $(COUNTED_TESTS) -q \
	    $$($(PYTHON) -c 'import xdist; print("-n $(TEST_JOBS)")' 2>/dev/null) $(PYTEST) || status=1; \
	MAKEFLAGS= $(this_make) --no-print-directory OBJ=$(OBJ) LEAST=$(LEAST) coverage-report || status=1; exit $$status
check: $(COVERAGE)/plugin.so
# What the last run has counted.
coverage-report: $(COUNTED_UNIT_TESTS)
	@$(PYTHON) tests/coverage/report.py $(COVERAGE) --elf $(COUNTED_ELFS) --host $(COVERAGE)/host \
	    --info $(COVERAGE)/lines.info --least $(LEAST)

$(COVERAGE)/plugin.so: tests/coverage/plugin.cc boot/boot.h lib/layout.h $(OBJ)/host.stamp
	@mkdir -p $(@D)
	$(call step,HOSTCXX,TMPDIR=$(@D) $(HOST_CXX) $(NO_FILES) -std=c++20 -O2 $(WARNINGS) \
	    -fPIC -shared -fvisibility=hidden -iquote . $< -o $@.new)

# `-dumpdir`: the compiler's notes lie beside the program. A test may include what is linked here, too.
COUNTED_FLAGS = $(filter-out -fsanitize% -fno-sanitize%,$(HOST_FLAGS)) --coverage -dumpdir $(@D)/ -Wl,-z,muldefs
define counted_unit_test
$(COVERAGE)/host/$(1)/$(1): tests/unit/$(1).cc $(wildcard tests/unit/*.hh kernel/*/*.* lib/*.*) $(OBJ)/host.stamp
	@mkdir -p $$(@D)
	$$(call step,HOSTCXX,TMPDIR=$$(@D) $$(HOST_CXX) $$(COUNTED_FLAGS) $$(HOST_LINK_FLAGS) \
	    $$(filter tests/unit/$(1).cc,$$^) $$(UNIT_SOURCES) -lgtest -lgtest_main -pthread -o $$@.new)
endef
$(foreach name,$(notdir $(UNIT_TESTS)),$(eval $(call counted_unit_test,$(name))))
