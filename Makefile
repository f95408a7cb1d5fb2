# Makefile - what you can ask for
#
#    `make help` lists the targets and variables; how things are compiled and linked stands in build/rules.mk, and
#    QEMU's options in build/qemu.py. Settings come from the command line (`make run MEMORY=256M`), the environment,
#    or an optional file `config.mk` beside this one.

-include config.mk

MEMORY ?= 16M
DISK   ?= virtio
QEMU   ?= qemu-system-x86_64
LOG    ?= log.txt
OBJ    ?= obj
PYTHON ?= $(firstword $(wildcard /usr/bin/python3) python3)
export MEMORY DISK QEMU LOG OBJ PYTHON
export BOOT GDB GDBFLAGS GDBPORT ICOUNT KVM OUT TIME V

.DEFAULT_GOAL := all

include build/rules.mk

.PHONY: all help run check bench grade screenshot lines doctor compdb clean
all: $(IMAGE)

help:
	@cat build/help.txt

### Running. `run-MODE-PROGRAM` starts a program; one whose name starts with "test" comes from the image that has those.

MODES := graphic console headless gdb
# What starts first: $(1), or the first of the BOOT words if it is a program's name.
first_word := $(firstword $(BOOT))
first_program = $(or $(if $(findstring =,$(first_word)),,$(first_word)),$(1))
image_with = $(if $(filter test%,$(call first_program,$(1))),$(TEST_IMAGE),$(IMAGE))
launch = $(if $(call on,$(V)),,@)$(PYTHON) build/run.py $(1) --image '$(call image_with,$(2))' --program '$(2)'

.SECONDEXPANSION:
.PHONY: $(addprefix run-,$(MODES))
run: $$(call image_with,)
	$(call launch,auto)
$(addprefix run-,$(MODES)): run-%: $$(call image_with,)
	$(call launch,$*)
screenshot: $$(call image_with,)
	$(call launch,screenshot)
run-%: $$(call image_with,$$*)
	$(call launch,auto,$*)
run-graphic-%: $$(call image_with,$$*)
	$(call launch,graphic,$*)
run-console-%: $$(call image_with,$$*)
	$(call launch,console,$*)
run-headless-%: $$(call image_with,$$*)
	$(call launch,headless,$*)
run-gdb-%: $$(call image_with,$$*)
	$(call launch,gdb,$*)
screenshot-%: $$(call image_with,$$*)
	$(call launch,screenshot,$*)

### Checking and measuring

# Options for pytest: `make check PYTEST="-k fork"`.
PYTEST ?=
TEST_JOBS ?= $(JOBS)

.PHONY: unit
unit: $(UNIT_TESTS)

check: $(IMAGE) $(TEST_IMAGE) $(FAILING_IMAGE) $(WITHOUT_IMAGES) $(UNIT_TESTS) lines
	@$(PYTHON) -c 'import pytest' 2>/dev/null || { echo "Kinglet: pytest is missing: run build/setup"; exit 1; }
	@$(PYTHON) -B -m pytest tests/ -q $$($(PYTHON) -c 'import xdist; print("-n $(TEST_JOBS)")' 2>/dev/null) $(PYTEST)

bench grade: $(IMAGE) $(TEST_IMAGE)
	@$(PYTHON) tests/$@.py

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

doctor:
	@TOOLPREFIX='$(given_prefix)' CC='$(chosen_CC)' sh build/setup --doctor

clean:
	$(if $(call on,$(V)),,@)rm -rf $(OBJ) log.txt
