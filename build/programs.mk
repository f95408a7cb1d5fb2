# programs.mk - programs: their names, and how they are linked
#
#    A program is one file: user/p-NAME.cc, or user/p-NAME.c in C; those that only tests run lie in
#    tests/programs/. What else is in user/ goes into user.a, and of that, of lib.a and of the
#    compiler's own library a program gets what it uses.

# files(patterns): the files, not the folders, that these mean.
files = $(filter-out $(patsubst %/.,%,$(wildcard $(addsuffix /.,$(1)))),$(wildcard $(1)))
PROGRAM_FOLDERS := user tests/programs
PROGRAM_SOURCES := $(sort $(call files,$(foreach folder,$(PROGRAM_FOLDERS),$(folder)/p-*.cc $(folder)/p-*.c)))
LIBRARY_SOURCES := $(filter-out user/p-%.cc user/p-%.c,$(sort $(call files,user/*.cc user/*.c user/*.S)))
USER_SOURCES := $(LIBRARY_SOURCES) $(PROGRAM_SOURCES)
USER_OBJECTS := $(call objects,$(LIBRARY_SOURCES))

odd_name := $(shell for each in $(foreach folder,$(PROGRAM_FOLDERS),$(folder)/p-*.c $(folder)/p-*.cc); do \
    case $$each in (*[!A-Za-z0-9_./-]*) test ! -f "$$each" || { echo "$$each"; break; };; esac; done)
$(if $(odd_name),$(error $(odd_name): a program's name has letters and digits, - and _ only: \
    rename the file))

# sources_of(name): the file; if there are more, they cannot all be this program.
sources_of = $(filter $(foreach folder,$(PROGRAM_FOLDERS),$(folder)/p-$(1).cc $(folder)/p-$(1).c),\
    $(PROGRAM_SOURCES))
PROGRAMS := $(sort $(patsubst p-%,%,$(basename $(notdir $(PROGRAM_SOURCES)))))
namesakes := $(strip $(foreach name,$(PROGRAMS),\
    $(if $(word 2,$(call sources_of,$(name))),$(call sources_of,$(name)))))
$(if $(namesakes),$(error $(wordlist 1,2,$(namesakes)) would be one program: rename one of them))

# Some are linked once more for each of three further addresses, to run side by side in one address
# space: the kernel starts all four of `NAME` as `NAMEs`.
FOURFOLD := $(filter allocator check-four%,$(PROGRAMS))
PROGRAMS += $(foreach copy,2 3 4,$(addsuffix $(copy),$(FOURFOLD)))
is_copy = $(filter $(addsuffix $(2),$(FOURFOLD)),$(1))
start_of = $(addprefix --defsym=program_start=,$(if $(call is_copy,$(1),2),0x140000,$(if \
    $(call is_copy,$(1),3),0x180000,$(if $(call is_copy,$(1),4),0x1C0000))))

# What is called so, whoever wrote it, and what only tests run.
OUTSIDE_MENU := test% bench% \
    $(patsubst tests/programs/p-%,%,$(basename $(filter tests/%,$(PROGRAM_SOURCES))))
MENU_PROGRAMS := $(sort $(filter-out $(OUTSIDE_MENU),$(PROGRAMS)))
TEST_PROGRAMS := $(sort $(PROGRAMS))

# A program that declares `end` as anything but `uint8_t end[]` does without u-lib.hh's declaration.
# They are looked for once, when a program is compiled.
END_PATTERN := ^[[:space:]]*extern[^;(]*[ *]end[[:space:]]*[[;,]
END_OF_LIBRARY := (uint8_t|unsigned char) +end\[
find_own_ends = $(shell grep -HE '$(END_PATTERN)' $(PROGRAM_SOURCES) $(COURSE_SOURCES) /dev/null | \
    grep -vE '$(END_OF_LIBRARY)' | cut -d: -f1)
own_ends = $(eval own_ends := $$(find_own_ends))$(own_ends)
is_program = $(filter $(addsuffix /p-%,$(PROGRAM_FOLDERS)) tests/courses/%,$<)
own_end = $(if $(is_program),$(if $(filter $<,$(own_ends)),-DPROGRAM_DECLARES_END))

$(OBJ)/user.a: $(USER_OBJECTS) $(OBJ)/link.stamp
	$(call step,AR,rm -f $@.new && $(TARGET_AR) rcs $@.new $(USER_OBJECTS))

# The compiler's own library has 128-bit division, say. Asked for once, when a program is linked.
# clang may name one that is not there: then its other one, or that of a gcc.
helpers_of = $(wildcard $(shell $(1) -print-libgcc-file-name 2>/dev/null))
find_helpers = $(or $(call helpers_of,$(TARGET_CC)),\
    $(call helpers_of,$(TARGET_CC) --rtlib=compiler-rt),$(call helpers_of,$(TOOLPREFIX)gcc))
helpers = $(eval helpers := $$(find_helpers))$(helpers)
program_libraries = --start-group $(OBJ)/user.a $(OBJ)/lib.a --end-group $(helpers)
no_helpers = $(if $(helpers),,|| { echo "Kinglet: if a name above begins with __: the compiler's \
    own library (libgcc, or compiler-rt) has it, and is not installed" >&2; exit 1; })

source_name = $(or $(filter $(1:2=) $(1:3=) $(1:4=),$(FOURFOLD)),$(1))
program_object = $(call objects,$(call sources_of,$(source_name)))
# program(name, object). `-n`: the file holds no padding between segments; the kernel copies them to
# their pages anyway.
define program
$(OBJ)/user/p-$(1).elf: $(OBJ)/program.ld $(2) $(OBJ)/user.a $(OBJ)/lib.a $(OBJ)/link.stamp
	$$(call step,LD,$$(TARGET_LD) $$(LINK_FLAGS) -n $(call start_of,$(1)) -T $$< -o $$@.new \
	    $(2) $$(program_libraries) $$(no_helpers))
endef
$(foreach name,$(TEST_PROGRAMS),$(eval $(call program,$(name),$(call program_object,$(name)))))

# Programs once more, each with gaps before its instructions and variables, so that it has other
# addresses: GUESTS is a list of NAME@TEXT_GAP@DATA_GAP.
guest_file = $(OBJ)/guest/$(subst @,-,$(1)).elf
define guest
$(call guest_file,$(1)): $(OBJ)/program.ld $(3) $(OBJ)/user.a $(OBJ)/lib.a $(OBJ)/link.stamp
	$$(folder)
	$$(call step,LD,$$(TARGET_LD) $$(LINK_FLAGS) -n $(call start_of,$(word 1,$(2))) \
	    --defsym=text_gap=$(word 2,$(2)) --defsym=data_gap=$(word 3,$(2)) -T $$< -o $$@.new \
	    $(3) $$(program_libraries) $$(no_helpers))
endef
guest_name = $(firstword $(subst @, ,$(1)))
$(foreach each,$(GUESTS),$(eval $(call guest,$(each),$(subst @, ,$(each)),$(call \
    program_object,$(call guest_name,$(each))))))
.PHONY: guests
guests: $(foreach each,$(GUESTS),$(call guest_file,$(each)))

# Programs for the second disk. Their segments begin with pages of the file, so that the kernel can
# map them. Those of user/disk/ are in $(OBJ)/disk/.
DISK_SOURCES := $(sort $(call files,user/disk/p-*.cc))
DISK_PROGRAMS := $(patsubst user/disk/p-%.cc,$(OBJ)/disk/%,$(DISK_SOURCES))
# for_disk(object, result)
for_disk = $(TARGET_LD) $(LINK_FLAGS) -S -z max-page-size=4096 -T $(OBJ)/program.ld -o $(2) $(1) \
    $(program_libraries) $(no_helpers)
for_disk_needs = $(OBJ)/program.ld $(OBJ)/user.a $(OBJ)/lib.a $(OBJ)/link.stamp
$(DISK_PROGRAMS): $(OBJ)/disk/%: $(OBJ)/user/disk/p-%.cc.o $(for_disk_needs)
	@mkdir -p $(@D) $(OBJ)/new
	$(call shown,LD){ $(call for_disk,$<,$(OBJ)/new/$*) && mv -f $(OBJ)/new/$* $@; } || \
	    sh build/full-disk $(OBJ)

# make program FILE=x.cc: such a program, OUT/x (in the file's own folder, if OUT is not given)
program_name = $(patsubst p-%,%,$(basename $(notdir $(FILE))))
program_out = $(or $(OUT),$(patsubst %/,%,$(dir $(FILE))))/$(program_name)
compile_one = $(if $(filter %.c,$(FILE)),$(TARGET_CC) $(TARGET_FLAGS) -std=gnu17,$(TARGET_CXX) $(TARGET_FLAGS) \
    -std=c++20 -fno-exceptions -fno-rtti -fno-threadsafe-statics) -Os $(FOR_PROGRAMS)
.PHONY: program
program: $(for_disk_needs)
	$(if $(FILE),,@echo 'Kinglet: say which: make program FILE=mine.cc OUT=folder' >&2; exit 1)
	@mkdir -p $(dir $(program_out))
	$(call shown,PROGRAM)$(compile_one) -c $(FILE) -o $(OBJ)/program-for-disk.o && \
	    $(call for_disk,$(OBJ)/program-for-disk.o,$(program_out))
