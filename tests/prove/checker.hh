// checker.hh - how check.cc and check_tables.cc look at the machine: one checker for each look
#ifndef KINGLET_PROVE_CHECKER_HH
#define KINGLET_PROVE_CHECKER_HH
#include "tests/prove/check.hh"

struct disagreement {
    std::string sentence;
};

// disagree(format, ...)
//    Ends the look: throws a `disagreement` with this sentence.
[[noreturn]] void disagree(const char* format, ...) __attribute__((format(printf, 1, 2)));

// perm_of(prot)
//    The permissions of a page with which a process may do `prot`.
uint64_t perm_of(int prot);

// What was found out about one physical page
struct page_use {
    uint32_t references = 0;
    unsigned canonical = 0;             // 1 for the first page met, and so on; 0: not met
    bool is_table = false, is_in_shared = false, is_writable = false, is_copied = false;
    pid_t user = 0;                     // whose it is if it is one process's
    frame_number frame = zero_frame;    // the model's frame that it is, once it was met
    unsigned pages = 0;                 // in a page table, the page of zeros not counted
};

class checker {
public:
    explicit checker(const model& expected)
        : expected_(expected) {}
    state_name run();

private:
    void add(uint64_t x);
    void check_kept();
    void check_process(pid_t pid);
    void check_memory(pid_t pid);
    void check_regions(pid_t pid);
    void check_promises(pid_t pid);
    void walk(pid_t pid, uint64_t table, int level, uintptr_t va, bool is_shared, bool is_first);
    void check_kernel_entry(pid_t pid, uintptr_t va, uint64_t entry);
    void check_upper(pid_t pid, uint64_t entry, int level, uintptr_t va, bool is_shared);
    void check_leaf(pid_t pid, uint64_t entry, uintptr_t va, bool is_shared, bool is_first,
                    pid_t user);
    void check_contents(pid_t pid, uint64_t page, const model_page& wanted);
    void check_sharing(pid_t pid, page_use& use, uint64_t page, const model_page& wanted);
    void check_table_page(uint64_t table, unsigned live);
    page_use& meet(uint64_t pa, pid_t pid, uintptr_t va);
    void check_page(size_t pn);
    void check_copies(const physical_pageinfo& page, const page_use& use, uintptr_t pa);
    void check_free_list();
    void check_owed();

    const model& expected_;
    state_name name_;
    page_use uses_[PAGENUMBER(memory_end)];
    unsigned nmet_ = 0;
    size_t owed_ = 0;                   // pages that copies may still need
    size_t nseen_ = 0;                  // pages of the process that is being checked
};

// Two of the mixers that are known to be good (the constants are those of xxHash and of
// MurmurHash's finaliser).
inline void checker::add(uint64_t x) {
    name_.low = (name_.low ^ x) * 0x9E37'79B1'85EB'CA87;
    name_.low ^= name_.low >> 32;
    name_.high = (name_.high + x) * 0xFF51'AFD7'ED55'8CCD;
    name_.high ^= name_.high >> 29;
}

#endif
