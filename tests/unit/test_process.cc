// test_process.cc - programs become processes; processes are copied, run in turn, end, and are waited for
#include "weensy_machine.hh"
#include "elf_image.hh"
#include "device/symbols.cc"
#include "process/program_file.cc"
#include "process/program_image.cc"
#include "process/proc.cc"
#include "process/wait.cc"
#include "process/process.cc"
#include "process/memory_use.cc"
#include <algorithm>
#include <deque>
#include <functional>

void log_printf(const char*, ...) {}

static std::vector<pid_t> without_files;                    // whose descriptors were closed
void end_files(pid_t pid) { without_files.push_back(pid); }

namespace {

elf_image program_file() {
    return elf_image({load_segment(r_x, 0x100000, 5000, 5000), load_segment(r__, 0x103000, 100, 100),
                      load_segment(rw_, 0x104000, 20, 9000), load_segment(rw_, 0x107000, 0, 0)});
}

elf_image the_program = program_file();

}

extern "C" {
const program programs[] = {
    {"good", the_program.bytes.data(), the_program.bytes.size(), nullptr}, {"goodbye", nullptr, 0, nullptr},
};
const unsigned nprograms = 2;
}

namespace {

std::string checked(elf_image& image) { return text(check_program(image.bytes.data(), image.bytes.size())); }

TEST(Program, EachThingThatIsWrongIsSaid) {
    constexpr uint64_t limit = MEMSIZE_VIRTUAL - 17 * PAGESIZE; // the stack, and the guard below it
    struct {
        const char* expected;
        std::function<void(elf_image&)> damage;
    } cases[] = {
        {"good", [](auto&) {}},
        {"not an ELF file", [](auto& i) { i.header().e_magic = 0; }},
        {"segment outside the file", [](auto& i) { i.segment(0).p_offset = 1 << 20; }},
        {"segment not page-aligned", [](auto& i) { i.segment(1).p_va += 8; }},
        {"segment outside a process's memory", [](auto& i) { i.segment(0).p_va -= PAGESIZE; }},
        {"segment outside a process's memory", [](auto& i) { i.segment(1).p_va = 0xB8000; }},
        {"segment outside a process's memory", [](auto& i) { i.segment(1).p_va = 0; }},
        {"segment outside a process's memory", [](auto& i) { i.segment(1).p_va = limit; }},
        {"segment outside a process's memory", [](auto& i) { i.segment(1).p_va = VA_HIGHMIN; }},
        {"segment outside a process's memory", [](auto& i) { i.segment(2).p_memsz = limit - 0x104000 + 1; }},
        {"segment outside a process's memory", [](auto& i) { i.segment(2).p_memsz = uint64_t(-1) - 0x104000; }},
        {"good", [](auto& i) { i.segment(2).p_memsz = limit - 0x104000; }},
        {"segment writable and executable", [](auto& i) { i.segment(0).p_flags |= ELF_PFLAG_WRITE; }},
        {"segment writable and executable", [](auto& i) { i.segment(2).p_flags |= ELF_PFLAG_EXEC; }},
        {"segments overlap", [](auto& i) { i.segment(1).p_va = 0x101000; }},
        {"segments overlap", [](auto& i) { i.segment(1).p_va = 0x106000; }},
        {"segments overlap", [](auto& i) { i.segment(1).p_memsz = 0x1001; }},
        {"segments overlap", [](auto& i) { i.segment(1).p_memsz = 0x9000; }},
        {"good", [](auto& i) { i.segment(1).p_va = 0x102000; }},
        {"good", [](auto& i) { i.segment(3).p_va = 0x100008; }},
        {"good", [](auto& i) { i.segment(1).p_va = 0x105000, i.segment(1).p_filesz = i.segment(1).p_memsz = 0; }},
        {"entry point not in an executable segment", [](auto& i) { i.header().e_entry = 0xFFFFF; }},
        {"entry point not in an executable segment", [](auto& i) { i.header().e_entry = 0x100000 + 5000; }},
        {"entry point not in an executable segment", [](auto& i) { i.header().e_entry = 0x103000; }},
        {"no program headers", [](auto& i) { i.header().e_phnum = 0; }},
        {"good", [](auto& i) { i.header().e_entry = 0x100000 + 4999; }},
    };
    for (auto& c : cases) {
        elf_image image = the_program;
        c.damage(image);
        EXPECT_EQ(checked(image), c.expected) << "case " << &c - cases;
    }
}

TEST(Program, IsFoundByItsWholeName) {
    EXPECT_EQ(program_image("good"), &programs[0]);
    EXPECT_EQ(program_image("goodbye"), &programs[1]);
    for (const char* name : {"goo", "", "good ", "Good"}) EXPECT_EQ(program_image(name), nullptr);
}

class Process : public Machine {
protected:
    void SetUp() override {
        Machine::SetUp();
        init_processes();
    }
    void TearDown() override {
        for (proc& p : ptable) {
            if (p.pagetable) end_process(p, STATUS_KILLED);
        }
        for (proc& p : ptable) {
            EXPECT_EQ(p.state, P_FREE);
            EXPECT_EQ(p.children, 0);
        }
        EXPECT_EQ(free_pages, all_free_pages);
        EXPECT_EQ(live_processes(), 0U);
        EXPECT_FALSE(anybody_can_run());
    }

