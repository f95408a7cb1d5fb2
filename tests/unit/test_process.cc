// test_process.cc - programs become processes; processes are copied, run in turn, and end
#include "weensy_machine.hh"
#include "elf_image.hh"
#include "device/symbols.cc"
#include "process/program_image.cc"
#include "process/process.cc"
#include <deque>
#include <functional>

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
    constexpr uint64_t limit = MEMSIZE_VIRTUAL - 2 * PAGESIZE;  // the stack, and a page that stays free
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
        {"entry point not in an executable segment", [](auto& i) { i.header().e_phnum = 0; }},
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
    void TearDown() override {
        for (proc& p : ptable) {
            if (p.state != P_FREE) end_process(p);
        }
        EXPECT_EQ(free_pages, all_free_pages);
        EXPECT_EQ(live_processes(), 0U);
        EXPECT_EQ(next_runnable(), nullptr);
    }

    static std::vector<owned_space> spaces() {
        std::vector<owned_space> result;
        for (proc& p : ptable) {
            if (p.state != P_FREE) result.push_back({p.pid, p.pagetable});
        }
        return result;
    }
    static std::vector<pid_t> queue() {
        std::vector<pid_t> result;
        for (proc* p = run_queue.next; p != &run_queue; p = p->next) {
            EXPECT_EQ(p->next->previous, p);
            result.push_back(p->pid);
        }
        return result;
    }
};

TEST_F(Process, TheFirstForkEverTakesTheLowestSlot) {    // stays the first test here
    ASSERT_EQ(start_process(7, programs[0]), nullptr);
    EXPECT_EQ(fork_process(ptable[7]), 1);
    EXPECT_EQ(fork_process(ptable[7]), 2);
}

TEST_F(Process, StartsWithItsSegmentsAndAStackOfZeros) {
    ASSERT_EQ(text(start_process(7, programs[0])), "good");
    proc& p = ptable[7];
    EXPECT_EQ(p.state, P_RUNNABLE);
    EXPECT_EQ(p.pid, 7);
    EXPECT_EQ(p.image, &programs[0]);
    EXPECT_EQ(p.regs.reg_rip, 0x100000U);
    EXPECT_EQ(p.regs.reg_rsp, uint64_t(MEMSIZE_VIRTUAL));
    EXPECT_EQ(p.regs.reg_cs & 3, 3U);
    EXPECT_EQ(p.regs.reg_ss & 3, 3U);
    EXPECT_EQ(p.regs.reg_rflags, EFLAGS_IF | EFLAGS_RESERVED1);
    for (uint64_t* reg = &p.regs.reg_rax; reg != &p.regs.reg_intno; ++reg) EXPECT_EQ(*reg, 0U);
    EXPECT_EQ(p.regs.reg_ds | p.regs.reg_es | p.regs.reg_fs | p.regs.reg_gs, 0U);
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
    EXPECT_EQ(disagreements(spaces()), "");
    EXPECT_EQ(queue(), std::vector<pid_t>{7});
}

TEST_F(Process, DoesNotStartInASlotThatIsNotFree) {
    ASSERT_EQ(start_process(1, programs[0]), nullptr);
    size_t free_before = free_pages;
    for (pid_t pid : {1, 0, -1, NPROC, NPROC + 1}) EXPECT_NE(start_process(pid, programs[0]), nullptr) << pid;
    EXPECT_EQ(free_pages, free_before);
    EXPECT_EQ(live_processes(), 1U);
}

TEST_F(Process, ThatCannotStartLeavesNothingBehind) {
    size_t needed = 0;
    for (size_t k = 0; needed == 0; ++k) {
        ASSERT_LT(k, 40U);
        scarce_memory memory(k);
        machine_state before;
        if (const char* wrong = start_process(1, programs[0]); wrong) {
            EXPECT_STREQ(wrong, "out of memory");
            ASSERT_EQ(before.difference(), "") << k;
            EXPECT_EQ(ptable[1].state, P_FREE);
            EXPECT_EQ(next_runnable(), nullptr);
        } else {
            needed = k;
            end_process(ptable[1]);
        }
    }
    EXPECT_EQ(needed, 5U + 7) << "tables and pages";
    elf_image bad = the_program;
    bad.segment(2).p_va = 0x103000;
    EXPECT_EQ(text(start_process(1, {"bad", bad.bytes.data(), bad.bytes.size(), nullptr})), "segments overlap");
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
        if (start_process(1, {"flipped", image.bytes.data(), image.bytes.size(), nullptr})) {
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
        end_process(ptable[1]);
    }
    EXPECT_GT(loaded, 100U);
}

