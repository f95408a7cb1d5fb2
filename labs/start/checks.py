"""checks.py - the properties of lab "start", by the names that checks.toml gives"""
from allocator_checks import (all_pages_are_written, heaps_are_full, heaps_grow, heaps_grow_by_pid,
                              nobody_asks_too_much, numbers_are_random, pages_are_written)
from first_checks import four_are_loaded, four_run, hello_runs, one_is_named, runs_as_process_one
from mapping_checks import copy_is_logged, copy_is_used, copy_maps_the_same, look_says_what_is

__all__ = [name for name in dir() if not name.startswith("_")]
