// kernel.cc - the kernel's story, from the first line of C++ to who runs next
//
//    The machine is brought up once; after that processes enter the kernel by `syscall` and
//    `exception`. Both end in `schedule`, `run`, and so in a process: nothing of the kernel's stack
//    lives from one such entry to the next. Only `kernel_exception` returns to what was
//    interrupted, mostly the kernel itself while it waits.
#include "kernel.hh"
#include "choices.hh"
#include "device/devices.hh"
#include "device/interrupts.hh"
#include "device/keyboard.hh"
#include "device/log.hh"
#include "device/panic.hh"
#include "device/power.hh"
#include "device/screen.hh"
#include "device/timer.hh"
#include "first_programs.hh"
#include "memory/leftovers.hh"
#include "memory/mapping.hh"
#include "memory/reclaim.hh"
#include "memory/work_part.hh"
#include "page/kernel_map.hh"
#include "page/recency.hh"
#include "process/family.hh"
#include "process/files.hh"
#include "process/report.hh"
#include "process/wait.hh"
#include "syscall.hh"
#include "view/happened.hh"
#include "view/memviewer.hh"
#include "view/watch.hh"

constexpr int syscall_instruction_size = 2;         // bytes

constinit static boot_words words;
static uint64_t boot_tsc;                           // time stamp when the boot sector began,
static uint64_t first_run_tsc;                      // and when the first process was about to run
static uint64_t last_call;                          // number of the last system call
static const char* to_start;                        // what a key asked for that is not yet started

[[noreturn]] static void finish();
static void deal_with_interrupts();

const char* kernel_init(const boot_info& boot) {
    boot_tsc = boot.start_tsc;
    init_cpu(interrupt_entries, syscall_entry);
    words = read_boot_words();
    apply_choices(words);
    machine_size size = words.big ? machine_size::big : machine_size::weensy;
    if (init_pageinfo(boot, size) != size) {
        log_printf("warning too little memory for a big machine");
    }
    init_kernel_map();                              // what the boot loader left may be reused now
    init_processes();
    if (!start_devices(words.text)) words.pace = 0;             // no tick would allow anything
    if (words.files) start_files();
    start_watching(words, boot_tsc);
    return words.program;
}

void kernel_start(const char* command) {
    start_programs(command);
    log_printf("machine memory=0x%lx free=%zu", PAGEADDRESS(npages), free_pages);
    first_run_tsc = rdtsc();
    schedule();
}

// Make `p`, the first in the run queue, the current process, and run it: its selectors are loaded.
[[noreturn, gnu::noinline]] static void switch_to(proc* p) {
    if (due.nmi_rip != 0) [[unlikely]] {
        tell_of_nmi();
        p = run_queue->next;
    }
    save_selectors(*current->regs);
    load_selectors(*p->regs);
    current = p;
    exception_return(p);
}

// `run` and `schedule` end every way through the kernel, so they are part of each.
[[gnu::always_inline]] inline void run(proc* p) {
    if (p != current) switch_to(p);
    exception_return(p);
}

// Start what a key asked for, once all memory of the processes before is given back.
static void start_again() {
    if (!to_start || anything_left()) return;
    start_programs(to_start);
    to_start = nullptr;
}

// Each call and each fault uses up one of those that are allowed for now (`view/pace.hh`).
static bool may_somebody_run() {
    return pace_allowance > 0 && anybody_can_run();
}

// Nobody may run now, or nobody can. There is time to give back what is left over.
[[noreturn, gnu::noinline]] static void wait_and_run() {
    for (;; deal_with_interrupts()) {
        give_back_part();
        start_again();
        bool somebody_runs = may_somebody_run() || let_on(last_call);
        let_interrupts_in();
        if (anything_due()) continue;
        if (somebody_runs) run(run_queue->next);
        if (anything_left()) continue;
        if (!words.view && live_processes() == 0) finish();
        wait_for_interrupt();
    }
}

[[gnu::always_inline]] inline void schedule() {
    if (may_somebody_run()) [[likely]]
        run(run_queue->next);
    wait_and_run();
}

// What the current process wanted has not come to its end. Whether it begins again: the process is
// blocked until it may; or memory ran out, and there will be more. It is decided nowhere else that
// memory has run out for good.
static bool begins_again(proc& p, bool ran_out) {
    if (p.state == P_BLOCKED) return true;
    if (ran_out && more_memory_comes) return true;
    reclaim room = ran_out ? make_some_room() : reclaim::nothing;
    if (room == reclaim::begun) (void)block(p, {wait_kind::memory, 0});
    return room != reclaim::nothing;
}

// The current process's call, `last_call`, has returned this error. If it is to begin again, the
// process's registers are made what they were at its `syscall` instruction.
[[gnu::noinline]] static void end_refused_call(proc& p, int64_t error) {
    if (error == E_AWAY) error = bring_wanted_page(p);
    if (error >= 0 || error == E_MORE || begins_again(p, error == E_NOMEM)) {
        p.regs->reg_rip -= syscall_instruction_size;
        p.regs->reg_rax = last_call;
        if (error == E_MORE) ++pace_allowance;      // parts of a call count as one call
        give_back_part();                           // that may be the memory it lacks
        return;
    }
    more_memory_comes = anything_left();
    drop_begun(p);
    p.regs->reg_rax = uint64_t(error == E_NOPROMISE ? E_NOMEM : error);
    note_call(p, last_call);
}

