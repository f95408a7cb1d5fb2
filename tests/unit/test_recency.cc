// test_recency.cc - accessed bits become ages, a bounded part at a time, and nothing is left out
#include "weensy_machine.hh"
#include "page/recency.cc"

namespace {

x86_64_pagetable* tables[NPROC];

x86_64_pagetable* table_of_process(pid_t pid) { return tables[pid]; }

void add_flag(pt_entry& entry, uint64_t flag) { set_flags(entry, entry | flag); }

// As the CPU does: set `PTE_A` in all entries on the way.
void touch(x86_64_pagetable* pagetable, uintptr_t va) {
    for (int level = 3; level >= 0; --level) add_flag(*find_entry(pagetable, va, level), PTE_A);
}

class Recency : public Machine {
protected:
    void SetUp() override {
        Machine::SetUp();
        memset(tables, 0, sizeof(tables));
        half_second = 1;
        next_pid = NPROC;
        next_va = 0;
        tick_ = 0;
    }
    void TearDown() override { user_end = MEMSIZE_VIRTUAL; }

    // The next tick
    void tick() { harvest_accessed(++tick_, table_of_process); }
    // Up to and with the next tick that begins a half second
    void half() {
        do tick();
        while (tick_ % harvest_interval != 0);
    }
    x86_64_pagetable* start(pid_t pid) { return tables[pid] = new_table(pid); }
    // Map a new page, and return its physical address.
    uintptr_t map(pid_t pid, uintptr_t va) {
        void* page = kalloc(PAGESIZE, pid);
        vmiter(tables[pid], va).map(page);
        return reinterpret_cast<uintptr_t>(page);
    }
    uint64_t tick_;
};

constexpr uintptr_t va = PROC_START_ADDR;

TEST_F(Recency, APageIsAsOldAsTheLastHarvestThatFoundItTouched) {
    x86_64_pagetable* table = start(1);
    uintptr_t used = map(1, va), unused = map(1, va + PAGESIZE);
    touch(table, va);
    EXPECT_EQ(page_age(used), never_touched);
    EXPECT_TRUE(is_touched_lately(*find_entry(table, va, 0)));
    half();
    EXPECT_EQ(*find_entry(table, va, 0) & PTE_A, 0U);
    EXPECT_EQ(*find_entry(table, va, 1) & PTE_A, 0U);
    EXPECT_TRUE(is_touched_lately(*find_entry(table, va, 0)));
    for (unsigned age = 0; age < 4; ++age) {
        EXPECT_EQ(page_age(used), age);
        EXPECT_EQ(page_age(unused), never_touched);
        half();
        EXPECT_FALSE(is_touched_lately(*find_entry(table, va, 0)));
    }
    touch(table, va);
    half();
    EXPECT_EQ(page_age(used), 0U);
}

TEST_F(Recency, NothingHappensBetweenHalfSeconds) {
    x86_64_pagetable* table = start(1);
    map(1, va);
    half();
    touch(table, va);
    for (int i = 1; i < harvest_interval; ++i) tick();
    EXPECT_NE(*find_entry(table, va, 0) & PTE_A, 0U);
}

TEST_F(Recency, APageOfSeveralIsTouchedByAnyOfThem) {
    for (pid_t pid = 1; pid <= 3; ++pid) start(pid);
    uintptr_t page = map(1, va);
    for (pid_t pid : {2, 3}) vmiter(tables[pid], va).map(page);
    touch(tables[2], va);
    half();
    EXPECT_EQ(page_age(page), 0U);
    EXPECT_FALSE(*find_entry(tables[2], va, 0) & PTE_A);
    half();
    EXPECT_EQ(page_age(page), 1U);
}

TEST_F(Recency, TheBitOfATableThatNobodyUsedSparesItsEntries) {
    x86_64_pagetable* table = start(1);
    map(1, va);
    add_flag(*find_entry(table, va, 0), PTE_A);     // without the one above: the CPU does not do that
    half();
    EXPECT_NE(*find_entry(table, va, 0) & PTE_A, 0U);
}

TEST_F(Recency, TheCopyOfASharedTableIsHarvestedAlthoughNobodyUsedItYet) {
    user_end = BIG_MEMSIZE_VIRTUAL;
    x86_64_pagetable *parent = start(1), *child = start(2);
    constexpr uintptr_t shared = 0x40000000;
    map(1, shared);
    touch(parent, shared);
    region_list regions;
    heap_bounds heap;
    ASSERT_EQ(share_tables({parent, &regions, &heap, 1}, child), int64_t(LARGE_PAGESIZE));
    pt_entry& above = *find_entry(child, shared, 1);
    set_flags(above, above & ~PTE_A);
    ASSERT_EQ(own_table(child, shared), 1);
    half();
    EXPECT_EQ(*find_entry(child, shared, 0) & PTE_A, 0U);
}

TEST_F(Recency, ThePageOfZerosAndPageTablesHaveNoAge) {
    x86_64_pagetable* table = start(1);
    vmiter(table, va).map(zero_page_pa(), PTE_PU);
    vmiter(table, va + PAGESIZE).map(table, PTE_PU);            // as a wrong kernel might
    uint16_t live = page_at(table).live_entries;
    touch(table, va);
    touch(table, va + PAGESIZE);
    half();
    EXPECT_EQ(page_age(zero_page_pa()), never_touched);
    EXPECT_EQ(page_age(PAGEADDRESS(npages)), never_touched);
    EXPECT_EQ(page_at(table).live_entries, live);
    EXPECT_FALSE(is_touched_lately(*find_entry(table, va, 0)));
}

TEST_F(Recency, LargePagesAreLeftAlone) {
    pt_entry& large = *find_entry(kernel_pagetable, MEMSIZE_PHYSICAL, 1);
    tables[1] = kernel_pagetable;
    ASSERT_TRUE(large & PTE_PS);
    add_flag(large, PTE_A);
    half();
    EXPECT_TRUE(large & PTE_A);
}

TEST_F(Recency, ATickDoesABoundedPartAndAHarvestLeavesNothingOut) {
    user_end = BIG_MEMSIZE_VIRTUAL;
    constexpr int ntables = 150;    // each with a page: too many for a tick
    x86_64_pagetable* table = start(1);
    for (int i = 0; i < ntables; ++i) {
        map(1, va + uintptr_t(i) * LARGE_PAGESIZE);
        touch(table, va + uintptr_t(i) * LARGE_PAGESIZE);
    }
    auto left = [&] {
        int count = 0;
        for (int i = 0; i < ntables; ++i) {
            count += (*find_entry(table, va + uintptr_t(i) * LARGE_PAGESIZE, 0) & PTE_A) != 0;
        }
        return count;
    };
    half();
    int last = left();
    EXPECT_EQ(last, ntables - 2 * NPROC);
    for (; last > 0; last = left()) {
        touch(table, va);   // which does not keep others waiting
        tick();
        ASSERT_LT(left(), last);
        if (left() == 1) break;
    }
    EXPECT_LT(tick_, uint64_t(harvest_interval + 5));
    EXPECT_TRUE(*find_entry(table, va, 0) & PTE_A);
    half();
    EXPECT_EQ(left(), 0);
}

TEST_F(Recency, AHarvestThatIsNotDoneInHalfASecondGoesOn) {
    user_end = BIG_MEMSIZE_VIRTUAL;
    x86_64_pagetable* table = start(1);
    map(1, va);
    next_pid = 1;                                   // as if it had come so far just now
    next_va = va + PAGESIZE;
    touch(table, va);
    tick_ = harvest_interval - 1;
    tick();
    EXPECT_TRUE(*find_entry(table, va, 0) & PTE_A);         // it was before where the harvest is
    EXPECT_EQ(next_pid, NPROC);
    half();
    EXPECT_FALSE(*find_entry(table, va, 0) & PTE_A);
}

TEST_F(Recency, AProcessThatEndsWhileItIsHarvestedDoesNoHarm) {
    start(1);
    start(2);
    uintptr_t page = map(2, va);
    touch(tables[2], va);
    next_pid = 1;
    next_va = 0x7000'0000'0000;
    tables[1] = nullptr;
    tick();
    EXPECT_EQ(page_age(page), 0U);
}

TEST_F(Recency, NumbersOfHalfSecondsWrapAroundPastNobodys) {
    x86_64_pagetable* table = start(1);
    uintptr_t page = map(1, va);
    half_second = 0xFFFF;
    touch(table, va);
    half();
    EXPECT_EQ(half_second, 1);
    EXPECT_EQ(page_age(page), 0U);
}

} // namespace
