// prove.cc - every sequence of up to n operations on a machine of a few pages, the shortest first
//
//    prove NAME SCENE OPERATIONS: plays the scene (scenes.cc) with the kernel that this program was linked with, whose
//    rooms NAME tells. A state that was met before is not played again. Status 0 and one line with the number of
//    states if nothing is wrong; else status 1 and the operations after which something is.
//    A state is kept as the way to it, which is played again from the start.
#include <csignal>
#include <ctime>
#include <sys/time.h>
#include <unistd.h>
#include <unordered_set>
#include "tests/prove/operation.hh"

extern "C" void __sanitizer_set_death_callback(void (*callback)());

namespace {

struct node {
    uint32_t parent;
    operation last;
};

struct hash_of_name {
    size_t operator()(const state_name& name) const { return name.low; }
};

class explorer {
public:
    explicit explorer(const scene& s)
        : world_(s) {}
    // Play on from every state that `depth` operations lead to, for all depths below `operations`. True if all is well.
    bool explore(unsigned operations);
    void print_way(const std::string& wrong) const { world_.print(way_, wrong); }
    size_t states() const { return seen_.size(); }
    size_t steps() const { return nsteps_; }

private:
    bool play_to(uint32_t n);
    bool play_on(uint32_t n, bool is_last);
    bool step(uint32_t n, operation o, bool is_last);

    world world_;
    std::vector<node> nodes_ = {{0, {}}};
    std::unordered_set<state_name, hash_of_name> seen_;
    std::vector<operation> way_;        // what is being played
    size_t nsteps_ = 0;
    std::string wrong_;
    world::saved start_, here_;         // the start; the state that is being played on from
};

explorer* running;

// The state that is being played on from must be done within so many seconds of processor time, or something hangs.
void start_watch() {
    constexpr itimerval limit = {{0, 0}, {20, 0}};
    setitimer(ITIMER_VIRTUAL, &limit, nullptr);
}

bool explorer::play_to(uint32_t n) {
    std::vector<operation> way;
    for (; n != 0; n = nodes_[n].parent) way.insert(way.begin(), nodes_[n].last);
    way_.clear();
    world_.put_back(start_);
    for (const operation& o : way) {
        way_.push_back(o);
        std::string wrong = world_.run(o);
        if (!wrong.empty()) {
            print_way("the second time, " + wrong);
            return false;
        }
    }
    return true;
}

bool explorer::step(uint32_t n, operation o, bool is_last) {
    ++nsteps_;
    way_.push_back(o);
    std::string wrong = world_.run(o);
    if (!wrong.empty()) {
        print_way(wrong);
        return false;
    }
    bool is_new = seen_.insert(world_.name()).second;
    if (is_new) wrong = world_.check_reading_functions();
    if (!wrong.empty()) {
        print_way(wrong);
        return false;
    }
    way_.pop_back();
    if (is_new && !is_last) nodes_.push_back({n, o});
    return true;
}

// Each operation that is possible, and that with each of its allocations failing.
bool explorer::play_on(uint32_t n, bool is_last) {
    start_watch();
    if (!play_to(n)) return false;
    world_.save(here_);
    for (pid_t pid = 1; pid < NPROC; ++pid) {
        for (size_t i = 0; i < world_.played().actions.size(); ++i) {
            operation o = {uint16_t(i), uint8_t(pid), 0};
            if (!world_.is_possible(o)) continue;
            size_t ncalls = 0;
            do {
                if (!step(n, o, is_last)) return false;
                ncalls = max(ncalls, allocations.calls);
                world_.put_back(here_);
                ++o.fails_at;
            } while (o.fails_at <= ncalls);
        }
    }
    if (are_constants_unchanged()) return true;
    print_way("and one more, the kernel's own page table, or its page of zeros, is not what it was");
    return false;
}

bool explorer::explore(unsigned operations) {
    running = this;
    world_.save(start_);
    seen_.insert(world_.name());
    uint32_t begin = 0;
    for (unsigned depth = 0; depth < operations; ++depth) {
        auto end = uint32_t(nodes_.size());
        for (uint32_t n = begin; n < end; ++n) {
            if (!play_on(n, depth + 1 == operations)) return false;
        }
        begin = end;
    }
    return true;
}

void print_death() {
    if (running) running->print_way("the sanitizer finds what it says above");
}

void print_hang(int) {
    if (running) running->print_way("the kernel goes on without end");
    else fprintf(stderr, "Kinglet: the kernel does not start\n");
    _exit(1);
}

}

int main(int argc, char** argv) {
    const scene* s = argc == 4 ? find_scene(argv[2]) : nullptr;
    if (!s) {
        fprintf(stderr, "Kinglet: prove NAME SCENE OPERATIONS; scenes are %s\n", all_scenes().c_str());
        return 2;
    }
    __sanitizer_set_death_callback(print_death);
    signal(SIGVTALRM, print_hang);
    start_watch();
    try {
        explorer e(*s);
        if (!e.explore(unsigned(atoi(argv[3])))) return 1;
        printf("%-20s %-10s %s operations: %zu states, %zu steps, %.1f s\n", argv[1], argv[2], argv[3], e.states(),
               e.steps(), double(clock()) / CLOCKS_PER_SEC);
        return 0;
    } catch (const std::runtime_error& wrong) {         // a panic while it starts is one, too
        fprintf(stderr, "Kinglet: %s: %s\n", s->name, wrong.what());
        return 1;
    }
}
