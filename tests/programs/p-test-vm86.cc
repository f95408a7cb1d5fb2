// p-test-vm86 - a process that goes to virtual-8086 mode, as QEMU lets it, is stopped there
//
//    Outside: `ok` from pid 1; a fault of each child. What its code segment is there is no
//    selector: each value of the bits that would be its privilege is tried.
#include "u-test.hh"

// Instructions for that mode, which sees a process's first 64 KiB
extern "C" {
extern const uint8_t vm86_wait[], vm86_hlt[], vm86_ud2[], vm86_write[], vm86_syscall[];
}
asm("        .text\n"
    "        .code16\n"
    "vm86_wait:\n"
    "        jmp vm86_wait\n"
    "vm86_hlt:\n"
    "        hlt\n"
    "vm86_ud2:\n"
    "        ud2\n"
    "vm86_write:\n"
    "        movw %ax, %ds:(%bx)\n"
    "        jmp vm86_write\n"
    "vm86_syscall:\n"
    "        syscall\n"
    "        jmp vm86_syscall\n"
    "        .code64\n");

static uint64_t copied = 1;             // shared with the parent: a write to it is a page fault

// What `iretl` takes from the stack for it
struct vm86_frame {
    uint32_t eip, cs, flags, esp, ss, es, ds, fs, gs;
};

static void enter(const uint8_t* code, uint32_t cs) {
    constexpr uint32_t data = 0xFFFF;
    auto address = uint32_t(reinterpret_cast<uintptr_t>(code));
    constexpr uint32_t flags = EFLAGS_VM | EFLAGS_IF | EFLAGS_RESERVED1;
    vm86_frame frame = {address - cs * 16, cs, flags, 0x1000, data, data, data, data, data};
    auto offset = uint32_t(reinterpret_cast<uintptr_t>(&copied)) - data * 16;
    asm volatile("movq %0, %%rsp; iretl"
                 : : "r"(&frame), "a"(SYSCALL_YIELD), "b"(offset) : "memory");
}

static void enter_at_each_privilege(const char* name, const uint8_t* code) {
    for (uint32_t cs = 0xFFF0; cs < 0xFFF4; ++cs) {
        int status = in_child([&] {
            log_printf("try %s", name);
            enter(code, cs);
        });
        expect("the status of a process that faulted", STATUS_FAULTED, status);
    }
}

static void leave(uintptr_t pa) {
    asm volatile("movq %0, %%rsp; iretl" : : "r"(MEMSIZE_PHYSICAL + pa) : "memory");
}

void process_main() {
    enter_at_each_privilege("to wait: general protection|page fault", vm86_wait);
    enter_at_each_privilege("hlt: general protection|page fault", vm86_hlt);
    enter_at_each_privilege("ud2: general protection|page fault", vm86_ud2);
    enter_at_each_privilege("to write: general protection|page fault", vm86_write);
    enter_at_each_privilege("syscall: general protection|page fault", vm86_syscall);
    for (uintptr_t pa = PAGESIZE; pa < 0x10000; pa += PAGESIZE) {
        try_in_child({"a way out: page fault", leave, pa});
    }
    pass();
}
