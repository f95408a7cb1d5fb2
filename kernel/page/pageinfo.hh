// pageinfo.hh - every page of physical memory: who owns it, how many refer to it
//
//    The bottom of the memory rooms. Everything that takes or gives back a page does it here, in
//    constant time whatever the size of memory: `pageinfo` is filled in only as far as pages were
//    ever handed out.
//    Invariants: `owner == PO_FREE` exactly if `refcount == 0`, and then the page is on the free
//    list once, or lies where `pageinfo` is not yet filled in; otherwise `refcount` is the number
//    of distinct page tables and kernel holders that refer to the page (a page table that two
//    processes share refers to it once). `audit` checks.
#ifndef KINGLET_PAGEINFO_HH
#define KINGLET_PAGEINFO_HH
#include "boot_info.hh"
#include "lib.hh"
#include "x86-64.hh"

// Owners. A positive owner is a pid.
constexpr int PO_FREE = 0;
constexpr int PO_RESERVED = -1;         // not memory, or the firmware's, or a device's
constexpr int PO_KERNEL = -2;
constexpr int PO_SHARED = -3;           // several processes, or one that is not the first owner

constexpr int PO_FILE = -4;             // files: their pages, and what the kernel knows of them
constexpr int PO_LOWEST = PO_FILE;

struct physical_pageinfo {
    uint32_t refcount;
    union {
        uint32_t next;                  // page number, in the list of free pages or of leftovers
        uint32_t found;                 // references that `audit` found; while it is not
    };
    int8_t owner;
    union {
        int8_t pages_owner;             // of a shared last-level table: whose its pages were
        bool is_written;                // of a file's page: a mapping that is gone was written to
    };
    union {
        uint16_t live_entries;          // of a page table: how many of its entries are not 0
        uint16_t touched;               // of another page: when it was touched (`recency.hh`)
    };
    uint16_t copies;                    // pages that a copy for one sharer takes (`owed.hh`)
    bool is_pagetable;
    uint8_t finding;                    // what `audit` found wrong with it
};
static_assert(sizeof(physical_pageinfo) == 16);
constexpr uint8_t finding_leak = 1;     // nothing refers to the page; `audit` has other numbers

extern "C" {
extern physical_pageinfo* pageinfo;     // by page number
extern size_t npages;                   // how many: one more than the last page's number
}
extern size_t total_pages;              // pages that processes can have
extern size_t free_pages;               // those of them that nobody has
extern size_t owed_pages;               // of those, what copies may still need (`owed.hh`)
extern uint32_t first_free;             // page number: their list begins there; 0 ends it
extern uint64_t page_changes;           // how often a page was taken or given back
extern bool poison_pages;               // fill freed pages with 0xCC, to find their use
extern uintptr_t user_end;              // end of a process's addresses, in this machine

// Which machine to be: all of memory and of the address space, or what fits on the screen
enum class machine_size {
    weensy,
    big
};

// init_pageinfo(boot, size)
//    Decide about each page by the BIOS memory map and the kernel's own extent; the rest is free. A
//    big machine that has no room for its `pageinfo` becomes a weensy one; returns which it is.
machine_size init_pageinfo(const boot_info& boot, machine_size size);

// is_filled(pn)
//    Whether `pageinfo[pn]` has been filled in. Elsewhere a page is free if it is in a usable
//    range.
bool is_filled(size_t pn);

// page_state(pn)
//    What `pageinfo[pn]` says, or would say if it were filled in. `pn < npages`.
physical_pageinfo page_state(size_t pn);

// next_filled(pn)
//    The first page number at or after `pn` whose `pageinfo` is filled in; `npages` if there is
//    none.
size_t next_filled(size_t pn);

// kalloc(size, owner)
//    A page of memory, with reference count 1, belonging to `owner` (a pid or `PO_KERNEL`). `size`
//    is at most `PAGESIZE`, in bytes. The page's contents are arbitrary. Null if there is none left
//    but what is owed.
[[nodiscard]] void* kalloc(size_t size, int owner = PO_KERNEL);

// kfree(address)
//    Give up one reference to the page at `address`, which `kalloc` returned; with the last one the
//    page is free. Null is allowed.
void kfree(void* address);

// page_at(pa)
//    The `pageinfo` of the page that physical address `pa` is in.
inline physical_pageinfo& page_at(uintptr_t pa) { return pageinfo[PAGENUMBER(pa)]; }
inline physical_pageinfo& page_at(const void* address) {
    return page_at(reinterpret_cast<uintptr_t>(address));
}

// share_page(pa)
//    Note one more reference to the page at `pa`, which is not free and belongs to `PO_SHARED` from
//    now on, unless it is a file's. `kfree` takes it away.
void share_page(uintptr_t pa);

// clear_page(page) and copy_page(to, from)
//    The 512 words of a page, at the least cost.
inline void clear_page(void* page) {
    size_t words = PAGESIZE / sizeof(uint64_t);
    asm volatile("rep stosq" : "+D"(page), "+c"(words) : "a"(0UL) : "memory");
}
inline void copy_page(void* to, const void* from) {
    size_t words = PAGESIZE / sizeof(uint64_t);
    asm volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
}

// A page that is given back unless it is released: for what may still fail.
class owned_page {
public:
    explicit owned_page(int owner)
        : page_(kalloc(PAGESIZE, owner)) {}
    owned_page(const owned_page&) = delete;
    owned_page& operator=(const owned_page&) = delete;
    ~owned_page() {
        if (page_) kfree(page_);
    }
    explicit operator bool() const { return page_ != nullptr; }
    void* get() const { return page_; }
    uintptr_t pa() const { return reinterpret_cast<uintptr_t>(page_); }
    void release() { page_ = nullptr; }             // somebody else refers to it now
private:
    void* page_;
};

#endif
