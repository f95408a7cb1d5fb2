// Each process has a page that holds the kernel's notes about it: it is mapped nowhere, and goes with the process.
// file: kernel/memory/address_space.cc
// added
static void* notes[64];                             // by pid
// replaced
new_address_space::new_address_space(int owner)
    : pagetable_(nullptr), owner_(owner) {
    owned_page note(PO_KERNEL);
    x86_64_pagetable* table = note ? new_table(owner) : nullptr;
    if (!table) return;
    if (map_kernel(table) < 0) {
        kfree(table);
        return;
    }
    pagetable_ = table;
    if (notes[owner]) return;
    notes[owner] = note.get();
    note.release();
}

new_address_space::~new_address_space() {
    if (!pagetable_) return;
    kfree(notes[owner_]);
    notes[owner_] = nullptr;
    for (vmiter it(pagetable_, PROC_START_ADDR); it.find_mapped(user_end); it.next()) it.kfree_page();
    for (ptiter it(pagetable_); !it.done(); it.next()) it.kfree_ptp();
    kfree(pagetable_);
}
