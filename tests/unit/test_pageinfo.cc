// test_pageinfo.cc - physical pages: handed out, counted, given back
#include "weensy_machine.hh"
#include <map>
#include <set>

namespace {

using PageInfo = Machine;

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
                    add_reference(pa);
                    ++counts[pa];
                } else {
                    kfree(memory_at(pa));
                    if (--counts[pa] == 0) counts.erase(pa);
                }
                EXPECT_NE(page_changes, changes);
            }
            ASSERT_EQ(free_pages, all_free_pages - counts.size());
        }
        for (auto [pa, count] : counts) {
            EXPECT_EQ(pageinfo[PAGENUMBER(pa)].refcount, count);
            EXPECT_EQ(pageinfo[PAGENUMBER(pa)].owner, 3);
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
    add_reference(pa_of(page));
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
    EXPECT_NE(panic_of([&] { add_reference(pa_of(page)); }), "");
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
        if (va == 0 || va == 0x58000) expected = 0;
        if (va >= kernel_start && va < 0x48000) expected = PTE_P;
        if (va >= 0x48000 && va < 0x4C000) expected = PTE_P | PTE_XD;
        vmiter it(kernel_pagetable, va);
        EXPECT_EQ(it.perm(), expected) << std::hex << va;
        EXPECT_EQ(it.pa(), expected ? va : uint64_t(-1)) << std::hex << va;
    }
    for (uintptr_t va = 0x200000; va < 0x600000; va += PAGESIZE) {
        EXPECT_EQ(vmiter(kernel_pagetable, va).perm(), PTE_P | PTE_PS | PTE_XD) << std::hex << va;
    }
    EXPECT_FALSE(vmiter(kernel_pagetable, 0x600000).find_mapped(uintptr_t(-1)));
    for (size_t pn = 0; pn < NPAGES; ++pn) EXPECT_EQ(pageinfo[pn].is_pagetable, pn >= 0x50 && pn < 0x54) << pn;
}

}
