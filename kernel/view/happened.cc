#include "view/happened.hh"
#include "device/panic.hh"
#include "device/screen.hh"
#include "device/timer.hh"
#include "lib.hh"
#include "process/report.hh"
#include "view/panels.hh"

struct event {
    happening what;
    uint8_t detail;                     // a fault's `fault_kind` or `fault_outcome`
    bool is_blocked;                    // the call has not returned yet
    pid_t pid;
    uint64_t code;                      // the error code, the exception's number, the call's
    int64_t number;                     // see `note_happening`; a call's result
    uintptr_t address;                  // what it is about; `no_address`: no page
    uint64_t tick;
    const char* name;                   // of the program
    char words[CONSOLE_COLUMNS];        // a panic's
};

constexpr uintptr_t no_address = uintptr_t(-1);

static event events[2];
static int newest;                      // which of them
static uint64_t count, shown;           // how many were noted; of them, shown
static uint64_t count_before_step;
static bool is_step_expected;

static bool is_recent(const event& e) {
    return e.what != happening::nothing && ticks - e.tick < HZ;
}

// Room for an event, in place of the older of the two. But if the newer one is a fault that became
// memory, and the older one is not and is recent, the newer one is replaced: rare events stay for a
// second at least.
static event& new_event(happening what, const proc& p, uintptr_t address) {
    const event& older = events[!newest];
    bool is_older_seldom = older.what != happening::fault && is_recent(older);
    if (!is_older_seldom || events[newest].what != happening::fault) newest = !newest;
    event& e = events[newest];
    ++count;
    e.what = what;
    e.pid = p.pid;
    e.address = address;
    e.tick = ticks;
    return e;
}

void note_happening(happening what, const proc& p, int64_t number) {
    event& e = new_event(what, p, no_address);
    e.number = number;
    e.name = (what == happening::spawn ? ptable[number] : p).image->name;
}

void note_fault(const proc& p, uintptr_t address, fault_outcome outcome, fault_kind kind) {
    bool is_resolved = outcome == fault_outcome::resolved;
    event& e = new_event(is_resolved ? happening::fault : happening::stop, p, address);
    e.detail = is_resolved ? uint8_t(kind) : uint8_t(outcome);
    e.code = p.regs->reg_errcode;
}

void note_exception(proc& p) {
    new_event(happening::exception, p, no_address).code = p.regs->reg_intno;
}

void note_panic(const proc& p, const char* message) {
    strlcpy(new_event(happening::panic, p, no_address).words, message, sizeof(event::words));
}

static bool is_about_a_page(uint64_t call) {
    return call == SYSCALL_PAGE_ALLOC || call == SYSCALL_PAGE_FREE || call == SYSCALL_MAPPING
        || call == SYSCALL_MPROTECT || call >= SYSCALL_MMAP;
}

void note_call(const proc& p, uint64_t number) {
    event& e = new_event(happening::call, p,
                         is_about_a_page(number) ? p.regs->reg_rdi : no_address);
    e.code = number;
    e.number = int64_t(p.regs->reg_rax);
    e.is_blocked = p.state == P_BLOCKED;
}

void expect_step() {
    is_step_expected = true;
    count_before_step = count;
}

void note_step(const proc& p, uint64_t number) {
    if (!is_step_expected) return;
    is_step_expected = false;
    if (count == count_before_step) note_call(p, number);
}

// The physical page that the event is about, as far as there is one.
static uintptr_t page_of(const event& e) {
    const proc& p = ptable[e.pid];
    if (e.address == no_address || !p.pagetable) return no_address;
    return vmiter(&p, round_down(e.address, PAGESIZE)).pa();
}

/// Words

struct sentence {
    char text[CONSOLE_COLUMNS + 1] = "";
    size_t length = 0;
};

static void add(sentence& s, const char* format, ...) __attribute__((format(printf, 2, 3)));
static void add(sentence& s, const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(s.text + s.length, sizeof(s.text) - s.length, format, arguments);
    va_end(arguments);
    s.length = min(s.length + size_t(n), sizeof(s.text) - 1);
}

static void add_access(sentence& s, const event& e) {
    const char* verb = e.code & PFERR_FETCH ? "executed"
                                            : (e.code & PFERR_WRITE ? "wrote to" : "read");
    add(s, "%s 0x%lx: ", verb, e.address);
}

static void add_page(sentence& s, const event& e) {
    if (uintptr_t page = page_of(e); page != no_address) add(s, " at 0x%lx", page);
}

static void add_resolved(sentence& s, const event& e) {
    static const char* const reasons[NFAULT_KINDS] = {
        "promised, so it got the page of zeros", "promised, so it got a new page",
        "its stack grows, so it got a page", "shared, so it got a copy",
        "not shared any more, so it has the page", "its page table is shared no more",
        "mapped, so it got the file's page"};
    add(s, "%s", reasons[e.detail]);
    if (e.detail != FAULT_ZERO && e.detail != FAULT_TABLE) add_page(s, e);
}

