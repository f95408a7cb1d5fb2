// test_address_space.cc - whole address spaces: made, filled, copied, touched, given back, and what fails on the way
#include "weensy_machine.hh"
#include "memory/protection.cc"
#include "memory/user_memory.cc"
#include <map>
#include <memory>
#include <set>

namespace {

constexpr uint64_t read_write = PTE_PWU | PTE_XD, read_only = PTE_PU | PTE_XD, code = PTE_PU;

class AddressSpace : public Machine {
protected:
    void SetUp() override {
        Machine::SetUp();
        fork_copies = heap_is_eager = false;
    }
};

// Every page of the process is in a table of its own, and may be written at once if it may be written at all.
void own_everything(address_space space) {
    for (vmiter it(space.pagetable, PROC_START_ADDR); it.find_mapped(MEMSIZE_VIRTUAL); it.next()) {
        ASSERT_GE(own_table(it), 0);
        if (!(it.entry() & PTE_COW)) continue;
        ASSERT_GE(resolve_write(it.entry(), space.owner()), 0);
    }
}

// An address space with pages of random contents and permissions; each page starts with its address.
void fill(address_space space, random_numbers& random, int pages) {
    for (int i = 0; i < pages; ++i) {
        uintptr_t va = PROC_START_ADDR + random.below(PAGENUMBER(MEMSIZE_VIRTUAL - PROC_START_ADDR)) * PAGESIZE;
        uint64_t perm = random.element(std::vector{read_write, read_write, read_only, code});
        ASSERT_EQ(space.add_page(va, perm), 0);
        auto words = vmiter(space.pagetable, va).kptr<uint64_t*>();
        words[0] = va;
        words[511] = random.bits();
    }
}

TEST_F(AddressSpace, ANewOneHasTheEntryAreaTheScreenAndNothingElse) {
    {
        new_address_space made(3);
        ASSERT_TRUE(made);
        x86_64_pagetable* pagetable = made.space().pagetable;
        EXPECT_EQ(made.space().owner(), 3);
        auto frame = reinterpret_cast<uintptr_t>(made.space().frame());
        EXPECT_EQ(page_at(frame).owner, 3);
        for (uintptr_t va = 0; va < 0x600000; va += PAGESIZE) {
            bool is_code = va >= 0x40000 && va < 0x42000, is_table = va >= 0x58000 && va < 0x5A000;
            bool is_written = (va >= 0x5A000 && va <= 0x5D000) || va == CONSOLE_ADDR;
            uint64_t expected = is_code ? PTE_P : is_table ? PTE_P | PTE_XD : is_written ? PTE_PW | PTE_XD : 0;
            if (va == CONSOLE_ADDR) expected |= PTE_U;
            EXPECT_EQ(vmiter(pagetable, va).perm(), expected) << std::hex << va;
            uint64_t pa = va == 0x5D000 ? frame : va;
            EXPECT_EQ(vmiter(pagetable, va).pa(), expected ? pa : uint64_t(-1)) << std::hex << va;
        }
        EXPECT_FALSE(vmiter(pagetable, PROC_START_ADDR).find_mapped(uintptr_t(-1)));
        EXPECT_EQ(disagreements({{3, pagetable}}), "");
    }
    EXPECT_EQ(free_pages, all_free_pages);
    EXPECT_EQ(vmiter(kernel_pagetable, CONSOLE_ADDR).perm(), PTE_PW | PTE_XD) << "the kernel's own map must not change";
}

TEST_F(AddressSpace, MakingOneWithoutEnoughMemoryLosesNone) {
    for (size_t k = 0; k < 5; ++k) {
        scarce_memory memory(k);
        machine_state before;
        EXPECT_FALSE(new_address_space(2)) << k;
        EXPECT_EQ(before.difference(), "");
        EXPECT_EQ(free_pages, k);
    }
    scarce_memory memory(5);
    EXPECT_TRUE(new_address_space(2));
}

TEST_F(AddressSpace, AddPageMapsZerosAndReplacesWhatWasThere) {
    new_address_space made(3);
    address_space space = made.space();
    size_t free_before = free_pages;
    ASSERT_EQ(space.add_page(0x123000, read_write), 0);
    EXPECT_EQ(free_pages, free_before - 1);
    vmiter it(space.pagetable, 0x123000);
    EXPECT_EQ(it.perm(), read_write);
    auto first = it.kptr<uint8_t*>();
    for (int i = 0; i < PAGESIZE; ++i) ASSERT_EQ(first[i], 0);
    first[5] = 1;
    ASSERT_EQ(space.add_page(0x123000, read_only), 0);
    EXPECT_EQ(it.perm(), read_only);
    EXPECT_NE(it.kptr<uint8_t*>(), first);
    EXPECT_EQ(it.kptr<uint8_t*>()[5], 0);
    EXPECT_EQ(free_pages, free_before - 1) << "the old page is free again";
    EXPECT_EQ(disagreements({{3, space.pagetable}}), "");
}

TEST_F(AddressSpace, AddPageWithoutMemoryChangesNothing) {
    new_address_space made(3);
    address_space space = made.space();
    ASSERT_EQ(space.add_page(0x123000, read_write), 0);
    for (uintptr_t va : {0x123000, 0x124000, 0x2FF000}) {       // mapped; its table is there; it is not
        for (size_t k = 0; k < (va == 0x2FF000 ? 2 : 1); ++k) {
            scarce_memory memory(k);
            machine_state before;
            EXPECT_EQ(space.add_page(va, read_write), E_NOMEM);
            EXPECT_EQ(before.difference(), "") << std::hex << va << " " << k;
        }
    }
    EXPECT_EQ(disagreements({{3, space.pagetable}}), "");
}

TEST_F(AddressSpace, AddPagesBringsAllThatIsMissingOrNothing) {
    new_address_space made(3);
    address_space space = made.space();
    ASSERT_EQ(space.add_page(0x1FE000, read_only), 0);
    size_t free_before = free_pages;
    for (size_t k = 0; k < 4; ++k) {                            // three pages and a page table
        scarce_memory memory(k);
        machine_state before;
        EXPECT_EQ(space.add_pages(0x1FD000, 0x201000, read_write), E_NOMEM);
        EXPECT_EQ(before.difference(), "") << k;
    }
    ASSERT_EQ(space.add_pages(0x1FD000, 0x201000, read_write), 0);
    EXPECT_EQ(free_pages, free_before - 4);
    for (uintptr_t va = 0x1FD000; va < 0x201000; va += PAGESIZE) {
        EXPECT_EQ(vmiter(space.pagetable, va).perm(), va == 0x1FE000 ? read_only : read_write);
    }
    ASSERT_EQ(space.free_pages(0x1FD000, 0x201000), 0);
    EXPECT_EQ(free_pages, free_before + 1) << "with the second page table";
    EXPECT_EQ(disagreements({{3, space.pagetable}}), "");
}

TEST_F(AddressSpace, ACopySharesTablesAndPagesUntilOneOfThemWrites) {
    for (uint64_t seed = 1; seed <= 5; ++seed) {
        SetUp();
        random_numbers random(seed);
        new_address_space parent(1);
        fill(parent.space(), random, 60);
        {
            new_address_space child(2);
            size_t free_before = free_pages;
            ASSERT_EQ(child.copy(parent.space()), 0);
            EXPECT_EQ(free_pages, free_before) << "not a single page is copied";
            EXPECT_EQ(disagreements({{1, parent.space().pagetable}, {2, child.space().pagetable}}), "");
            for (uintptr_t va = PROC_START_ADDR; va < MEMSIZE_VIRTUAL; va += PAGESIZE) {
                vmiter p(parent.space().pagetable, va), c(child.space().pagetable, va);
                ASSERT_EQ(p.present(), c.present());
                ASSERT_FALSE(p.writable() || c.writable());
                ASSERT_EQ(p.pa(), c.pa());
                if (p.present()) {
                    EXPECT_EQ(&p.entry() == &c.entry(), va >= LARGE_PAGESIZE) << "tables are shared but for the first";
                    EXPECT_EQ(p.is_in_shared_table(), va >= LARGE_PAGESIZE);
                }
            }
            own_everything(child.space());
            own_everything(parent.space());
            for (uintptr_t va = PROC_START_ADDR; va < MEMSIZE_VIRTUAL; va += PAGESIZE) {
                vmiter p(parent.space().pagetable, va), c(child.space().pagetable, va);
                ASSERT_EQ(p.perm() & PTE_PWU, c.perm() & PTE_PWU);
                if (!p.present()) continue;
                EXPECT_EQ(p.pa() == c.pa(), !p.writable());
                EXPECT_EQ(memcmp(p.kptr(), c.kptr(), PAGESIZE), 0);
                EXPECT_EQ(p.kptr<uint64_t*>()[0], va);
                EXPECT_EQ(page_at(p.pa()).owner, p.writable() ? 1 : PO_SHARED);
                EXPECT_EQ(page_at(c.pa()).owner, p.writable() ? 2 : PO_SHARED);
            }
            EXPECT_EQ(disagreements({{1, parent.space().pagetable}, {2, child.space().pagetable}}), "");
        }
        EXPECT_EQ(disagreements({{1, parent.space().pagetable}}), "");
    }
}

TEST_F(AddressSpace, ForkCopiesAtOnceIfToldSo) {
    fork_copies = true;
    random_numbers random(4);
    new_address_space parent(1), child(2);
    fill(parent.space(), random, 60);
    ASSERT_EQ(child.copy(parent.space()), 0);
    for (uintptr_t va = PROC_START_ADDR; va < MEMSIZE_VIRTUAL; va += PAGESIZE) {
        vmiter p(parent.space().pagetable, va), c(child.space().pagetable, va);
        ASSERT_EQ(p.perm() & PTE_PWU, c.perm() & PTE_PWU);
        if (!p.present()) continue;
        EXPECT_EQ(p.pa() == c.pa(), !p.writable());
        EXPECT_EQ(memcmp(p.kptr(), c.kptr(), PAGESIZE), 0);
    }
    EXPECT_EQ(disagreements({{1, parent.space().pagetable}, {2, child.space().pagetable}}), "");
}

TEST_F(AddressSpace, ACopyThatRunsOutOfMemoryAnywhereLeavesTheParentAsItWas) {
    size_t needed_before = 0;
    for (bool copies : {false, true}) {
        SetUp();
        fork_copies = copies;
        random_numbers random(9);
        new_address_space parent(1);
        fill(parent.space(), random, 24);
        std::map<uintptr_t, uint64_t> contents;
        for (vmiter it(parent.space().pagetable, PROC_START_ADDR); it.find_mapped(MEMSIZE_VIRTUAL); it.next()) {
            contents[it.va()] = it.kptr<uint64_t*>()[511];
        }
        size_t free_at_start = free_pages, needed = 0;
        for (size_t k = 0; needed == 0; ++k) {
            ASSERT_LT(k, 60U);
            scarce_memory memory(k);
            {
                new_address_space child(2);
                if (child && child.copy(parent.space()) == 0) needed = k;
            }
            ASSERT_EQ(free_pages, k);
        }
        if (copies) {
            EXPECT_LE(needed, needed_before) << "what is shared is owed";
        }
        needed_before = needed;
        EXPECT_EQ(free_pages, free_at_start);
        EXPECT_EQ(disagreements({{1, parent.space().pagetable}}), "");
        for (auto [va, word] : contents) EXPECT_EQ(vmiter(parent.space().pagetable, va).kptr<uint64_t*>()[511], word);
    }
}

// What processes must have, whatever is done to them: a plain map of pages, each with a word and its permission.
// Nothing in the kernel puts a page away yet, or brings one back; so tests do. Each returns false, with nothing changed,
// if memory ran out.
bool put_away(address_space space, uintptr_t va, uint64_t slot) {
    vmiter it(space.pagetable, va);
    if (own_table(it) < 0) return false;
    uint64_t old = it.entry();
    set_entry(it.entry(), PAGEADDRESS(slot) | (PTE_FLAGS(old) & (PTE_W | PTE_U | PTE_COW | PTE_XD)));
    ++away_entries;
    kfree(reinterpret_cast<void*>(PTE_ADDR(old)));
    return true;
}

bool bring_back(address_space space, uintptr_t va, uint64_t word) {
    vmiter it(space.pagetable, va);
    owned_page page(space.owner());
    if (!page || own_table(it) < 0) return false;
    uint64_t old = it.entry();
    *static_cast<uint64_t*>(page.get()) = word;
    set_entry(it.entry(), page.pa() | PTE_FLAGS(old) | PTE_P);
    drop_away(old);
    page.release();
    return true;
}

class Away : public AddressSpace {
protected:
    static constexpr uintptr_t first = 0x1FF000, second = 0x200000;     // in two tables
    static constexpr uint64_t slot = 7;
    std::unique_ptr<new_address_space> made;
    address_space space = {};
    size_t free_before = 0;

