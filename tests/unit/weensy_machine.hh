// weensy_machine.hh - a weensy machine's physical memory on the host, at the addresses it has there
//
//    The kernel reaches physical memory at identity, so this maps memory at 0x10000 and up; page 0 to 15 do not exist.
//    Test programs are linked without PIE, and `kernel_pagetable` to 0x50000:
//        -fno-pie -no-pie -Wl,-Ttext-segment=0x40000000 -Wl,--section-start=.kernel=0x50000
//
//    0x010000 free    0x040000 kernel    0x060000 free    0x09F000 reserved    0x100000 free    0x200000 programs
#ifndef KINGLET_TEST_WEENSY_MACHINE_HH
#define KINGLET_TEST_WEENSY_MACHINE_HH
#include "host.hh"
#include "page/page_table.hh"
#include <sys/mman.h>

extern "C" { extern x86_64_pagetable kernel_pagetable[4] __attribute__((section(".kernel"))); }

asm(".globl _kernel_start, _kernel_text_end, kernel_stack_guard, _kernel_end, _programs_end\n"
    ".set _kernel_start, 0x40000\n"
    ".set _kernel_text_end, 0x48000\n"
    ".set kernel_stack_guard, 0x4C000\n"
    ".set entry_code, 0x40000\n"
    ".set entry_tables, 0x58000\n"
    ".set entry_stacks, 0x5A000\n"
    ".set entry_frame, 0x5D000\n"
    ".set _kernel_end, 0x60000\n"
    ".set _programs_end, 0x480000\n");

inline uint64_t loaded_cr3;
inline void host_wrcr3(uint64_t x) { loaded_cr3 = x; }
#define wrcr3 host_wrcr3
extern "C" { uint64_t kernel_cr3; }

#include "page/memory_map.cc"
#include "page/pageinfo.cc"
#include "page/page_table.cc"
#include "page/vmiter.cc"
#include "page/kernel_map.cc"
#include "page/entry_area.cc"
// zero_page.cc's page would lie in the host's memory, where there is no `pageinfo`; this one is the kernel's.
#include "page/zero_page.hh"
const uintptr_t zero_page_address = 0x5F000;
#include "memory/owed.cc"
#include "memory/cow.cc"
#include "memory/shared_tables.cc"
#include "memory/region.cc"
#include "memory/leftovers.cc"
#include "memory/address_space.cc"
#include "memory/promises.cc"
#include "store/page_cache.cc"
#include "memory/mapping.cc"
#include "memory/fault.cc"
#include "memory/heap.cc"

#undef wrcr3

namespace {

constexpr uintptr_t memory_start = 0x10000, kernel_start = 0x40000, kernel_end = 0x60000;
constexpr size_t all_free_pages = 48 + 63 + 256;

uint8_t* memory_at(uintptr_t pa) { return reinterpret_cast<uint8_t*>(pa); }

boot_info weensy_boot_info() {
    boot_info boot = {};
    boot.memory_range_count = 3;
    boot.memory_ranges[0] = {memory_start, 0x9FC00 - memory_start, memory_range_usable, 0};
    boot.memory_ranges[1] = {0xF0000, 0x10000, 2, 0};
    boot.memory_ranges[2] = {0x100000, 0xF00000, memory_range_usable, 0};
    return boot;
}

// A machine that has just started; memory is full of what the loader left there.
class Machine : public testing::Test {
protected:
    static void SetUpTestSuite() {
        static bool is_mapped = false;
        if (is_mapped) return;
        map_memory(memory_start, 0x4F000);
        map_memory(0x50000 + sizeof(kernel_pagetable), MEMSIZE_PHYSICAL);
        is_mapped = true;
    }
    void SetUp() override { start(weensy_boot_info()); }

    static machine_size start(const boot_info& boot, machine_size wanted = machine_size::weensy) {
        memset(memory_at(memory_start), 0xCC, kernel_start - memory_start);
        memset(memory_at(kernel_end), 0xCC, MEMSIZE_PHYSICAL - kernel_end);
        memset(static_cast<void*>(kernel_pagetable), 0, sizeof(kernel_pagetable));
        page_changes = 0;
        poison_pages = true;
        machine_size size = init_pageinfo(boot, wanted);
        init_kernel_map();
        return size;
    }

