// address_space.hh - one process's page table, from the first page to the last
//
//    Built on `vmiter`; used by process life (`kernel/process`). Invariant: an address space that is not yet, or
//    no longer, a process's is held by an `address_space`, which gives everything back when it goes.
#ifndef KINGLET_ADDRESS_SPACE_HH
#define KINGLET_ADDRESS_SPACE_HH
#include "memory/vmiter.hh"

class address_space {
public:
    // A page table with the kernel's mappings and nothing else, or null, if memory ran out. Its pages belong to
    // `owner`, a pid.
    explicit address_space(int owner);
    // Take over what `release` returned.
    explicit address_space(x86_64_pagetable* table)
        : pagetable(table) {}
    address_space(const address_space&) = delete;
    address_space& operator=(const address_space&) = delete;
    // Give up every page and every page-table page.
    ~address_space();

    explicit operator bool() const { return pagetable != nullptr; }

    // Map a new page of zeros, or a copy of the page `source`, at `va` (page-aligned, in a process's range), with
    // permissions `perm`. The page that was there, if any, is given up once the new one is in place. Returns 0,
    // or `E_NOMEM` with nothing changed. `add_page` works on the page table of a living process too.
    [[nodiscard]] static int add_page(x86_64_pagetable* pagetable, uintptr_t va, uint64_t perm,
                                      const void* source = nullptr);

    // Make this empty address space a copy of `from`: writable pages are copied, the others shared. Returns 0, or
    // `E_NOMEM`; then what has been copied goes with this object.
    [[nodiscard]] int copy(x86_64_pagetable* from);

    // Hand the page table over to a process.
    [[nodiscard]] x86_64_pagetable* release();

    x86_64_pagetable* pagetable;
};

#endif