    void SetUp() override {
        AddressSpace::SetUp();
        made = std::make_unique<new_address_space>(1);
        space = made->space();
        for (uintptr_t va : {first, second}) {
            ASSERT_EQ(space.add_page(va, read_write), 0);
            ASSERT_TRUE(put_away(space, va, slot + (va == second)));
        }
        free_before = free_pages;
    }
    void TearDown() override {
        made.reset();
        EXPECT_EQ(away_entries, 0U);
        EXPECT_EQ(free_pages, all_free_pages);
    }
    // What the entry of the page, which is away, must be, with these permissions
    static uint64_t expected(uintptr_t va, uint64_t perm) {
        return PAGEADDRESS(slot + (va == second)) | (perm & ~PTE_P);
    }
    static void expect_entries(address_space of, uint64_t perm) {
        for (uintptr_t va : {first, second}) {
            vmiter it(of.pagetable, va);
            EXPECT_EQ(uint64_t(it.entry()), expected(va, perm)) << std::hex << va;
            EXPECT_EQ(it.state(), entry_state::away);
            EXPECT_FALSE(it.present());
            EXPECT_EQ(it.perm(), 0U);
            EXPECT_EQ(it.kptr(), nullptr);
        }
    }
};

TEST_F(Away, APageThatIsAwayIsFoundAsLiveButNotAsMapped) {
    expect_entries(space, read_write);
    EXPECT_FALSE(vmiter(space.pagetable, PROC_START_ADDR).find_mapped(user_end));
    vmiter it(space.pagetable, PROC_START_ADDR);
    for (uintptr_t va : {first, second}) {
        ASSERT_TRUE(it.find_live(user_end));
        EXPECT_EQ(it.va(), va);
        it.next();
    }
    EXPECT_FALSE(it.find_live(user_end));
    EXPECT_EQ(disagreements({{1, space.pagetable}}), "");
}

TEST_F(Away, AFaultThereIsRefusedAndNoPromiseGoesFirst) {
    ASSERT_EQ(space.regions->add({first, second + PAGESIZE, read_write, region_source::zeros,
                                  region_label::heap}), 0);
    for (uintptr_t va : {first, second}) {
        for (uint64_t access : {PFERR_USER, PFERR_USER | PFERR_WRITE}) {
            EXPECT_EQ(resolve_fault(space, va, access).outcome, fault_outcome::refused);
        }
    }
    uint64_t word = 0;
    EXPECT_EQ(try_copy_in(&word, space, {first, 8}), E_FAULT);
    EXPECT_EQ(try_copy_out(space, {second, 8}, &word), E_FAULT);
    expect_entries(space, read_write);
    EXPECT_EQ(free_pages, free_before);
}

TEST_F(Away, ProtectingItChangesItsPermissionsOnly) {
    ASSERT_EQ(protect(space, first, second + PAGESIZE, PROT_READ), 0);
    expect_entries(space, read_only);
    ASSERT_EQ(protect(space, first, second + PAGESIZE, PROT_NONE), 0);
    expect_entries(space, PTE_XD);
    ASSERT_EQ(protect(space, first, second + PAGESIZE, PROT_READ | PROT_WRITE), 0);
    expect_entries(space, read_write);
    ASSERT_EQ(protect(space, first, second + PAGESIZE, PROT_READ | PROT_EXEC), 0);
    expect_entries(space, code);
    EXPECT_EQ(free_pages, free_before);
}

TEST_F(Away, AddPagesLeavesItAndAddPageReplacesIt) {
    ASSERT_EQ(space.add_pages(first - PAGESIZE, second + 2 * PAGESIZE, read_write), 0);
    expect_entries(space, read_write);
    EXPECT_EQ(free_pages, free_before - 2);
    ASSERT_EQ(space.add_page(first, read_only), 0);
    EXPECT_EQ(away_entries, 1U);
    EXPECT_EQ(vmiter(space.pagetable, first).perm(), read_only);
    EXPECT_EQ(disagreements({{1, space.pagetable}}), "");
}

TEST_F(Away, AHeapThatEndsInItDoesNotGrow) {
    *space.heap = {second, second + 100};
    EXPECT_EQ(move_break(space, 100), E_NOMEM);
    EXPECT_EQ(move_break(space, PAGESIZE), E_NOMEM);
    EXPECT_EQ(move_break(space, 0), int64_t(second + 100));
    expect_entries(space, read_write);
    ASSERT_GE(move_break(space, -100), 0);
    EXPECT_EQ(away_entries, 1U) << "given up with the heap's last byte";
}

TEST_F(Away, ACopyHasItTooAndEachGivesItUpAlone) {
    {
        new_address_space child(2);
        ASSERT_EQ(child.copy(space), 0);
        EXPECT_EQ(away_entries, 3U) << "one in a table of each, one in a table of both";
        expect_entries(child.space(), read_write);
        expect_entries(space, read_write);
        EXPECT_EQ(owed_pages, 1U) << "a table, and none of what is away";
        EXPECT_EQ(disagreements({{1, space.pagetable}, {2, child.space().pagetable}}), "");
        ASSERT_EQ(own_table(child.space().pagetable, second), 1);
        EXPECT_EQ(away_entries, 4U);
        expect_entries(child.space(), read_write);
        expect_entries(space, read_write);
        EXPECT_EQ(disagreements({{1, space.pagetable}, {2, child.space().pagetable}}), "");
    }
    EXPECT_EQ(away_entries, 2U);
    expect_entries(space, read_write);
    {
        new_address_space child(2);
        ASSERT_EQ(child.copy(space), 0);
        made.reset();                                       // its pages are nobody's now, in the shared table
        EXPECT_EQ(away_entries, 2U);
        expect_entries(child.space(), read_write);
        EXPECT_EQ(disagreements({{2, child.space().pagetable}}), "");
        ASSERT_EQ(child.space().free_pages(first, second + PAGESIZE), 0);
        EXPECT_EQ(away_entries, 0U);
    }
}

TEST_F(Away, GivingUpWhatIsNotAwayPanics) {
    made.reset();
    EXPECT_NE(panic_of([] { drop_away(PAGEADDRESS(7)); }), "");
}

class Model : public AddressSpace {
protected:
    struct page {
        uint64_t word;
        int prot;
        uint64_t slot = 0;                          // where it is, if it is away
    };
    struct process {
        int pid;
        std::unique_ptr<new_address_space> memory;
        std::map<uintptr_t, page> pages;            // that are there
        std::map<uintptr_t, int> promises;          // permissions of those to come; what is there goes first
        const page* at(uintptr_t va) {
            static page promised;
            if (pages.count(va)) return &pages[va];
            if (!promises.count(va)) return nullptr;
            promised = {0, promises[va]};
            return &promised;
        }
    };
    static constexpr uintptr_t heap_start = 0x1F0000, guard = MEMSIZE_VIRTUAL - 17 * PAGESIZE;
    std::map<int, process> processes;
    size_t refusals = 0;
    uint64_t slots = 0;                             // as many as there have been pages away

