#include "process/wait.hh"

int block(proc& p, struct wait what) {
    dequeue(p);
    p.state = P_BLOCKED;
    p.wait = what;
    return E_AGAIN;
}

static bool waits_for(const proc& p, wait_kind kind, uint64_t key) {
    return p.state == P_BLOCKED && p.wait.kind == kind && p.wait.key == key;
}

void wake(wait_kind kind, uint64_t key) {
    proc* next = kind == wait_kind::memory ? run_queue->next : run_queue;
    for (proc& p : ptable) {
        if (!waits_for(p, kind, key)) continue;
        p.state = P_RUNNABLE;
        enqueue_before(p, next);
    }
}

void wake_process(proc& p, wait_kind kind, uint64_t key) {
    if (!waits_for(p, kind, key)) return;
    p.state = P_RUNNABLE;
    enqueue(p);
}
