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

class work_part;

// Whether `va` is in a process's range
inline bool is_own_address(uintptr_t va) { return va >= PROC_START_ADDR && va < user_end; }

// What describes a process's memory. Five words, usually passed by value; by reference where a
// fault is handled, to save instructions.
struct address_space {
    x86_64_pagetable* pagetable;
    region_list* regions;
    heap_bounds* heap;
    int pid;
    // How far a long operation on it is; null: such an operation is done in one part. With one,
    // functions that can take long may return `E_MORE` (`work_part.hh`), and are called again.
    uint64_t* progress = nullptr;

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

    // Map new pages of zeros in `[start, end)` (page-aligned) where there is none. Returns 0,
    // `E_MORE`, or `E_NOMEM` with nothing changed.
    [[nodiscard]] int add_pages(uintptr_t start, uintptr_t end, uint64_t perm) const;

    // Give up every page in `[start, end)` (page-aligned, in a process's range), and page tables
    // that nothing is left in. Returns 0, `E_MORE`, or `E_NOMEM` with nothing changed: a shared
    // page table may have to be copied first.
    [[nodiscard]] int free_pages(uintptr_t start, uintptr_t end) const;

private:
    // `free_pages` without its first steps: tables that are still shared lie wholly in the range.
    // False if the part is over before all is done.
    bool remove_pages(uintptr_t start, uintptr_t end, work_part& work) const;
    // Parts of `add_pages`: see there
    int bring_pages(uintptr_t start, uintptr_t end, uint64_t perm, work_part& work) const;
    int settle_pages(uintptr_t newest, bool are_kept, work_part& work) const;
};

// release_page(entry)
//    Give up what an entry of a last-level table refers to.
void release_page(uint64_t entry);

// Memory under construction, or on its way out
class new_address_space {
public:
    // A page table with the kernel's entry area and the screen, and nothing else; the object is
    // false if memory ran out. Its pages belong to `owner`, a pid.
    explicit new_address_space(int owner);
    // Take over what a process had.
    explicit new_address_space(address_space had);
    // Go on with what `suspend` returned.
    new_address_space(x86_64_pagetable* suspended, int owner)
        : pagetable_(suspended), owner_(owner) {}
    new_address_space(const new_address_space&) = delete;
    new_address_space& operator=(const new_address_space&) = delete;
    // Give up every page and every page-table page, some perhaps a little later (`leftovers.hh`).
    ~new_address_space();

    explicit operator bool() const { return pagetable_ != nullptr; }
    address_space space() { return {pagetable_, &regions_, &heap_, owner_}; }

    // Make this address space, which is empty, a copy of `from`. Pages that may be written are
    // shared copy-on-write or copied (`cow.hh`), the others shared. Returns 0, `E_MORE`, or
    // `E_NOMEM`. After an error the destructor gives back what it has so far; or it is suspended,
    // and a later call of `copy` adds what is missing.
    [[nodiscard]] int copy(address_space from);

    // Hand page table, regions and heap over to a process.
    void release(x86_64_pagetable*& pagetable, region_list& regions, heap_bounds& heap);
    // Hand over the page table alone: nothing else is there yet.
    x86_64_pagetable* suspend();

private:
    x86_64_pagetable* pagetable_;
    region_list regions_;
    heap_bounds heap_;
    int owner_;
};

#endif