    static std::vector<owned_space> spaces() {
        std::vector<owned_space> result;
        for (proc& p : ptable) {
            if (p.pagetable) result.push_back({p.pid, p.pagetable});
        }
        return result;
    }
    static std::vector<pid_t> queue() {
        std::vector<pid_t> result;
        for (proc* p = run_queue->next; p != run_queue; p = p->next) {
            EXPECT_EQ(p->next->previous, p);
            result.push_back(p->pid);
        }
        return result;
    }
    static proc& start(pid_t pid) {
        EXPECT_EQ(start_process(pid, programs[0]), pid);
        return ptable[pid];
    }
    static proc& fork_of(proc& parent) {
        int pid = fork_process(parent);
        EXPECT_GT(pid, 0);
        return ptable[pid];
    }
    static void wait_for(proc& p, wait_kind kind, uint64_t key) {
        EXPECT_LT(block(p, {kind, key}), 0) << "an error, for the call that gives up";
        EXPECT_EQ(p.state, P_BLOCKED);
    }
    static void wait_for(proc& p, pid_t pid) {
        if (pid == any_child) return wait_for(p, wait_kind::any_child, uint64_t(p.pid));
        wait_for(p, wait_kind::child, uint64_t(pid));
    }
};

TEST_F(Process, TheFirstForkEverTakesTheLowestSlot) {    // stays the first test here
    ASSERT_EQ(start_process(7, programs[0]), 7);
    EXPECT_EQ(fork_process(ptable[7]), 1);
    EXPECT_EQ(fork_process(ptable[7]), 2);
}

TEST_F(Process, StartsWithItsSegmentsAndAStackOfZeros) {
    ASSERT_EQ(start_process(7, programs[0]), 7);
    proc& p = ptable[7];
    EXPECT_EQ(p.state, P_RUNNABLE);
    EXPECT_EQ(p.pid, 7);
    EXPECT_EQ(p.image, &programs[0]);
    EXPECT_EQ(p.regs->reg_rip, 0x100000U);
    EXPECT_EQ(p.regs->reg_rsp, uint64_t(MEMSIZE_VIRTUAL));
    EXPECT_EQ(p.regs->reg_cs & 3, 3U);
    EXPECT_EQ(p.regs->reg_ss & 3, 3U);
    EXPECT_EQ(p.regs->reg_rflags, EFLAGS_IF | EFLAGS_RESERVED1);
    for (uint64_t* reg = &p.regs->reg_rax; reg != &p.regs->reg_intno; ++reg) EXPECT_EQ(*reg, 0U);
    EXPECT_EQ(p.regs->reg_ds | p.regs->reg_es | p.regs->reg_fs | p.regs->reg_gs, 0U);
    for (uintptr_t va = PROC_START_ADDR; va < 0x400000; va += PAGESIZE) {
        uint64_t perm = va < 0x102000 ? PTE_PU
            : va == 0x103000 ? PTE_PU | PTE_XD
            : (va >= 0x104000 && va < 0x107000) || va == MEMSIZE_VIRTUAL - PAGESIZE ? PTE_PWU | PTE_XD : 0;
        vmiter it(p.pagetable, va);
        ASSERT_EQ(it.perm(), perm) << std::hex << va;
        if (perm == 0) continue;
        std::string expected(PAGESIZE, '\0');
        for (size_t i = 0; i < 3; ++i) {
            const elf_program& s = the_program.segment(i);
            for (uint64_t j = 0; j < s.p_filesz; ++j) {
                if (s.p_va + j - va < PAGESIZE) expected[s.p_va + j - va] = char(the_program.bytes[s.p_offset + j]);
            }
        }
        EXPECT_EQ(memcmp(it.kptr(), expected.data(), PAGESIZE), 0) << std::hex << va;
    }
    EXPECT_EQ(p.heap.start, 0x107000U);
    EXPECT_EQ(p.heap.end, 0x107000U);
    ASSERT_EQ(p.regions.end() - p.regions.begin(), 2);
    EXPECT_EQ(p.regions.begin()[0].source, region_source::nothing);
    EXPECT_EQ(p.regions.begin()[0].label, region_label::guard);
    EXPECT_EQ(p.regions.begin()[1].source, region_source::zeros);
    EXPECT_EQ(p.regions.begin()[1].label, region_label::stack);
    EXPECT_EQ(p.regions.begin()[1].end, uintptr_t(MEMSIZE_VIRTUAL));
    EXPECT_EQ(disagreements(spaces()), "");
    EXPECT_EQ(queue(), std::vector<pid_t>{7});
}

TEST_F(Process, DoesNotStartInASlotThatIsNotFree) {
    ASSERT_EQ(start_process(1, programs[0]), 1);
    size_t free_before = free_pages;
    for (pid_t pid : {1, 0, -1, NPROC, NPROC + 1}) EXPECT_EQ(start_process(pid, programs[0]), E_AGAIN) << pid;
    EXPECT_EQ(free_pages, free_before);
    EXPECT_EQ(live_processes(), 1U);
}

TEST_F(Process, ThatCannotStartLeavesNothingBehind) {
    size_t needed = 0;
    for (size_t k = 0; needed == 0; ++k) {
        ASSERT_LT(k, 40U);
        scarce_memory memory(k);
        machine_state before;
        if (int r = start_process(1, programs[0]); r < 0) {
            EXPECT_EQ(r, E_NOMEM);
            ASSERT_EQ(before.difference(), "") << k;
            EXPECT_EQ(ptable[1].state, P_FREE);
            EXPECT_FALSE(anybody_can_run());
        } else {
            needed = k;
            end_process(ptable[1], 0);
        }
    }
    EXPECT_EQ(needed, 6U + 7) << "tables and pages";
    elf_image bad = the_program;
    bad.segment(2).p_va = 0x103000;
    EXPECT_EQ(start_process(1, {"bad", bad.bytes.data(), bad.bytes.size(), nullptr}), E_NOEXEC);
    EXPECT_EQ(free_pages, all_free_pages);
}

TEST_F(Process, AnImageWithFlippedBitsIsLoadedOrRefusedButNeverHarmful) {
    random_numbers random(2);
    size_t headers = sizeof(elf_header) + 4 * sizeof(elf_program), loaded = 0;
    for (int i = 0; i < 4000; ++i) {
        elf_image image = the_program;
        for (uint64_t n = 1 + random.below(3); n > 0; --n) {
            image.bytes[random.below(headers)] ^= uint8_t(1 << random.below(8));
        }
        if (random.one_in(10)) image.bytes.resize(random.below(image.bytes.size() + 1));
        image.bytes.shrink_to_fit();
        program flipped = {"flipped", image.bytes.data(), image.bytes.size(), nullptr};
        if (start_process(1, flipped) < 0) {
            ASSERT_EQ(free_pages, all_free_pages);
            continue;
        }
        ++loaded;
        ASSERT_EQ(disagreements(spaces()), "");
        for (vmiter it(ptable[1].pagetable, PROC_START_ADDR); it.find_mapped(uintptr_t(-1)); it.next()) {
            ASSERT_LT(it.va(), uintptr_t(MEMSIZE_VIRTUAL));
            ASSERT_TRUE(it.user());
            ASSERT_FALSE(it.writable() && !it.perm(PTE_XD));
        }
        end_process(ptable[1], 0);
    }
    EXPECT_GT(loaded, 100U);
}

TEST_F(Process, AForkedChildHasItsParentsRegistersExceptRax) {
    ASSERT_EQ(start_process(1, programs[0]), 1);
    proc& parent = ptable[1];
    random_numbers random(3);
    uint64_t* words = &parent.regs->reg_rax;
    for (int i = 0; i < 22; ++i) words[i] = random.bits();
    regstate before = *parent.regs;
    ASSERT_EQ(fork_process(parent), 2);
    proc& child = ptable[2];
    EXPECT_EQ(child.pid, 2);
    EXPECT_EQ(child.state, P_RUNNABLE);
    EXPECT_EQ(child.image, parent.image);
    EXPECT_EQ(child.regs->reg_rax, 0U);
    EXPECT_EQ(memcmp(&child.regs->reg_rcx, &before.reg_rcx, sizeof(regstate) - 24), 0);
    EXPECT_EQ(memcmp(&parent.regs->reg_rax, &before.reg_rax, sizeof(regstate) - 16), 0);
    EXPECT_EQ(disagreements(spaces()), "");
    EXPECT_EQ(queue(), (std::vector<pid_t>{1, 2}));
}

// As far as the process can tell: its pages may have become copy-on-write.
TEST_F(Process, AForkThatFailsChangesNothing) {
    ASSERT_EQ(start_process(3, programs[0]), 3);
    std::string contents;
    auto read = [&] {
        std::string all;
        for (vmiter it(&ptable[3], PROC_START_ADDR); it.find_mapped(user_end); it.next()) {
            EXPECT_EQ(page_at(it.pa()).refcount, 1U) << std::hex << it.va();
            all += std::to_string(it.va()) + std::string(it.kptr<char*>(), PAGESIZE);
        }
        return all;
    };
    contents = read();
    int pid = 0;
    for (size_t k = 0; pid == 0; ++k) {
        ASSERT_LT(k, 40U);
        scarce_memory memory(k);
        int r = fork_process(ptable[3]);
        if (r > 0) {
            pid = r;
            EXPECT_EQ(k, 10U) << "4 tables; and owed: the stack and its table, and 3 pages that may be written";
            end_process(ptable[pid], 0);
            continue;
        }
        ASSERT_EQ(r, E_NOMEM);
        ASSERT_EQ(free_pages, k);
        ASSERT_TRUE(read() == contents) << k;
        EXPECT_EQ(ptable[3].children, 0);
        EXPECT_EQ(live_processes(), 1U);
        EXPECT_EQ(ptable[1].state, P_FREE);
        EXPECT_EQ(queue(), std::vector<pid_t>{3});
    }
    EXPECT_EQ(disagreements(spaces()), "");
    EXPECT_EQ(pid, 1) << "the lowest free slot";
}

TEST_F(Process, ForkUsesEverySlotAndThenSaysAgain) {
    ASSERT_EQ(start_process(1, programs[0]), 1);
    for (pid_t pid = 2; pid < NPROC; ++pid) ASSERT_EQ(fork_process(ptable[1]), pid);
    machine_state before;
    EXPECT_EQ(fork_process(ptable[1]), E_AGAIN);
    EXPECT_EQ(before.difference(), "");
    EXPECT_EQ(live_processes(), unsigned(NPROC - 1));
    EXPECT_EQ(disagreements(spaces()), "");
    end_process(ptable[17], 0);
    reap_process(ptable[17]);
    EXPECT_EQ(fork_process(ptable[1]), 17);
    EXPECT_EQ(queue().back(), 17);
}

TEST_F(Process, AThousandForksAndExitsLeaveEveryPageFree) {
    ASSERT_EQ(start_process(1, programs[0]), 1);
    size_t free_before = free_pages;
    for (int i = 0; i < 1000; ++i) end_process(fork_of(ptable[1]), i % 256);
    EXPECT_EQ(free_pages, free_before);
    EXPECT_EQ(ptable[1].children, NPROC - 2) << "exit records, no more than there are slots";
    EXPECT_EQ(disagreements(spaces()), "");
}

TEST_F(Process, AChildLeavesARecordThatItsParentWaitsForOnce) {
    proc& parent = start(1);
    proc& child = fork_of(parent);
    EXPECT_EQ(child.parent, 1);
    EXPECT_EQ(parent.children, 1);
    EXPECT_EQ(ended_child(parent, any_child), nullptr);
    end_process(child, 61);
    EXPECT_EQ(child.state, P_EXITED);
    EXPECT_EQ(child.pagetable, nullptr);
    EXPECT_EQ(child.status, 61);
    EXPECT_EQ(ended_child(parent, any_child), &child);
    EXPECT_EQ(ended_child(parent, child.pid), &child);
    reap_process(child);
    EXPECT_EQ(child.state, P_FREE);
    EXPECT_EQ(parent.children, 0);
    EXPECT_EQ(ended_child(parent, 2), nullptr);
}

TEST_F(Process, OfSeveralThatHaveEndedTheFirstIsFoundFirst) {
    proc& parent = start(1);
    proc *a = &fork_of(parent), *b = &fork_of(parent), *c = &fork_of(parent);
    fault_process(*c);
    end_process(*a, 0);
    for (proc* expected : {c, a}) {
        EXPECT_EQ(ended_child(parent, any_child), expected);
        reap_process(*expected);
        EXPECT_EQ(expected->pagetable, nullptr);
    }
    EXPECT_EQ(ended_child(parent, any_child), nullptr);
    EXPECT_EQ(ended_child(parent, b->pid), nullptr);
    EXPECT_EQ(disagreements(spaces()), "");
}

TEST_F(Process, AWaitingParentIsWokenByTheChildItWaitsFor) {
    proc& parent = start(1);
    proc &a = fork_of(parent), &b = fork_of(parent);
    wait_for(parent, b.pid);
    EXPECT_EQ(queue(), (std::vector<pid_t>{2, 3}));
    EXPECT_EQ(live_processes(), 3U);
    end_process(a, 0);
    EXPECT_EQ(parent.state, P_BLOCKED);
    fault_process(b);
    EXPECT_EQ(parent.state, P_RUNNABLE);
    EXPECT_EQ(queue(), std::vector<pid_t>{1});
    EXPECT_EQ(ended_child(parent, b.pid), &b);
    EXPECT_EQ(b.status, STATUS_FAULTED);
}

TEST_F(Process, WithoutAFreeSlotForkTakesTheOldestRecordButNotOneThatIsAwaited) {
    proc &parent = start(1), &other = start(2);
    proc& awaited = fork_of(parent);
    proc& record = fork_of(parent);
    while (spaces().size() < NPROC - 1) fork_of(other);
    wait_for(parent, any_child);
    end_process(awaited, 1);
    end_process(record, 2);
    EXPECT_EQ(parent.children, 2);
    EXPECT_EQ(fork_process(other), record.pid);
    EXPECT_EQ(record.parent, 2);
    EXPECT_EQ(parent.children, 1);
    machine_state before;
    EXPECT_EQ(fork_process(other), E_AGAIN);
    EXPECT_EQ(spawn_process(other, programs[0]), E_AGAIN);
    EXPECT_EQ(before.difference(), "");
    EXPECT_EQ(ended_child(parent, any_child), &awaited);
    EXPECT_EQ(awaited.status, 1);
    parent.wait = {};
    scarce_memory memory(0);
    EXPECT_EQ(fork_process(other), E_NOMEM);
    EXPECT_EQ(awaited.state, P_EXITED) << "a fork that fails leaves the record";
}

TEST_F(Process, WithoutAFreeSlotRecordsAreTakenOldestFirst) {
    proc& parent = start(1);
    while (spaces().size() < NPROC - 1) fork_of(parent);
    for (pid_t pid : {20, 9, 35, 2}) end_process(ptable[pid], 0);
    for (pid_t pid : {20, 9, 35, 2}) EXPECT_EQ(fork_process(parent), pid);
    EXPECT_EQ(fork_process(parent), E_AGAIN);
}

TEST_F(Process, OrphansLeaveNothingBehind) {
    proc& parent = start(1);
    proc& child = fork_of(parent);
    proc &ends = fork_of(child), &faults = fork_of(child), &exited = fork_of(child), &faulted = fork_of(child);
    end_process(exited, 0);
    fault_process(faulted);
    EXPECT_EQ(faulted.state, P_FAULTED) << "to be looked at, while it has a parent";
    end_process(child, 0);
    EXPECT_EQ(child.state, P_EXITED);
    EXPECT_EQ(exited.state, P_FREE);
    EXPECT_EQ(faulted.state, P_FREE);
    EXPECT_EQ(ends.parent, 0);
    end_process(ends, 0);
    EXPECT_EQ(ends.state, P_FREE);
    fault_process(faults);
    EXPECT_EQ(faults.state, P_FREE);
    EXPECT_EQ(disagreements(spaces()), "");
}

TEST_F(Process, NobodyIsLeftToWaitForAChildOfOneThatFaulted) {
    proc& parent = start(1);
    proc &before = fork_of(parent), &after = fork_of(parent);
    end_process(before, 0);
    fault_process(parent);
    EXPECT_EQ(parent.state, P_FAULTED) << "to be looked at: nobody's child";
    EXPECT_EQ(before.state, P_FREE);
    EXPECT_FALSE(descends_from(after, 1));
    end_process(after, 0);
    EXPECT_EQ(after.state, P_FREE);
    EXPECT_EQ(parent.children, 0);
}

TEST_F(Process, DescendsFromItsParentAndItsParentsParent) {
    proc& a = start(1);
    proc& b = fork_of(a);
    proc& c = fork_of(b);
    proc& d = fork_of(a);
    EXPECT_TRUE(descends_from(c, a.pid) && descends_from(c, b.pid) && descends_from(d, a.pid));
    EXPECT_FALSE(descends_from(a, a.pid) || descends_from(a, c.pid) || descends_from(c, d.pid));
    end_process(b, 0);
    EXPECT_FALSE(descends_from(c, a.pid));
}

TEST_F(Process, SleepersWakeAtTheirDeadlineAndNotBefore) {
    proc &a = start(1), &b = start(2), &c = start(3);
    for (proc* p : {&a, &b, &c}) wait_for(*p, wait_kind::tick, p == &c ? 11 : 10);
    wake(wait_kind::tick, 9);
    EXPECT_FALSE(anybody_can_run());
    EXPECT_EQ(live_processes(), 3U);
    wake(wait_kind::tick, 10);
    EXPECT_EQ(queue(), (std::vector<pid_t>{1, 2}));
    wake(wait_kind::tick, 11);
    EXPECT_EQ(queue(), (std::vector<pid_t>{1, 2, 3}));
}

TEST_F(Process, WhoWaitsIsWokenByItsKindAndKeyAlone) {
    proc &a = start(1), &b = start(2), &c = start(3);
    wait_for(a, wait_kind::page, 7);
    wait_for(b, wait_kind::page, 8);
    wait_for(c, wait_kind::tick, 7);
    wake(wait_kind::page, 9);
    wake(wait_kind::child, 7);
    EXPECT_FALSE(anybody_can_run());
    wake(wait_kind::page, 7);
    EXPECT_EQ(queue(), std::vector<pid_t>{1});
    wake(wait_kind::page, 7);
    EXPECT_EQ(queue(), std::vector<pid_t>{1}) << "once";
    wake(wait_kind::tick, 7);
    wake(wait_kind::page, 8);
    EXPECT_EQ(queue(), (std::vector<pid_t>{1, 3, 2}));
}

TEST_F(Process, WhoWaitedForMemoryIsFirstInTheRunQueue) {
    proc &a = start(1), &b = start(2);
    start(3);
    start(4);
    wait_for(a, wait_kind::memory, 0);
    wait_for(b, wait_kind::memory, 0);
    EXPECT_EQ(queue(), (std::vector<pid_t>{3, 4}));
    wake(wait_kind::memory, 0);
    EXPECT_EQ(queue(), (std::vector<pid_t>{1, 2, 3, 4}));
}

TEST_F(Process, OneOfThoseWhoWaitMayBeWokenAlone) {
    proc &a = start(1), &b = start(2);
    wait_for(a, wait_kind::pipe, 3);
    wait_for(b, wait_kind::pipe, 3);
    wake_process(b, wait_kind::pipe, 4);
    wake_process(b, wait_kind::line, 3);
    EXPECT_FALSE(anybody_can_run());
    wake_process(b, wait_kind::pipe, 3);
    wake_process(b, wait_kind::pipe, 3);
    EXPECT_EQ(queue(), std::vector<pid_t>{2});
}

TEST_F(Process, WhoStopsForGoodHasNoDescriptorsFromThenOn) {
    proc &parent = start(1), &a = fork_of(parent), &b = fork_of(parent);
    without_files.clear();
    end_process(a, 0);
    fault_process(b);
    EXPECT_EQ(without_files, (std::vector<pid_t>{a.pid, b.pid}));
    reap_process(b);
    EXPECT_EQ(without_files.size(), 2U);
}

TEST_F(Process, WhoEndsWhileItWaitsIsNotWoken) {
    for (auto end : {+[](proc& p) { end_process(p, STATUS_KILLED); }, fault_process}) {
        proc& p = start(1);
        wait_for(p, wait_kind::page, 7);
        end(p);
        wake(wait_kind::page, 7);
        EXPECT_FALSE(anybody_can_run());
        reap_process(p);
        proc& next = start(1);
        EXPECT_EQ(next.wait.kind, wait_kind::nothing);
        EXPECT_EQ(next.progress, 0U);
        end_process(next, 0);
    }
}

TEST_F(Process, WhoIsWokenByAChildAndWaitsForAPageFirstIsStillToldOfTheChild) {
    proc &parent = start(1), &other = start(2);
    proc& child = fork_of(parent);
    while (spaces().size() < NPROC - 1) fork_of(other);
    wait_for(parent, child.pid);
    end_process(child, 61);
    wait_for(parent, wait_kind::page, 7);
    EXPECT_EQ(fork_process(other), child.pid) << "the slot is taken, but how it ended is kept";
    const kept_end* kept = kept_child(parent, child.pid);
    ASSERT_NE(kept, nullptr);
    EXPECT_EQ(kept->status, 61);
}

program_arguments arguments_of(const std::vector<std::string>& strings) {
    program_arguments result;
    for (auto& s : strings) {
        memcpy(result.strings + result.size, s.c_str(), s.size() + 1);
        result.size += unsigned(s.size() + 1);
        ++result.count;
    }
    return result;
}

TEST_F(Process, ExecBeginsTheProgramAnewWithItsArguments) {
    proc& p = start(1);
    size_t free_before = free_pages;
    std::vector<std::vector<std::string>> lists = {
        {}, {""}, {"one"}, {"a program", "", "x", std::string(900, 'y')}, std::vector<std::string>(argument_limit, ""),
        std::vector<std::string>(argument_limit, std::string(argument_bytes_limit / argument_limit - 1, 'z')),
    };
    for (auto& list : lists) {
        memset(&p.regs->reg_rax, 0xEE, 15 * 8);
        p.faults[FAULT_HEAP] = 7;
        p.heap.end = 0x110000;
        current = &p;
        program_arguments arguments = arguments_of(list);
        ASSERT_EQ(exec_process(p, programs[0], &arguments), 0);
        EXPECT_EQ(current, no_process);
        EXPECT_EQ(p.regs->reg_rip, 0x100000U);
        EXPECT_EQ(p.regs->reg_rax | p.regs->reg_rbx | p.regs->reg_r15, 0U);
        EXPECT_EQ(p.regs->reg_rdi, list.size());
        EXPECT_EQ(p.regs->reg_rsp % 16, 0U);
        EXPECT_LE(p.regs->reg_rsp, p.regs->reg_rsi);
        EXPECT_EQ(p.faults[FAULT_HEAP], 0U);
        EXPECT_EQ(p.heap.end, 0x107000U);
        auto at = [&](uint64_t va) { return vmiter(&p, va).kptr<const char*>(); };
        for (size_t i = 0; i <= list.size(); ++i) {
            uint64_t address;
            memcpy(&address, at(p.regs->reg_rsi + 8 * i), 8);
            if (i == list.size()) {
                EXPECT_EQ(address, 0U);
            } else {
                EXPECT_EQ(at(address), list[i]);
            }
        }
    }
    ASSERT_EQ(exec_process(p, programs[0], nullptr), 0);
    EXPECT_EQ(p.regs->reg_rdi | p.regs->reg_rsi, 0U);
    EXPECT_EQ(p.regs->reg_rsp, user_end);
    EXPECT_EQ(free_pages, free_before);
    EXPECT_EQ(disagreements(spaces()), "");
    EXPECT_EQ(queue(), std::vector<pid_t>{1});
}

TEST_F(Process, AnExecThatFailsChangesNothing) {
    proc& p = start(1);
    elf_image bad = the_program;
    bad.segment(2).p_va = 0x103000;
    program bad_program = {"bad", bad.bytes.data(), bad.bytes.size(), nullptr};
    program_arguments arguments = arguments_of({"one", "two"});
    std::string registers(reinterpret_cast<char*>(p.regs), sizeof(*p.regs));
    for (size_t k = 0;; ++k) {
        ASSERT_LT(k, 40U);
        scarce_memory memory(k);
        machine_state before;
        int r = exec_process(p, k == 20 ? bad_program : programs[0], &arguments);
        if (r == 0) {
            EXPECT_EQ(k, 6U + 7) << "tables and pages";
            break;
        }
        ASSERT_EQ(r, E_NOMEM);
        ASSERT_EQ(before.difference(), "") << k;
        ASSERT_EQ(registers, std::string(reinterpret_cast<char*>(p.regs), sizeof(*p.regs)));
    }
    machine_state before;
    EXPECT_EQ(exec_process(p, bad_program, &arguments), E_NOEXEC);
    EXPECT_EQ(before.difference(), "");
}

TEST_F(Process, WhoeverIsRunnableIsInTheQueueOnceInTheOrderOfArrival) {
    random_numbers random(4);
    std::deque<pid_t> expected;
    unsigned faulted_before = faulted_processes(), faulted = 0;
    for (int i = 0; i < 8000; ++i) {
        proc& p = ptable[1 + random.below(NPROC - 1)];
        auto in_queue = std::find(expected.begin(), expected.end(), p.pid);
        switch (random.below(6)) {
        case 0: case 1:
            if (p.state == P_RUNNABLE) {
                int child = random.one_in(2) ? fork_process(p) : spawn_process(p, programs[0]);
                if (child > 0) expected.push_back(child);
            } else if (p.state == P_FREE) {
                if (start_process(pid_t(&p - ptable), programs[0]) > 0) expected.push_back(p.pid);
            }
            break;
        case 2:
            if (p.state != P_RUNNABLE) break;
            yield_process(p);
            expected.erase(in_queue);
            expected.push_back(p.pid);
            break;
        case 3: case 4: {
            bool is_end = random.below(3);
            if (is_end ? !p.pagetable : p.state != P_RUNNABLE) break;
            if (p.state == P_RUNNABLE) expected.erase(in_queue);
            const proc& parent = ptable[p.parent];
            bool was_waiting = p.state != P_FAULTED && parent.state == P_BLOCKED;
            if (was_waiting) expected.push_back(parent.pid);
            if (is_end) {
                current = random.one_in(2) ? &p : current;
                end_process(p, 0);
                EXPECT_NE(current, &p);
                EXPECT_EQ(p.pagetable, nullptr);
            } else {
                fault_process(p);
                ++faulted;
            }
            break;
        }
        case 5:
            if (p.state != P_RUNNABLE || p.children == 0) break;
            if (proc* child = ended_child(p, any_child)) {
                reap_process(*child);
                p.wait = {};
            } else {
                wait_for(p, any_child);
                expected.erase(in_queue);
            }
            break;
        }
        ASSERT_EQ(queue(), std::vector<pid_t>(expected.begin(), expected.end())) << i;
        ASSERT_EQ(anybody_can_run(), !expected.empty());
        ASSERT_EQ(faulted_processes() - faulted_before, faulted);
        int children[NPROC] = {}, live = 0;
        for (proc& each : ptable) {
            ++children[each.parent];
            live += each.state == P_RUNNABLE || each.state == P_BLOCKED;
            ASSERT_EQ(each.pagetable == nullptr, each.state == P_FREE || each.state == P_EXITED);
            ASSERT_TRUE(each.parent == 0 || ptable[each.parent].pagetable);
            ASSERT_TRUE(each.state != P_EXITED || ptable[each.parent].state != P_FAULTED);
        }
        for (pid_t pid = 1; pid < NPROC; ++pid) ASSERT_EQ(children[pid], ptable[pid].children);
        ASSERT_EQ(live_processes(), unsigned(live));
        if (i % 10 == 0) {
            ASSERT_EQ(disagreements(spaces()), "");
        }
    }
}

memory_report counted_memory_of(proc& p) {
    EXPECT_EQ(count_memory(p), 0);
    return memory_of(p);
}

TEST_F(Process, APageThatIsAwayIsNeitherResidentNorPromised) {
    ASSERT_EQ(start_process(1, programs[0]), 1);
    proc& p = ptable[1];
    memory_report before = counted_memory_of(p);
    vmiter it(&p, user_end - PAGESIZE);             // in the stack's region
    void* page = it.kptr();
    set_entry(it.entry(), PAGEADDRESS(7) | PTE_W | PTE_U | PTE_XD);
    ++away_entries;
    kfree(page);
    memory_report after = counted_memory_of(p);
    EXPECT_EQ(after.resident, before.resident - 1);
    EXPECT_EQ(after.promised, before.promised);
}

}
