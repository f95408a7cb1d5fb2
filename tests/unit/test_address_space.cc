// test_address_space.cc - whole address spaces: made, filled, copied, given back, and what fails on the way
#include "weensy_machine.hh"
#include "memory/user_memory.cc"
#include <map>

namespace {

constexpr uint64_t read_only = PTE_PU | PTE_XD, code = PTE_PU;

using AddressSpace = Machine;

// An address space with pages of random contents and permissions; each page starts with its address.
void fill(x86_64_pagetable* pagetable, random_numbers& random, int pages) {
    for (int i = 0; i < pages; ++i) {
        uintptr_t va = PROC_START_ADDR + random.below(PAGENUMBER(MEMSIZE_VIRTUAL - PROC_START_ADDR)) * PAGESIZE;
        uint64_t perm = random.element(std::vector{PTE_PWU, PTE_PWU | PTE_XD, read_only, code});
        ASSERT_EQ(address_space::add_page(pagetable, va, perm), 0);
        auto words = vmiter(pagetable, va).kptr<uint64_t*>();
        words[0] = va;
        words[511] = random.bits();
    }
}

TEST_F(AddressSpace, ANewOneHasTheKernelsMappingsAndNothingElse) {
    {
        address_space space(3);
        ASSERT_TRUE(space);
        for (uintptr_t va = 0; va < 0x600000; va += PAGESIZE) {
            uint64_t expected = va < PROC_START_ADDR ? vmiter(kernel_pagetable, va).perm() : 0;
            if (va == CONSOLE_ADDR) expected |= PTE_U;
            EXPECT_EQ(vmiter(space.pagetable, va).perm(), expected) << std::hex << va;
            EXPECT_EQ(vmiter(space.pagetable, va).pa(), expected ? va : uint64_t(-1)) << std::hex << va;
        }
        EXPECT_FALSE(vmiter(space.pagetable, PROC_START_ADDR).find_mapped(uintptr_t(-1)));
        EXPECT_EQ(disagreements({{3, space.pagetable}}), "");
    }
    EXPECT_EQ(free_pages, all_free_pages);
    EXPECT_EQ(vmiter(kernel_pagetable, CONSOLE_ADDR).perm(), PTE_PW | PTE_XD) << "the kernel's own map must not change";
}

TEST_F(AddressSpace, MakingOneWithoutEnoughMemoryLosesNone) {
    for (size_t k = 0; k < 4; ++k) {
        scarce_memory memory(k);
        machine_state before;
        EXPECT_FALSE(address_space(2)) << k;
        EXPECT_EQ(before.difference(), "");
        EXPECT_EQ(free_pages, k);
    }
    scarce_memory memory(4);
    EXPECT_TRUE(address_space(2));
}

TEST_F(AddressSpace, AddPageMapsZerosOrACopyAndReplacesWhatWasThere) {
    address_space space(3);
    size_t free_before = free_pages;
    ASSERT_EQ(address_space::add_page(space.pagetable, 0x123000, PTE_PWU), 0);
    EXPECT_EQ(free_pages, free_before - 1);
    vmiter it(space.pagetable, 0x123000);
    EXPECT_EQ(it.perm(), PTE_PWU);
    for (int i = 0; i < PAGESIZE; ++i) ASSERT_EQ(it.kptr<uint8_t*>()[i], 0);
    auto first = it.kptr<uint8_t*>();
    std::vector<uint8_t> source(PAGESIZE);
    for (size_t i = 0; i < PAGESIZE; ++i) source[i] = uint8_t(i * 7);
    ASSERT_EQ(address_space::add_page(space.pagetable, 0x123000, read_only, source.data()), 0);
    EXPECT_EQ(it.perm(), read_only);
    EXPECT_NE(it.kptr<uint8_t*>(), first);
    EXPECT_EQ(memcmp(it.kptr(), source.data(), PAGESIZE), 0);
    EXPECT_EQ(free_pages, free_before - 1) << "the old page is free again";
    EXPECT_EQ(disagreements({{3, space.pagetable}}), "");
}

TEST_F(AddressSpace, AddPageWithoutMemoryChangesNothing) {
    address_space space(3);
    ASSERT_EQ(address_space::add_page(space.pagetable, 0x123000, PTE_PWU), 0);
    for (uintptr_t va : {0x123000, 0x124000, 0x2FF000}) {       // mapped; its table is there; it is not
        for (size_t k = 0; k < (va == 0x2FF000 ? 2 : 1); ++k) {
            scarce_memory memory(k);
            machine_state before;
            EXPECT_EQ(address_space::add_page(space.pagetable, va, PTE_PWU), E_NOMEM);
            EXPECT_EQ(before.difference(), "") << std::hex << va << " " << k;
        }
    }
    EXPECT_EQ(disagreements({{3, space.pagetable}}), "");
}

TEST_F(AddressSpace, ACopySharesWhatIsReadOnlyAndHasItsOwnOfTheRest) {
    for (uint64_t seed = 1; seed <= 5; ++seed) {
        SetUp();
        random_numbers random(seed);
        address_space parent(1);
        fill(parent.pagetable, random, 60);
        {
            address_space child(2);
            ASSERT_EQ(child.copy(parent.pagetable), 0);
            for (uintptr_t va = PROC_START_ADDR; va < MEMSIZE_VIRTUAL; va += PAGESIZE) {
                vmiter p(parent.pagetable, va), c(child.pagetable, va);
                ASSERT_EQ(p.perm(), c.perm());
                if (!p.present()) continue;
                EXPECT_EQ(p.pa() == c.pa(), !p.writable());
                EXPECT_EQ(memcmp(p.kptr(), c.kptr(), PAGESIZE), 0);
                EXPECT_EQ(p.kptr<uint64_t*>()[0], va);
                EXPECT_EQ(pageinfo[PAGENUMBER(p.pa())].owner, p.writable() ? 1 : PO_SHARED);
                EXPECT_EQ(pageinfo[PAGENUMBER(c.pa())].owner, p.writable() ? 2 : PO_SHARED);
            }
            EXPECT_EQ(disagreements({{1, parent.pagetable}, {2, child.pagetable}}), "");
            address_space grandchild(3);
            ASSERT_EQ(grandchild.copy(child.pagetable), 0);
            EXPECT_EQ(disagreements({{1, parent.pagetable}, {2, child.pagetable}, {3, grandchild.pagetable}}), "");
        }
        EXPECT_EQ(disagreements({{1, parent.pagetable}}), "");
    }
}

TEST_F(AddressSpace, ACopyThatRunsOutOfMemoryAnywhereLeavesTheParentAsItWas) {
    random_numbers random(9);
    address_space parent(1);
    fill(parent.pagetable, random, 24);
    size_t free_at_start = free_pages, needed = 0;
    for (size_t k = 0; needed == 0; ++k) {
        ASSERT_LT(k, 60U);
        scarce_memory memory(k);
        machine_state before;
        {
            address_space child(2);
            if (child && child.copy(parent.pagetable) == 0) needed = k;
        }
        if (needed == 0) {
            ASSERT_EQ(before.difference(), "") << k;
        }
        ASSERT_EQ(free_pages, k);
    }
    EXPECT_GT(needed, 5U);
    EXPECT_EQ(free_pages, free_at_start);
    EXPECT_EQ(disagreements({{1, parent.pagetable}}), "");
}

TEST_F(AddressSpace, SpacesInAnyNumberAndOrderGiveEverythingBack) {
    random_numbers random(3);
    std::map<int, x86_64_pagetable*> live;
    for (int i = 0; i < 300; ++i) {
        int pid = int(1 + random.below(8));
        if (live.count(pid)) {
            address_space gone(live[pid]);
            live.erase(pid);
        } else if (address_space space(pid); space) {
            if (!live.empty() && random.one_in(2)) {
                if (space.copy(random.element(live).second) < 0) continue;
            } else {
                fill(space.pagetable, random, int(random.below(free_pages > 80 ? 20 : 1)));
            }
            live[pid] = space.release();
            EXPECT_FALSE(space);
        }
        std::vector<owned_space> spaces;
        for (auto [p, pagetable] : live) spaces.push_back({p, pagetable});
        ASSERT_EQ(disagreements(spaces), "") << i;
    }
    for (auto [pid, pagetable] : live) address_space gone(pagetable);
    EXPECT_EQ(free_pages, all_free_pages);
}

class UserMemory : public Machine {
protected:
    static constexpr uintptr_t start = 0x1FE000;    // four pages over a table's border, then one that is missing
    address_space* space = nullptr;
    std::string contents;
    void SetUp() override {
        Machine::SetUp();
        space = new address_space(1);
        random_numbers random(5);
        for (uintptr_t va = start; va < start + 4 * PAGESIZE; va += PAGESIZE) {
            ASSERT_EQ(address_space::add_page(space->pagetable, va, va == start ? read_only : PTE_PWU), 0);
            auto bytes = vmiter(space->pagetable, va).kptr<char*>();
            for (int i = 0; i < PAGESIZE; ++i) contents += bytes[i] = char(1 + random.below(200));
        }
    }
    void TearDown() override { delete space; }
};

TEST_F(UserMemory, BytesAreCopiedIfTheProcessCouldReadEachOfThem) {
    random_numbers random(6);
    std::string to(5 * PAGESIZE, '\0');
    for (int i = 0; i < 3000; ++i) {
        uintptr_t va = start - PAGESIZE + random.below(6 * PAGESIZE);
        size_t size = random.one_in(3) ? random.below(20) : random.below(5 * PAGESIZE);
        if (random.one_in(4)) va = start + 4 * PAGESIZE - size;
        bool is_good = size == 0 || (va >= start && va + size <= start + 4 * PAGESIZE);
        int r = try_copy_in(to.data(), space->pagetable, user_span{va, size});
        ASSERT_EQ(r, is_good ? 0 : E_FAULT) << va << " " << size;
        if (is_good && size > 0) {
            ASSERT_EQ(memcmp(to.data(), contents.data() + va - start, size), 0);
        }
    }
}

TEST_F(UserMemory, AddressesThatNoProcessHasAreFaults) {
    char to[300];
    for (uintptr_t va : std::initializer_list<uintptr_t>{
             0, 0x40000, 0xB7FFF, CONSOLE_ADDR + PAGESIZE - 1, VA_LOWEND - 1, VA_LOWEND, VA_HIGHMIN - 1, VA_HIGHMIN,
             UINTPTR_MAX - 1, UINTPTR_MAX, (1UL << 48) + start, (1UL << 63) + start}) {
        EXPECT_EQ(try_copy_in(to, space->pagetable, user_span{va, 2}), E_FAULT) << std::hex << va;
        if (va / PAGESIZE == CONSOLE_ADDR / PAGESIZE) continue;
        EXPECT_EQ(try_copy_in(to, space->pagetable, user_string{va, 256}), E_FAULT) << std::hex << va;
    }
    EXPECT_EQ(try_copy_in(to, space->pagetable, user_span{start, uintptr_t(-1)}), E_FAULT);
    EXPECT_EQ(try_copy_in(to, space->pagetable, user_span{start, VA_LOWEND + 1}), E_FAULT);
    EXPECT_EQ(try_copy_in(to, space->pagetable, user_span{CONSOLE_ADDR, 2}), 0);
}

TEST_F(UserMemory, StringsEndAtTheirZeroOrAtTheLimit) {
    random_numbers random(7);
    for (int i = 0; i < 3000; ++i) {
        uintptr_t va = start + random.below(4 * PAGESIZE);
        if (random.one_in(2)) va = start + PAGESIZE * (1 + random.below(4)) - random.below(30) - 1;
        size_t limit = random.below(300), length = random.below(300), room = start + 4 * PAGESIZE - va;
        if (length < room) vmiter(space->pagetable, va + length).kptr<char*>()[0] = '\0';
        std::string expected = contents.substr(va - start, min(length, limit));
        bool is_good = min(length + 1, limit) <= room;
        std::string to(limit + 1, 'x');
        int r = try_copy_in(to.data(), space->pagetable, user_string{va, limit});
        ASSERT_EQ(r, is_good ? int(expected.size()) : E_FAULT);
        if (is_good) {
            ASSERT_STREQ(to.c_str(), expected.c_str());
        }
        if (length < room) vmiter(space->pagetable, va + length).kptr<char*>()[0] = contents[va + length - start];
    }
}

}
