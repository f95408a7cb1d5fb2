# Makefile - what you can ask for
#
#    `make help` lists the targets and variables; how things are compiled and linked stands in build/rules.mk, and
#    QEMU's options in build/qemu_options.py. Settings come from the command line (`make run MEMORY=256M`), the environment,
#    or an optional file `config.mk` beside this one.

-include config.mk
-include build/rooms.mk

MEMORY ?= 16M
DISK   ?=
QEMU   ?= qemu-system-x86_64
LOG    ?= log.txt
OBJ    ?= obj
PYTHON ?= $(firstword $(wildcard /usr/bin/python3) python3)

# A folder whose name make cannot have (with a blank, a colon, ...) is reached by a link without.
quoted_OBJ := '$(subst ','\'',$(OBJ))'
ifneq ($(if $(filter-out obj,$(OBJ)),$(shell \
    case $(quoted_OBJ) in (*[!A-Za-z0-9_.,+/-]*) echo odd;; esac)),)
export OBJ_FOLDER := $(OBJ)
override OBJ := $(shell mkdir -p obj $(quoted_OBJ) && folder=$$(cd $(quoted_OBJ) && pwd) && \
    link=obj/at-$$(printf %s "$$folder" | cksum | cut -d ' ' -f 1) && ln -sfn "$$folder" $$link && echo $$link)
$(if $(OBJ),,$(error OBJ=$(OBJ_FOLDER): cannot build there; choose another folder))
endif

export MEMORY DISK QEMU LOG OBJ PYTHON
export BOOT DATA DATADISK GDB GDBFLAGS GDBPORT ICOUNT KVM OUT TIME V
# What Python compiles is an output as others are.
export PYTHONPYCACHEPREFIX ?= $(abspath $(OBJ))/python
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := all

# By another name, so that `make -n` does not run it.
this_make = $(MAKE)

-include build/labs.mk
include build/rules.mk
-include build/check.mk

.PHONY: all help version run screenshot doctor compdb clean
all: $(IMAGE)

help:
	@cat build/help.txt
version:
	@sed -n 's/^#define KINGLET_VERSION "\(.*\)".*/Kinglet \1/p' lib/version.hh

### Running. `run-MODE-PROGRAM` starts a program; those that are not in the menu come from the
### other image.

MODES := graphic console plain text headless
# What starts first: $(1), or the first of the BOOT words if it is a program's name.
first_word := $(firstword $(BOOT))
first_program = $(or $(if $(findstring =,$(first_word)),,$(first_word)),$(1))
image_with = $(if $(filter fuzz,$(call first_program,$(1))),$(OBJ)/fuzz.img,$(if $(filter \
    $(OUTSIDE_MENU),$(call first_program,$(1))),$(TEST_IMAGE),$(IMAGE)))
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
run-plain-%: $$(call image_with,$$*)
	$(call launch,plain,$*)
run-text-%: $$(call image_with,$$*)
	$(call launch,text,$*)
run-headless-%: $$(call image_with,$$*)
	$(call launch,headless,$*)
screenshot-%: $$(call image_with,$$*)
	$(call launch,screenshot,$*)

# For a debugger everything is compiled anew, in a folder of its own: at -O2 a function often has no place to stop at.
debug_image = $(patsubst $(OBJ)/%,$(OBJ)/debug/%,$(call image_with,$(1)))
define debug
$(if $(call on,$(V)),,@)MAKEFLAGS= $(this_make) --no-print-directory D=1 OBJ='$(OBJ)/debug' '$(call debug_image,$(2))'
$(if $(call on,$(V)),,@)$(PYTHON) build/run.py $(1) --image '$(call debug_image,$(2))' --program '$(2)'
endef
.PHONY: run-gdb run-wait
run-gdb run-wait: run-%:
	$(call debug,$*,)
run-gdb-%:
	$(call debug,gdb,$*)
run-wait-%:
	$(call debug,wait,$*)

# The ideas of docs/ideas.md, each with its question, its run and what is then to be seen
.PHONY: ideas
ideas:
	@$(PYTHON) build/ideas.py
idea-%: $(IMAGE)
	@$(PYTHON) build/ideas.py --image '$(IMAGE)' '$*'

doctor:
	@TOOLPREFIX='$(given_prefix)' CC='$(chosen_CC)' sh build/setup --doctor

clean:
	$(if $(call on,$(V)),,@)rm -rf $(if $(OBJ_FOLDER),"$$OBJ_FOLDER") $(OBJ) log.txt
