#include "memory/kernel_map.hh"
#include "device/cpu.hh"
#include "memory/vmiter.hh"

x86_64_pagetable kernel_pagetable[4];

extern "C" {
extern uint8_t _kernel_start[], _kernel_text_end[], _kernel_rodata_end[], kernel_stack_guard[];
extern uint8_t _programs_end[];
}

static void map_identity(uintptr_t start, uintptr_t end, uint64_t perm) {
    int r = virtual_memory_map(kernel_pagetable, start, start, end - start, perm, nullptr);
    assert_eq(r, 0);
}

static uintptr_t address(const uint8_t* label) {
    return reinterpret_cast<uintptr_t>(label);
}

void init_kernel_map() {
    for (int level = 3, table = 0; level > 0; --level, ++table) {
        kernel_pagetable[table].entry[0] = reinterpret_cast<uintptr_t>(&kernel_pagetable[table + 1]) | PTE_PWU;
    }
    for (auto& table : kernel_pagetable) pageinfo[PAGENUMBER(reinterpret_cast<uintptr_t>(&table))].is_pagetable = true;

    map_identity(PAGESIZE, address(_kernel_start), PTE_PW | PTE_XD);
    map_identity(address(_kernel_start), address(_kernel_text_end), PTE_P);
    map_identity(address(_kernel_text_end), address(_kernel_rodata_end), PTE_P | PTE_XD);
    map_identity(address(_kernel_rodata_end), address(kernel_stack_guard), PTE_PW | PTE_XD);
    map_identity(address(kernel_stack_guard) + PAGESIZE, MEMSIZE_PHYSICAL, PTE_PW | PTE_XD);
    uint64_t* entry = &kernel_pagetable[2].entry[PROGRAMS_ADDR / LARGE_PAGESIZE];
    for (uintptr_t pa = PROGRAMS_ADDR; pa < address(_programs_end); pa += LARGE_PAGESIZE) {
        *entry++ = pa | PTE_P | PTE_PS | PTE_XD;
    }
    kernel_cr3 = reinterpret_cast<uintptr_t>(kernel_pagetable);
    wrcr3(kernel_cr3);
}

int share_kernel_map(x86_64_pagetable* pagetable) {
    if (int r = vmiter(pagetable, CONSOLE_ADDR).try_map(CONSOLE_ADDR, PTE_P); r < 0) return r;
    x86_64_pagetable* leaf = ptiter(pagetable).kptr();
    memcpy(leaf->entry, kernel_pagetable[3].entry, PAGENUMBER(PROC_START_ADDR) * sizeof(uint64_t));
    leaf->entry[PAGENUMBER(CONSOLE_ADDR)] |= PTE_U;
    return 0;
}
