// p-fuzz-instructions - random instructions change only the memory of the process that runs them
//
//    Children run them, page after page of them. When an instruction stops a child, the next child
//    begins behind it. The first process has the same memory, copy-on-write, and looks after each
//    page whether its own is as it was.
//    Outside: `ok` from pid 1, and its counts of what became of the instructions; memory and the
//    kernel's constants as they should be. tests/fuzz_instructions.py writes seed and number into
//    the image.
#include "u-instructions.hh"
#include "u-test.hh"

struct fuzz_parameters {
    char mark[32];
    uint64_t seed;
    uint64_t tries;
};
static constexpr fuzz_parameters given_parameters = {"Kinglet instruction parameters", 1, 1024};

// As the image has them now, which the compiler cannot know
static const fuzz_parameters& parameters() {
    const fuzz_parameters* given = &given_parameters;
    asm("" : "+r"(given));
    return *given;
}

// What `popq` takes in turn, the last being the stack pointer
struct registers {
    uint64_t general[15];
    uint64_t flags, stack;
};

extern "C" {
// run_slot(r, slot)
//    Jump to `slot` with these registers. Returns if the instruction there lets the next ones run,
//    which jump to `back`.
void run_slot(const registers* r, uintptr_t slot);
extern uint8_t back[];
uintptr_t saved_stack, saved_slot;
}
asm("        .text\n"
    "run_slot:\n"
    "        pushq %rbx; pushq %rbp; pushq %r12; pushq %r13; pushq %r14; pushq %r15\n"
    "        movq %rsp, saved_stack(%rip)\n"
    "        movq %rsi, saved_slot(%rip)\n"
    "        movq %rdi, %rsp\n"
    "        popq %rax; popq %rcx; popq %rdx; popq %rbx; popq %rbp; popq %rsi; popq %rdi\n"
    "        popq %r8; popq %r9; popq %r10; popq %r11; popq %r12; popq %r13; popq %r14; popq %r15; "
    "popfq\n"
    "        popq %rsp\n"
    "        jmp *saved_slot(%rip)\n"
    "back:\n"
    "        movq saved_stack(%rip), %rsp\n"
    "        pushq $2; popfq\n"
    "        popq %r15; popq %r14; popq %r13; popq %r12; popq %rbp; popq %rbx\n"
    "        ret\n");

// What the instructions work on, and the first process compares: far pointers and what `iret` pops;
// and random words.
struct far_frame {
    uint64_t rip, cs, flags, rsp, ss;
};
constexpr size_t frame_count = 100, plain_count = 4 * PAGESIZE / 8;
static far_frame frames[frame_count];
static uint64_t plain[plain_count];
alignas(PAGESIZE) static uint8_t code[PAGESIZE];

// Which instruction is being run, told by who runs it. It may itself be overwritten.
static volatile uint64_t& progress = shared_words[0];

static uint64_t ended_by_fault, ended_by_exit, ended_by_kill, survived;

template <typename T>
static uint64_t address(T* pointer) { return reinterpret_cast<uintptr_t>(pointer); }

static uint64_t any_own_address() {
    switch (below(4)) {
    case 0: return address(&frames[below(frame_count)]);
    case 1: return address(&plain[below(plain_count)]) + below(16);
    case 2: return address(code) + below(PAGESIZE);
    default: return rdrsp() - 256 - below(512) * 8;
    }
}

static uint64_t any_operand() {
    switch (below(6)) {
    case 0: return below(0x48);
    case 1: return hostile_address();
    case 2: return any_word() >> below(64);
    default: return any_own_address();
    }
}

static registers any_registers() {
    constexpr uint64_t harmless_flags = 0x8D5 | EFLAGS_DF;      // the arithmetic ones, too
    registers r;
    for (uint64_t& each : r.general) each = any_operand();
    r.general[1] = one_in(2) ? below(4) : r.general[1];                     // rcx
    r.flags = EFLAGS_RESERVED1 | (any_word() & harmless_flags);
    r.stack = one_in(4) ? hostile_address() : any_own_address() & -uint64_t(8);
    return r;
}

static far_frame any_frame() {
    static constexpr uint64_t code_selectors[] = {
        SEGSEL_USER_CODE, SEGSEL_USER_CODE, SEGSEL_USER_CODE, SEGSEL_KERN_CODE,
        SEGSEL_KERN_CODE | 3, SEGSEL_USER_CODE & ~3, SEGSEL_TASKSTATE, 0x33, 4};
    static constexpr uint64_t stack_selectors[] = {
        SEGSEL_USER_DATA, SEGSEL_USER_DATA, SEGSEL_KERN_DATA, 0, 0x37};
    far_frame frame;
    frame.rip = one_in(2) ? address(back) : any_operand();
    frame.cs = any_of(code_selectors);
    frame.flags = one_in(2) ? EFLAGS_RESERVED1 : any_word() & 0x3FFFFF & ~EFLAGS_TF;
    frame.rsp = any_operand();
    frame.ss = any_of(stack_selectors);
    return frame;
}

