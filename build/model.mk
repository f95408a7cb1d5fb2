# model.mk - the booted kernel beside the model of `make prove` (tests/model.py); and both ways of finding bugs tried on
#    planted ones

export SEQUENCE ONLY

MODEL_IMAGE := $(if $(WITHOUT),$(filter %/without-$(WITHOUT).img,$(WITHOUT_IMAGES)),$(FAILING_IMAGE))

.PHONY: model model-gdb check-planted
model: $(MODEL_IMAGE) $(REPLAY)
	@REPLAY='$(REPLAY)' $(PYTHON) tests/model.py run
model-gdb: $(MODEL_IMAGE)
	@$(PYTHON) tests/model.py gdb

# Kernels with one wrong line each are built and found: minutes, so not part of `make check`.
check-planted: $(TEST_IMAGE) $(FAILING_IMAGE) $(REPLAY)
	@$(PYTHON) tests/planted.py model fuzz