    void TearDown() override { processes.clear(); }

    static uintptr_t some_page(random_numbers& random) {
        static const std::vector<uintptr_t> places = {0x110000, 0x1FC000, heap_start, 0x240000, guard, 0x2FA000};
        return random.element(places) + random.below(6) * PAGESIZE;
    }

    void make_process(int pid) {
        auto memory = std::make_unique<new_address_space>(pid);
        if (!*memory) return;
        start_heap(memory->space(), heap_start);
        if (give_stack(memory->space()) < 0) return;
        process p = {pid, std::move(memory), {}, {}};
        p.pages[MEMSIZE_VIRTUAL - PAGESIZE] = {0, PROT_READ | PROT_WRITE};
        for (uintptr_t va = guard + PAGESIZE; va < MEMSIZE_VIRTUAL; va += PAGESIZE) {
            p.promises[va] = PROT_READ | PROT_WRITE;
        }
        processes[pid] = std::move(p);
    }

    void touch(process& p, uintptr_t va, bool writes, uint64_t word) {
        const page* expected = p.at(va);
        bool may = expected && (writes ? expected->prot & PROT_WRITE : expected->prot != PROT_NONE);
        uint64_t access = PFERR_USER | (writes ? PFERR_WRITE : 0);
        vmiter before(p.memory->space().pagetable, va);
        bool is_permitted = before.user() && (!writes || before.writable());
        auto [outcome, kind] = resolve_fault(p.memory->space(), va + 8, access);
        if (expected && expected->slot != 0) {
            ASSERT_EQ(outcome, fault_outcome::refused);
            return;
        }
        if (!may) {
            ASSERT_EQ(outcome, expected || va != guard ? fault_outcome::refused : fault_outcome::stack_overflow);
            return;
        }
        if (outcome == fault_outcome::out_of_memory) {
            ++refusals;
            return;
        }
        ASSERT_EQ(outcome, is_permitted ? fault_outcome::permitted : fault_outcome::resolved);
        ASSERT_TRUE(is_permitted || writes || kind == FAULT_ZERO);
        vmiter it(p.memory->space().pagetable, va);
        ASSERT_TRUE(it.user() && (!writes || it.writable()));
        ASSERT_EQ(it.kptr<uint64_t*>()[0], expected->word);
        if (!writes) return;
        it.kptr<uint64_t*>()[0] = word;
        p.pages[va] = {word, expected->prot};
    }

