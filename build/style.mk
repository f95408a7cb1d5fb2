# style.mk - what clang's tools say of the sources: `make lint` looks for bugs, `make format` lays lines out
#
#    .clang-tidy and .clang-format say how. Neither is part of a build; `make check` looks at the layout only.

.PHONY: lint format
# Programs that test do wrong things on purpose.
LINTED := $(filter-out tests/programs/%,$(filter %.cc,$(BOOT_SOURCES) $(LIB_SOURCES) \
    $(KERNEL_SOURCES) $(USER_SOURCES)))
CLANG_TIDY ?= clang-tidy
LAID_OUT = $(wildcard $(foreach folder,boot kernel kernel/* lib user user/* tests/programs,\
    $(folder)/*.cc $(folder)/*.hh))
# Another version would lay some lines out in another way.
CLANG_FORMAT ?= $(firstword $(foreach version,19 20 21 22,$(shell command -v clang-format-$(version))) clang-format)

# $(ONLY): some of the files.
lint:
	@command -v $(CLANG_TIDY) >/dev/null || { echo "Kinglet: $(CLANG_TIDY) is not installed" >&2; exit 1; }
	@mkdir -p '$(OBJ)/lint' && MAKEFLAGS= $(MAKE) -s compdb OBJ='$(OBJ)/lint' CC=clang TOOLPREFIX= >'$(OBJ)/lint/said'
	@printf '%s\n' $(or $(ONLY),$(LINTED)) | \
	    xargs -P $(JOBS) -n 4 $(CLANG_TIDY) --quiet -p '$(OBJ)/lint' 2>'$(OBJ)/lint/said' || \
	    { grep -v 'warnings\? generated' '$(OBJ)/lint/said'; echo "Kinglet: lint found something" >&2; exit 1; }
	@echo "Kinglet: lint found nothing in $(words $(or $(ONLY),$(LINTED))) files"

format:
	@command -v $(CLANG_FORMAT) >/dev/null || { echo "Kinglet: clang-format is not installed" >&2; exit 1; }
	@case "$$($(CLANG_FORMAT) --version)" in *" version 19."*|*" version 2"[0-9].*) ;; \
	    *) echo "Kinglet: clang-format 19 or later is needed: give CLANG_FORMAT=" >&2; exit 1; esac
	@$(CLANG_FORMAT) -i $(LAID_OUT)