    static void map_memory(uintptr_t start, uintptr_t end) {
        void* at = memory_at(start);
        constexpr int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE;
        void* got = mmap(at, end - start, PROT_READ | PROT_WRITE, flags, -1, 0);
        if (got != at) throw std::runtime_error("no memory at " + std::to_string(start) + " (see weensy_machine.hh)");
    }
};

// While this lives, only `left` pages are free.
class scarce_memory {
public:
    explicit scarce_memory(size_t left) {
        while (free_pages > max(left, owed_pages)) taken_.push_back(kalloc(PAGESIZE));
    }
    ~scarce_memory() {
        while (!taken_.empty()) {
            kfree(taken_.back());
            taken_.pop_back();
        }
    }
private:
    std::vector<void*> taken_;
};

// All that a failed operation must leave as it was: each page's owner and count, and what pages in use contain.
struct machine_state {
    std::vector<std::string> pages;
    machine_state() {
        for (size_t pn = 0; pn < npages; ++pn) {
            const physical_pageinfo& page = pageinfo[pn];
            std::string s = std::to_string(page.owner) + " " + std::to_string(page.refcount) + " ";
            bool has_contents = page.owner != PO_FREE && page.owner != PO_RESERVED && pn != 0x4F;
            if (has_contents) {
                s += page.is_pagetable ? "table " : "page ";
                s.append(reinterpret_cast<char*>(PAGEADDRESS(pn)), PAGESIZE);
            }
            pages.push_back(s);
        }
    }
    // The page where the machine is not as it was; "" if it is as it was.
    std::string difference() const {
        machine_state now;
        for (size_t pn = 0; pn < npages; ++pn) {
            if (pages[pn] == now.pages[pn]) continue;
            auto shown = [&](const machine_state& state) { return state.pages[pn].substr(0, 12); };
            return "page " + std::to_string(pn) + " was " + shown(*this) + " is " + shown(now);
        }
        return "";
    }
};

// What an entry is in memory, to be written as the CPU does, or as nobody should
inline uint64_t& word_of(pt_entry& entry) {
    return reinterpret_cast<uint64_t&>(entry);
}

[[maybe_unused]] x86_64_pagetable* new_pagetable(int owner = PO_KERNEL) {
    auto pagetable = static_cast<x86_64_pagetable*>(kalloc(PAGESIZE, owner));
    init_table(pagetable);
    return pagetable;
}

struct owned_space {
    int pid;
    x86_64_pagetable* pagetable;
};

// Pages whose owner or count is not what these address spaces, and nothing else, make it, and page tables that count
// their entries wrongly; "" if there are none. Follows page tables by itself, as the hardware does.
[[maybe_unused]] std::string disagreements(const std::vector<owned_space>& spaces) {
    struct reference {
        uint32_t count = 0;
        bool is_table = false, is_shared_table = false;
        int pid = 0;
        unsigned live = 0;
    };
    auto is_own = [](uintptr_t va) { return va >= PROC_START_ADDR || va == 0x5D000; };      // and its registers
    std::vector<reference> found(npages);
    std::string result;
    auto visit = [&](auto& self, int pid, uint64_t table_pa, int level, uintptr_t va, bool is_shared) -> void {
        auto& table = found[PAGENUMBER(table_pa)];
        table.is_table = true;
        table.is_shared_table |= is_shared;
        table.pid = pid;
        if (++table.count > 1) return;
        for (uintptr_t i = 0; i < NPAGETABLEENTRIES; ++i) {
            uint64_t entry = reinterpret_cast<x86_64_pagetable*>(table_pa)->entry[i];
            uintptr_t entry_va = va + (i << (PAGEOFFBITS + PAGEINDEXBITS * level));
            table.live += entry != 0;
            if (entry & PTE_P && level > 0) {
                self(self, pid, PTE_ADDR(entry), level - 1, entry_va, !(entry & PTE_W));
            } else if (entry & PTE_P && is_own(entry_va) && !is_zero_page(PTE_ADDR(entry))) {
                auto& page = found[PAGENUMBER(PTE_ADDR(entry))];
                ++page.count;
                page.pid = is_shared ? page_at(table_pa).pages_owner : pid;
            }
        }
    };
    for (auto& space : spaces) visit(visit, space.pid, reinterpret_cast<uint64_t>(space.pagetable), 3, 0, false);
    for (size_t pn = 0; pn < npages; ++pn) {
        const physical_pageinfo& page = pageinfo[pn];
        bool is_kernels = page.owner == PO_RESERVED || (pn >= PAGENUMBER(kernel_start) && pn < PAGENUMBER(kernel_end));
        uint32_t count = is_kernels ? 1 : found[pn].count;
        bool is_owner_right = is_kernels ? page.owner < 0
            : count == 0 ? page.owner == PO_FREE
            : page.owner == PO_SHARED ? found[pn].is_table == found[pn].is_shared_table
            : page.owner == found[pn].pid && count == 1 && !found[pn].is_shared_table;
        bool is_kind_right = is_kernels || count == 0
            || (page.is_pagetable == found[pn].is_table && page.live_entries == found[pn].live);
        if (page.refcount == count && is_owner_right && is_kind_right) continue;
        result += "page " + std::to_string(pn) + ": owner " + std::to_string(page.owner) + " refcount "
            + std::to_string(page.refcount) + " entries " + std::to_string(page.live_entries)
            + " found " + std::to_string(count) + " of pid " + std::to_string(found[pn].pid) + " entries "
            + std::to_string(found[pn].live) + "\n";
    }
    return result;
}

}

#endif
