# labs.mk - grading this lab
#
#    make grade             all steps            make grade STEP=3      only that step
#    make replay CHECK=ID   stop the machine, and gdb, at the moment at which that check failed

override LAB := $(shell sed -n 's/.*"lab": "\(.*\)".*/\1/p' lab.json)
export STEP CHECK

.PHONY: grade check replay
grade check:
	@$(PYTHON) tests/grade --lab $(LAB) $${STEP:+--step "$$STEP"} $${CHECK:+--check "$$CHECK"} .
replay:
	@test -n "$$CHECK" || { echo "Kinglet: CHECK= is missing: give the name of the check to replay" >&2; exit 1; }
	@$(PYTHON) tests/grade --lab $(LAB) --replay "$$CHECK" .
