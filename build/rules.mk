# rules.mk - how sources become disk images
#
#    boot/ -> stage1.bin, stage2.bin          lib/ -> lib.a
#    user/p-NAME.cc or .c, tests/programs/p-NAME.cc or .c -> user/p-NAME.elf
#    kernel/ + lib.a + programs and symbol tables (collected by build/pack.py) -> kernel.elf
#    all of these -> kinglet.img, whose programs are those of the menu, and kinglet-test.img, with the p-test... too
#
#    A room is a part of the kernel that can be left out: X.cc has it, X_none.cc beside it does
#    without. (Where there is only X_none.cc, the room is yet to come.) $(ROOMS) are those that the
#    kernel is linked with. For the tests, without-X.img is linked without X, failing.img with
#    tests/failing_kalloc.cc between the kernel and `kalloc`, and late.img with
#    tests/late_memory.cc, in which memory and pages can be waited for.
#
#    Programs are in build/programs.mk.
#
#    Everything made lies in $(OBJ). A change of compiler, flags or list of files rebuilds what it affects.

MAKEFLAGS += --no-builtin-rules --no-builtin-variables
# Asked for where it is used.
JOBS = $(eval JOBS := $$(shell nproc 2>/dev/null || sysctl -n hw.ncpu 2>/dev/null || echo 2))$(JOBS)
ifeq ($(filter -j%,$(MAKEFLAGS)),)
MAKEFLAGS += -j$(JOBS)
endif
.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: FORCE

# on(variable's value): not empty and not 0.
on = $(filter-out 0,$(1))

# step(name, command) runs the command, showing it whole with V=1, else as one short line. The command writes $@.new: a
# build that is killed leaves no half of anything.
shown = $(if $(call on,$(V)),,@printf '  %-8s%s\n' '$(1)' '$@'; )
step = $(call shown,$(1)){ $(2) && mv -f $@.new $@; } || \
    sh build/full-disk $(OBJ)

# needs(tools): as a recipe's line, a sentence and the target's end if one of them is not here (build/setup knows them).
needs = @TOOLPREFIX='$(given_prefix)' CC='$(chosen_CC)' sh build/setup --needs 'make $@' $(1)

### Tools. TOOLPREFIX is given, or found: this machine's own tools if they make x86-64 ELF files, else a cross compiler.

# CC may name the C or the C++ compiler: renamed(compiler, from, to), the folder it lies in left as it is.
renamed = $(foreach word,$(1),$(if $(findstring /,$(word)),$(dir $(word)))$(subst $(2),$(3),$(notdir $(word))))
given_CC := $(if $(filter default undefined,$(origin CC)),gcc,$(CC))
is_clang := $(findstring clang,$(notdir $(given_CC)))
chosen_CC := $(if $(is_clang),$(call renamed,$(given_CC),clang++,clang),$(call renamed,$(given_CC),g++,gcc))
given_prefix := $(if $(filter undefined,$(origin TOOLPREFIX)),,$(TOOLPREFIX))
ifeq ($(origin TOOLPREFIX),undefined)
makes_elf = $(shell case "$$($(1)ld -V 2>/dev/null)" in (*elf_x86_64*) echo yes;; esac)
found_prefix := $(or $(if $(call makes_elf,),none),$(if $(call makes_elf,x86_64-elf-),x86_64-elf-),\
    $(if $(call makes_elf,x86_64-linux-gnu-),x86_64-linux-gnu-))
TOOLPREFIX = $(if $(found_prefix),$(filter-out none,$(found_prefix)),$(error no linker here makes x86-64 ELF files: \
    run build/setup, or give TOOLPREFIX=))
