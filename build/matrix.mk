# matrix.mk - Kinglet on many machines, with many compilers, and in Bochs: outside `make check`, since it takes long

# Parts of the matrix, all if empty: cpus machines memory compilers kvm bochs.
PARTS ?=

.PHONY: check-matrix check-bochs run-bochs
check-matrix: $(IMAGE) $(TEST_IMAGE)
	@$(PYTHON) tests/try_matrix.py $(PARTS)

check-bochs: $(IMAGE) $(TEST_IMAGE)
	$(call needs,pytest)
	@$(PYTHON) -m pytest tests/try_bochs.py -q -rs \
	    $$($(PYTHON) -c 'import xdist; print("-n $(TEST_JOBS)")' 2>/dev/null) $(PYTEST)

run-bochs: $(IMAGE) $(TEST_IMAGE)
	@$(PYTHON) build/bochs.py $(call image_with,) \
	    $(if $(filter $(TEST_IMAGE),$(call image_with,)),$(OBJ)/kernel-test.elf,$(OBJ)/kernel.elf)