    // If it has a page of its own there, put it away; if it is away, bring it back.
    void go_or_come(process& p, uintptr_t va) {
        if (!p.pages.count(va)) return;
        page& there = p.pages[va];
        vmiter it(p.memory->space().pagetable, va);
        if (there.slot != 0) {
            if (bring_back(p.memory->space(), va, there.word)) there.slot = 0;
            else ++refusals;
        } else if (has_own_page(it.entry()) && page_at(PTE_ADDR(it.entry())).refcount == 1 && it.writable()) {
            if (put_away(p.memory->space(), va, slots + 1)) there.slot = ++slots;
        }
    }

    void change_protection(process& p, uintptr_t start, uintptr_t end, int prot) {
        bool is_all_there = true;
        for (uintptr_t va = start; va < end; va += PAGESIZE) is_all_there &= p.at(va) != nullptr;
        int r = protect(p.memory->space(), start, end, prot);
        ASSERT_TRUE(r == E_NOPROMISE || is_all_there);
        if (r < 0) {
            refusals += is_all_there;
            return;
        }
        for (uintptr_t va = start; va < end; va += PAGESIZE) {
            if (p.pages.count(va)) p.pages[va].prot = prot;
            if (p.promises.count(va)) p.promises[va] = prot;
        }
    }

    void move(process& p, long pages) {
        uintptr_t old = uintptr_t(move_break(p.memory->space(), 0)), end = old + uintptr_t(pages) * PAGESIZE;
        int64_t r = move_break(p.memory->space(), pages * PAGESIZE);
        if (end < heap_start) {
            ASSERT_EQ(r, E_INVAL);
        } else if (r < 0) {
            ASSERT_TRUE(r == E_NOMEM || r == E_NOPROMISE) << r;
            ++refusals;
        } else {
            ASSERT_EQ(r, int64_t(old));
            for (uintptr_t va = old; va < end; va += PAGESIZE) {
                if (heap_is_eager && !p.pages.count(va)) p.pages[va] = {0, PROT_READ | PROT_WRITE};
                if (!heap_is_eager) p.promises[va] = PROT_READ | PROT_WRITE;
            }
            for (uintptr_t va = end; va < old; va += PAGESIZE) p.promises.erase(va), p.pages.erase(va);
        }
    }

