#include "process/report.hh"
#include "device/log.hh"
#include "device/panic.hh"
#include "device/screen.hh"
#include "memory/user_memory.hh"

constexpr int frame_limit = 16;         // of a backtrace

static void say(const proc& p, const char* kind, const char* format, ...)
    __attribute__((format(printf, 3, 4)));

static void say(const proc& p, const char* kind, const char* format, ...) {
    char text[300];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    log_printf("%s pid=%d: %s", kind, p.pid, text);
    print_message(text, COLOR_ERROR);
}

// The name of a page fault that did not become memory
static const char* fault_name(fault_outcome outcome) {
    switch (outcome) {
    case fault_outcome::null_pointer: return "null pointer access";
    case fault_outcome::stack_overflow: return "stack overflow";
    case fault_outcome::out_of_memory: return "out of memory";
    case fault_outcome::beyond_file: return "access beyond the file's end";
    case fault_outcome::unreadable: return "unreadable page of a file";
    case fault_outcome::permitted:
    case fault_outcome::resolved:
    case fault_outcome::away:
    case fault_outcome::refused: break;
    }
    return "page fault";
}

void report_fault(proc& p, uintptr_t address, fault_outcome outcome) {
    const regstate& r = *p.regs;
    const char* function = function_name(p.image->symbols, r.reg_rip);
    if (r.reg_intno != INT_PF) {
        say(p, "fault", "Process %d %s (error 0x%lx, rip=0x%lx in %s)", p.pid,
            exception_name(r.reg_intno), r.reg_errcode, r.reg_rip, function);
        return;
    }
    const char* access = r.reg_errcode & PFERR_WRITE ? "write" : "read";
    if (r.reg_errcode & PFERR_FETCH) access = "execute";
    const char* problem = r.reg_errcode & PFERR_PRESENT ? "protection problem" : "missing page";
    say(p, "fault", "Process %d %s on 0x%lx (%s %s, error 0x%lx, rip=0x%lx in %s)", p.pid,
        fault_name(outcome), address, access, problem, r.reg_errcode, r.reg_rip, function);
}

void log_resolved_fault(const proc& p, uintptr_t address, fault_kind kind) {
    static const char* const names[NFAULT_KINDS] = {"zero", "heap", "stack",
                                                    "copy", "reuse", "table", "file"};
    uint64_t page = vmiter(&p, round_down(address, PAGESIZE)).pa();
    log_printf("resolved pid=%d kind=%s va=0x%lx page=0x%lx", p.pid, names[kind], address, page);
}

bool console_is_logged;

void log_written(const proc& p, const char* text, unsigned size) {
    if (!console_is_logged) return;
    char line[2 * write_limit + 1];
    unsigned length = 0;
    for (unsigned i = 0; i < size; ++i) {
        char c = text[i];
        if (c == '\n' || c == '\\') line[length++] = '\\';
        line[length++] = c == '\n' ? 'n' : (c == '\0' ? '?' : c);
    }
    line[length] = '\0';
    log_printf("console pid=%d: %s", p.pid, line);
}

static void log_backtrace(proc& p) {
    uintptr_t rip = p.regs->reg_rip;     // just after `syscall`, like a return address after a call
    uintptr_t frame = p.regs->reg_rbp;
    for (int n = 0; n < frame_limit; ++n) {
        log_printf("backtrace pid=%d: 0x%lx in %s", p.pid, rip, caller_name(p.image->symbols, rip));
        uintptr_t words[2];             // the caller's frame pointer, the return address
        if (try_copy_in(words, p.space(), user_span{frame, sizeof(words)}) < 0 || words[1] == 0) {
            return;
        }
        rip = words[1];
        if (words[0] <= frame) return;
        frame = words[0];
    }
}

void report_panic(proc& p, const char* message) {
    say(p, "panic", "%s", message);
    log_backtrace(p);
}
