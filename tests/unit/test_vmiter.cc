// test_vmiter.cc - page tables: vmiter and ptiter against a plain map
#include "weensy_machine.hh"
#include <algorithm>
#include <map>
#include <set>

namespace {

constexpr uintptr_t top_of_memory = 0;              // as the end of the last page
constexpr uint64_t some_flags[] = {PTE_W, PTE_U, PTE_XD, PTE_A, PTE_D, PTE_PWT, PTE_PCD, 0x200, 0xE00,
                                   0x7FF0'0000'0000'0000UL};


// What a page table must look like: its mappings, and the tables that it has needed so far.
struct model {
    struct mapping {
        uint64_t pa;
        uint64_t perm;
    };
    std::map<uintptr_t, mapping> pages;             // by page address
    std::set<std::pair<int, uintptr_t>> tables;     // level, first address

    int level(uintptr_t va) const {                 // of the last entry on the way to `va`
        for (int l = 0; l < 3; ++l) {
            if (tables.count({l, round_down(va, span_of(l + 1))})) return l;
        }
        return 3;
    }
    uintptr_t last_va(uintptr_t va) const { return round_down(va, span_of(level(va))) + span_of(level(va)); }
    const mapping* at(uintptr_t va) const {
        auto it = pages.find(round_down(va, PAGESIZE));
        return it == pages.end() ? nullptr : &it->second;
    }
    void map(uintptr_t va, uint64_t pa, uint64_t perm) {
        if (!(perm & PTE_P)) {
            pages.erase(va);
            return;
        }
        pages[va] = {pa, perm};
        for (int l = 0; l < 3; ++l) tables.insert({l, round_down(va, span_of(l + 1))});
    }
};

uintptr_t canonical(uintptr_t va, bool upwards) {
    if (va < VA_LOWEND || va >= VA_HIGHMIN) return va;
    return upwards ? VA_HIGHMIN : VA_LOWEND - 1;
}

// Addresses close to each other and to every kind of border, in both halves.
std::vector<uintptr_t> interesting_places(random_numbers& random) {
    std::vector<uintptr_t> places = {0, VA_LOWEND, VA_HIGHMIN, top_of_memory, span_of(1), span_of(2), span_of(3)};
    for (int i = 0; i < 8; ++i) {
        places.push_back(random.below(256) * span_of(3) + random.below(2) * random.below(512) * span_of(2)
                         + random.below(512) * span_of(1));
        places.push_back(VA_HIGHMIN + places.back());
    }
    return places;
}

class VmIter : public Machine {
protected:
    x86_64_pagetable* pagetable = nullptr;
    void SetUp() override {
        Machine::SetUp();
        pagetable = new_pagetable(5);
    }

    // An address within a few pages of one of the places; never the last of all, which means "done".
    static uintptr_t address_near(random_numbers& random, const std::vector<uintptr_t>& places) {
        while (true) {
            uintptr_t va = random.element(places) + random.below(12 * PAGESIZE) - 6 * PAGESIZE;
            if ((va < VA_LOWEND || va >= VA_HIGHMIN) && va != uintptr_t(-1)) return va;
        }
    }

    static uint64_t random_perm(random_numbers& random) {
        uint64_t perm = PTE_P;
        for (uint64_t flag : some_flags) perm |= random.one_in(2) ? flag : 0;
        return perm;
    }

    static void expect_as(const vmiter& it, const model& m, uintptr_t va) {
        ASSERT_EQ(it.va(), va);
        ASSERT_EQ(it.done(), va == uintptr_t(-1));
        const model::mapping* mapping = m.at(va);
        EXPECT_EQ(it.present(), mapping != nullptr);
        EXPECT_EQ(it.perm(), mapping ? mapping->perm : 0);
        EXPECT_EQ(it.pa(), mapping ? mapping->pa + va % PAGESIZE : uint64_t(-1));
        EXPECT_EQ(it.kptr<uint8_t*>(), mapping ? memory_at(mapping->pa + va % PAGESIZE) : nullptr);
        EXPECT_EQ(it.writable(), mapping && (mapping->perm & PTE_W));
        EXPECT_EQ(it.user(), mapping && (mapping->perm & PTE_U));
        EXPECT_EQ(it.perm(PTE_PU | PTE_XD), mapping && (mapping->perm & PTE_U) && (mapping->perm & PTE_XD));
        EXPECT_EQ(it.low(), va < VA_LOWEND);
        EXPECT_EQ(it.last_va(), m.last_va(va));
        EXPECT_EQ(it.range_size(), m.last_va(va) - va);
    }

    static uint64_t expected_range_perm(const model& m, uintptr_t va, size_t size) {
        uint64_t all = ~uint64_t(0), any = 0;
        for (size_t offset = 0; offset < va % PAGESIZE + size; offset += PAGESIZE) {
            const model::mapping* mapping = m.at(va - va % PAGESIZE + offset);
            if (!mapping) return 0;
            all &= mapping->perm;
            any |= mapping->perm;
        }
        return (all & ~PTE_XD) | (any & PTE_XD);
    }

    static long count_entries(const x86_64_pagetable* table) {
        return std::count_if(std::begin(table->entry), std::end(table->entry), [](uint64_t e) { return e != 0; });
    }

    void run_against_model(uint64_t seed, int steps);
};

void VmIter::run_against_model(uint64_t seed, int steps) {
    random_numbers random(seed);
    std::vector<uintptr_t> places = interesting_places(random);
    model m;
    std::set<uintptr_t> owned;                      // pages of memory that are mapped once, by address in `m`
    size_t free_at_start = free_pages;
    vmiter it(pagetable);
    uintptr_t va = 0;
    for (int i = 0; i < steps && !HasFailure(); ++i) {
        SCOPED_TRACE("seed " + std::to_string(seed) + " step " + std::to_string(i) + " va " + std::to_string(va));
        uintptr_t page = round_down(va, PAGESIZE);
        switch (random.below(12)) {
        case 0: case 1:                             // map, anew or again
            if (owned.count(page)) break;
            it.find(page);
            m.map(page, random.bits() & PTE_PAMASK, random_perm(random));
            ASSERT_EQ(it.try_map(m.at(page)->pa, m.at(page)->perm), 0);
            va = page;
            break;
        case 2: {                                   // map a page of memory, for `kfree_page`
            if (m.at(page)) break;
            it.find(va = page);
            void* memory = kalloc(PAGESIZE);
            ASSERT_NE(memory, nullptr);
            it.map(memory, PTE_PWU);
            m.map(page, reinterpret_cast<uintptr_t>(memory), PTE_PWU);
            owned.insert(page);
            break;
        }
        case 3:
            if (m.at(page) && !owned.count(page)) break;
            it.find(va = page);
            it.kfree_page();
            it.kfree_page();
            owned.erase(page);
            m.map(page, 0, 0);
            break;
        case 4:                                     // unmap: whatever the other flags are
            if (owned.count(page)) break;
            it.find(va = page);
            it.map(random.bits() & PTE_PAMASK, random_perm(random) & ~PTE_P);
            m.map(page, 0, 0);
            break;
        case 5: case 6:
            va = address_near(random, places);
            it.find(va);
            break;
        case 7: {                                   // near and far, and over the hole
            uintptr_t to = va + random.below(4 * PAGESIZE) - 2 * PAGESIZE;
            if (random.one_in(3)) to = address_near(random, places);
            auto delta = intptr_t(to - va);
            to = canonical(to, to > va);
            if (to == uintptr_t(-1)) break;
            expect_as(it + delta, m, to);
            expect_as(it - -delta, m, to);
            it += delta;
            va = to;
            break;
        }
        case 8:
            va = m.at(va) ? page + PAGESIZE : m.last_va(va);
            va = va == top_of_memory ? uintptr_t(-1) : canonical(va, true);
            it.next();
            break;
        case 9:
            va = m.last_va(va);
            va = va == top_of_memory ? uintptr_t(-1) : canonical(va, true);
            it.next_range();
            break;
        case 10: {
            uintptr_t end = random.one_in(3) ? uintptr_t(-1) : address_near(random, places);
            auto mapped = m.pages.lower_bound(page);
            uintptr_t found = mapped == m.pages.end() ? uintptr_t(-1) : max(mapped->first, va);
            if (found < end) {
                ASSERT_TRUE(it.find_mapped(end));
                va = found;
            } else {
                ASSERT_FALSE(it.find_mapped(end));
                ASSERT_GE(it.va(), end);
                it.find(va);
            }
            break;
        }
        case 11: {
            size_t size = 1 + random.below(4 * PAGESIZE);
            if (va + size < va || (va < VA_LOWEND && va + size > VA_LOWEND)) break;
            uint64_t perm = expected_range_perm(m, va, size);
            EXPECT_EQ(it.range_perm(size), perm);
            EXPECT_EQ(it.range_perm(size, PTE_PU), (perm & PTE_PU) == PTE_PU);
            break;
        }
        }
        expect_as(it, m, va);
        if (va == uintptr_t(-1)) it.find(va = address_near(random, places));
        ASSERT_EQ(free_pages, free_at_start - owned.size() - m.tables.size());
    }
    std::set<std::pair<int, uintptr_t>> visited;
    for (ptiter pt(pagetable); !pt.done(); pt.next()) {
        EXPECT_EQ(pageinfo[PAGENUMBER(pt.pa())].owner, 5);
        EXPECT_TRUE(pageinfo[PAGENUMBER(pt.pa())].is_pagetable);
        EXPECT_EQ(page_at(pt.pa()).live_entries, count_entries(pt.kptr()));
        EXPECT_EQ(PTE_ADDR(*find_entry(pagetable, pt.va(), pt.level() + 1)), pt.pa());
        visited.insert({pt.level(), pt.va()});
    }
    EXPECT_EQ(page_at(pagetable).live_entries, count_entries(pagetable));
    EXPECT_EQ(visited, m.tables);
}

TEST_F(VmIter, DoesWhatAPlainMapDoesWhateverIsDoneToIt) {
    for (uint64_t seed = 1; seed <= 6; ++seed) {
        SetUp();
        run_against_model(seed, 30'000);
        if (HasFailure()) return;
    }
}

TEST_F(VmIter, StartsAtAnyAddressOfAPageTableOrOfItsHolder) {
    struct { int pid; x86_64_pagetable* pagetable; } holder = {1, pagetable};
    vmiter(&holder, VA_HIGHMIN).map(uint64_t(0x100000), PTE_PW);
    EXPECT_EQ(vmiter(pagetable, VA_HIGHMIN + 5).pa(), 0x100005U);
    EXPECT_EQ(vmiter(&holder).va(), 0U);
    EXPECT_FALSE(ptiter(&holder).done());
}

TEST_F(VmIter, AllowsOnlyWhatEveryLevelAllows) {
    constexpr uintptr_t va = 0x123456000;
    vmiter(pagetable, va).map(uint64_t(0x100000), PTE_PWU);
    // `kptr` is one table on the way; its parent's entry decides
    for (ptiter pt(pagetable); !pt.done(); pt.next()) {
        uint64_t* entry = nullptr;
        auto find_in = [&](x86_64_pagetable* table) {
            for (pt_entry& e : table->entry) {
                if (PTE_ADDR(e) == pt.pa()) entry = &word_of(e);
            }
        };
        find_in(pagetable);
        for (ptiter parent(pagetable); !parent.done(); parent.next()) find_in(parent.kptr());
        ASSERT_NE(entry, nullptr);
        EXPECT_EQ(entry, &word_of(pt.entry()));
        for (uint64_t flag : {PTE_W, PTE_U}) {
            *entry &= ~flag;
            EXPECT_EQ(vmiter(pagetable, va).perm(), PTE_PWU & ~flag) << pt.level();
            EXPECT_EQ(virtual_memory_lookup(pagetable, va).perm, PTE_PWU & ~flag);
            *entry |= flag;
        }
        *entry |= PTE_XD | PTE_A;
        EXPECT_EQ(vmiter(pagetable, va).perm(), PTE_PWU | PTE_XD) << pt.level();
        EXPECT_EQ(vmiter(pagetable, va).range_perm(PAGESIZE), PTE_PWU | PTE_XD);
        *entry &= ~(PTE_XD | PTE_A);
    }
}

TEST_F(VmIter, WalksLargePagesPageByPage) {
    vmiter(pagetable, 0).map(uint64_t(0x100000), PTE_PW);
    ptiter level_1(pagetable);
    level_1.next();
    ASSERT_EQ(level_1.level(), 1);
    word_of(level_1.kptr()->entry[3]) = 0x400000 | PTE_PW | PTE_PS;
    level_1.next();
    word_of(level_1.kptr()->entry[2]) = 0x80000000 | PTE_PU | PTE_PS;
    vmiter it(pagetable, PAGESIZE);
    ASSERT_TRUE(it.find_mapped(uintptr_t(-1)));
    EXPECT_EQ(it.va(), 3 * LARGE_PAGESIZE);
    it += 0x12345;
    EXPECT_EQ(it.pa(), 0x412345U);
    EXPECT_EQ(it.perm(), PTE_PW | PTE_PS);
    EXPECT_EQ(it.last_va(), 4 * LARGE_PAGESIZE);
    it.next();
    EXPECT_EQ(it.va(), 3 * LARGE_PAGESIZE + 0x13000);
    EXPECT_EQ(it.range_perm(LARGE_PAGESIZE - 0x13000), PTE_PW | PTE_PS);
    EXPECT_EQ(it.range_perm(LARGE_PAGESIZE - 0x13000 + 1), 0U);
    it.next_range();
    ASSERT_TRUE(it.find_mapped(uintptr_t(-1)));
    EXPECT_EQ(it.va(), 0x80000000U);
    EXPECT_EQ((it + 0x3FFFFFFF).pa(), 0xBFFFFFFFU);
    it += 0x40000000 - PAGESIZE;
    it.next();
    EXPECT_FALSE(it.find_mapped(uintptr_t(-1)));
    EXPECT_NE(panic_of([&] { vmiter(pagetable, 3 * LARGE_PAGESIZE).map(uint64_t(0x100000)); }), "");
    std::vector<int> levels;
    for (ptiter pt(pagetable); !pt.done(); pt.next()) levels.push_back(pt.level());
    EXPECT_EQ(levels, (std::vector<int>{0, 1, 2})) << "a large page is no table";
}

TEST_F(VmIter, FindsWhatARangeAllowsUpToTheVeryEndOfEachHalf) {
    vmiter(pagetable, VA_LOWEND - PAGESIZE).map(uint64_t(0x100000));
    vmiter(pagetable, VA_HIGHMIN).map(uint64_t(0x100000));
    vmiter(pagetable, uintptr_t(-PAGESIZE)).map(uint64_t(0x100000));
    vmiter low_end(pagetable, VA_LOWEND - PAGESIZE), high_end(pagetable, uintptr_t(-PAGESIZE));
    EXPECT_EQ(low_end.range_perm(PAGESIZE), PTE_PWU);
    EXPECT_EQ(high_end.range_perm(PAGESIZE - 1), PTE_PWU);
    EXPECT_EQ(high_end.range_perm(PAGESIZE), PTE_PWU) << "the range ends where addresses end";
    EXPECT_EQ(high_end.range_perm(PAGESIZE + 1), 0U) << "the range wraps";
    EXPECT_EQ(low_end.range_perm(PAGESIZE + 1), 0U) << "the range runs into the hole";
    EXPECT_EQ(low_end.range_perm(VA_HIGHMIN + PAGESIZE - low_end.va()), 0U) << "the range runs over the hole";
    EXPECT_TRUE(vmiter(pagetable, 0).range_perm(0, PTE_PWU | PTE_XD)) << "no page refuses anything";
}

TEST_F(VmIter, AMappingThatFailsChangesNothing) {
    for (uint64_t seed = 1; seed <= rounds(6); ++seed) {
        SetUp();
        random_numbers random(seed);
        std::vector<uintptr_t> places = interesting_places(random);
        model m;
        auto map = [&](uintptr_t va) {
            m.map(va, 0x100000, random_perm(random));
            vmiter(pagetable, va).map(m.at(va)->pa, m.at(va)->perm);
        };
        for (int i = 0; i < 20; ++i) map(round_down(address_near(random, places), PAGESIZE));
        for (int i = 0; i < 10; ++i) {
            uintptr_t va = random.one_in(2) ? address_near(random, places) : random.below(VA_LOWEND);
            va = round_down(va, PAGESIZE);
            vmiter it(pagetable, va);
            size_t needed = size_t(m.level(va));    // missing tables
            for (size_t k = 0; k <= 3; ++k) {
                scarce_memory memory(k);
                machine_state before;
                uintptr_t last_va = it.last_va();
                uint64_t perm = it.perm();
                if (k == needed) {
                    map(va);
                    break;
                }
                ASSERT_EQ(it.try_map(0x100000, PTE_PWU), E_NOMEM);
                ASSERT_EQ(before.difference(), "");
                ASSERT_EQ(free_pages, k);
                ASSERT_EQ(it.va(), va);
                ASSERT_EQ(it.last_va(), last_va);
                ASSERT_EQ(it.perm(), perm);
                EXPECT_NE(panic_of([&] { it.map(uint64_t(0x100000)); }), "");
            }
        }
    }
}

TEST_F(VmIter, MapsARangeUntilTablesRunOut) {
    constexpr uintptr_t va = LARGE_PAGESIZE - 2 * PAGESIZE;
    EXPECT_EQ(virtual_memory_map(pagetable, va, 0x100000, PAGESIZE, PTE_PWU, nullptr), E_NOMEM);
    EXPECT_TRUE(ptiter(pagetable).done());
    static int tables_left;
    x86_64_pagetable* (*allocator)() = [] { return tables_left-- > 0 ? new_pagetable() : nullptr; };
    tables_left = 3;
    EXPECT_EQ(virtual_memory_map(pagetable, va, 0x100000, 4 * PAGESIZE, PTE_PU, allocator), E_NOMEM);
    for (uintptr_t i = 0; i < 4; ++i) {
        vamapping found = virtual_memory_lookup(pagetable, va + i * PAGESIZE + 7);
        EXPECT_EQ(found.pa, i < 2 ? 0x100007 + i * PAGESIZE : uint64_t(-1));
        EXPECT_EQ(found.pn, i < 2 ? int64_t(0x100 + i) : -1);
        EXPECT_EQ(found.perm, i < 2 ? PTE_PU : 0);
    }
    tables_left = 1;
    EXPECT_EQ(virtual_memory_map(pagetable, va, 0x100000, 4 * PAGESIZE, PTE_PU, allocator), 0);
    EXPECT_EQ(virtual_memory_lookup(pagetable, va + 3 * PAGESIZE).pa, 0x103000U);
    EXPECT_EQ(virtual_memory_map(pagetable, va, 0, 3 * PAGESIZE, PTE_W | PTE_U, nullptr), 0);
    EXPECT_EQ(virtual_memory_lookup(pagetable, va).perm, 0U);
    EXPECT_EQ(ptiter(pagetable).kptr()->entry[510], 0U);
    EXPECT_EQ(virtual_memory_lookup(pagetable, va + 3 * PAGESIZE).perm, PTE_PU);
    tables_left = 3;
    EXPECT_EQ(virtual_memory_map(pagetable, uintptr_t(-PAGESIZE), 0x100000, PAGESIZE, PTE_PU, allocator), 0);
}

TEST_F(VmIter, FindsTheEntryOfEachLevelAsFarAsThereAreTables) {
    vmiter(pagetable, 0x40201000).map(uint64_t(0x100000), PTE_PWU);
    pt_entry* last = find_entry(pagetable, 0x40201000, 0);
    ASSERT_TRUE(last);
    EXPECT_EQ(last, &vmiter(pagetable, 0x40201000).entry());
    EXPECT_EQ(find_entry(pagetable, 0x40202FFF, 0), last + 1);
    EXPECT_EQ(find_entry(pagetable, 0x40201000, 3), &pagetable->entry[0]);
    EXPECT_EQ(find_entry(pagetable, 0, 0), nullptr);
    EXPECT_EQ(find_entry(pagetable, 0, 1), nullptr);
    ASSERT_TRUE(find_entry(pagetable, 0, 2));
    EXPECT_EQ(*find_entry(pagetable, 0, 2), 0U);
    EXPECT_EQ(find_entry(pagetable, VA_HIGHMIN, 3), &pagetable->entry[256]);
}

TEST_F(VmIter, ReachingTheLastLevelMapsNothing) {
    vmiter it(pagetable, 0x40201000);
    {
        scarce_memory memory(2);
        machine_state before;
        EXPECT_EQ(it.reach_last_level(), E_NOMEM);
        EXPECT_EQ(before.difference(), "");
    }
    size_t free_before = free_pages;
    ASSERT_EQ(it.reach_last_level(), 0);
    EXPECT_EQ(free_pages, free_before - 3);
    EXPECT_FALSE(it.present());
    EXPECT_EQ(&it.entry(), find_entry(pagetable, 0x40201000, 0));
    ASSERT_EQ(it.reach_last_level(), 0);
    EXPECT_EQ(free_pages, free_before - 3);
}

TEST_F(VmIter, ReachingALevelMakesTheTablesAboveOnly) {
    for (int level = 2; level >= 0; --level) {
        size_t free_before = free_pages;
        uintptr_t va = span_of(3) * uintptr_t(level + 1);
        vmiter it(pagetable, va);
        {
            scarce_memory memory(size_t(2 - level));
            machine_state before;
            EXPECT_EQ(it.reach_level(level), E_NOMEM);
            EXPECT_EQ(before.difference(), "");
        }
        ASSERT_EQ(it.reach_level(level), 0);
        EXPECT_EQ(it.range_size(), span_of(level));
        EXPECT_EQ(free_pages, free_before - size_t(3 - level));
        EXPECT_EQ(&it.entry(), find_entry(pagetable, va, level));
        ASSERT_EQ(it.reach_level(2), 0);
        EXPECT_EQ(it.range_size(), span_of(level));
    }
}

TEST_F(VmIter, FlagsOfAnEntryChangeAloneWhateverItsState) {
    pt_entry& entry = pagetable->entry[5];
    set_entry(entry, 0x123000 | PTE_PWU);
    unsigned live = page_at(pagetable).live_entries;
    set_flags(entry, PTE_U | PTE_XD);
    EXPECT_EQ(uint64_t(entry), 0x123000 | PTE_P | PTE_U | PTE_XD);
    set_entry(entry, 0x123000 | PTE_W);
    EXPECT_EQ(state_of(entry), entry_state::away);
    set_flags(entry, PTE_PWU | PTE_COW);
    EXPECT_EQ(uint64_t(entry), 0x123000 | PTE_W | PTE_U | PTE_COW);
    EXPECT_EQ(page_at(pagetable).live_entries, live);
    set_entry(entry, 0);
    EXPECT_EQ(state_of(entry), entry_state::empty);
    EXPECT_EQ(page_at(pagetable).live_entries, live - 1);
}

TEST_F(VmIter, EntriesThatAreNotZeroAreFoundWithinARange) {
    random_numbers random(8);
    for (int i = 0; i < 200; ++i) {
        uint64_t kept = random.below(40);
        std::set<size_t> expected;
        for (pt_entry& entry : pagetable->entry) word_of(entry) = 0;
        for (uint64_t n = 0; n < kept; ++n) expected.insert(random.below(512));
        size_t first = random.below(512), last = first + random.below(513 - first);
        for (size_t index : expected) word_of(pagetable->entry[index]) = random.bits() | 1;
        expected.erase(expected.begin(), expected.lower_bound(first));
        expected.erase(expected.lower_bound(last), expected.end());
        std::set<size_t> found;
        auto visit = [&](pt_entry& entry, size_t index) {
            EXPECT_EQ(&entry, &pagetable->entry[index]);
            found.insert(index);
            return 0;
        };
        EXPECT_EQ(for_each_entry(pagetable, first, last, visit), 0);
        EXPECT_EQ(found, expected);
        pt_entry* end = pagetable->entry + last;
        EXPECT_EQ(first_nonzero(pagetable->entry + first, end),
                  expected.empty() ? end : pagetable->entry + *expected.begin());
        if (expected.empty()) continue;
        found.clear();
        auto stop = [&](pt_entry& entry, size_t index) { return visit(entry, index), E_NOMEM; };
        EXPECT_EQ(for_each_entry(pagetable, first, last, stop), E_NOMEM);
        EXPECT_EQ(found.size(), 1U);
    }
}

TEST_F(VmIter, AddressesThatAreNotPagesPanic) {
    EXPECT_NE(panic_of([&] { vmiter(pagetable, 0x1234).map(uint64_t(0x100000)); }), "");
    EXPECT_NE(panic_of([&] { vmiter(pagetable, 0x1000).map(uint64_t(0x100010)); }), "");
    EXPECT_NE(panic_of([&] { vmiter(pagetable, 0x1000).map(uint64_t(1) << 52); }), "");
    vmiter(pagetable, 0x1000).map(uint64_t(0x100000));
    EXPECT_NE(panic_of([&] { vmiter(pagetable, 0x1001).kfree_page(); }), "");
}

// Visit every entry of the whole tree.
void walk_everything(x86_64_pagetable* pagetable) {
    for (uintptr_t i = 0; i < 512; ++i) {
        vmiter it(pagetable, i * span_of(3) < VA_LOWEND ? i * span_of(3) : i * span_of(3) | VA_HIGHMIN);
        (void) it.find_mapped(it.va() + span_of(3) - 1);
    }
}

TEST_F(VmIter, ATableThatWasNeverClearedIsDetected) {
    for (int level = 1; level <= 3; ++level) {
        SetUp();
        vmiter(pagetable, 0).map(uint64_t(0x100000));
        x86_64_pagetable* table = pagetable;
        for (int l = 3; l > level; --l) table = reinterpret_cast<x86_64_pagetable*>(PTE_ADDR(table->entry[0]));
        memset(static_cast<void*>(table), 0xCC, PAGESIZE);              // as `poison_pages` has it
        EXPECT_NE(panic_of([&] { vmiter it(pagetable, 0); }), "") << "vmiter, level " << level;
        EXPECT_NE(panic_of([&] { vmiter(pagetable, 0).map(uint64_t(0x100000)); }), "") << "map, level " << level;
        EXPECT_NE(panic_of([&] { for (ptiter p(pagetable); !p.done(); p.next()) {} }), "") << "ptiter, level " << level;
    }
    for (uint64_t seed = 1; seed <= 50; ++seed) {
        random_numbers random(seed);
        for (pt_entry& entry : pagetable->entry) word_of(entry) = random.bits();
        EXPECT_NE(panic_of([&] { walk_everything(pagetable); }), "") << seed;
        EXPECT_NE(panic_of([&] { for (ptiter p(pagetable); !p.done(); p.next()) {} }), "") << seed;
    }
}

using PtIter = VmIter;

TEST_F(PtIter, VisitsChildrenBeforeParentsEachOnceAndNeverTheRoot) {
    for (uint64_t seed = 1; seed <= 10; ++seed) {
        SetUp();
        random_numbers random(seed);
        std::vector<uintptr_t> places = interesting_places(random);
        model m;
        for (uint64_t n = random.below(60); n > 0; --n) {
            uintptr_t va = round_down(address_near(random, places), PAGESIZE);
            m.map(va, 0x100000, PTE_PWU);
            vmiter(pagetable, va).map(uint64_t(0x100000));
        }
        std::set<std::pair<int, uintptr_t>> left = m.tables;
        std::set<uint64_t> pages;
        for (ptiter pt(pagetable); !pt.done(); pt.next()) {
            ASSERT_EQ(left.erase({pt.level(), pt.va()}), 1U);
            ASSERT_TRUE(pages.insert(pt.pa()).second);
            EXPECT_NE(pt.kptr(), pagetable);
            EXPECT_EQ(pt.last_va(), pt.va() + span_of(pt.level() + 1));
            EXPECT_EQ(pt.low(), pt.va() < VA_LOWEND);
            for (auto [level, va] : left) {
                EXPECT_FALSE(level < pt.level() && va - pt.va() < span_of(pt.level() + 1))
                    << "a child comes after its parent";
            }
        }
        EXPECT_TRUE(left.empty());
    }
}

TEST_F(PtIter, VisitsThoseTablesOfARangeThatAreUsedThereInTheSameOrder) {
    size_t visited = 0, skipped = 0;
    for (uint64_t seed = 1; seed <= 40; ++seed) {
        SetUp();
        random_numbers random(seed);
        std::vector<uintptr_t> places = interesting_places(random);
        for (uint64_t n = random.below(60); n > 0; --n) {
            vmiter(pagetable, round_down(address_near(random, places), PAGESIZE)).map(uint64_t(0x100000));
        }
        for (int i = 0; i < 40; ++i) {
            uintptr_t start = round_down(address_near(random, places), PAGESIZE);
            uintptr_t end = round_down(address_near(random, places), PAGESIZE);
            if (end - 1 < start) continue;
            ptiter range(pagetable, start, end);
            for (ptiter all(pagetable); !all.done(); all.next()) {
                if (all.last_va() - 1 < start || all.va() > end - 1) {
                    ++skipped;
                    continue;
                }
                ++visited;
                ASSERT_FALSE(range.done());
                ASSERT_EQ(range.pa(), all.pa());
                ASSERT_EQ(range.va(), all.va());
                ASSERT_EQ(range.level(), all.level());
                range.next();
            }
            ASSERT_TRUE(range.done()) << std::hex << start << " " << end << " " << range.va();
        }
    }
    EXPECT_GT(visited, 1000U);
    EXPECT_GT(skipped, 1000U);
}

TEST_F(PtIter, FreesEveryTableOnItsWay) {
    size_t free_at_start = free_pages;
    for (uint64_t seed = 1; seed <= 10; ++seed) {
        random_numbers random(seed);
        std::vector<uintptr_t> places = interesting_places(random);
        for (int i = 0; i < 60; ++i) {
            vmiter(pagetable, round_down(address_near(random, places), PAGESIZE)).map(uint64_t(0x100000));
        }
        ASSERT_LT(free_pages, free_at_start);
        for (ptiter pt(pagetable); !pt.done(); pt.next()) pt.kfree_ptp();
        EXPECT_EQ(free_pages, free_at_start);
        for (uint64_t entry : pagetable->entry) EXPECT_EQ(entry, 0U);
        EXPECT_TRUE(ptiter(pagetable).done());
        EXPECT_FALSE(ptiter(pagetable).low());
    }
}

}
