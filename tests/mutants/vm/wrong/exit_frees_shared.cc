// Shared pages are freed however many processes still have them: their count is taken down to 0.
// fails: still-there
// why: a shared page must stay until the last process that has it is gone
// file: kernel/memory/address_space.cc
new_address_space::~new_address_space() {
    if (!pagetable_) return;
    for (vmiter it(pagetable_, PROC_START_ADDR); it.find_mapped(user_end); it.next()) {
        while (page_at(it.pa()).refcount > 1) kfree(it.kptr());
        if (page_at(it.pa()).refcount == 1) it.kfree_page();
    }
    for (ptiter it(pagetable_); !it.done(); it.next()) it.kfree_ptp();
    kfree(pagetable_);
}