void syscall(regstate& regs) {
    uint64_t number = last_call = regs.reg_rax;
    int64_t result = E_NOSYS;
    if (number < NSYSCALL) [[likely]]
        result = syscall_table[number](*current);
    // If the process's memory is gone, or new, `current` is `no_process` by now.
    current->regs->reg_rax = uint64_t(result);
    if (result < 0) [[unlikely]]
        end_refused_call(*current, result);
    --pace_allowance;
    schedule();
}

// The current process did something that the CPU refused.
static void fault(regstate& regs) {
    report_fault(*current, regs.reg_rip);
    note_exception(*current);
    fault_process(*current);
    --pace_allowance;
}

// The current process touched memory that is not there, or not for this access: if it should be, it
// is now.
static void page_fault(regstate& regs) {
    proc& p = *current;
    uintptr_t address = rdcr2();
    auto [outcome, kind] = resolve_fault(p.space(), address, regs.reg_errcode);
    if (outcome == fault_outcome::permitted) {
        outcome = fault_outcome::refused;           // the CPU does not permit it, and never would
    }
    --pace_allowance;
    if (outcome == fault_outcome::away) outcome = bring_for_fault(p);
    if (outcome == fault_outcome::away) return;     // the instruction faults again, and finds it
    if (outcome != fault_outcome::resolved) {
        if (begins_again(p, outcome == fault_outcome::out_of_memory)) return;
        note_fault(p, address, outcome, kind);
        report_fault(p, address, outcome);
        fault_process(p);
        // Others need the memory.
        if (outcome == fault_outcome::out_of_memory && p.pagetable) end_process(p, STATUS_FAULTED);
    } else {
        ++p.faults[kind];
        if (words.view) note_fault(p, address, outcome, kind);
        if (words.log_faults) log_resolved_fault(p, address, kind);
    }
}

static void restart(const char* command) {
    end_everybody();
    to_start = command;
}

// The person who watches kills this process.
static void tell_of_kill(const proc& p) {
    log_printf("kill pid=%d by=0", p.pid);
    note_happening(happening::kill, p, 0);
}

static void take_key(int key) {
    if (type_key(key)) return;
    switch (press_key(key)) {
    case key_action::quit: finish();
    case key_action::start_allocators: restart("allocators"); break;
    case key_action::start_fork: restart("fork"); break;
    case key_action::start_exit: restart("exit"); break;
    case key_action::kill: end_family(shown_process(), tell_of_kill); break;
    case key_action::none: break;
    }
    redraw();
}

static x86_64_pagetable* pagetable_of(pid_t pid) {
    return ptable[pid].pagetable;
}

static void tick() {
    ++ticks;
    if (ticks == 1 && first_run_tsc != 0) log_printf("boot cycles=%lu", first_run_tsc - boot_tsc);
    if (due.nmi_rip != 0) tell_of_nmi();
    if (current != no_process && current == run_queue->next) yield_process(*current);
    wake(wait_kind::tick, ticks);
    give_back_part();
    harvest_accessed(ticks, pagetable_of);
    while (int key = scripted_key(ticks)) take_key(key);
    if (words.stop != 0 && ticks >= words.stop) finish();
    watch_tick();
}

static void deal_with_interrupts() {
    for (; due.ticks > 0; --due.ticks) tick();
    due.disk = false;
    take_transfers(ticks);                          // a request's time may be over at any tick
    if (!due.key) return;
    due.key = false;
    if (int key = read_key()) take_key(key);
}

// Stop a process where it cannot go on.
static void refuse(regstate& regs) {
    regs.reg_intno = INT_GP;
    regs.reg_errcode = 0;
    fault(regs);
}

void exception(regstate& regs) {
    // QEMU lets `iret` go to virtual-8086 mode, to which the kernel's own does not go back.
    bool is_virtual_8086 = (regs.reg_rflags & EFLAGS_VM) != 0;
    if (regs.reg_intno == INT_PF && !is_virtual_8086) {
        page_fault(regs);
    } else if (regs.reg_intno < INT_IRQ) {
        is_virtual_8086 ? refuse(regs) : fault(regs);
    } else {
        int irq = int(regs.reg_intno) - INT_IRQ;
        // Some CPUs first jump to an address that is none, and refuse then.
        if (is_virtual_8086 || regs.reg_rip >= VA_LOWEND) refuse(regs);
        note_interrupt(irq);
        deal_with_interrupts();
    }
    schedule();
}

void kernel_exception(regstate& regs) {
    if (regs.reg_intno >= INT_IRQ) {
        note_interrupt(int(regs.reg_intno) - INT_IRQ);
    } else if (regs.reg_intno == INT_NMI) {
        due.nmi_rip = regs.reg_rip;                 // it may interrupt a line of the log
    } else {
        panic_for(regs);
    }
}

// No process runs any more, so this may take its time.
static void finish() {
    for (proc& p : ptable) drop_begun(p);
    while (anything_left()) give_back_part();
    finish_files();
    end_watching();
    power_off(!anything_started         ? run_status::nothing_started
                  : audit_findings      ? run_status::audit_found
                  : faulted_processes() ? run_status::process_faulted
                                        : run_status::clean);
}