TEST_F(Process, AForkedChildHasItsParentsRegistersExceptRax) {
    ASSERT_EQ(start_process(1, programs[0]), nullptr);
    proc& parent = ptable[1];
    random_numbers random(3);
    uint64_t* words = &parent.regs.reg_rax;
    for (int i = 0; i < 22; ++i) words[i] = random.bits();
    regstate before = parent.regs;
    ASSERT_EQ(fork_process(parent), 2);
    proc& child = ptable[2];
    EXPECT_EQ(child.pid, 2);
    EXPECT_EQ(child.state, P_RUNNABLE);
    EXPECT_EQ(child.image, parent.image);
    EXPECT_EQ(child.regs.reg_rax, 0U);
    EXPECT_EQ(memcmp(&child.regs.reg_rcx, &before.reg_rcx, sizeof(regstate) - 24), 0);
    EXPECT_EQ(memcmp(&parent.regs.reg_rax, &before.reg_rax, sizeof(regstate) - 16), 0);
    EXPECT_EQ(disagreements(spaces()), "");
    EXPECT_EQ(queue(), (std::vector<pid_t>{1, 2}));
}

TEST_F(Process, AForkThatFailsChangesNothing) {
    ASSERT_EQ(start_process(3, programs[0]), nullptr);
    int pid = 0;
    for (size_t k = 0; pid == 0; ++k) {
        ASSERT_LT(k, 40U);
        scarce_memory memory(k);
        machine_state before;
        int r = fork_process(ptable[3]);
        if (r > 0) {
            pid = r;
            EXPECT_EQ(k, 5U + 4) << "tables, and what is writable";
            end_process(ptable[pid]);
            continue;
        }
        ASSERT_EQ(r, E_NOMEM);
        ASSERT_EQ(before.difference(), "") << k;
        EXPECT_EQ(live_processes(), 1U);
        EXPECT_EQ(ptable[1].state, P_FREE);
        EXPECT_EQ(queue(), std::vector<pid_t>{3});
    }
    EXPECT_EQ(pid, 1) << "the lowest free slot";
}

TEST_F(Process, ForkUsesEverySlotAndThenSaysAgain) {
    ASSERT_EQ(start_process(1, programs[0]), nullptr);
    for (pid_t pid = 2; pid < NPROC; ++pid) ASSERT_EQ(fork_process(ptable[1]), pid);
    machine_state before;
    EXPECT_EQ(fork_process(ptable[1]), E_AGAIN);
    EXPECT_EQ(before.difference(), "");
    EXPECT_EQ(live_processes(), unsigned(NPROC - 1));
    EXPECT_EQ(disagreements(spaces()), "");
    end_process(ptable[17]);
    EXPECT_EQ(fork_process(ptable[1]), 17);
    EXPECT_EQ(queue().back(), 17);
}

TEST_F(Process, AThousandForksAndExitsLeaveEveryPageFree) {
    ASSERT_EQ(start_process(1, programs[0]), nullptr);
    size_t free_before = free_pages;
    for (int i = 0; i < 1000; ++i) end_process(ptable[fork_process(ptable[1])]);
    EXPECT_EQ(free_pages, free_before);
    EXPECT_EQ(disagreements(spaces()), "");
}

TEST_F(Process, WhoeverIsRunnableIsInTheQueueOnceInTheOrderOfArrival) {
    random_numbers random(4);
    std::deque<pid_t> expected;
    unsigned faulted_before = faulted_processes(), faulted = 0;
    long stopped = 0;
    for (int i = 0; i < 5000; ++i) {
        proc& p = ptable[1 + random.below(NPROC - 1)];
        auto in_queue = std::find(expected.begin(), expected.end(), p.pid);
        switch (random.below(5)) {
        case 0: case 1:
            if (p.state == P_RUNNABLE) {
                if (pid_t child = fork_process(p); child > 0) expected.push_back(child);
            } else if (p.state == P_FREE) {
                pid_t pid = pid_t(&p - ptable);
                if (!start_process(pid, programs[0])) expected.push_back(pid);
            }
            break;
        case 2:
            if (p.state != P_RUNNABLE) break;
            yield_process(p);
            expected.erase(in_queue);
            expected.push_back(p.pid);
            break;
        case 3:
            if (p.state == P_FREE) break;
            if (p.state == P_RUNNABLE) expected.erase(in_queue);
            if (p.state == P_FAULTED) --stopped;
            current = random.one_in(2) ? &p : current;
            end_process(p);
            EXPECT_NE(current, &p);
            EXPECT_EQ(p.pagetable, nullptr);
            break;
        case 4:
            if (p.state != P_RUNNABLE || random.below(3)) break;
            fault_process(p);
            expected.erase(in_queue);
            ++faulted, ++stopped;
            break;
        }
        ASSERT_EQ(queue(), std::vector<pid_t>(expected.begin(), expected.end())) << i;
        ASSERT_EQ(next_runnable(), expected.empty() ? nullptr : &ptable[expected.front()]);
        ASSERT_EQ(live_processes(), expected.size());
        ASSERT_EQ(faulted_processes() - faulted_before, faulted);
        if (i % 10 == 0) {
            ASSERT_EQ(disagreements(spaces()), "");
        }
    }
    auto is_faulted = [](const proc& p) { return p.state == P_FAULTED; };
    EXPECT_EQ(std::count_if(std::begin(ptable), std::end(ptable), is_faulted), stopped);
}

}
