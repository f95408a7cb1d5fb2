"""order.py - in which order tests run, and which of them on the same worker, when pytest-xdist has several

Tests of one file share what they have built and run, so a worker gets a whole file; the longest first, so that in the
end no worker has much left when the others are done. Files whose tests share nothing run test by test; those of
them that are short come last, and fill the gaps.
"""
import re

# By core-seconds, as they were measured; a file that is not named here comes after them.
LONGEST_FIRST = ("test_build test_checkout test_lab_states test_grade_states test_rooms "
                 "test_grading test_programs test_bench test_boot test_picture test_fuzz "
                 "test_model test_launch test_gdb test_terminals test_audit test_kernel "
                 "test_ideas test_mutants test_unit test_classes test_run test_sanitizers").split()
# By the lab that they are about: these share a lab's tree. And those that share nothing.
LAB_BY_LAB = {"test_lab_states"}
ONE_BY_ONE = {"test_terminals", "test_handout", "test_labs", "test_grade_states", "test_formats", "test_docs",
              "test_hostile", "test_hostile_tools"}


def name_of_file(nodeid):
    return re.sub(r"(.*/)?([^/]*)\.py(::.*)?$", r"\2", nodeid, flags=re.DOTALL)


def rank(nodeid):
    """Where a test comes: smaller numbers first."""
    name = name_of_file(nodeid)
    if name in LONGEST_FIRST:
        return LONGEST_FIRST.index(name)
    return len(LONGEST_FIRST) + (name in ONE_BY_ONE)


def group(nodeid):
    """Tests of the same group run on the same worker, one after the other."""
    name = name_of_file(nodeid)
    if name in ONE_BY_ONE:
        return nodeid
    if name in LAB_BY_LAB and (lab := re.search(r"\[(\w+)", nodeid)):
        return f"{name}[{lab[1]}]"
    return name


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: rank(item.nodeid))


def scheduler(config, log):
    """The scheduler of pytest-xdist that does this."""
    from xdist.scheduler import LoadScopeScheduling         # optional: not on every machine

    class Scheduler(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            return group(nodeid)
    return Scheduler(config, log)
