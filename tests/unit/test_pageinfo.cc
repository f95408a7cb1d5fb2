// test_pageinfo.cc - physical pages: handed out, counted, given back
#include "weensy_machine.hh"
#include <algorithm>
#include <map>
#include <set>

namespace {

using PageInfo = Machine;

// A big machine's kernel takes pages for its own page tables.
std::set<size_t> tables_of_the_kernel() {
    std::set<size_t> pages;
    for (ptiter it(kernel_pagetable); !it.done(); it.next()) {
        if (it.pa() < 0x50000 || it.pa() >= 0x54000) pages.insert(PAGENUMBER(it.pa()));
    }
    return pages;
}

uintptr_t pa_of(void* page) { return reinterpret_cast<uintptr_t>(page); }

bool is_expected_free(uintptr_t pa) {
    return (pa >= memory_start && pa < kernel_start) || (pa >= kernel_end && pa < KERNEL_LIMIT_ADDR)
        || pa >= PROC_START_ADDR;
}

TEST_F(PageInfo, EachPageHasItsOwnerWhenTheMachineStarts) {
    EXPECT_EQ(free_pages, all_free_pages);
    for (uintptr_t pa = 0; pa < MEMSIZE_PHYSICAL; pa += PAGESIZE) {
        int owner = is_expected_free(pa) ? PO_FREE : pa >= kernel_start && pa < kernel_end ? PO_KERNEL : PO_RESERVED;
        EXPECT_EQ(pageinfo[PAGENUMBER(pa)].owner, owner) << std::hex << pa;
        EXPECT_EQ(pageinfo[PAGENUMBER(pa)].refcount, owner != PO_FREE) << std::hex << pa;
    }
}

TEST_F(PageInfo, PagesThatAreOnlyPartlyMemoryAreReserved) {
    boot_info boot = {};
    boot.memory_range_count = 2;
    boot.memory_ranges[0] = {0x100001, 0x2FFF, memory_range_usable, 0};         // 0x101000 and 0x102000
    boot.memory_ranges[1] = {0x180800, 0x7FF, memory_range_usable, 0};          // none
    start(boot);
    EXPECT_EQ(free_pages, 2U);
    EXPECT_EQ(pa_of(kalloc(1)), 0x101000U);
    EXPECT_EQ(pa_of(kalloc(1)), 0x102000U);
    EXPECT_EQ(kalloc(1), nullptr);
}

TEST_F(PageInfo, ReservedPagesAreReservedWhateverTheMemoryMapSays) {
    boot_info boot = {};
    boot.memory_range_count = 1;
    boot.memory_ranges[0] = {0, 0x10000000, memory_range_usable, 0};
    start(boot);
    EXPECT_EQ(free_pages, all_free_pages + 15);
    EXPECT_EQ(pageinfo[0].owner, PO_RESERVED);
    for (uintptr_t pa = KERNEL_LIMIT_ADDR; pa < PROC_START_ADDR; pa += PAGESIZE) {
        EXPECT_EQ(pageinfo[PAGENUMBER(pa)].owner, PO_RESERVED) << std::hex << pa;
    }
}

TEST_F(PageInfo, MemoryBeyondTheWeensyMachineIsIgnored) {
    boot_info boot = {};
    boot.memory_range_count = 3;
    boot.memory_ranges[0] = {0x1FF000, UINT64_MAX - 0x1FF000, memory_range_usable, 0};
    boot.memory_ranges[1] = {UINT64_MAX - 0xFFF, 0x1000, memory_range_usable, 0};
    boot.memory_ranges[2] = {0, 0x10000, memory_range_usable + 1, 0};
    start(boot);
    EXPECT_EQ(free_pages, 1U);
    EXPECT_EQ(pa_of(kalloc(1)), 0x1FF000U);
}

TEST_F(PageInfo, EveryFreePageIsHandedOutOnceLowestFirst) {
    for (uintptr_t pa = 0; pa < MEMSIZE_PHYSICAL; pa += PAGESIZE) {
        if (!is_expected_free(pa)) continue;
        ASSERT_EQ(pa_of(kalloc(PAGESIZE, 7)), pa);
        EXPECT_EQ(pageinfo[PAGENUMBER(pa)].owner, 7);
        EXPECT_EQ(pageinfo[PAGENUMBER(pa)].refcount, 1U);
    }
    EXPECT_EQ(free_pages, 0U);
    EXPECT_EQ(kalloc(PAGESIZE), nullptr);
    EXPECT_EQ(kalloc(0), nullptr);
}

TEST_F(PageInfo, APageIsFreeExactlyWhenNothingRefersToItWhateverTheOrder) {
    for (uint64_t seed = 1; seed <= 4; ++seed) {
        start(weensy_boot_info());
        random_numbers random(seed);
        std::map<uintptr_t, uint32_t> counts;
        std::set<uintptr_t> was_shared;
        for (int i = 0; i < 20'000; ++i) {
            bool wants_page = random.below(1000) < (i / 2000 % 2 ? 300U : 600U);     // fill memory, then empty it
            if (wants_page) {
                void* page = kalloc(1 + random.below(PAGESIZE), 3);
                if (!page) {
                    ASSERT_EQ(counts.size(), all_free_pages);
                    continue;
                }
                ASSERT_TRUE(is_expected_free(pa_of(page)));
                ASSERT_TRUE(counts.emplace(pa_of(page), 1).second) << "page handed out twice";
                EXPECT_FALSE(pageinfo[PAGENUMBER(pa_of(page))].is_pagetable);
                pageinfo[PAGENUMBER(pa_of(page))].is_pagetable = random.one_in(2);
            } else if (!counts.empty()) {
                uintptr_t pa = random.element(counts).first;
                uint64_t changes = page_changes;
                if (random.one_in(4)) {
                    share_page(pa);
                    ++counts[pa];
                    was_shared.insert(pa);
                } else {
                    kfree(memory_at(pa));
                    if (--counts[pa] == 0) counts.erase(pa), was_shared.erase(pa);
                }
                EXPECT_NE(page_changes, changes);
            }
            ASSERT_EQ(free_pages, all_free_pages - counts.size());
        }
        for (auto [pa, count] : counts) {
            EXPECT_EQ(pageinfo[PAGENUMBER(pa)].refcount, count);
            EXPECT_EQ(pageinfo[PAGENUMBER(pa)].owner, was_shared.count(pa) ? PO_SHARED : 3);
            for (uint32_t i = 0; i < count; ++i) kfree(memory_at(pa));
        }
        std::set<void*> all;
        while (void* page = kalloc(PAGESIZE)) all.insert(page);
        EXPECT_EQ(all.size(), all_free_pages);
    }
}

TEST_F(PageInfo, AFreedPageIsPoisonedOnlyWhenAsked) {
    void* page = kalloc(PAGESIZE);
    memset(page, 0x5A, PAGESIZE);
    share_page(pa_of(page));
    kfree(page);
    EXPECT_EQ(*memory_at(pa_of(page)), 0x5A);
    poison_pages = false;
    kfree(page);
    EXPECT_EQ(*memory_at(pa_of(page)), 0x5A);
    poison_pages = true;
    page = kalloc(PAGESIZE);
    kfree(page);
    for (uintptr_t i = 0; i < PAGESIZE; ++i) EXPECT_EQ(memory_at(pa_of(page))[i], 0xCC);
}

TEST_F(PageInfo, FreeingWhatIsNotInUsePanicsWithItsValues) {
    void* page = kalloc(PAGESIZE, 5);
    kfree(page);
    EXPECT_EQ(panic_of([&] { kfree(page); }), "kfree of page 0x10000: owner 0, refcount 0");
    EXPECT_EQ(panic_of([&] { kfree(memory_at(0xB8000)); }), "kfree of page 0xb8000: owner -1, refcount 1");
    EXPECT_EQ(panic_of([&] { kfree(memory_at(0x100010)); }), "kfree of 0x100010, which is no page of memory");
    EXPECT_EQ(panic_of([&] { kfree(memory_at(0x200000)); }), "kfree of 0x200000, which is no page of memory");
    EXPECT_NE(panic_of([&] { share_page(pa_of(page)); }), "");
    EXPECT_NE(panic_of([&] { (void) kalloc(PAGESIZE + 1); }), "");
    EXPECT_EQ(free_pages, all_free_pages);
    kfree(nullptr);
    EXPECT_EQ(free_pages, all_free_pages);
}

TEST_F(PageInfo, AnOwnedPageIsGivenBackUnlessReleased) {
    {
        owned_page page(4);
        ASSERT_TRUE(page);
        EXPECT_EQ(page.pa(), pa_of(page.get()));
        EXPECT_EQ(pageinfo[PAGENUMBER(page.pa())].owner, 4);
        EXPECT_EQ(free_pages, all_free_pages - 1);
    }
    EXPECT_EQ(free_pages, all_free_pages);
    {
        owned_page page(4);
        page.release();
    }
    EXPECT_EQ(free_pages, all_free_pages - 1);
    scarce_memory none(0);
    EXPECT_FALSE(owned_page(4));
}

TEST_F(PageInfo, TheKernelsMapIsExactAndNothingIsWritableAndExecutable) {
    EXPECT_EQ(loaded_cr3, 0x50000U);
    for (uintptr_t va = 0; va < 0x200000; va += PAGESIZE) {
        uint64_t expected = PTE_PW | PTE_XD;
        if (va >= kernel_start && va < 0x48000) expected = PTE_P;
        if (va >= 0x48000 && va < 0x4C000) expected = PTE_P | PTE_XD;
        if (va == 0 || va == 0x4C000) expected = 0;     // the kernel stack's guard
        vmiter it(kernel_pagetable, va);
        EXPECT_EQ(it.perm(), expected) << std::hex << va;
        EXPECT_EQ(it.pa(), expected ? va : uint64_t(-1)) << std::hex << va;
    }
    for (uintptr_t va = 0x200000; va < 0x600000; va += PAGESIZE) {
        EXPECT_EQ(vmiter(kernel_pagetable, va).perm(), PTE_P | PTE_PS | PTE_XD) << std::hex << va;
    }
    EXPECT_FALSE(vmiter(kernel_pagetable, 0x600000).find_mapped(uintptr_t(-1)));
    for (size_t pn = 0; pn < npages; ++pn) EXPECT_EQ(pageinfo[pn].is_pagetable, pn >= 0x50 && pn < 0x54) << pn;
}

// Memory of gigabytes. Only the first 2 MiB and the place of `pageinfo` exist on the host: pages are not touched.
class BigMachine : public Machine {
protected:
    static constexpr uintptr_t array = 0x600000;    // behind the program images
    static void SetUpTestSuite() {
        Machine::SetUpTestSuite();
        static bool is_mapped = false;
        if (!is_mapped) map_memory(array, array + 0x10000000);
        is_mapped = true;
    }
    void SetUp() override { ASSERT_EQ(start_with(4096), machine_size::big); }

