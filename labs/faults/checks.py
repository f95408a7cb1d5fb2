"""checks.py - the properties of lab "faults", by the names that checks.toml gives"""
from account_checks import copies_are_counted, promises_are_counted, tables_are_counted
from cow_checks import (cow_calls, cow_chain, cow_copies, cow_leaks_nothing, cow_protects,
                        cow_reads_only, cow_reuses, cow_shares)
from null_checks import (guard_stops, guard_when_asked, heap_meets_guard, null_stops,
                         page_zero_unmapped)
from promise_checks import (heap_calls, heap_has_an_end, heap_is_lazy, heap_of_zeros,
                            heap_pages_differ, heap_shrinks, heap_touched, more_than_memory,
                            promise_is_protected)
from short_checks import (children_begin, copies_without_memory, heap_comes_at_once,
                          programs_begin, promises_without_memory)
from stack_checks import (stack_calls, stack_grows, stack_has_a_limit, stack_in_any_order,
                          stack_is_deep)
from table_checks import (changes_are_private, lonely_table_is_reused, tables_are_shared,
                          write_owns_one_table)
from told_checks import audit_finds_nothing, guard_is_told, null_is_told

__all__ = [name for name in dir() if not name.startswith("_")]
