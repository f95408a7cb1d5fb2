// model.hh - what the kernel's memory is to do, told as plainly as can be: each page of each process by itself
//
//    Nothing here knows of page tables, reference counts or sharing. The model follows a few places (page addresses)
//    and says of each operation what comes back if memory does not run out; whoever runs the kernel leaves the model
//    alone when it did.
#ifndef KINGLET_PROVE_MODEL_HH
#define KINGLET_PROVE_MODEL_HH
#include "tests/prove/host.hh"
#include "memory/fault.hh"

constexpr size_t most_places = 12;

// The pages whose contents are followed. No other page of a process is ever present.
struct place {
    uintptr_t va = 0;
    const char* name = "";
};
struct place_list {
    place places[most_places];
    size_t count = 0;
    // Which place `va` is; `count` if none
    size_t find(uintptr_t va) const {
        size_t i = 0;
        while (i < count && places[i].va != va) ++i;
        return i;
    }
};

enum class promise : uint8_t { none, heap, stack, guard };

// One page of one process. `prot` is `PROT_*`.
struct model_page {
    bool is_present = false;
    uint8_t prot = 0;
    promise promised = promise::none;
    uint8_t promised_prot = 0;
    uint64_t first = 0, last = 0;       // its first and last word; the others are 0
};

struct model_process {
    procstate_t state = P_FREE;
    pid_t parent = 0;
    bool is_orphan = false;
    int status = 0;
    unsigned ended = 0;                 // when it faulted or exited
    uintptr_t heap_start = 0, heap_break = 0;
    model_page pages[most_places] = {};

    bool has_memory() const { return state != P_FREE && state != P_EXITED; }
};

class model {
public:
    // The machine as `start_machine` leaves it. `is_eager`: a heap's pages come at once. A stack may have
    // `stack_bytes`; the page below is its guard.
    model(const place_list& places, bool is_eager, uintptr_t stack_bytes);

    const place_list& places() const { return *places_; }
    const model_process& process(pid_t pid) const { return processes_[pid]; }

    // The system calls: each returns what the call returns.
    int64_t page_alloc(pid_t pid, uintptr_t va);
    int64_t page_free(pid_t pid, uintptr_t va);
    int64_t mprotect(pid_t pid, uintptr_t va, size_t size, int prot);
    int64_t sbrk(pid_t pid, intptr_t delta);
    int64_t fork(pid_t pid);
    int64_t exec(pid_t pid);
    int64_t exit(pid_t pid, int status);
    int64_t wait(pid_t pid);            // only for who has a child that has ended: see `may_wait`
    int64_t kill(pid_t pid, pid_t victim);

    // The process touches a page, and writes `value` into its first and last word if `access` is for writing. What it
    // may not do stops it.
    fault_outcome touch(pid_t pid, uintptr_t va, uint64_t access, uint64_t value);
    // A touch found no memory: the process is gone.
    void run_out(pid_t pid);

    // The kernel copies the last word of the page at `va` and the first of the next, in or out. 0 or `E_FAULT`.
    int64_t copy_in(pid_t pid, uintptr_t va, uint64_t words[2]);
    int64_t copy_out(pid_t pid, uintptr_t va, uint64_t value);
    // It copies the string in that begins with the page at `va`: what its first word holds.
    int64_t copy_string(pid_t pid, uintptr_t va, std::string& text);
    // What such a copy may leave behind that found no memory: a promise for its first page may have been kept.
    void begin_copy(pid_t pid, uintptr_t va, uint64_t access) { reach(pid, places_->find(va), access); }

    pid_t ended_child(pid_t pid) const; // the one that ended first, of those that have a slot; 0: none
    bool may_wait(pid_t pid) const { return ended_child(pid) != 0 || first_kept(pid) != kept_.end(); }
    // Ends of children whose slots others have, the first one first
    const std::vector<kept_end>& kept() const { return kept_; }
    size_t missing_pages(pid_t pid, intptr_t delta) const;      // pages that `sbrk(delta)` would have to bring at once

private:
    void load(model_process& p) const;
    void end(pid_t pid, int status);
    void fault(pid_t pid);
    void reap(pid_t pid);
    void leave_children(pid_t pid);
    fault_outcome reach(pid_t pid, size_t i, uint64_t access);

    const place_list* places_;
    bool is_eager_;
    uintptr_t stack_bytes_;
    std::vector<kept_end>::const_iterator first_kept(pid_t parent) const;

    unsigned nended_ = 0;
    std::vector<kept_end> kept_;
    model_process processes_[NPROC];
};

#endif
