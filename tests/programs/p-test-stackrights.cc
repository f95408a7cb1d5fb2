// p-test-stackrights - far calls and returns reach nothing with the kernel's rights, whatever they
// take for a stack
//
//    Outside: `ok` from pid 1. Each child says `try INSTRUCTION BITS at 0xVA` and then faults, by
//    page 0xVA, unless it is the screen's or one of the entry area, to which some CPUs let it go.
//    Three instructions, in three widths, at all 256 pages below `PROC_START_ADDR`: there the
//    kernel would have its memory, and each process's. From there on, an address is the process's
//    own.
#include "u-test.hh"

constexpr int reached = 7;                          // status of a child that came to its call's
                                                    // target

extern "C" {
uintptr_t saved_stack;
[[noreturn]] void end_reached() { sys_exit(reached); }
void target();
}
asm("target:\n"
    "    movq saved_stack(%rip), %rsp\n"
    "    call end_reached\n");

// A pointer as a far call of so many bits has it in memory
struct far_pointer {
    uint8_t bytes[10];
};

static far_pointer pointer_to_target(unsigned bits) {
    far_pointer result = {};
    auto offset = reinterpret_cast<uintptr_t>(target);
    uint16_t selector = SEGSEL_USER_CODE;
    memcpy(result.bytes, &offset, bits / 8);
    memcpy(result.bytes + bits / 8, &selector, sizeof(selector));
    return result;
}

// The instruction's code, with its prefix for the width
#define AT_WIDTH(code) \
    if (bits == 16) \
        asm volatile("movq %0, %%rsp; .byte 0x66, " code : : "r"(stack), "a"(pointer) : "memory"); \
    if (bits == 32) \
        asm volatile("movq %0, %%rsp; .byte " code : : "r"(stack), "a"(pointer) : "memory"); \
    if (bits == 64) \
        asm volatile("movq %0, %%rsp; .byte 0x48, " code : : "r"(stack), "a"(pointer) : "memory");

static void call_far(unsigned bits, uintptr_t stack) {
    static far_pointer there;
    there = pointer_to_target(bits);
    far_pointer* pointer = &there;
    AT_WIDTH("0xFF, 0x18")                          // lcall *(%rax)
}

static void return_far(unsigned bits, uintptr_t stack) {
    void* pointer = nullptr;
    AT_WIDTH("0xCB")                                // lret
}

static void return_from_interrupt(unsigned bits, uintptr_t stack) {
    void* pointer = nullptr;
    AT_WIDTH("0xCF")                                // iret
}

struct instruction {
    const char* name;
    void (*run)(unsigned bits, uintptr_t stack);
};
static constexpr instruction instructions[] = {
    {"lcall", call_far}, {"lret", return_far}, {"iret", return_from_interrupt}};

static void try_instruction(const instruction& tried, unsigned bits, uintptr_t va) {
    pid_t child = sys_fork();
    if (child == 0) {
        log_printf("try %s %u at 0x%lx", tried.name, bits, va);
        saved_stack = rdrsp();
        tried.run(bits, va + PAGESIZE / 2);
        sys_exit(1);
    }
    expect("sys_fork", child > 0);
    int status = status_of(child);
    expect("the child's status", status == STATUS_FAULTED || status == reached);
}

void process_main() {
    for (const instruction& tried : instructions) {
        for (unsigned bits = 16; bits <= 64; bits *= 2) {
            for (uintptr_t va = 0; va < PROC_START_ADDR; va += PAGESIZE) {
                try_instruction(tried, bits, va);
            }
        }
    }
    pass();
}
