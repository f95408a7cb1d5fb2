# sanitizers.mk - the kernel with checks of itself: undefined behaviour, and accesses to memory (tests/sanitizers/)
#
#    Its files lie in $(OBJ)/san, named as the ordinary ones are; boot loader and programs are the ordinary ones. With
#    SAN=1 every target that runs or tests an image takes those.

SAN_OBJ := $(OBJ)/san

# The shadow of the kernel's image is the last thing below KERNEL_LIMIT_ADDR (lib/layout.h).
SHADOW_OFFSET := 0x8B000

SAN_FLAGS := -fsanitize=undefined,kernel-address -fno-sanitize=vptr -fno-sanitize-recover=undefined \
    -fno-optimize-sibling-calls
ifneq ($(is_clang),)
SAN_FLAGS += -fno-sanitize=function $(addprefix -mllvm -asan-,\
    mapping-offset=$(SHADOW_OFFSET) stack=1 globals=1 use-after-scope=1 instrument-dynamic-allocas=0 \
    instrumentation-with-call-threshold=0)
else
SAN_FLAGS += -fasan-shadow-offset=$(SHADOW_OFFSET) -fsanitize-address-use-after-scope \
    $(addprefix --param asan-,stack=1 globals=1 instrumentation-with-call-threshold=0)
endif
SAN_LINK_FLAGS := --wrap=kernel_init --wrap=_Z15init_kernel_mapv

san_compiled = $(patsubst $(OBJ)/%.cc.o,$(SAN_OBJ)/%.cc.o,$(1))
SAN_RUNTIME := $(call objects,$(addprefix tests/sanitizers/,report.cc shadow.cc address.cc undefined.cc))
# san_objects(rooms): as objects_with
san_objects = $(call san_compiled,$(call objects_with,$(1))) $(SAN_RUNTIME) $(SAN_OBJ)/lib.a

$(eval $(call stamp,san/compile,$$(SAN_FLAGS)))
$(SAN_RUNTIME): private CXX_FLAGS += -DSHADOW_OFFSET=$(SHADOW_OFFSET)
$(SAN_RUNTIME): $(SAN_OBJ)/compile.stamp
$(SAN_OBJ)/lib/string.cc.o: SAN_FLAGS += -include tests/sanitizers/weak_string.h
# There is no room for it wholly without optimization, nor if anything is made fast rather than small.
SAN_OPT := $(or $(patsubst -O0,-O1,$(OPT)),$(if $(call on,$(D)),,-Os))
$(SAN_OBJ)/%.cc.o: private override OPT := $(SAN_OPT)
$(SAN_OBJ)/%.cc.o: %.cc $(OBJ)/compile.stamp $(SAN_OBJ)/compile.stamp
	$(folder)
	$(call compiling_step,CXX,$(TARGET_CXX) $(CXX_FLAGS) $(SAN_FLAGS) $(DEPENDENCIES) -c $<)
$(SAN_OBJ)/lib.a: $(call san_compiled,$(LIB_OBJECTS)) $(OBJ)/link.stamp
	$(call step,AR,rm -f $@.new && $(TARGET_AR) rcs $@.new $(filter %.o,$^))

san_cpp = $(call compiling_step,CPP,\
    $(TARGET_CC) -E -P -undef -x c -iquote lib $(1) $(DEPENDENCIES) $<)
$(SAN_OBJ)/kernel.ld: build/kernel.ld $(SAN_OBJ)/compile.stamp
	$(folder)
	$(call san_cpp,-DKERNEL_BYTES_LIMIT=524288 -DKERNEL_STACK_SIZE=32768)
$(SAN_OBJ)/sections.ld: tests/sanitizers/sections.ld $(SAN_OBJ)/compile.stamp
	$(folder)
	$(call san_cpp,-DSHADOW_OFFSET=$(SHADOW_OFFSET))

# san_kernel(name, objects, linker options), san_test_kernel: as kernel, test_kernel
san_kernel = $(call kernel,san/$(1),$(2),$(SAN_LINK_FLAGS) $(3))
san_test_kernel = $(call test_kernel,san/$(1),$(2),$(SAN_LINK_FLAGS) $(3))

$(call san_kernel,kernel-unnamed,$(call san_objects,$(ROOMS)))
$(eval $(call named_kernel,san/kernel,san/kernel-unnamed,$(call san_objects,$(ROOMS)),$(SAN_LINK_FLAGS),MENU))
$(eval $(call named_kernel,san/kernel-test,san/kernel-unnamed,$(call san_objects,$(ROOMS)),$(SAN_LINK_FLAGS),TEST))
$(foreach room,$(ALL_ROOMS),\
    $(call san_test_kernel,without-$(room),$(call san_objects,$(filter-out $(room),$(ALL_ROOMS)))))
$(call san_test_kernel,failing,$(call san_objects,$(ROOMS)) $(call objects,tests/failing_kalloc.cc),$(WRAP_KALLOC))
$(call san_test_kernel,late,$(call late_objects,$(call san_objects,$(ROOMS))),$(WRAP_LATE))
# With a bug of each kind: see tests/mutants/planted.cc.
$(call san_test_kernel,planted,$(call san_objects,$(ROOMS)) $(SAN_OBJ)/tests/mutants/planted.cc.o,\
    --wrap=kernel_start)

SAN_KERNELS := kernel kernel-test failing late planted $(addprefix without-,$(ALL_ROOMS))
SAN_LINKED := $(sort $(patsubst %,$(SAN_OBJ)/%.elf,$(SAN_KERNELS) kernel-unnamed $(addsuffix -unnamed,$(SAN_KERNELS))))
$(SAN_LINKED): private link += $(SAN_OBJ)/sections.ld -T
$(SAN_LINKED): $(SAN_OBJ)/sections.ld

SAN_IMAGES := $(patsubst $(SAN_OBJ)/kernel%,$(SAN_OBJ)/kinglet%,$(patsubst %,$(SAN_OBJ)/%.img,$(SAN_KERNELS)))
$(SAN_OBJ)/kinglet.img: $(SAN_OBJ)/kernel.stripped
$(SAN_OBJ)/kinglet-test.img: $(SAN_OBJ)/kernel-test.stripped
$(filter-out $(SAN_OBJ)/kinglet%,$(SAN_IMAGES)): %.img: %.stripped
$(SAN_IMAGES): build/mkimage $(OBJ)/stage1.bin $(OBJ)/stage2.bin | $(SAN_OBJ)/user
	$(call step,IMAGE,$(PYTHON) build/mkimage $@.new $(OBJ)/stage1.bin $(OBJ)/stage2.bin $(filter %.stripped,$^))

# Tools look for programs beside the kernel.
$(SAN_OBJ)/user:
	@mkdir -p $(@D) && ln -s ../user $@

PLANTED_IMAGE := $(SAN_OBJ)/planted.img
ifneq ($(call on,$(SAN)),)
IMAGE := $(SAN_OBJ)/kinglet.img
TEST_IMAGE := $(SAN_OBJ)/kinglet-test.img
FAILING_IMAGE := $(SAN_OBJ)/failing.img
LATE_IMAGE := $(SAN_OBJ)/late.img
WITHOUT_IMAGES := $(patsubst %,$(SAN_OBJ)/without-%.img,$(ALL_ROOMS))
export SAN
fuzz fuzz-gdb model model-gdb $(OBJ)/fuzz.img: private override export OBJ := $(SAN_OBJ)
endif