endif
ifneq ($(is_clang),)
TARGET_CC = $(chosen_CC) --target=x86_64-linux-gnu
TARGET_CXX = $(call renamed,$(chosen_CC),clang,clang++) --target=x86_64-linux-gnu
# It says that it deletes what -fno-delete-null-pointer-checks makes it keep.
TARGET_WARNINGS := -Wno-null-dereference
else
TARGET_CC = $(TOOLPREFIX)$(chosen_CC)
TARGET_CXX = $(TOOLPREFIX)$(call renamed,$(chosen_CC),gcc,g++)
endif
TARGET_LD = $(TOOLPREFIX)ld
TARGET_AR = $(TOOLPREFIX)ar
TARGET_OBJCOPY = $(TOOLPREFIX)objcopy
CXXFILT = $(TOOLPREFIX)c++filt
HOST_CXX ?= g++

### Flags

WARNINGS := -Wall -Wextra -Wshadow -Wundef -Wformat=2
# What runs each time the kernel is entered is made fast, the rest small; with OPT=-O0, say, all of it is made so. The
# programs of labs' checks stay as they are: small, they meet a wrong kernel in ways that make it harder to explain.
MADE_SMALL := kernel/device/% kernel/store/archive% kernel/store/tar% kernel/file_calls.% kernel/mapping_calls.% kernel/view/% \
    kernel/process/files% kernel/process/file_changes.% kernel/process/file_m% kernel/process/file_sync.% kernel/process/report.% kernel/process/program_image.% boot/% user/% \
    lib/format.% lib/console.% lib/elf.% lib/check.% tests/courses/% tests/programs/%
NOT_SMALL := user/p-check-%
OPTIMIZE = $(or $(OPT),$(if $(call on,$(D)),-Og,$(if $(filter $(MADE_SMALL),$(filter-out $(NOT_SMALL),$<)),-Os,-O2)))
# A large frame touches each of its pages, so that none steps over a guard. Who follows a null pointer is stopped.
SAFE_FLAGS := -fstack-clash-protection -fno-delete-null-pointer-checks
# From the compiler to the assembler through a pipe: a file for temporary use would stay where a
# build is killed.
NO_FILES := -pipe
TARGET_FLAGS := $(NO_FILES) -ffreestanding -fno-pic -fno-pie -mno-red-zone -mgeneral-regs-only -fno-stack-protector \
    -fcf-protection=none -fno-asynchronous-unwind-tables -fno-omit-frame-pointer -ffunction-sections \
    -fdata-sections -g $(SAFE_FLAGS) $(WARNINGS) $(TARGET_WARNINGS) -iquote lib -iquote kernel
# Programs find the C library's headers in user/include, before this machine's own.
FOR_PROGRAMS := -iquote user -I user/include
PROGRAM_FLAGS = $(if $(filter user/% tests/courses/% tests/programs/%,$<),$(FOR_PROGRAMS))
C_FLAGS = $(TARGET_FLAGS) $(OPTIMIZE) $(PROGRAM_FLAGS) -std=gnu17
CXX_FLAGS = $(TARGET_FLAGS) $(OPTIMIZE) $(PROGRAM_FLAGS) -std=c++20 -fno-exceptions -fno-rtti -fno-threadsafe-statics
ASM_FLAGS := $(TARGET_FLAGS) -Wa,--noexecstack
LINK_FLAGS := -m elf_x86_64 -nostdlib -static --gc-sections -z noexecstack --build-id=none --fatal-warnings

HOST_FLAGS := $(NO_FILES) -std=c++20 -Og -g1 $(WARNINGS) -fsanitize=address,undefined \
    -fno-sanitize-recover=undefined -fno-omit-frame-pointer -fno-pie -iquote lib -iquote kernel -iquote .
# The kernel's page tables must lie where physical memory does, at the address that tests/unit/weensy_machine.hh says;
# the program itself out of its way.
HOST_LINK_FLAGS := -no-pie -Wl,-Ttext-segment=0x40000000 -Wl,--section-start=.kernel=0x50000

### Files