    void fork(process& p, int pid) {
        auto memory = std::make_unique<new_address_space>(pid);
        if (!*memory || memory->copy(p.memory->space()) < 0) {
            ++refusals;
            return;
        }
        processes[pid] = {pid, std::move(memory), p.pages, p.promises};
    }

    void do_something(random_numbers& random) {
        int pid = int(1 + random.below(6));
        if (!processes.count(pid)) {
            if (processes.empty() || random.one_in(4)) return make_process(pid);
            return fork(processes[random.element(processes).first], pid);
        }
        process& p = processes[pid];
        uintptr_t start = some_page(random), end = start + (1 + random.below(4)) * PAGESIZE;
        switch (random.below(20)) {
        case 0:
            if (random.one_in(2)) processes.erase(pid);
            break;
        case 1: case 2:
            if (p.memory->space().add_page(start, read_write) < 0) ++refusals;
            else p.pages[start] = {0, PROT_READ | PROT_WRITE};
            break;
        case 3:
            if (p.memory->space().free_pages(start, end) < 0) {
                ++refusals;
                break;
            }
            for (uintptr_t va = start; va < end; va += PAGESIZE) p.pages.erase(va);
            break;
        case 4:
            change_protection(p, start, end, random.element(std::vector{PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE,
                                                                        PROT_READ | PROT_EXEC}));
            break;
        case 7: case 8: case 9:
            go_or_come(p, start);
            break;
        case 5: case 6:
            move(p, long(random.below(24)) - 8);
            break;
        default:
            touch(p, start, random.one_in(2), random.bits());
        }
    }

