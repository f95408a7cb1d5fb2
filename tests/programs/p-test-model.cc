// p-test-model - processes that do, one after the other, each step that they are told
//
//    A step is a system call or an access to memory, made by the process that it names. Between
//    steps everybody waits, by yielding, and uses nothing but registers: no memory changes but by
//    steps. tests/model.py says what to do, and looks at the machine at `model_checkpoint`, after
//    each step. Where the image has steps of its own, which it can write there, they are done
//    without anybody looking, in gdb for instance. Outside: `ok` from pid 1.
//
//    The step lies in the screen's page, which all processes see. Who takes it clears `turn`; a
//    process that sees no turn for some rounds goes on in the place of one that has ended.
#include "u-lib.hh"

constexpr unsigned step_limit = 60;

struct model_step {
    uint64_t turn;                      // the pid of who is to do it
    uint64_t what;                      // 0: a system call; 1: read, 2: write, 3: execute at `a`
    uint64_t number, a, b, c;
    uint64_t refuse;                    // in failing.img: the how manieth page that is wanted is
                                        // refused; 0: none
};

// What is in the image: tests/model.py finds it by `mark`. No steps: they come from outside.
struct model_text {
    char mark[24];
    uint64_t count;
    model_step steps[step_limit];
    char names[4][16];                  // of a program, of a broken one (tests/model.py breaks it),
                                        // of none
    const char* arguments[3];           // for `sys_exec`
};

constexpr uintptr_t example = 0x200000;
extern "C" {
// clang-format off
[[gnu::used]] extern constinit const model_text model_script = {"Kinglet model's script", 6, {
    {1, 0, SYSCALL_PAGE_ALLOC, example, 0, 0, 0},
    {1, 2, 0, example, 61, 0, 0},
    {1, 0, SYSCALL_FORK, 0, 0, 0, 0},
    {2, 2, 0, example, 62, 0, 0},
    {2, 0, SYSCALL_EXIT, 0, 0, 0, 0},
    {1, 0, SYSCALL_LOG, PROC_START_ADDR + PAGESIZE + offsetof(model_text, names[3]), 0, 0, 0},
}, {"test-model", "test-main", "nothing", "ok"},
    {model_script.names[0], model_script.names[3], nullptr}};
// clang-format on
}

static_assert(SYSCALL_GETPID == 1 && SYSCALL_YIELD == 2 && SYSCALL_FORK == 5 && SYSCALL_EXIT == 6);
static_assert(CONSOLE_ADDR == 0xB8000 && CURSORPOS_ADDR == 0xB8FA0 && sizeof(model_step) == 56);

// In rbx the step's address, in r12 and rbp this process's pid, in r15 the stack's address; in r13
// for how many rounds nobody had the turn in step r14.
asm(".pushsection .text\n"
    ".set turn, 0\n .set what, 8\n .set number, 16\n .set a, 24\n .set b, 32\n .set c, 40\n .set "
    "refuse, 48\n"
    ".set result, 56\n .set left, 64\n .set damage, 72\n .set index, 80\n"
    ".set countdown, 0xB8FF8\n .set blank, 0x0720072007200720\n .set patience, 5\n"
    ".macro expect_register register, value\n"
    "   cmpq \\value, %\\register\n"
    "   jne 8f\n"
    ".endm\n"
    ".globl process_main, model_poll, model_poll_end, model_checkpoint\n"
    "process_main:\n"
    "   movl $0xB8140, %ebx\n"
    "   movq %rsp, %r15\n"
    "model_start:\n"
    "   movl $1, %eax\n" // getpid
    "   syscall\n"
    "   movq %rax, %r12\n"
    "   movq %rax, %rbp\n"
    "   movabsq $blank, %rax\n"
    "   cmpq %rax, index(%rbx)\n" // nobody was here before
    "   jne model_poll\n"
    "   movq $-1, index(%rbx)\n"
    "   movq $0, countdown\n"
    "   jmp model_checkpoint\n"

    "model_poll:\n"
    "   cmpq %r12, turn(%rbx)\n"
    "   je model_do\n"
    "   movl $2, %eax\n" // yield
    "   syscall\n"
    "   cmpq $0, turn(%rbx)\n"
    "   jne 1f\n"
    "   cmpq %r14, index(%rbx)\n"
    "   jne 1f\n"
    "   incq %r13\n"
    "   cmpq $patience, %r13\n"
    "   jb model_poll\n"
    "model_poll_end:\n"
    "   jmp model_checkpoint\n"
    "1: xorl %r13d, %r13d\n"
    "   movq index(%rbx), %r14\n"
    "   jmp model_poll\n"

    "model_do:\n"
    "   movq $0, turn(%rbx)\n"
    "   movq refuse(%rbx), %rax\n"
    "   movq %rax, countdown\n"
    "   movq a(%rbx), %rdi\n"
    "   movq b(%rbx), %rsi\n"
    "   movq c(%rbx), %rdx\n"
    "   leaq -1(%rdi), %r8\n"
    "   leaq -1(%rsi), %r9\n"
    "   leaq -1(%rdx), %r10\n"
    "   cmpq $1, what(%rbx)\n"
    "   je 2f\n"
    "   ja 3f\n"
    "   movq number(%rbx), %rax\n"
    "   movq %rax, %r13\n"
    "   syscall\n"
    "   testq %rax, %rax\n"
    "   jnz 5f\n"
    "   cmpq $5, %r13\n" // fork, in the child
    "   je model_start\n"
    "   jmp 5f\n"
    "2: movq (%rdi), %rax\n"
    "   jmp 5f\n"
    "3: xorl %eax, %eax\n"
    "   cmpq $2, what(%rbx)\n"
    "   jne 4f\n"
    "   movq %rsi, (%rdi)\n"
    "   jmp 5f\n"
    "4: leaq 5f(%rip), %rcx\n"
    "   jmp *%rdi\n" // where `jmp *%rcx` stands

    "5: movq %rax, result(%rbx)\n"
    "   movq countdown, %rax\n"
    "   movq $0, countdown\n"
    "   movq %rax, left(%rbx)\n"
    "   expect_register rdi, a(%rbx)\n"
    "   expect_register rsi, b(%rbx)\n"
    "   expect_register rdx, c(%rbx)\n"
    "   expect_register rbp, %r12\n"
    "   expect_register rsp, %r15\n"
    "   decq %rdi\n"
    "   decq %rsi\n"
    "   decq %rdx\n"
    "   expect_register r8, %rdi\n"
    "   expect_register r9, %rsi\n"
    "   expect_register r10, %rdx\n"
    "   jmp model_checkpoint\n"
    "8: movq $1, damage(%rbx)\n"

    "model_checkpoint:\n"
    "   nop\n"
    "   incq index(%rbx)\n"
    "   movq model_script+24(%rip), %rax\n"
    "   testq %rax, %rax\n"
    "   jz model_poll\n"
    "   movq $0, countdown\n"
    "   movq index(%rbx), %rcx\n"
    "   cmpq %rax, %rcx\n"
    "   jae 9f\n"
    "   imulq $56, %rcx, %rcx\n"
    "   leaq model_script+32(%rip), %rsi\n"
    "   addq %rcx, %rsi\n"
    "   movq %rbx, %rdi\n"
    "   movl $7, %ecx\n"
    "   rep movsq\n"
    "   jmp model_poll\n"
    "9: movq %rax, index(%rbx)\n" // the end: nobody has the turn any more
    "   movq $0, turn(%rbx)\n"
    "   xorl %edi, %edi\n"
    "   movl $6, %eax\n"
    "   syscall\n"
    ".popsection");
