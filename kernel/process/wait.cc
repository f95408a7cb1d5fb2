#include "process/wait.hh"

int block(proc& p, struct wait what) {
    dequeue(p);
    p.state = P_BLOCKED;
    p.wait = what;
    return E_AGAIN;
}

void wake(wait_kind kind, uint64_t key) {
    proc* next = kind == wait_kind::memory ? run_queue->next : run_queue;
    for (proc& p : ptable) {
        if (p.state != P_BLOCKED || p.wait.kind != kind || p.wait.key != key) continue;
        p.state = P_RUNNABLE;
        enqueue_before(p, next);
    }
}