    void check() {
        std::vector<owned_space> spaces;
        std::set<const pt_entry*> away;
        for (auto& [pid, p] : processes) {
            x86_64_pagetable* pagetable = p.memory->space().pagetable;
            spaces.push_back({pid, pagetable});
            for (vmiter it(pagetable, PROC_START_ADDR); it.find_live(uintptr_t(-1)); it.next()) {
                const page* expected = p.at(it.va());
                ASSERT_TRUE(expected) << std::hex << it.va();
                ASSERT_EQ(it.present(), expected->slot == 0) << std::hex << it.va();
                if (!it.present()) {
                    away.insert(&it.entry());
                    ASSERT_EQ(PAGENUMBER(PTE_ADDR(it.entry())), expected->slot);
                    ASSERT_EQ((it.entry() & PTE_U) != 0, expected->prot != PROT_NONE);
                    continue;
                }
                ASSERT_EQ(it.kptr<uint64_t*>()[0], expected->word) << "pid " << pid << std::hex << " " << it.va();
                ASSERT_EQ(it.user(), expected->prot != PROT_NONE);
                ASSERT_TRUE(!it.writable() || (expected->prot & PROT_WRITE));
                ASSERT_TRUE(!(it.entry() & PTE_COW) || !(it.entry() & PTE_W));
                ASSERT_EQ(!(it.perm() & PTE_XD), (expected->prot & PROT_EXEC) != 0);
            }
            for (auto& [va, expected] : p.pages) {
                ASSERT_NE(vmiter(pagetable, va).state(), entry_state::empty) << std::hex << va;
            }
        }
        ASSERT_EQ(away_entries, away.size());
        ASSERT_EQ(disagreements(spaces), "");
    }
};

TEST_F(Model, ProcessesHaveWhatTheyShouldWhateverIsDoneToThem) {
    for (uint64_t seed = 1; seed <= rounds(12); ++seed) {
        SetUp();
        fork_copies = seed % 4 == 0;
        heap_is_eager = seed % 3 == 0;
        random_numbers random(seed);
        for (int i = 0; i < 1500; ++i) {
            SCOPED_TRACE("seed " + std::to_string(seed) + " step " + std::to_string(i));
            {
                scarce_memory memory(random.one_in(4) ? random.below(6) : free_pages);
                do_something(random);
                if (HasFatalFailure()) return;
            }
            check();
            if (HasFatalFailure()) return;
        }
        processes.clear();
        ASSERT_EQ(free_pages, all_free_pages);
        ASSERT_EQ(away_entries, 0U);
    }
    EXPECT_GT(refusals, rounds(100));
    EXPECT_GT(slots, rounds(100));
}

class UserMemory : public Machine {
protected:
    static constexpr uintptr_t start = 0x1FE000;    // four pages over a table's border, then one that is missing
    std::unique_ptr<new_address_space> memory;
    address_space space = {};
    std::string contents;
    void SetUp() override {
        Machine::SetUp();
        memory = std::make_unique<new_address_space>(1);
        space = memory->space();
        random_numbers random(5);
        for (uintptr_t va = start; va < start + 4 * PAGESIZE; va += PAGESIZE) {
            ASSERT_EQ(space.add_page(va, va == start ? read_only : read_write), 0);
            auto bytes = vmiter(space.pagetable, va).kptr<char*>();
            for (int i = 0; i < PAGESIZE; ++i) contents += bytes[i] = char(1 + random.below(200));
        }
    }
    void TearDown() override { memory.reset(); }
};

TEST_F(UserMemory, BytesAreCopiedIfTheProcessCouldReadEachOfThem) {
    random_numbers random(6);
    std::string to(5 * PAGESIZE, '\0');
    for (int i = 0; i < 3000; ++i) {
        uintptr_t va = start - PAGESIZE + random.below(6 * PAGESIZE);
        size_t size = random.one_in(3) ? random.below(20) : random.below(5 * PAGESIZE);
        if (random.one_in(4)) va = start + 4 * PAGESIZE - size;
        bool is_good = size == 0 || (va >= start && va + size <= start + 4 * PAGESIZE);
        int r = try_copy_in(to.data(), space, user_span{va, size});
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
        EXPECT_EQ(try_copy_in(to, space, user_span{va, 2}), E_FAULT) << std::hex << va;
        if (va / PAGESIZE == CONSOLE_ADDR / PAGESIZE) continue;
        EXPECT_EQ(try_copy_in(to, space, user_string{va, 256}), E_FAULT) << std::hex << va;
    }
    EXPECT_EQ(try_copy_in(to, space, user_span{start, uintptr_t(-1)}), E_FAULT);
    EXPECT_EQ(try_copy_in(to, space, user_span{start, VA_LOWEND + 1}), E_FAULT);
    EXPECT_EQ(try_copy_in(to, space, user_span{CONSOLE_ADDR, 2}), 0);
}

TEST_F(UserMemory, StringsEndAtTheirZeroOrAtTheLimit) {
    random_numbers random(7);
    for (int i = 0; i < 3000; ++i) {
        uintptr_t va = start + random.below(4 * PAGESIZE);
        if (random.one_in(2)) va = start + PAGESIZE * (1 + random.below(4)) - random.below(30) - 1;
        size_t limit = random.below(300), length = random.below(300), room = start + 4 * PAGESIZE - va;
        if (length < room) vmiter(space.pagetable, va + length).kptr<char*>()[0] = '\0';
        std::string expected = contents.substr(va - start, min(length, limit));
        bool is_good = min(length + 1, limit) <= room;
        std::string to(limit + 1, 'x');
        int r = try_copy_in(to.data(), space, user_string{va, limit});
        ASSERT_EQ(r, is_good ? int(expected.size()) : E_FAULT);
        if (is_good) {
            ASSERT_STREQ(to.c_str(), expected.c_str());
        }
        if (length < room) vmiter(space.pagetable, va + length).kptr<char*>()[0] = contents[va + length - start];
    }
}

}
