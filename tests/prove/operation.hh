// operation.hh - what can happen to the machine, and what it must do then
//
//    A scene is a list of actions, each of which any process may do next: the operations whose every sequence is tried.
#ifndef KINGLET_PROVE_OPERATION_HH
#define KINGLET_PROVE_OPERATION_HH
#include <optional>
#include "tests/prove/check.hh"

enum class action_kind : uint8_t {
    sys_page_alloc, sys_page_free, sys_mprotect, sys_sbrk, sys_fork, sys_exec, sys_exit, sys_wait, sys_kill,
    reads, writes, executes,                                                    // the process's own instructions
    copy_in, copy_out, log,                                                     // the kernel touches its memory
};

struct action {
    action_kind kind;
    uintptr_t va = 0;
    int64_t size = 0;                   // `mprotect`: bytes; `sbrk`: what it adds; `kill`: whom
    int prot = 0;
    bool operator==(const action&) const = default;
};

// So much more makes a weensy machine's heap reach the stack, or the end of a process's addresses.
constexpr int64_t too_much = MEMSIZE_VIRTUAL - PROC_START_ADDR - 2 * PAGESIZE;

// One action of one process; with `fails_at`, the so-manieth allocation of a page fails.
struct operation {
    uint16_t action = 0;
    uint8_t pid = 1;
    uint8_t fails_at = 0;
};

struct scene {
    const char* name;
    bool is_far;                        // a big machine's addresses
    size_t pages;                       // of free memory
    std::vector<uintptr_t> places;      // what the actions may make present, and what is there from the start
    std::vector<action> actions;
};

// find_scene(name)
//    The scene of that name; null if there is none. `all_scenes` are the names.
const scene* find_scene(const std::string& name);
std::string all_scenes();

// The machine, and the model of it, after some operations
class world {
public:
    // Boots the machine; there is one.
    explicit world(const scene& s);

    const scene& played() const { return scene_; }
    const state_name& name() const { return name_; }
    // Whether the process can do this now.
    bool is_possible(const operation& o) const;
    // Whether anybody could do anything afterwards.
    bool leaves_somebody(const operation& o) const;
    // Do it. Returns what is wrong then, or nothing. Afterwards `allocations` tells what was allocated.
    std::string run(const operation& o);
    // Whether the kernel's reading functions say what is there. The same, but slower: for each new state.
    std::string check_reading_functions() const;
    // The operation in words
    std::string text(const operation& o) const;
    // The same for many, one a line, below a title that says what is wrong after them
    void print(const std::vector<operation>& way, const std::string& wrong) const;

    // All that was, to go on from there again
    struct saved {
        saved_machine machine;
        std::optional<model> expected;
    };
    void save(saved& s) const { s.machine.save(), s.expected = model_; }
    void put_back(const saved& s) { s.machine.put_back(), model_ = *s.expected; }

private:
    // What there was before an operation; `is_present`: at the address that it touches, and not the page of zeros
    struct pages_before {
        size_t free, owed;
        bool is_present;
    };
    int64_t call(const operation& o, model& next, int64_t& expected);
    int64_t copy(const operation& o, model& next, int64_t& expected);
    int64_t access(pid_t pid, uintptr_t va, uint64_t access);
    std::string judge(const operation& o, const model& next, int64_t result, int64_t expected, const pages_before& before);
    std::string compare(const operation& o, const model& next, int64_t result, int64_t expected);

    const scene& scene_;
    model_settings settings_;
    model model_;
    state_name name_;
    std::string wrong_;                 // what was found on the way
};

#endif