// Write a page of instructions, the last of which ends where the page does, and what they work on.
static void make_page(uint64_t number) {
    random_state = parameters().seed << 32 | number;
    random_state = any_word();
    expect("to write the page", 0, sys_mprotect(code, PAGESIZE, PROT_READ | PROT_WRITE));
    memset(code, code_hlt, PAGESIZE);
    uint64_t target = address(back);
    for (size_t i = 0; i < slot_count; ++i) {
        uint8_t made[instruction_limit];
        size_t length = make_instruction(made, (number * slot_count + i) % opcode_count);
        uint8_t* slot = code + i * slot_size;
        if (i == slot_count - 1) {
            memset(slot, code_nop, slot_size);
            memcpy(slot + slot_size - length, made, length);
            break;
        }
        static constexpr uint8_t jump[] = {0xFF, 0x25, 0, 0, 0, 0};     // to the address behind it
        memset(slot, code_nop, slot_size - sizeof(jump) - sizeof(target));
        memcpy(slot, made, length);
        memcpy(slot + slot_size - sizeof(jump) - sizeof(target), jump, sizeof(jump));
        memcpy(slot + slot_size - sizeof(target), &target, sizeof(target));
    }
    for (far_frame& each : frames) each = any_frame();
    for (uint64_t& each : plain) each = any_word();
    expect("to execute the page", 0, sys_mprotect(code, PAGESIZE, PROT_READ | PROT_EXEC));
}

static uint64_t sum_of(const void* start, size_t size) {
    uint64_t sum = 0;
    const auto* words = static_cast<const uint64_t*>(start);
    for (size_t i = 0; i < size / 8; ++i) sum = (sum ^ words[i]) * 0x100'0000'01B3;
    return sum;
}

// All that the first process has and does not itself change meanwhile
static uint64_t sum_of_memory() {
    uint64_t sum = sum_of(reinterpret_cast<void*>(PROC_START_ADDR), PAGESIZE);
    sum ^= sum_of(frames, sizeof(frames));
    sum ^= sum_of(plain, sizeof(plain));
    return sum ^ sum_of(code, sizeof(code));
}

[[noreturn]] static void run_from(size_t slot) {
    pid_t self = sys_getpid();
    uint64_t state = random_state;
    for (; slot < slot_count; ++slot) {
        if (sys_getpid() != self) sys_exit(1);      // an instruction has jumped to `sys_fork`
        progress = slot;
        random_state = state + slot;
        registers r = any_registers();
        run_slot(&r, address(code) + slot * slot_size);
    }
    sys_exit();
}

// How the child has ended. One that does not end within some turns is killed.
static int end_of(pid_t child) {
    int status = -1;
    for (int turns = 0; turns < 4; ++turns) {
        if (sys_waitpid(child, &status, W_NOHANG) == child) return status;
        sys_yield();
    }
    sys_kill(child);
    sys_wait(child, &status);
    return status;
}

static void run_page() {
    size_t slot = 0;
    while (slot < slot_count) {
        progress = slot;
        pid_t child = sys_fork();
        if (child == 0) run_from(slot);
        expect("a child", child > 0);
        int status = end_of(child);
        uint64_t reached = progress;
        if (reached < slot || reached >= slot_count) reached = slot;
        survived += reached - slot;
        slot = reached + 1;
        if (status == STATUS_FAULTED) {
            ++ended_by_fault;
        } else if (status == STATUS_KILLED) {
            ++ended_by_kill;
        } else if (status == 0 && slot == slot_count) {
            ++survived;                                                     // the last one did, too
        } else {
            ++ended_by_exit;
        }
    }
}

void process_main() {
    uint64_t pages = (parameters().tries + slot_count - 1) / slot_count;
    for (uint64_t number = 0; number < pages; ++number) {
        make_page(number);
        uint64_t sum = sum_of_memory();
        run_page();
        expect("its memory's sum", int64_t(sum), int64_t(sum_of_memory()));
    }
    log_printf("instructions seed %lu tried %lu", parameters().seed, pages * slot_count);
    log_printf("instructions went on %lu stopped %lu left %lu endless %lu", survived,
               ended_by_fault, ended_by_exit, ended_by_kill);
    pass();
}