BOOT_SOURCES := $(sort $(wildcard boot/*.cc boot/*.S))
LIB_SOURCES := $(sort $(wildcard lib/*.cc lib/*.S))
KERNEL_SOURCES := $(sort $(wildcard kernel/*.cc kernel/*.S kernel/*/*.cc kernel/*/*.S))

objects = $(addprefix $(OBJ)/,$(addsuffix .o,$(1)))
BOOT_OBJECTS := $(call objects,$(filter-out boot/boot.S,$(BOOT_SOURCES)))
LIB_OBJECTS := $(call objects,$(LIB_SOURCES))

# Rooms, by name; objects_with(rooms): the kernel's, linked with these.
ALL_ROOMS := $(notdir $(foreach plain,$(filter %_none.cc,$(KERNEL_SOURCES)),\
    $(patsubst %.cc,%,$(filter $(plain:%_none.cc=%.cc),$(KERNEL_SOURCES)))))
ROOMS ?= $(ALL_ROOMS)
unknown_rooms := $(filter-out $(ALL_ROOMS),$(ROOMS))
$(if $(unknown_rooms),$(error ROOMS: no room is called $(unknown_rooms); there are: $(ALL_ROOMS)))
objects_with = $(call objects,$(filter-out $(foreach room,$(ALL_ROOMS),\
    $(if $(filter $(room),$(1)),%/$(room)_none.cc,%/$(room).cc)),$(KERNEL_SOURCES)))
KERNEL_OBJECTS := $(call objects_with,$(ROOMS))

include build/programs.mk

IMAGE := $(OBJ)/kinglet.img
TEST_IMAGE := $(OBJ)/kinglet-test.img
FAILING_IMAGE := $(OBJ)/failing.img
LATE_IMAGE := $(OBJ)/late.img
WITHOUT_IMAGES := $(patsubst %,$(OBJ)/without-%.img,$(ALL_ROOMS))

### A list of files or flags as a file: rewritten only when it changes, so that what depends on it is made anew then.

# no_tool(command): that it is not there, and what to do.
wrong_setting = $(if $(and $(given_prefix),$(filter $(given_prefix)%,$(1))),TOOLPREFIX=$(given_prefix),$(if \
    $(and $(filter-out default undefined,$(origin CC)),$(filter $(firstword $(TARGET_CXX)),$(1))),CC=$(CC)))
no_tool = $(if $(wrong_setting),$(wrong_setting): there is no $(1); give another or leave it out,$(1) is not installed: \
    run build/setup$(if $(filter $(firstword $(TARGET_CXX)) $(TARGET_LD) $(PYTHON),$(1)),, check))
# make looks for the tool and writes the file by itself: to start a process is dear. (What make 4.3
# reads ends, now and then, with a line's end: hence `strip`.)
is_there = $(wildcard $(if $(findstring /,$(1)),$(1),$(addsuffix /$(1),$(subst :, ,$(PATH)))))
is_same = $(and $(findstring <$(1)>,<$(2)>),$(findstring <$(2)>,<$(1)>))
is_only_shown = $(findstring n,$(firstword -$(MAKEFLAGS)))
kept = $(if $(or $(is_only_shown),$(call is_same,$(strip $(1)),$(strip $(file <$@)))),,$(if \
    $(wildcard $(@D)/.),,$(shell mkdir -p $(@D)))$(file >$@,$(1)))
define stamp
$(OBJ)/$(1).stamp: private list = $(2)
$(OBJ)/$(1).stamp: FORCE
	$(if $(3),$$(if $$(call is_there,$(3)),,@command -v $(3) >/dev/null || \
	    { echo 'Kinglet: $$(call no_tool,$(3))' >&2; exit 1; }))
	@:$$(call kept,$$(list))
endef
compiling = $(TARGET_CXX) $(CXX_FLAGS) $(C_FLAGS) $(ASM_FLAGS) \
    $(MADE_SMALL) but $(NOT_SMALL) $(shell $(TARGET_CXX) --version 2>/dev/null)
all_objects = $(BOOT_OBJECTS) $(LIB_OBJECTS) $(call objects,$(KERNEL_SOURCES)) $(USER_OBJECTS)
$(eval $(call stamp,compile,$$(compiling),$$(firstword $$(TARGET_CXX))))
$(eval $(call stamp,link,$$(TARGET_LD) $$(LINK_FLAGS) $$(all_objects),$$(TARGET_LD)))
$(eval $(call stamp,programs-MENU,$$(MENU_PROGRAMS),$$(PYTHON)))
$(eval $(call stamp,programs-TEST,$$(TEST_PROGRAMS)))
$(eval $(call stamp,host,$$(HOST_CXX) $$(HOST_FLAGS) $$(HOST_LINK_FLAGS) $$(UNIT_SOURCES) $$(UNIT_PROVED),$$(HOST_CXX)))

### Compiling

# Object and dependencies come into the folder new/ beside where they belong, and then to their
# place together. compiling_step(name, command): as step.
new = $(@D)/new/$(@F)
DEPENDENCIES = -MMD -MP -MT $@ -MF $(new).d -o $(new)
compiling_step = $(call shown,$(1)){ $(2) && mv -f $(new).d $(new) $(@D); } || \
    sh build/full-disk $(OBJ)
folder = $(if $(wildcard $(@D)/new/.),,@mkdir -p $(@D)/new)
$(OBJ)/%.cc.o: %.cc $(OBJ)/compile.stamp
	$(folder)
	$(call compiling_step,CXX,$(TARGET_CXX) $(CXX_FLAGS) $(own_end) $(DEPENDENCIES) -c $<)
$(OBJ)/%.c.o: %.c $(OBJ)/compile.stamp
	$(folder)
	$(call compiling_step,CC,$(TARGET_CC) $(C_FLAGS) $(own_end) $(DEPENDENCIES) -c $<)
$(OBJ)/%.S.o: %.S $(OBJ)/compile.stamp
	$(folder)
	$(call compiling_step,AS,$(TARGET_CC) $(ASM_FLAGS) $(DEPENDENCIES) -c $<)
$(OBJ)/%.S.o: $(OBJ)/%.S $(OBJ)/compile.stamp
	$(call step,AS,$(TARGET_CC) $(ASM_FLAGS) -I$(OBJ) -c $< -o $@.new)
# Linker scripts read lib/layout.h too.
$(OBJ)/%.ld: build/%.ld $(OBJ)/compile.stamp
	$(folder)
	$(call compiling_step,CPP,$(TARGET_CC) -E -P -undef -x c -iquote lib \
	    $(if $(or $(call on,$(D)),$(OPT)),-DKERNEL_BYTES_LIMIT=155648) $(DEPENDENCIES) $<)

$(OBJ)/lib.a: $(LIB_OBJECTS) $(OBJ)/link.stamp
	$(call step,AR,rm -f $@.new && $(TARGET_AR) rcs $@.new $(LIB_OBJECTS))

### Boot loader

link = $(TARGET_LD) $(LINK_FLAGS) -z max-page-size=4096 -T
$(OBJ)/stage1.elf: $(OBJ)/boot.ld $(OBJ)/boot/boot.S.o $(OBJ)/link.stamp
	$(call step,LD,$(link) $< -o $@.new $(OBJ)/boot/boot.S.o)
$(OBJ)/stage2.elf: $(OBJ)/stage2.ld $(BOOT_OBJECTS) $(OBJ)/lib.a $(OBJ)/link.stamp
	$(call step,LD,$(link) $< -o $@.new $(BOOT_OBJECTS) $(OBJ)/lib.a)
$(OBJ)/%.bin: $(OBJ)/%.elf
	$(call step,OBJCOPY,$(TARGET_OBJCOPY) -O binary $< $@.new)

### Kernel. Its function names go into the image too: the first link finds their addresses, which the table does not
### move since it lies, with the programs, after everything else.

pack = $(PYTHON) build/pack.py
program_files = $(patsubst %,$(OBJ)/user/p-%.elf,$($(1)_PROGRAMS))

# first_link(kernel without names, objects, linker options)
define first_link
$(OBJ)/$(1).elf: $(dir $(OBJ)/$(1))kernel.ld $(2) $(OBJ)/lib.a $(OBJ)/link.stamp $(OBJ)/$(1).stamp
	$$(call step,LD,$$(link) $$< -o $$@.new $(3) $(2) $(OBJ)/lib.a \
	    --defsym=programs=0 --defsym=nprograms=0 --defsym=kernel_symbols=0)
endef
# named_kernel(name, kernel without names, objects, linker options, MENU or TEST: its programs)
define named_kernel
$(OBJ)/$(1)-packed.S: $(OBJ)/$(2).elf $(call program_files,$(5)) $(OBJ)/programs-$(5).stamp build/pack.py
	$$(call step,PACK,$$(pack) table --demangler $$(CXXFILT) -o $$@.new $$(filter %.elf,$$^))
$(OBJ)/$(1).elf: $(dir $(OBJ)/$(1))kernel.ld $(3) $(OBJ)/$(1)-packed.S.o $(OBJ)/lib.a $(OBJ)/link.stamp \
        $(OBJ)/$(2).stamp
	$$(call step,LD,$$(link) $$< -o $$@.new $(4) $(3) $(OBJ)/$(1)-packed.S.o $(OBJ)/lib.a)
	$$(if $$(call on,$$(V)),$$(pack) size $$@)
endef
# kernel(kernel without names, objects, linker options), test_kernel(name, objects, linker options)
kernel = $(eval $(call stamp,$(1),$(2) $(3)))$(eval $(call first_link,$(1),$(2),$(3)))
test_kernel = $(call kernel,$(1)-unnamed,$(2),$(3))$(eval $(call named_kernel,$(1),$(1)-unnamed,$(2),$(3),TEST))

$(call kernel,kernel-unnamed,$(KERNEL_OBJECTS))
$(eval $(call named_kernel,kernel,kernel-unnamed,$(KERNEL_OBJECTS),,MENU))
$(eval $(call named_kernel,kernel-test,kernel-unnamed,$(KERNEL_OBJECTS),,TEST))
$(foreach room,$(ALL_ROOMS),\
    $(call test_kernel,without-$(room),$(call objects_with,$(filter-out $(room),$(ALL_ROOMS)))))

# `kalloc(unsigned long, int)` is tests/failing_kalloc.cc's in every file that does not define it.
WRAP_KALLOC := --wrap=_Z6kallocmi
$(call test_kernel,failing,$(KERNEL_OBJECTS) $(call objects,tests/failing_kalloc.cc),$(WRAP_KALLOC))

# tests/late_memory.cc takes the place of the plain room, and of `kalloc` and
# `wake(wait_kind, unsigned long)` too.
WRAP_LATE := $(WRAP_KALLOC) --wrap=_Z4wake9wait_kindm
late_objects = $(filter-out %/reclaim_none.cc.o,$(1)) $(call objects,tests/late_memory.cc)
$(call test_kernel,late,$(call late_objects,$(KERNEL_OBJECTS)),$(WRAP_LATE))

$(OBJ)/%.stripped: $(OBJ)/%.elf build/pack.py
	$(call step,STRIP,$(pack) strip -o $@.new $<)

$(IMAGE): $(OBJ)/kernel.stripped | $(DISK_PROGRAMS)
$(TEST_IMAGE): $(OBJ)/kernel-test.stripped
-include build/courses.mk
KERNELS_TO_TEST := $(FAILING_IMAGE) $(LATE_IMAGE) $(WITHOUT_IMAGES)
$(KERNELS_TO_TEST): %.img: %.stripped
$(IMAGE) $(TEST_IMAGE) $(COURSES_IMAGE) $(KERNELS_TO_TEST): build/mkimage $(OBJ)/stage1.bin \
        $(OBJ)/stage2.bin
	$(call step,IMAGE,$(PYTHON) build/mkimage $@.new $(OBJ)/stage1.bin $(OBJ)/stage2.bin $(filter %.stripped,$^))

### Unit tests: each tests/unit/NAME.cc is a program of its own on this machine, linked with what it uses of these.

UNIT_SOURCES := lib/elf.cc
UNIT_TESTS := $(patsubst tests/unit/%.cc,$(OBJ)/unit/%,$(sort $(wildcard tests/unit/*.cc)))
UNIT_OBJECTS := $(patsubst %,$(OBJ)/unit/%.o,$(UNIT_SOURCES))

.PHONY: unit-tests
unit-tests:
	$(call needs,GoogleTest)
# What `make prove` runs with the checks of memory and of undefined behaviour does without them here: half of the time
# to compile it is theirs. For the other tests GoogleTest's header is compiled once, with their flags.
UNIT_PROVED := $(patsubst %,$(OBJ)/unit/tests/unit/test_%.cc.o,address_space pageinfo recency region vmiter)
UNIT_HEADER := $(OBJ)/unit/gtest.hh
$(UNIT_HEADER).gch: $(OBJ)/host.stamp | unit-tests
	@mkdir -p $(@D)
	$(call step,HOSTCXX,echo '#include <gtest/gtest.h>' >$(UNIT_HEADER) && \
	    $(HOST_CXX) $(HOST_FLAGS) -x c++-header -c $(UNIT_HEADER) -o $@.new)
UNIT_CHECKED := $(filter-out $(UNIT_PROVED),$(UNIT_TESTS:$(OBJ)/unit/%=$(OBJ)/unit/tests/unit/%.cc.o))
$(UNIT_CHECKED): private HOST_FLAGS += -include $(UNIT_HEADER)
$(UNIT_CHECKED): $(UNIT_HEADER).gch
$(UNIT_PROVED): private HOST_FLAGS := $(filter-out -fsanitize% -fno-sanitize%,$(HOST_FLAGS))
$(UNIT_CHECKED) $(UNIT_PROVED): | unit-tests
$(OBJ)/unit/%.cc.o: %.cc $(OBJ)/host.stamp
	$(folder)
	$(call compiling_step,HOSTCXX,$(HOST_CXX) $(HOST_FLAGS) $(DEPENDENCIES) -c $<)
$(OBJ)/unit/unit.a: $(UNIT_OBJECTS) $(OBJ)/host.stamp
	$(call step,AR,rm -f $@.new && ar rcs $@.new $(UNIT_OBJECTS))
$(UNIT_TESTS): $(OBJ)/unit/%: $(OBJ)/unit/tests/unit/%.cc.o $(OBJ)/unit/unit.a
	$(call step,HOSTLD,TMPDIR=$(@D) $(HOST_CXX) $(HOST_FLAGS) $(HOST_LINK_FLAGS) $^ \
	    -lgtest -lgtest_main -pthread -o $@.new)

include build/sanitizers.mk

### For editors: clangd finds it through .clangd

compdb: FORCE
	@mkdir -p $(OBJ)
	@$(PYTHON) build/pack.py compdb -o $(OBJ)/compile_commands.json --command '$(TARGET_CXX) $(CXX_FLAGS)' \
	    $(BOOT_SOURCES) $(LIB_SOURCES) $(KERNEL_SOURCES)
	@$(PYTHON) build/pack.py compdb --append -o $(OBJ)/compile_commands.json \
	    --command '$(TARGET_CXX) $(CXX_FLAGS) $(FOR_PROGRAMS)' $(filter-out %.c,$(USER_SOURCES))
	$(if $(filter %.c,$(USER_SOURCES)),@$(PYTHON) build/pack.py compdb --append -o $(OBJ)/compile_commands.json \
	    --command '$(TARGET_CC) $(C_FLAGS) $(FOR_PROGRAMS)' $(filter %.c,$(USER_SOURCES)))
	@$(PYTHON) build/pack.py compdb --append -o $(OBJ)/compile_commands.json --command '$(HOST_CXX) $(HOST_FLAGS)' \
	    $(sort $(wildcard tests/unit/*.cc))
	@echo "Kinglet: wrote $(OBJ)/compile_commands.json"

.SECONDARY:
-include $(shell find -H $(OBJ) \( -path $(OBJ)/clean -o -name ccache -o -name new \) -prune -o \
    -name '*.d' -print 2>/dev/null)
