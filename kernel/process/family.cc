#include "process/family.hh"

void end_everybody() {
    for (proc& p : ptable) {
        if (p.pagetable && p.pid != 0) end_process(p, STATUS_KILLED);
    }
}

void end_family(pid_t pid, void (*tell)(const proc& p)) {
    bool is_doomed[NPROC];
    for (const proc& p : ptable) {
        is_doomed[&p - ptable] = p.pagetable && (p.pid == pid || descends_from(p, pid));
    }
    for (proc& p : ptable) {
        if (!is_doomed[&p - ptable]) continue;
        tell(p);
        end_process(p, STATUS_KILLED);
    }
}