    // A machine with so many MiB of memory, the last GiB of which is above 4 GiB
    static machine_size start_with(uint64_t mib) {
        boot_info boot = weensy_boot_info();
        boot.memory_ranges[2].size = (mib << 20) - 0x100000 - (mib > 1024 ? 0x40000000 : 0);
        if (mib > 1024) boot.memory_ranges[boot.memory_range_count++] = {0x100000000, 0x40000000, 1, 0};
        machine_size size = start(boot, machine_size::big);
        poison_pages = false;
        return size;
    }
};

TEST_F(BigMachine, NothingAboveTheFirstTwoMegabytesIsFilledInAtFirst) {
    EXPECT_EQ(npages, 0x140000U);
    EXPECT_EQ(user_end, uintptr_t(BIG_MEMSIZE_VIRTUAL));
    EXPECT_EQ(reinterpret_cast<uintptr_t>(pageinfo), array);
    size_t array_end = PAGENUMBER(array + npages * sizeof(*pageinfo));
    EXPECT_EQ(total_pages, 48 + 63 + 256 + 0xC0000 - array_end + 0x40000);
    for (size_t pn : {size_t(0x200), PAGENUMBER(array), array_end - 1}) {
        EXPECT_EQ(page_state(pn).owner, PO_KERNEL) << pn;
    }
    for (size_t pn : {array_end, size_t(0xBFFFF), size_t(0x100000), npages - 1}) {
        EXPECT_EQ(page_state(pn).owner, PO_FREE) << pn;
        EXPECT_EQ(page_state(pn).refcount, 0U);
    }
    for (size_t pn : {0xC0000, 0xFFFFF}) EXPECT_EQ(page_state(pn).owner, PO_RESERVED) << pn;
    for (size_t pn = 0; pn < npages; ++pn) ASSERT_EQ(is_filled(pn), pn < 512);
    EXPECT_EQ(next_filled(511), 511U);
    EXPECT_EQ(next_filled(512), npages);
}

TEST_F(BigMachine, EveryPageIsHandedOutOnceAndFilledInByThen) {
    std::vector<bool> had(npages);
    size_t total = total_pages, kernels = tables_of_the_kernel().size();
    for (size_t count = 1; void* page = kalloc(PAGESIZE, 7); ++count) {
        size_t pn = PAGENUMBER(pa_of(page));
        ASSERT_FALSE(had[pn]);
        had[pn] = true;
        ASSERT_TRUE(is_filled(pn));
        ASSERT_EQ(page_state(pn).owner, 7);
        ASSERT_EQ(free_pages, total - count - kernels);
    }
    EXPECT_EQ(free_pages, 0U);
    for (size_t pn = 0; pn < npages; ++pn) ASSERT_EQ(page_state(pn).owner == 7, had[pn]) << pn;
    size_t pn = 0, found = 0;
    for (; pn < npages; pn = next_filled(pn + 1)) found += had[pn];
    EXPECT_EQ(found + kernels, total);
    kfree(reinterpret_cast<void*>(PAGEADDRESS(npages - 1)));
    EXPECT_EQ(pa_of(kalloc(PAGESIZE)), PAGEADDRESS(npages - 1));
}

TEST_F(BigMachine, TheKernelMapsAllOfMemoryInLargePages) {
    for (uintptr_t pa : {array, uintptr_t(0x40000000), uintptr_t(0xBFE00000), uintptr_t(0x100000000),
                         uintptr_t(0x13FFFF000)}) {
        vmiter it(kernel_pagetable, pa);
        EXPECT_EQ(it.pa(), pa);
        EXPECT_EQ(it.perm(), PTE_PW | PTE_PS | PTE_XD) << std::hex << pa;
    }
    EXPECT_FALSE(vmiter(kernel_pagetable, 0xC0000000).present());
    EXPECT_FALSE(vmiter(kernel_pagetable, 0x140000000).present());
    EXPECT_EQ(vmiter(kernel_pagetable, 0x200000).perm(), PTE_P | PTE_PS | PTE_XD);
}

TEST_F(BigMachine, ItBecomesAWeensyOneIfItsPageinfoDoesNotFit) {
    EXPECT_EQ(start_with(5), machine_size::weensy);
    EXPECT_EQ(npages, 512U);
    EXPECT_EQ(total_pages, all_free_pages);
    EXPECT_EQ(user_end, uintptr_t(MEMSIZE_VIRTUAL));
    EXPECT_EQ(start_with(16), machine_size::big);
    EXPECT_EQ(npages, 0x1000U);
}

// Ranges of every type, over each other, in any order
TEST_F(BigMachine, MemoryIsWhatIsUsableAndNothingElseWhateverTheOrder) {
    for (uint64_t seed = 1; seed <= 100; ++seed) {
        random_numbers random(seed);
        boot_info boot = {};
        boot.memory_ranges[boot.memory_range_count++] = {0x100000, 0xF00000, memory_range_usable, 0};
        for (uint64_t n = 1 + random.below(12); n > 0; --n) {
            uint64_t base = random.below(0x8000000), size = random.below(random.one_in(3) ? 0x10000 : 0x2000000);
            if (base < 0xA00000) base += 0xA00000;          // `pageinfo` must have room
            if (random.one_in(2)) base = round_down(base, PAGESIZE), size = round_down(size, PAGESIZE);
            boot.memory_ranges[boot.memory_range_count++] = {base, size, uint32_t(1 + random.below(3)), 0};
        }
        std::shuffle(boot.memory_ranges, boot.memory_ranges + boot.memory_range_count, random.engine);
        ASSERT_EQ(start(boot, machine_size::big), machine_size::big);
        std::vector<bool> usable(npages), other(npages);
        for (const memory_range& r : boot.memory_ranges) {
            uint64_t first = r.base / PAGESIZE, last = (r.base + r.size + PAGESIZE - 1) / PAGESIZE;
            for (uint64_t pn = first; r.size > 0 && pn < min(last, uint64_t(npages)); ++pn) {
                bool is_whole = pn * PAGESIZE >= r.base && (pn + 1) * PAGESIZE <= r.base + r.size;
                if (r.type != memory_range_usable) other[pn] = true;
                else if (is_whole) usable[pn] = true;
            }
        }
        size_t first = PAGENUMBER(round_up(array + npages * sizeof(*pageinfo), PAGESIZE)), count = 0;
        std::set<size_t> tables = tables_of_the_kernel();
        for (size_t pn = 0; pn < npages; ++pn) {
            bool is_free = usable[pn] && !other[pn] && (pn >= first || (pn >= 0x100 && pn < 0x200));
            ASSERT_EQ(page_state(pn).owner == PO_FREE, is_free && !tables.count(pn)) << seed << " " << pn;
            count += is_free;
        }
        ASSERT_EQ(total_pages, count) << seed;
    }
}

}
