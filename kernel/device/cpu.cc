#include "device/cpu.hh"
#include "string.hh"

// Segment descriptors (SDM vol. 3A, 3.4.5 and 5.2.1) with the values that `syscall` assumes (vol.
// 2B, SYSCALL). In 64-bit mode base and limit are ignored; "accessed" is preset, so that loading a
// selector never writes here.
constexpr uint64_t SEGMENT_CODE = 0x00AF'9B00'0000'FFFFUL;      // long mode; execute, read
constexpr uint64_t SEGMENT_DATA = 0x00CF'9300'0000'FFFFUL;      // 32 bits; read, write
constexpr uint64_t SEGMENT_USER = 0x0000'6000'0000'0000UL;      // privilege level 3

struct [[gnu::packed]] task_state {                             // SDM vol. 3A, 7.7
    uint32_t reserved0;
    uint64_t rsp0;                      // stack for entries from user mode: the end of a `regstate`
    uint64_t frame;                     // the CPU does not use it: where the registers begin
    uint64_t rsp2, reserved1;
    uint64_t ist[7];                    // stacks that a gate can ask for
    uint64_t reserved2;
    uint16_t reserved3;
    uint16_t io_map;                    // past the end: no port is allowed to user code
};

static_assert(offsetof(task_state, rsp0) == TASKSTATE_RSP0);
static_assert(offsetof(task_state, frame) == TASKSTATE_FRAME);

// What entry.S takes these to be
static_assert(SEGSEL_USER_DATA == USER_DATA_SELECTOR && SEGSEL_USER_CODE == USER_CODE_SELECTOR);
static_assert((SEGSEL_USER_CODE & PRIVILEGE_BITS) != 0 && (SEGSEL_KERN_CODE & PRIVILEGE_BITS) == 0);
static_assert(EFLAGS_RESERVED1 == KERNEL_FLAGS && EFLAGS_VM == VIRTUAL_8086_FLAG);
static_assert(INT_NMI == VECTOR_NMI && INT_DF == VECTOR_DOUBLE_FAULT);
static_assert(INT_MC == VECTOR_MACHINE_CHECK);
static_assert(INT_TS == VECTOR_TASK_STATE && INT_GP == VECTOR_GENERAL_PROTECTION);
static_assert(INT_PF == VECTOR_PAGE_FAULT && INT_AC == VECTOR_ALIGNMENT);

struct gate {                                                   // SDM vol. 3A, 6.14.1
    uint16_t offset_low;
    uint16_t selector;
    uint8_t ist;                        // 0: the ordinary stack
    uint8_t type;
    uint16_t offset_middle;
    uint32_t offset_high;
    uint32_t reserved;
};
constexpr uint8_t GATE_INTERRUPT = 0x8E;                        // present; interrupts off on entry
constexpr uint8_t GATE_USER = 0x60;                             // user code may raise it

struct [[gnu::packed]] table_register {
    uint16_t limit;
    const void* base;
};

constexpr unsigned emergency_stack_size = PAGESIZE;
enum emergency_stack {
    stack_double_fault,
    stack_nmi,
    stack_machine_check,
    nstacks
};

// These are part of the entry area: see page/entry_area.hh. They are set before they are read.
extern "C" {
[[gnu::section(".bss.entry_tables")]] task_state taskstate;
[[gnu::section(".bss.entry_tables")]] uint64_t kernel_cr3;
extern uint8_t entry_frame[];
extern const uint8_t syscall_entry_from_elsewhere[];
}
[[gnu::section(".bss.entry_tables")]] static uint64_t segments[7];
[[gnu::section(".bss.entry_tables")]] static gate gates[INTERRUPT_COUNT];
[[gnu::section(".bss.entry_stacks")]] alignas(16) static uint8_t
    emergency_stacks[nstacks][emergency_stack_size];

