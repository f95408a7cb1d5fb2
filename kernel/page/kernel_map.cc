#include "page/kernel_map.hh"
#include "device/cpu.hh"
#include "page/memory_map.hh"

constexpr uint64_t HUGE_PAGESIZE = 0x40000000;      // what one level-2 entry with `PTE_PS` maps

constinit x86_64_pagetable kernel_pagetable[4] = {};

extern "C" {
extern uint8_t _kernel_start[], _kernel_text_end[], kernel_stack_guard[];
extern uint8_t _programs_end[];
}

// Map `[start, end)`, within the first 2 MiB, where nothing is mapped yet.
static void map_identity(uintptr_t start, uintptr_t end, uint64_t perm) {
    for (; start < end; start += PAGESIZE) {
        set_entry(kernel_pagetable[3].entry[PAGENUMBER(start)], start | perm);
    }
}

static uintptr_t address(const uint8_t* label) {
    return reinterpret_cast<uintptr_t>(label);
}

// The level-1 table for `pa`: the first one or, above 1 GiB, one made for it
static x86_64_pagetable* large_page_table(uintptr_t pa) {
    pt_entry& above = kernel_pagetable[1].entry[pa / HUGE_PAGESIZE];
    if (above == 0) {
        x86_64_pagetable* table = new_table(PO_KERNEL);
        if (!table) panic("no memory for the kernel's page tables");
        set_entry(above, reinterpret_cast<uintptr_t>(table) | PTE_PWU);
    }
    return table_of(above);
}

// Map `[start, end)`, which begins at a multiple of 2 MiB, in large pages where nothing is mapped
// yet: of 1 GiB if the CPU has them (SDM vol. 2A, CPUID, leaf 80000001H).
static void map_large(uintptr_t start, uintptr_t end, uint64_t perm) {
    bool has_huge = cpuid(0x80000000).eax >= 0x80000001 && (cpuid(0x80000001).edx & (1U << 26));
    while (start < end) {
        if (has_huge && start % HUGE_PAGESIZE == 0 && end - start >= HUGE_PAGESIZE) {
            set_entry(kernel_pagetable[1].entry[start / HUGE_PAGESIZE], start | perm | PTE_PS);
            start += HUGE_PAGESIZE;
            continue;
        }
        x86_64_pagetable* table = large_page_table(start);
        do {
            pt_entry& entry = table->entry[index_at(start, 1)];
            if (entry == 0) set_entry(entry, start | perm | PTE_PS);
            start += LARGE_PAGESIZE;
        } while (start < end && start % HUGE_PAGESIZE != 0);
    }
}

void init_kernel_map() {
    for (auto& table : kernel_pagetable) page_at(&table).is_pagetable = true;
    for (int i = 0; i < 3; ++i) {
        auto below = reinterpret_cast<uintptr_t>(&kernel_pagetable[i + 1]);
        set_entry(kernel_pagetable[i].entry[0], below | PTE_PWU);
    }
    map_identity(PAGESIZE, address(_kernel_start), PTE_PW | PTE_XD);
    map_identity(address(_kernel_start), address(_kernel_text_end), PTE_P);
    map_identity(address(_kernel_text_end), address(kernel_stack_guard), PTE_P | PTE_XD);
    map_identity(address(kernel_stack_guard) + PAGESIZE, MEMSIZE_PHYSICAL, PTE_PW | PTE_XD);
    bool is_big = npages > PAGENUMBER(MEMSIZE_PHYSICAL);
    auto page_array = reinterpret_cast<uintptr_t>(pageinfo);
    map_large(PROGRAMS_ADDR, address(_programs_end), PTE_P | PTE_XD);
    if (is_big) map_large(page_array, page_array + npages * sizeof(*pageinfo), PTE_PW | PTE_XD);
    kernel_cr3 = reinterpret_cast<uintptr_t>(kernel_pagetable);
    wrcr3(kernel_cr3);              // from here on, new tables may lie where the boot loader's did
    for (unsigned i = 0; is_big && i < nusable_ranges; ++i) {
        uintptr_t start = round_down(PAGEADDRESS(usable_ranges[i].start), LARGE_PAGESIZE);
        map_large(max(start, page_array), PAGEADDRESS(usable_ranges[i].end), PTE_PW | PTE_XD);
    }
}
