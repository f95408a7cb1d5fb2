// inspect.cc - a look at process 1, before it runs for the first time
//
//    Calls `look` and `copy_mappings`, which are in start.cc. This file is complete.
#include "device/log.hh"
#include "device/screen.hh"
#include "process/process.hh"
#include "start.hh"

// where process 1 has the screen once more, to read
constexpr uintptr_t second_screen = 0x200000;
constexpr size_t by_chance = 5;                     // further addresses to look at

extern "C" {
// 0, unless somebody writes here before the first process is started, as the grader does: then
// process 1 has further pages, and more addresses are looked at
uint64_t check_seed;

// Addresses to look at: null, the kernel, the screen, the screen again, nothing; then the program's first instruction
// and the first byte that it will push on its stack
uintptr_t look_addresses[7 + by_chance] = {
    0, KERNEL_START_ADDR, CONSOLE_ADDR, second_screen + 0xF9E, second_screen + PAGESIZE, 0, 0
};
size_t look_count = 7;

x86_64_pagetable* page_table_original;              // process 1's, before it was copied
x86_64_pagetable page_table_copy;                   // the top-level page

// The moment after `copy_mappings`: a good place for a breakpoint.
[[gnu::noinline]] void copy_made(const x86_64_pagetable* dst, const x86_64_pagetable* src) {
    asm volatile("" : : "r"(dst), "r"(src) : "memory");
}
}

static bool is_same(x86_64_pagetable* dst, x86_64_pagetable* src, uintptr_t va) {
    vmiter copy(dst, va), original(src, va);
    if (copy.pa() == original.pa() && (copy.perm() & permissions) == (original.perm() & permissions)) return true;
    char text[80];
    snprintf(text, sizeof(text), "copy differs at va=0x%lx: process 1 keeps its page table", va);
    log_printf("%s", text);
    show_message(text, COLOR_ERROR);
    return false;
}

// Whether a process can enter the kernel, and leave it, with the copy: a few pages, of those that it takes.
static bool can_run(const proc& p, x86_64_pagetable* dst) {
    const void* needed[] = {
        reinterpret_cast<const void*>(copy_made), ptable, &p, __builtin_frame_address(0), dst,
        reinterpret_cast<const void*>(p.regs->reg_rip), reinterpret_cast<const void*>(p.regs->reg_rsp - 1)
    };
    for (const void* address : needed) {
        if (!is_same(dst, p.pagetable, reinterpret_cast<uintptr_t>(address))) return false;
    }
    return true;
}

// Map the screen in process `p` once more. Its last entry allows writing; the entry above does not,
// and what is allowed is what all levels allow. It looks as if the CPU had read there: that bit
// allows nothing.
static bool map_second_screen(proc& p) {
    if (vmiter(&p, second_screen).try_map(CONSOLE_ADDR, PTE_PWU | PTE_XD) < 0) return false;
    pt_entry& entry = *find_entry(p.pagetable, second_screen, 0);
    set_flags(entry, PTE_FLAGS(entry) | PTE_A);
    pt_entry& above = *find_entry(p.pagetable, second_screen, 1);
    set_flags(above, PTE_FLAGS(above) & ~PTE_W);
    return true;
}

// Map pages at addresses that `check_seed` chooses, the first and the last of `by_chance` left out,
// to other pages, with permissions of all kinds; and let all these addresses be looked at.
static void map_by_chance(proc& p) {
    srand(unsigned(check_seed));
    uintptr_t va = second_screen + PAGESIZE;
    for (size_t i = 0; i < by_chance; ++i) {
        va += unsigned(rand(1, 40)) * PAGESIZE;
        look_addresses[look_count++] = va + unsigned(rand(0, PAGESIZE - 1));
        uintptr_t pa = unsigned(rand(0, 511)) * PAGESIZE;
        uint64_t perm = PTE_P | PTE_XD | (rand(0, 1) ? PTE_W : 0) | (rand(0, 1) ? PTE_U : 0);
        if (i > 0 && i + 1 < by_chance && vmiter(&p, va).try_map(pa, perm) < 0) return;
    }
}

void inspect_first_process() {
    proc& p = ptable[1];
    if (!p.pagetable) return;
    look_addresses[look_count - 2] = p.regs->reg_rip;
    look_addresses[look_count - 1] = p.regs->reg_rsp - 1;
    if (check_seed) map_by_chance(p);
    if (!map_second_screen(p)) return;
    for (size_t i = 0; i < look_count; ++i) look(p.pagetable, look_addresses[i]);
    page_table_original = p.pagetable;
    init_table(&page_table_copy);
    if (copy_mappings(&page_table_copy, p.pagetable) < 0) log_printf("copy out of memory");
    copy_made(&page_table_copy, p.pagetable);
    if (page_at(&page_table_copy).live_entries == 0 || !can_run(p, &page_table_copy)) return;
    p.pagetable = &page_table_copy;
    log_printf("copy in use by process 1");
}