// There is no local descriptor table, and the kernel must tell the CPU so: after a reset the CPU
// uses one at address 0, and a process that could put descriptors there would have a way into the
// kernel.
static void init_segments() {
    segments[0] = 0;
    segments[SEGSEL_KERN_CODE / 8] = SEGMENT_CODE;
    segments[SEGSEL_KERN_DATA / 8] = SEGMENT_DATA;
    segments[SEGSEL_USER_DATA / 8] = SEGMENT_DATA | SEGMENT_USER;
    segments[SEGSEL_USER_CODE / 8] = SEGMENT_CODE | SEGMENT_USER;
    auto base = reinterpret_cast<uintptr_t>(&taskstate);        // 16 bytes (SDM vol. 3A, 7.2.3)
    segments[SEGSEL_TASKSTATE / 8] = (sizeof(task_state) - 1) | (base & 0xFFFFFF) << 16
        | 0x0000'8900'0000'0000UL | (base >> 24 & 0xFF) << 56;
    segments[SEGSEL_TASKSTATE / 8 + 1] = base >> 32;

    taskstate = {};
    taskstate.io_map = sizeof(task_state);
    set_frame(reinterpret_cast<uintptr_t>(entry_frame));
    for (int i = 0; i < nstacks; ++i) {
        taskstate.ist[i] = reinterpret_cast<uintptr_t>(emergency_stacks[i] + emergency_stack_size);
    }

    table_register gdtr = {sizeof(segments) - 1, segments};
    asm volatile("lgdt %0\n\t"
                 "movl %1, %%ss\n\t"
                 "pushq %2\n\t"
                 "leaq 1f(%%rip), %%rax\n\t"
                 "pushq %%rax\n\t"
                 "lretq\n\t"
                 "1: ltr %w3\n\t"
                 "lldt %w4"
                 : : "m"(gdtr), "r"(uint32_t(SEGSEL_KERN_DATA)), "i"(SEGSEL_KERN_CODE),
                     "r"(SEGSEL_TASKSTATE), "r"(0)
                 : "rax", "memory");
    regstate regs = {};
    regs.reg_ds = regs.reg_es = regs.reg_fs = regs.reg_gs = SEGSEL_KERN_DATA;
    load_selectors(regs);                                       // for 0 some CPUs keep the old base
    load_selectors({});
}

static void init_gates(const void* entries) {
    auto address = reinterpret_cast<uintptr_t>(entries);
    for (int i = 0; i < INTERRUPT_COUNT; ++i, address += INTERRUPT_ENTRY_SIZE) {
        gates[i] = {uint16_t(address), SEGSEL_KERN_CODE, 0, GATE_INTERRUPT, uint16_t(address >> 16),
                    uint32_t(address >> 32), 0};
    }
    gates[INT_BP].type |= GATE_USER;
    gates[INT_DF].ist = 1 + stack_double_fault;
    gates[INT_NMI].ist = 1 + stack_nmi;
    gates[INT_MC].ist = 1 + stack_machine_check;
    table_register idtr = {sizeof(gates) - 1, gates};
    asm volatile("lidt %0" : : "m"(idtr) : "memory");
}

// What keeps the kernel itself from executing, reading and writing a process's pages
static uint64_t user_page_protection(const cpuid_result& features) {
    return (features.ebx & (1U << 7) ? CR4_SMEP : 0) | (features.ebx & (1U << 20) ? CR4_SMAP : 0);
}

static void init_protection(const void* syscall_entry) {
    // Floating point always traps. `CR0_TS` is never cleared, so each instruction that uses
    // floating-point registers raises "device not available". Without `CR4_OSFXSR`, or with
    // `CR0_EM`, most of them would raise "invalid opcode" instead (SDM vol. 3A, 2.5 and 13.1). So
    // no process ever has anything in those registers.
    wrcr0(CR0_PG | CR0_PE | CR0_AM | CR0_WP | CR0_NE | CR0_TS | CR0_MP);

    // Structured extended feature flags (SDM vol. 2A, CPUID, leaf 7)
    cpuid_result features = cpuid(0).eax >= 7 ? cpuid(7) : cpuid_result{};
    uint64_t cr4 = CR4_PAE | CR4_OSFXSR | user_page_protection(features);
    if (features.ecx & (1U << 2)) cr4 |= CR4_UMIP;
    wrcr4(cr4);

    wrmsr(MSR_IA32_EFER, rdmsr(MSR_IA32_EFER) | IA32_EFER_SCE | IA32_EFER_NXE);
    wrmsr(MSR_IA32_STAR, uint64_t(SEGSEL_KERN_CODE) << 32);
    wrmsr(MSR_IA32_LSTAR, reinterpret_cast<uintptr_t>(syscall_entry));
    wrmsr(MSR_CSTAR, reinterpret_cast<uintptr_t>(syscall_entry_from_elsewhere));
    constexpr uint64_t cleared_by_syscall = EFLAGS_TF | EFLAGS_IF | EFLAGS_DF | EFLAGS_IOPL
        | EFLAGS_NT | EFLAGS_RF | EFLAGS_VM | EFLAGS_AC;
    wrmsr(MSR_IA32_FMASK, cleared_by_syscall);
}

void clear_emergency_stacks() {
    memset(emergency_stacks, 0, sizeof(emergency_stacks));
}

void set_frame(uintptr_t va) {
    taskstate.rsp0 = va + sizeof(regstate);
    taskstate.frame = va + offsetof(regstate, reg_rax);
}

void init_cpu(const void* entries, const void* syscall_entry) {
    kernel_cr3 = rdcr3();
    init_segments();
    init_gates(entries);
    init_protection(syscall_entry);
}
