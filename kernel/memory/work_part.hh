// work_part.hh - what would take long goes on in parts
//
//    No way through the kernel takes long, however much memory a process has. An operation that
//    would take long does a part of its work, notes in the process's `progress` how far it is, and
//    returns `E_MORE`. The system call then begins again at once (`end_refused_call` in
//    `kernel.cc`), and the operation goes on from there. In between, the process is back at its
//    `syscall` instruction: there interrupts come in, and others may run. The process itself does
//    nothing else meanwhile, so what it has stays as it is.
//    Work is counted in pages. To copy as many as a part has takes less than a million
//    instructions; a weensy machine has fewer pages for processes.
#ifndef KINGLET_WORK_PART_HH
#define KINGLET_WORK_PART_HH
#include <limits.h>
#include "memory/address_space.hh"

// The operation has come to the end of a part, and is to begin again. No process sees this.
constexpr int E_MORE = E_NOPROMISE - 1;

constexpr int part_limit = 512;         // pages
constexpr int work_of_table = 16;       // as many pages take as long as one page table with little

class work_part {
public:
    // Work that needs no note of how far it is
    explicit work_part(int limit)
        : left_(limit) {}
    // Go on with an operation that keeps its progress here; null: do all of it in one part.
    explicit work_part(uint64_t* progress)
        : progress_(progress), begin_(progress ? *progress : 0),
          left_(progress ? part_limit : INT_MAX) {}
    work_part(const work_part&) = delete;
    work_part& operator=(const work_part&) = delete;
    // Note where the operation was stopped; 0 if it has come to its end.
    ~work_part() {
        if (progress_) *progress_ = stopped_at_;
    }

    // Where the last part stopped; 0 if this is the first one
    uint64_t begin() const { return begin_; }
    // Count work.
    void spend(int pages) { left_ -= pages; }
    // Count the page at `va`, and its page table if the page before was in another one.
    void spend_on(uintptr_t va) {
        spend((va ^ last_va_) < LARGE_PAGESIZE ? 1 : 1 + work_of_table);
        last_va_ = va;
    }
    // Whether enough is done for now.
    bool is_over() const { return left_ <= 0; }
    // Stop here, with this result. `place` is not 0.
    [[nodiscard]] int stop(uint64_t place, int result = E_MORE) {
        stopped_at_ = place;
        return result;
    }

private:
    uint64_t* progress_ = nullptr;
    uint64_t begin_ = 0;
    uint64_t stopped_at_ = 0;
    uintptr_t last_va_ = 0;
    int left_;
};

#endif
