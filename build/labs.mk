# labs.mk - labs: hand-outs, demonstrations, grading
#
#    What they work on is said by LAB=, STEP=, OUT=, OVER=, CHECK=, ONLY= and SUBMISSION=, which the commands read from
#    the environment. build/labs.py derives trees, tests/grade grades. (In a hand-out, this file is another one:
#    labs/common/files/build/labs.mk.)

export LAB STEP OVER CHECK ONLY SUBMISSION MODE

LAB_TARGETS := handout demo pictures grade replay autograder mutants check-container
.PHONY: $(LAB_TARGETS)
$(LAB_TARGETS):
	$(call needs,git universal-ctags)
	@$(PYTHON) build/labs.py $@

.PHONY: help-labs
help-labs:
	@cat build/help-labs.txt
