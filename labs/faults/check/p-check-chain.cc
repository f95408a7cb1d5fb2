// p-check-chain - a family whose members write and end in any order: each sees what it wrote, and what was before it
//
//    Whose turn it is stands in a shared word. Moments: "forks" member, new member; "born" member; "wrote" member,
//    page, value; "leaves" member.
#include "u-faults.hh"

constexpr unsigned members = 6, pages = 6, actions = 60;
constexpr uintptr_t base = PROC_START_ADDR + 0x20000;

enum action_kind { to_change, to_fork, to_leave };
struct action {
    unsigned member, kind, page;
};
static action plan[actions];            // the same in all of them

static void make_plan() {
    unsigned alive[members] = {0}, count = 1, born = 1;
    for (unsigned i = 0; i < actions; ++i) {
        int dice = rand(0, 9);
        unsigned which = unsigned(rand(0, int(count) - 1));
        plan[i] = {alive[which], to_change, unsigned(rand(0, int(pages) - 1))};
        if ((dice < 3 || i == 0) && born < members) {
            plan[i].kind = to_fork;
            alive[count++] = born++;
        } else if (dice > 7 && which != 0) {
            plan[i].kind = to_leave;
            alive[which] = alive[--count];
        }
    }
}

// Member `self` does its part of the plan from step `i` on.
static void take_part(unsigned self, unsigned i) {
    unsigned born = 1;
    for (unsigned k = 0; k < i; ++k) born += plan[k].kind == to_fork;
    for (; i < actions; ++i) {
        bool forks = plan[i].kind == to_fork;
        if (plan[i].member == self) {
            wait_for(2, i);
            if (forks) {
                moment("forks", self, born);
                pid_t child = pid_t(need(call_fork, sys_fork()));
                if (child == 0) {
                    moment("born", born);
                    shared_words[2] = i + 1;
                    return take_part(born, i + 1);
                }
            } else if (plan[i].kind == to_leave) {
                moment("leaves", self);
                shared_words[2] = i + 1;
                sys_exit();
            } else {
                word_at(base + plan[i].page * PAGESIZE) = 1000 * (i + 1) + self;
                moment("wrote", self, plan[i].page, 1000 * (i + 1) + self);
                shared_words[2] = i + 1;
            }
        }
        born += forks;
    }
    wait_for(2, actions);
}

void process_main() {
    check_begin();
    for (unsigned n = 0; n < pages; ++n) {
        need(call_page_alloc, sys_page_alloc(reinterpret_cast<void*>(base + n * PAGESIZE)));
    }
    shared_words[2] = 0;
    make_plan();
    moment("born", 0);
    pid_t self = sys_getpid();
    take_part(0, 0);
    if (sys_getpid() != self) sys_exit();
    check_done();
}
