"""checks.py - the properties of lab "faults", by the names that checks.toml gives"""
from cow_checks import (cow_calls, cow_chain, cow_copies, cow_leaks_nothing, cow_protects, cow_reads_only, cow_reuses,
                        cow_shares)
from promise_checks import (guard_stops, guard_when_asked, heap_calls, heap_has_an_end, heap_is_lazy, heap_meets_guard,
                            heap_of_zeros, heap_pages_differ, heap_shrinks, heap_touched, more_than_memory, null_stops,
                            page_zero_unmapped, stack_calls, stack_grows, stack_has_a_limit, stack_in_any_order)
from table_checks import changes_are_private, lonely_table_is_reused, tables_are_shared, write_owns_one_table

__all__ = [name for name in dir() if not name.startswith("_")]
