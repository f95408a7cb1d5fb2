// model.hh - what the kernel's memory is to do, told plainly: each page of each process by itself
//
//    Nothing here knows of page tables, reference counts or free pages. A process has pages, each
//    with a frame; pages that the kernel shares have one frame. The model says of each operation
//    what comes back if memory does not run out. When it did, whoever runs the kernel leaves the
//    model alone, but for what `begin_copy`, `run_out` and `adopt` say.
//
//    `make prove` compares it with the kernel's sources, run here, after every operation;
//    `make model` (replay.cc) with the booted kernel.
#ifndef KINGLET_PROVE_MODEL_HH
#define KINGLET_PROVE_MODEL_HH
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>
#include "tests/prove/model_space.hh"
#include "memory/fault.hh"
#include "process/process.hh"

// A program's memory when it starts. No segments: its file is broken.
struct model_segment {
    uintptr_t va;
    size_t size;
    uint8_t prot;
    std::string bytes;                  // the rest is 0
};
struct model_program {
    std::string name;
    std::vector<model_segment> segments;
};

// Which kernel it is
struct model_settings {
    int slots = 0;                      // the kernel's `NPROC`
    uintptr_t user_end = MEMSIZE_VIRTUAL;
    uintptr_t stack_bytes = PAGESIZE;   // of a stack at most; the page below is its guard
    bool is_eager = false;              // a heap's pages come at once
    bool has_cow = true;
    bool fork_copies = false;           // `fork` copies what may be written
    bool has_zero_page = true;
    std::vector<model_program> programs;
};

struct model_process {
    procstate_t state = P_FREE;
    pid_t parent = 0;
    bool is_orphan = false;
    int status = 0;
    unsigned ended = 0;                 // when it faulted or exited
    // Its program has not run yet: from this offset on, the last page of its stack is as the kernel
    // made it.
    std::optional<size_t> new_stack = {};
    model_space space = {};

    bool has_memory() const { return state != P_FREE && state != P_EXITED; }
    bool has_ended() const { return state == P_EXITED || state == P_FAULTED; }
};

class model {
public:
    // The machine when process 1 has begun to run the first of the programs.
    explicit model(const model_settings& settings);

    const model_settings& settings() const { return *settings_; }
    const model_process& process(pid_t pid) const { return *processes_[size_t(pid)]; }

    // The system calls: each returns what the call returns. `exec_program` is `exec` of a program
    // that was found.
    int64_t page_alloc(pid_t pid, uintptr_t va);
    int64_t page_free(pid_t pid, uintptr_t va);
    int64_t mprotect(pid_t pid, uintptr_t va, size_t size, uint64_t prot);
    int64_t sbrk(pid_t pid, intptr_t delta);
    int64_t fork(pid_t pid);
    int64_t spawn(pid_t pid, uintptr_t name);
    int64_t exec(pid_t pid, uintptr_t name, uintptr_t argv);
    int64_t exec_program(pid_t pid, const model_program& program,
                         const std::vector<std::string>* arguments = nullptr);
    int64_t exit(pid_t pid, int status);
    int64_t wait(pid_t pid, uint64_t child = 0, uintptr_t status = 0);      // not if `blocks`
    int64_t kill(pid_t pid, uint64_t victim);
    int64_t panic(pid_t pid, uintptr_t text);
    int64_t log(pid_t pid, uintptr_t text, std::string& logged);
    int64_t write(pid_t pid, uint64_t fd, uintptr_t text, size_t size);
    // The answers of these two are about the machine: it says what it has stored.
    int64_t mapping(pid_t pid, uintptr_t va, uintptr_t out, std::string_view answer);
    int64_t memory(pid_t pid, uintptr_t out, std::string_view answer);

    // Whether `wait` has to wait for an end.
    bool blocks(pid_t pid, uint64_t child) const;
    // Ends of children whose slots others have, the first one first
    const std::vector<kept_end>& kept() const { return kept_; }
    // How many pages `sbrk(delta)` would have to bring at once
    size_t missing_pages(pid_t pid, intptr_t delta) const;

    // The process touches a page (`PFERR_*`). What it may not do stops it.
    fault_outcome touch(pid_t pid, uintptr_t va, uint64_t access);
    // A touch found no memory: the process is gone.
    void run_out(pid_t pid);

    // The kernel copies bytes in or out, or a string of at most `limit` bytes in. 0 or `E_FAULT`.
    int64_t copy_in(pid_t pid, uintptr_t va, size_t size, std::string& bytes);
    int64_t copy_out(pid_t pid, uintptr_t va, std::string_view bytes);
    int64_t copy_string(pid_t pid, uintptr_t va, size_t limit, std::string& text);
    // What such a copy may leave behind that found no memory: a promise for its first page may have
    // been kept.
    void begin_copy(pid_t pid, uintptr_t va, uint64_t access) { reach(pid, va, access); }
    // The same of any call, for one page that the machine was seen to have made accessible or
    // copied. `is_zeros`: it is the page of zeros.
    void adopt(pid_t pid, uintptr_t va, uint64_t access, bool is_zeros);

    // The bytes at `va`, where pages are, are these now.
    void store(pid_t pid, uintptr_t va, std::string_view bytes);
    uint64_t word_at(pid_t pid, uintptr_t va) const;
    // The new program has run: its stack's last page holds this.
    void settle(pid_t pid, std::string_view stack);

private:
    model_process& at(pid_t pid);       // to change it
    bool is_own_address(uintptr_t va) const {
        return va >= PROC_START_ADDR && va < settings_->user_end;
    }

    // Memory
    model_space load(const model_program& program);
    model_space copy(const model_space& space);
    void give_page(model_space& space, uintptr_t va, int prot, page_bytes bytes = nullptr);
    void own(model_page& page);
    fault_outcome reach(pid_t pid, uintptr_t va, uint64_t access);
    int64_t reach_all(pid_t pid, uintptr_t va, size_t size, uint64_t access);
    bool has_leftover(pid_t pid, uintptr_t start, uintptr_t end);

    // Processes
    struct found_end {
        pid_t pid = 0;                  // 0: nobody has ended yet
        int status = 0;
        bool is_kept = false;
    };
    pid_t free_slot() const;
    void begin(pid_t slot, pid_t parent, model_space&& space);
    void end(pid_t pid, int status);
    void fault(pid_t pid);
    void reap(pid_t pid);
    void leave_children(pid_t pid);
    int64_t find_ended(pid_t pid, uint64_t child, found_end& found) const;
    const model_program* find_program(pid_t pid, uintptr_t name, int64_t& error);
    int64_t copy_arguments(pid_t pid, uintptr_t argv, std::vector<std::string>& strings);

    const model_settings* settings_;
    unsigned nended_ = 0;
    frame_number last_frame_ = zero_frame;
    std::vector<kept_end> kept_;
    // Copies of the model share a process until one of them changes it.
    std::vector<std::shared_ptr<model_process>> processes_;
};

#endif
