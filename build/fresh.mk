# fresh.mk - what README.md says, typed on a machine with nothing on it but Debian (as root; takes minutes)

# Which Debian: bookworm, trixie or testing; this machine's own if it is not given.
export SUITE

.PHONY: check-fresh
check-fresh:
	@$(PYTHON) tests/try_fresh.py
