# fresh.mk - what README.md says, typed on a machine with nothing on it but Debian (as root; takes minutes)

.PHONY: check-fresh
check-fresh:
	@$(PYTHON) tests/try_fresh.py
