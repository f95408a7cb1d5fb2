#include "device/panic.hh"
#include "device/keyboard.hh"
#include "device/log.hh"
#include "device/power.hh"
#include "device/symbols.hh"
#include "lib.hh"

epitaph_record epitaph;
bool panic_stays;

extern uint8_t kernel_stack_bottom[], kernel_stack_top[];
extern "C" uint8_t kernel_stack_guard[];

static void give_reason(const char* format, va_list arguments)
    __attribute__((format(printf, 1, 0)));

static void give_reason(const char* format, va_list arguments) {
    if (!epitaph.reason[0]) vsnprintf(epitaph.reason, sizeof(epitaph.reason), format, arguments);
}

static bool on_kernel_stack(uintptr_t frame) {
    return frame % 8 == 0 && frame >= reinterpret_cast<uintptr_t>(kernel_stack_bottom)
        && frame <= reinterpret_cast<uintptr_t>(kernel_stack_top) - 16;
}

// Each frame pointer points at the caller's frame pointer, with the return address above it.
static void trace_back(uintptr_t rip, uintptr_t frame) {
    int n = 0;
    epitaph.backtrace[n++] = rip;
    while (on_kernel_stack(frame) && n < backtrace_limit - 1) {
        auto words = reinterpret_cast<const uintptr_t*>(frame);
        if (words[1]) epitaph.backtrace[n++] = words[1];
        if (words[0] <= frame) break;
        frame = words[0];
    }
}

static const char* name_in_backtrace(int i) {
    uintptr_t address = epitaph.backtrace[i];
    return i == 0 ? function_name(&kernel_symbols, address) : caller_name(&kernel_symbols, address);
}

static void write_log() {
    const regstate& r = epitaph.regs;
    log_printf("kernel panic: %s", epitaph.reason);
    log_printf("kernel registers: rax=%lx rbx=%lx rcx=%lx rdx=%lx rsi=%lx rdi=%lx rbp=%lx rsp=%lx",
               r.reg_rax, r.reg_rbx, r.reg_rcx, r.reg_rdx, r.reg_rsi, r.reg_rdi, r.reg_rbp,
               r.reg_rsp);
    log_printf("kernel registers: r8=%lx r9=%lx r10=%lx r11=%lx r12=%lx r13=%lx r14=%lx r15=%lx",
               r.reg_r8, r.reg_r9, r.reg_r10, r.reg_r11, r.reg_r12, r.reg_r13, r.reg_r14,
               r.reg_r15);
    log_printf("kernel registers: rip=%lx rflags=%lx cs=%lx ss=%lx cr2=%lx cr3=%lx error=%lx",
               r.reg_rip, r.reg_rflags, r.reg_cs, r.reg_ss, epitaph.cr2, epitaph.cr3,
               r.reg_errcode);
    for (int i = 0; epitaph.backtrace[i]; ++i) {
        log_printf("kernel backtrace: 0x%lx in %s", epitaph.backtrace[i], name_in_backtrace(i));
    }
}

static void write_screen() {
    const regstate& r = epitaph.regs;
    cursorpos = CPOS(9, 0);
    error_printf("\nKERNEL PANIC: %s\n", epitaph.reason);
    error_printf("rip %lx  rsp %lx  rbp %lx  rflags %lx\n", r.reg_rip, r.reg_rsp, r.reg_rbp,
                 r.reg_rflags);
    error_printf("rax %lx  rbx %lx  rcx %lx  rdx %lx\n", r.reg_rax, r.reg_rbx, r.reg_rcx,
                 r.reg_rdx);
    error_printf("cr2 %lx  cr3 %lx  error %lx\n", epitaph.cr2, epitaph.cr3, r.reg_errcode);
    for (int i = 0; i < 8 && epitaph.backtrace[i]; ++i) {
        error_printf("  %lx in %s\n", epitaph.backtrace[i], name_in_backtrace(i));
    }
}

void panic_with(const regstate& regs, const char* format, ...) {
    static bool dying;
    if (!dying) {
        dying = true;
        va_list arguments;
        va_start(arguments, format);
        give_reason(format, arguments);
        va_end(arguments);
        epitaph.regs = regs;
        epitaph.cr2 = rdcr2();
        epitaph.cr3 = rdcr3();
        trace_back(regs.reg_rip, regs.reg_rbp);
        write_log();
        write_screen();
        while (panic_stays && has_keyboard) {
            int key = read_key();
            if (key == 'q' || key == KEY_CTRL_C) break;
            pause();
        }
    }
    power_off(run_status::kernel_panicked);
}

void panic(const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    give_reason(format, arguments);
    va_end(arguments);
    asm volatile("ud2");                // arrives in `panic_with`, with all registers
    __builtin_unreachable();
}

const char* exception_name(uint64_t number) {
    static const char* const names[] = {
        "divide error", "debug trap", "non-maskable interrupt", "breakpoint", "overflow",
        "bound range exceeded", "invalid opcode", "no floating point", "double fault",
        "coprocessor overrun", "invalid task state", "segment not present", "stack segment fault",
        "general protection", "page fault", "reserved exception", "floating-point error",
        "alignment check", "machine check"};
    return number < sizeof(names) / sizeof(names[0]) ? names[number] : "reserved exception";
}

void panic_for(const regstate& regs) {
    uintptr_t guard = reinterpret_cast<uintptr_t>(kernel_stack_guard);
    if (regs.reg_intno == INT_DF && rdcr2() - guard < PAGESIZE) {
        panic_with(regs, "kernel stack overflow (rsp=0x%lx, stack from 0x%lx)", regs.reg_rsp,
                   guard + PAGESIZE);
    }
    if (regs.reg_intno == INT_PF) {
        panic_with(regs, "kernel page fault on 0x%lx (error 0x%lx, rip=0x%lx)", rdcr2(),
                   regs.reg_errcode, regs.reg_rip);
    }
    panic_with(regs, "kernel %s (error 0x%lx, rip=0x%lx)", exception_name(regs.reg_intno),
               regs.reg_errcode, regs.reg_rip);
}
