// p-check-tablesend - who shares page tables may end in any order: the others go on, and nothing is lost
//
//    For the big machine. Moments: "look" member (0: the first process, 1: its child, 2: the child's child), base:
//    member 0 sees its own word, 1 its own, 2 its own and its parent's; word n is the second one of table n.
#include "u-faults.hh"

constexpr unsigned members = 3;
constexpr uintptr_t far = 0x4000000000;

static uintptr_t base;

static uintptr_t word_of(unsigned member) { return base + member * LARGE_PAGESIZE + 8; }

static void change_and_look(unsigned member) {
    word_at(word_of(member)) = member + 1;
    moment("look", member, base);
}

// Whether the child ends before its own child, and whether the first process writes before that
static void run_family(bool child_first, bool write_first) {
    shared_words[1] = 0;
    pid_t child = start_child([=] {
        change_and_look(1);
        start_child([=] {
            if (child_first) wait_for(1, 1);
            change_and_look(2);
            shared_words[1] = 2;
        });
        if (!child_first) wait_for(1, 2);
        moment("look", 1, base);
    });
    if (write_first) change_and_look(0);
    int status = status_of(child);
    if (status != 0) moment("died", 1, status);
    if (child_first) shared_words[1] = 1;
    wait_for(1, 2);
    for (int i = 0; i < 5; ++i) sys_yield();            // so that the grandchild has ended
    change_and_look(0);
    word_at(word_of(0)) = 0;
}

// Take every second page from `start` on, until there are no more.
static void take_every_second(uintptr_t start) {
    for (; sys_page_alloc(reinterpret_cast<void*>(start)) == 0; start += 2 * PAGESIZE) shared_words[0] = start;
}

// A child that has no memory for a page table of its own when it must have one
static void run_out_of_memory() {
    int status = status_of(start_child([] {
        take_every_second(far);
        take_every_second(far + PAGESIZE);  // a page that is left has no need of a page table now
        moment("try", word_of(0), to_write);
        access(word_of(0), to_write);
        moment("survived", word_of(0), to_write);
    }));
    moment("tried", word_of(0), to_write, status);
}

void process_main() {
    check_begin();
    base = round_up(grow_heap(0), LARGE_PAGESIZE);
    grow_heap(int64_t(base + members * LARGE_PAGESIZE - grow_heap(0)));
    for (unsigned n = 0; n < members; ++n) {
        for (unsigned page = 0; page < 20; ++page) access(base + n * LARGE_PAGESIZE + page * PAGESIZE, to_write);
    }
    moment("part", 1);
    run_family(true, true);
    moment("before", take_all(far));
    for (int round = 0; round < 4; ++round) run_family(round % 2, round / 2);
    moment("after", take_all(far), 4);
    run_out_of_memory();
    change_and_look(0);
    check_done();
}