static const char* refusal(const event& e) {
    switch (fault_outcome(e.detail)) {
    case fault_outcome::stack_overflow: return "the guard below its stack";
    case fault_outcome::out_of_memory: return "it was promised, but no memory is left";
    case fault_outcome::null_pointer: return "a null pointer, nothing is there";
    case fault_outcome::beyond_file: return "beyond the file's end";
    case fault_outcome::unreadable: return "the disk cannot read that page of the file";
    case fault_outcome::permitted:
    case fault_outcome::resolved:
    case fault_outcome::away:
    case fault_outcome::refused: break;
    }
    if (!(e.code & PFERR_PRESENT)) return "nothing is there";
    if (e.address < PROC_START_ADDR) return "that is not its own";
    if (e.code & PFERR_FETCH) return "that is data, not code";
    return e.code & PFERR_WRITE ? "that may only be read" : "that may not be used";
}

static const char* error_words(uint64_t call, int64_t error) {
    if (error == E_AGAIN && call == SYSCALL_WAITPID) return "no child has ended yet";
    switch (error) {
    case E_NOMEM: return "no memory is left";
    case E_AGAIN: return "no process slot is free";
    case E_FAULT: return "the memory it points to is not its own";
    case E_CHILD: return "it has no such child";
    case E_SRCH: return "there is no such process";
    case E_PERM: return "that is no descendant of its own";
    case E_NOENT: return call < SYSCALL_OPEN ? "there is no such program" : "there is no such file";
    case E_BADF: return "that is no open file";
    case E_IO: return "the disk failed";
    case E_PIPE: return "nobody reads that pipe any more";
    case E_NOSYS: return "there is no such call";
    }
    return "its arguments are wrong";
}

static const char* call_name(uint64_t number) {
    static const char* const names[] = {
        "0", "getpid", "yield", "panic", "page_alloc", "fork", "exit", "log",
        "sbrk", "exec", "wait", "kill", "sleep", "getppid", "spawn", "page_free",
        "mapping", "memory", "mprotect", "write", "waitpid", "uptime", "random", "open",
        "close", "read", "pread", "lseek", "dup2", "stat", "fstat", "readdir", "pwrite",
        "ftruncate", "unlink", "rename", "fsync", "sync", "pipe", "mmap", "munmap", "msync",
        "mincore", "madvise"};
    static_assert(sizeof(names) / sizeof(names[0]) == NSYSCALL);
    return number < NSYSCALL ? names[number] : "?";
}

static void add_call(sentence& s, const event& e) {
    add(s, "called sys_%s", call_name(e.code));
    if (e.address != no_address) add(s, "(0x%lx)", e.address);
    if (e.is_blocked) {
        add(s, ", and waits");
    } else if (e.number < 0) {
        add(s, ": refused, %s", error_words(e.code, e.number));
    } else if (e.code == SYSCALL_PAGE_ALLOC) {
        add(s, ": it got a new page");
        add_page(s, e);
    } else if (e.code == SYSCALL_YIELD) {
        add(s, ": others may run");
    } else if (e.number > 0) {
        add(s, e.code == SYSCALL_SBRK ? ": 0x%lx" : ": %ld", e.number);
    }
}

static void add_what(sentence& s, const event& e) {
    switch (e.what) {
    case happening::nothing: return;
    case happening::fault: add_access(s, e); return add_resolved(s, e);
    case happening::stop: add_access(s, e); return add(s, "%s; stopped", refusal(e));
    case happening::exception:
        return add(s, "did what the processor refuses: %s; stopped", exception_name(e.code));
    case happening::fork: return add(s, "forked: %c is its copy", process_letter(pid_t(e.number)));
    case happening::spawn:
        return add(s, "started %c, which runs %s", process_letter(pid_t(e.number)), e.name);
    case happening::exec: return add(s, "runs another program from now on: %s", e.name);
    case happening::panic: return add(s, "panicked: %s", e.words);
    case happening::call: return add_call(s, e);
    case happening::exit:
        add(s, "exited");
        if (e.number != 0) add(s, " with status %ld", e.number);
        return add(s, "; its memory is free again");
    case happening::kill:
        if (e.number == 0) return add(s, "was ended with the key k");
        return add(s, "was ended by %c", process_letter(pid_t(e.number)));
    }
}

/// In the picture

bool is_news() {
    return shown != count;
}

void mark_happened(pid_t pid) {
    for (const event& e : events) {
        if (!is_recent(e) || e.address == no_address) continue;
        if (uintptr_t page = page_of(e); page != no_address) mark_physical(PAGENUMBER(page));
        if (e.pid == pid) mark_virtual(e.address);
    }
}

static void show_event(int row, const event& e) {
    sentence s;
    if (e.what != happening::nothing) {
        add(s, "%c ", process_letter(e.pid));
        add_what(s, e);
    }
    draw_text(row, s.text, yellow);
}

void show_happened() {
    if (!is_news() || ticks < message_stays_until) return;
    shown = count;
    show_event(message_row, events[!newest]);
    show_event(message_row + 1, events[newest]);
}
