# prove.mk - the kernel's memory sources, unmodified, through every sequence of a few operations (tests/prove)
#
#    They are compiled for this machine with address and undefined-behaviour checks, and linked with what plays the
#    sequences and with a plain model. prove-KERNEL is the program for one choice of rooms: all, none, all without one.
#    fuzz-KERNEL has libFuzzer make up the sequences.

PROVE_SOURCES := $(sort $(wildcard kernel/page/*.cc kernel/memory/*.cc)) kernel/syscall.cc kernel/file_calls.cc \
    kernel/mapping_calls.cc kernel/store/page_cache.cc \
    $(patsubst %,kernel/process/%.cc,proc wait process memory_use program_image program_file)
PROVE_SOURCES := $(filter-out %/mapping_none.cc,$(PROVE_SOURCES))
# No files, and nothing mapped: what they do is no sequence of a few operations.
PROVE_ROOMS := $(filter-out files mapping,$(ALL_ROOMS))
PROVE_SUPPORT := lib/check.cc lib/elf.cc kernel/process/files_none.cc
PROVE_MODEL := $(patsubst %,tests/prove/%.cc,model model_memory model_space)
PROVE_PLAYERS := $(PROVE_MODEL) $(patsubst %,tests/prove/%.cc,host check check_tables reading operation scenes)
PROVE_KERNELS := all none $(addprefix without-,$(PROVE_ROOMS))
PROVE_SCENES := pages promises copies processes scarce far border everything everywhere
FUZZ_CXX ?= clang++

# What plays the sequences and checks runs after each operation: without sanitizers, which are for the kernel.
PROVE_KERNEL_FLAGS := $(HOST_FLAGS) -fdata-sections -include tests/prove/kernel_host.hh
PROVE_PLAYER_FLAGS := $(NO_FILES) -std=c++20 -O2 -g1 $(WARNINGS) -fno-pie -iquote lib -iquote kernel -iquote .
PROVE_LINK_FLAGS := $(filter -fsanitize=%,$(HOST_FLAGS)) -no-pie -Wl,-Ttext-segment=0x40000000 \
    -Wl,-T,tests/prove/kernel.ld -Wl,--wrap=_Z6kallocmi -Wl,--wrap=_Z5kfreePv

# prove_objects(folder, sources); prove_kernel(folder, kernel): its sources' objects, with the rooms that it has
prove_objects = $(patsubst %,$(OBJ)/$(1)/%.o,$(2))
prove_rooms = $(if $(filter none,$(1)),,$(filter-out $(1:without-%=%),$(PROVE_ROOMS)))
prove_left_out = $(foreach room,$(PROVE_ROOMS),$(if $(filter $(room),$(prove_rooms)),%/$(room)_none.cc,%/$(room).cc))
prove_kernel = $(call prove_objects,$(1),$(filter-out $(call prove_left_out,$(2)),$(PROVE_SOURCES)) $(PROVE_SUPPORT))

# prove_compiler(folder, compiler, what more its flags are for the kernel): how objects in that folder are made
define prove_compiler
$(call stamp,$(1),$$($(2)) $$(PROVE_KERNEL_FLAGS) $(3) $$(PROVE_PLAYER_FLAGS) $$(PROVE_LINK_FLAGS),$$($(2)))
$(OBJ)/$(1)/%.o: % $(OBJ)/$(1).stamp
	$$(folder)
	$$(call compiling_step,HOSTCXX,$$($(2)) \
	    $$(if $$(filter tests/%,$$<),$$(PROVE_PLAYER_FLAGS),$$(PROVE_KERNEL_FLAGS) $(3)) \
	    $$(DEPENDENCIES) -c $$<)
endef
# prove_program(folder, compiler, program's source, kernel, what more its flags are)
define prove_program
$(OBJ)/$(1)/$(3)-$(4): $(call prove_kernel,$(1),$(4)) $(call prove_objects,$(1),$(PROVE_PLAYERS) tests/prove/$(3).cc) \
        tests/prove/kernel.ld $(OBJ)/$(1).stamp
	@printf '%s\n' $$(filter %.o,$$^) > $$@.objects
	$$(call step,HOSTLD,TMPDIR=$$(@D) $$($(2)) $$(PROVE_LINK_FLAGS) $(5) @$$@.objects -o $$@.new)
endef
$(eval $(call prove_compiler,prove,HOST_CXX,))
$(eval $(call prove_compiler,prove-fuzz,FUZZ_CXX,-fsanitize=fuzzer-no-link))
$(foreach kernel,$(PROVE_KERNELS),$(eval $(call prove_program,prove,HOST_CXX,prove,$(kernel),)))
$(foreach kernel,$(PROVE_KERNELS),$(eval $(call prove_program,prove-fuzz,FUZZ_CXX,fuzz,$(kernel),-fsanitize=fuzzer)))
PROVE_PROGRAMS := $(addprefix $(OBJ)/prove/prove-,$(PROVE_KERNELS))

# The model by itself, which `make model` compares with the booted machine
REPLAY := $(OBJ)/replay
$(REPLAY): $(call prove_objects,prove,$(PROVE_MODEL) tests/prove/replay.cc)
	$(call step,HOSTLD,TMPDIR=$(@D) $(HOST_CXX) -no-pie $^ -o $@.new)

# So many operations, as many as two minutes on two processors allow; OPERATIONS=7 for that many everywhere.
prove_operations = $(or $(OPERATIONS),$(if $(filter-out all,$(1)),$(if $(filter every%,$(2)),3,5),\
    $(if $(filter every%,$(2)),4,$(if $(filter copies far,$(2)),5,6))))
prove_runs = $(foreach scene,$(PROVE_SCENES),prove-run-$(1)-$(scene))
define prove_run
.PHONY: prove-run-$(1)-$(2)
prove-run-$(1)-$(2): $(OBJ)/prove/prove-$(1)
	@$$< $(1) $(2) $$(call prove_operations,$(1),$(2))
endef
$(foreach kernel,$(PROVE_KERNELS),$(foreach scene,$(PROVE_SCENES),$(eval $(call prove_run,$(kernel),$(scene)))))

check: $(PROVE_PROGRAMS) $(REPLAY)
.PHONY: prove prove-programs
prove-programs: $(PROVE_PROGRAMS)
prove: $(foreach kernel,$(PROVE_KERNELS),$(call prove_runs,$(kernel)))

# Beyond the bound: SECONDS for each of four.
SECONDS ?= 30
define fuzz_run
.PHONY: prove-fuzz-$(1)-$(2)
prove-fuzz: prove-fuzz-$(1)-$(2)
prove-fuzz-$(1)-$(2): $(OBJ)/prove-fuzz/fuzz-$(1)
	@mkdir -p $$<-$(2) && printf 'start with these operations' > $$<-$(2)/first
	@PROVE_KERNEL=$(1) PROVE_SCENE=$(2) $$< $$<-$(2) -max_total_time=$$(SECONDS) -max_len=240 -len_control=0 \
	    -artifact_prefix=$$<- 2> $$<-$(2).log || { tail -n 40 $$<-$(2).log; exit 1; }
endef
$(foreach kernel,all none,$(foreach scene,everything everywhere,$(eval $(call fuzz_run,$(kernel),$(scene)))))
.PHONY: prove-fuzz

# A bug in each function, one at a time; ONLY="add_sharer kfree" for theirs (tests/mutants/kernel.toml).
.PHONY: prove-bugs
prove-bugs: $(PROVE_PROGRAMS)
	@$(PYTHON) tests/prove/bugs.py --obj '$(OBJ)' --compile '$(HOST_CXX) $(PROVE_KERNEL_FLAGS) -O0 -g0' \
	    --link '$(HOST_CXX) $(PROVE_LINK_FLAGS)' --jobs $(JOBS) $(foreach name,$(ONLY),'$(name)')
