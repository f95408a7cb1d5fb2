"""checks.py - what has to be true in this lab, step by step

Each function is one property of one run of a check's program (check/p-check-....cc says what that
does and what its moments mean); checks.toml says which program, scenarios and points. A property
looks at page tables and memory at every moment and ends with `run.wrong(...)` at the first thing
that cannot be. It asks for nothing that a solution could do otherwise: not for an order of
allocation, nor for a structure.

looking.py has what they have in common.
"""
# pylint: disable=wildcard-import,unused-wildcard-import
from isolation_checks import *
from space_checks import *
from page_checks import *               # and step overlap
from fork_checks import *
from copy_checks import *               # what fork has copied
from freeing_checks import *
from short_fork_checks import *
from short_memory_checks import *
from sharing_checks import *
