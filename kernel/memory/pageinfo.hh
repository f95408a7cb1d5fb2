// pageinfo.hh - every page of physical memory: who owns it, how many refer to it
//
//    The bottom of the memory rooms. Everything that takes or gives back a page does it here, in constant time.
//    Invariants: `owner == PO_FREE` exactly if `refcount == 0`, and then the page is on the free list once;
//    otherwise `refcount` is the number of page tables and kernel holders that refer to the page. `audit` checks.
#ifndef KINGLET_PAGEINFO_HH
#define KINGLET_PAGEINFO_HH
#include "boot_info.hh"
#include "lib.hh"
#include "x86-64.hh"

// Owners. A positive owner is a pid.
constexpr int PO_FREE = 0;
constexpr int PO_RESERVED = -1;                     // not memory, or the firmware's, or a device's
constexpr int PO_KERNEL = -2;
constexpr int PO_SHARED = -3;                       // several processes, or one that is not the first owner

struct physical_pageinfo {
    int owner;
    uint32_t refcount;
    uint32_t next_free;                             // page number; meaningful while the page is free
    bool is_pagetable;                              // a page-table page of its owner
    bool is_leaked;                                 // `audit` found that nothing refers to it
};

constexpr size_t NPAGES = PAGENUMBER(MEMSIZE_PHYSICAL);
extern "C" { extern physical_pageinfo pageinfo[NPAGES]; }

extern size_t free_pages;                           // pages on the free list
extern uint64_t page_changes;                       // how often a page was taken or given back
extern bool poison_pages;                           // fill freed pages with 0xCC, to find their use

// init_pageinfo(boot)
//    Decide about each page by the BIOS memory map and the kernel's own extent; the rest is free.
void init_pageinfo(const boot_info& boot);

// kalloc(size, owner)
//    A page of memory, with reference count 1, belonging to `owner` (a pid or `PO_KERNEL`). `size` is at most
//    `PAGESIZE`, in bytes. The page's contents are arbitrary. Null if there is none left.
[[nodiscard]] void* kalloc(size_t size, int owner = PO_KERNEL);

// kfree(page)
//    Give up one reference to `page`, which `kalloc` returned; with the last one the page is free. Null is allowed.
void kfree(void* page);

// add_reference(pa)
//    Note one more reference to the page at `pa`, which is not free. `kfree` takes it away.
void add_reference(uintptr_t pa);

// A page that is given back unless it is released: for what may still fail.
class owned_page {
public:
    explicit owned_page(int owner)
        : page_(kalloc(PAGESIZE, owner)) {}
    owned_page(const owned_page&) = delete;
    owned_page& operator=(const owned_page&) = delete;
    ~owned_page() { kfree(page_); }
    explicit operator bool() const { return page_ != nullptr; }
    void* get() const { return page_; }
    uintptr_t pa() const { return reinterpret_cast<uintptr_t>(page_); }
    void release() { page_ = nullptr; }             // somebody else refers to it now
private:
    void* page_;
};

#endif
