#include "process/report.hh"
#include "device/log.hh"
#include "device/screen.hh"
#include "memory/user_memory.hh"

constexpr int frame_limit = 16;         // of a backtrace

static void say(const proc& p, const char* kind, const char* format, ...) __attribute__((format(printf, 3, 4)));

static void say(const proc& p, const char* kind, const char* format, ...) {
    char text[300];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    log_printf("%s pid=%d: %s", kind, p.pid, text);
    print_message(text, COLOR_ERROR);
}

// Whether the instruction at `rip` is a floating-point or vector one. With `CR0_EM` the CPU reports most of those
// as "device not available", but the later ones as invalid opcodes (SDM vol. 2B, appendix A; vol. 3A, 2.5).
static bool is_floating_point(proc& p) {
    uint8_t code[8];
    size_t i = 0;
    for (; i < sizeof(code); ++i) {
        if (try_copy_in(&code[i], p.space(), user_span{p.regs->reg_rip + i, 1}) < 0) break;
    }
    memset(code + i, 0, sizeof(code) - i);
    const uint8_t* c = code;
    while (c < code + 4 && (*c == 0x66 || *c == 0xF2 || *c == 0xF3 || (*c & 0xF0) == 0x40)) ++c;
    if (*c == 0xC4 || *c == 0xC5 || *c == 0x62) return true;            // VEX and EVEX prefixes
    if (*c != 0x0F) return false;
    uint8_t opcode = c[1];
    return (opcode >= 0x10 && opcode <= 0x17) || (opcode >= 0x28 && opcode <= 0x2F) || opcode == 0x38 || opcode == 0x3A
        || (opcode >= 0x50 && opcode <= 0x7F) || opcode == 0xAE || opcode == 0xC2 || (opcode >= 0xC4 && opcode <= 0xC6)
        || (opcode >= 0xD0 && opcode <= 0xFE);
}

uint64_t exception_number(proc& p) {
    uint64_t number = p.regs->reg_intno;
    return number == INT_UD && is_floating_point(p) ? INT_NM : number;
}

const char* exception_name(uint64_t number) {
    static const char* const names[] = {
        "divide error", "debug trap", "non-maskable interrupt", "breakpoint", "overflow", "bound range exceeded",
        "invalid opcode", "no floating point", "double fault", "coprocessor overrun", "invalid task state",
        "segment not present", "stack segment fault", "general protection", "page fault", "reserved exception",
        "floating-point error", "alignment check", "machine check"};
    return number < sizeof(names) / sizeof(names[0]) ? names[number] : "reserved exception";
}

// What a page fault is called that did not become memory
static const char* fault_name(fault_outcome outcome) {
    switch (outcome) {
    case fault_outcome::null_pointer: return "null pointer access";
    case fault_outcome::stack_overflow: return "stack overflow";
    case fault_outcome::out_of_memory: return "out of memory";
    case fault_outcome::permitted:
    case fault_outcome::resolved:
    case fault_outcome::refused: break;
    }
    return "page fault";
}

void report_fault(proc& p, uintptr_t address, fault_outcome outcome) {
    const regstate& r = *p.regs;
    const char* function = function_name(p.image->symbols, r.reg_rip);
    if (r.reg_intno != INT_PF) {
        uint64_t number = exception_number(p);
        say(p, "fault", "Process %d %s (error 0x%lx, rip=0x%lx in %s)", p.pid, exception_name(number), r.reg_errcode,
            r.reg_rip, function);
        return;
    }
    const char* access = r.reg_errcode & PFERR_FETCH ? "execute" : (r.reg_errcode & PFERR_WRITE ? "write" : "read");
    const char* problem = r.reg_errcode & PFERR_PRESENT ? "protection problem" : "missing page";
    say(p, "fault", "Process %d %s on 0x%lx (%s %s, error 0x%lx, rip=0x%lx in %s)", p.pid, fault_name(outcome),
        address, access, problem, r.reg_errcode, r.reg_rip, function);
}

void log_resolved_fault(const proc& p, uintptr_t address, fault_kind kind) {
    static const char* const names[NFAULT_KINDS] = {"zero", "heap", "stack", "copy", "reuse", "table"};
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
    uintptr_t rip = p.regs->reg_rip;     // after the `syscall` instruction, as a return address is after the call
    uintptr_t frame = p.regs->reg_rbp;
    for (int n = 0; n < frame_limit; ++n) {
        log_printf("backtrace pid=%d: 0x%lx in %s", p.pid, rip, caller_name(p.image->symbols, rip));
        uintptr_t words[2];             // the caller's frame pointer, the return address
        if (try_copy_in(words, p.space(), user_span{frame, sizeof(words)}) < 0 || words[1] == 0) return;
        rip = words[1];
        if (words[0] <= frame) return;
        frame = words[0];
    }
}

void report_panic(proc& p, const char* message) {
    say(p, "panic", "%s", message);
    log_backtrace(p);
}
