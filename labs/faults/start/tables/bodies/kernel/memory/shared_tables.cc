// absent: add_sharer
// absent: share_some
// absent: copy_table

// STEP tables: so far nothing is shared, and all tables are copied.
int64_t share_tables(address_space, x86_64_pagetable*) {
    return int64_t(user_end);
}

// STEP tables: so far each table is its process's own.
int own_table(x86_64_pagetable*, uintptr_t) {
    return 0;
}

// STEP tables: so far nobody comes here.
void leave_pages(x86_64_pagetable*, int) {
}
