#include "process/proc.hh"

proc ptable[NPROC];
proc* current = no_process;

void init_processes() {
    static regstate nobodys;
    no_process->regs = &nobodys;
    run_queue->next = run_queue->previous = run_queue;
}
