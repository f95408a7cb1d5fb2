// address_space.hh - one process's memory: its page table and its regions
//
//    Built on `vmiter` and `region`; used by process life (`kernel/process`) and by
//    `resolve_fault`. Functions that change a page table first make its last-level table the
//    process's own (`own_table`).
//    Invariant: memory that is not yet, or no longer, a process's is held by a `new_address_space`,
//    which gives everything back when it goes.
#ifndef KINGLET_ADDRESS_SPACE_HH
#define KINGLET_ADDRESS_SPACE_HH
#include "device/cpu.hh"
#include "memory/heap_bounds.hh"
#include "memory/region.hh"
#include "page/entry_area.hh"
#include "page/vmiter.hh"

// Whether `va` is in a process's range
inline bool is_own_address(uintptr_t va) { return va >= PROC_START_ADDR && va < user_end; }

// What describes a process's memory. Four words, usually passed by value; by reference where a
// fault is handled, to save instructions.
struct address_space {
    x86_64_pagetable* pagetable;
    region_list* regions;
    heap_bounds* heap;
    int pid;

    // The pid that its pages belong to
    int owner() const { return pid; }
    // Where the process's registers are saved: a page of its own, which its page table has at
    // `entry_frame`
    regstate* frame() const {
        return vmiter(pagetable, reinterpret_cast<uintptr_t>(entry_frame)).kptr<regstate*>();
    }

    // Map a new page of zeros at `va` (page-aligned, in a process's range), with permissions
    // `perm`. The page that was there, if any, is given up once the new one is in place. Returns 0,
    // or `E_NOMEM` with nothing changed.
    [[nodiscard]] int add_page(uintptr_t va, uint64_t perm) const {
        vmiter it(pagetable, va);
        return add_page(it, perm);
    }
    // The same at `it.va()`.
    [[nodiscard]] int add_page(vmiter& it, uint64_t perm) const;
    // The same for data, at any `va` that a program may ask for: `E_INVAL` if it is not
    // page-aligned or not its own.
    [[nodiscard]] int page_alloc(uintptr_t va) const;

    // Map new pages of zeros in `[start, end)` (page-aligned) where there is none. Returns 0, or
    // `E_NOMEM` with nothing changed.
    [[nodiscard]] int add_pages(uintptr_t start, uintptr_t end, uint64_t perm) const;

    // Give up every page in `[start, end)` (page-aligned, in a process's range), and page tables
    // that nothing is left in. Returns 0, or `E_NOMEM` with nothing changed: a shared page table
    // may have to be copied first.
    [[nodiscard]] int free_pages(uintptr_t start, uintptr_t end) const;

private:
    // `free_pages` without its first steps: tables that are still shared lie wholly in the range
    void remove_pages(uintptr_t start, uintptr_t end) const;
};

// Memory under construction, or on its way out
class new_address_space {
public:
    // A page table with the kernel's entry area and the screen, and nothing else; the object is
    // false if memory ran out. Its pages belong to `owner`, a pid.
    explicit new_address_space(int owner);
    // Take over what a process had.
    explicit new_address_space(address_space had);
    new_address_space(const new_address_space&) = delete;
    new_address_space& operator=(const new_address_space&) = delete;
    // Give up every page and every page-table page.
    ~new_address_space();

    explicit operator bool() const { return pagetable_ != nullptr; }
    address_space space() { return {pagetable_, &regions_, &heap_, owner_}; }

    // Make this empty address space a copy of `from`. Pages that may be written are shared
    // copy-on-write or copied (`cow.hh`), the others shared. Returns 0, or `E_NOMEM`; then the
    // destructor gives back what has been copied.
    [[nodiscard]] int copy(address_space from);

    // Hand page table, regions and heap over to a process.
    void release(x86_64_pagetable*& pagetable, region_list& regions, heap_bounds& heap);

private:
    x86_64_pagetable* pagetable_;
    region_list regions_;
    heap_bounds heap_;
    int owner_;
};

#endif
