/* u-setjmp.S - see u-setjmp.h */
        .section .text.setjmp, "ax", @progbits
        .globl setjmp
        .type setjmp, @function
setjmp:
        movq %rbx, 0(%rdi)
        movq %rbp, 8(%rdi)
        movq %r12, 16(%rdi)
        movq %r13, 24(%rdi)
        movq %r14, 32(%rdi)
        movq %r15, 40(%rdi)
        leaq 8(%rsp), %rax              /* as it will be when this has returned */
        movq %rax, 48(%rdi)
        movq (%rsp), %rax
        movq %rax, 56(%rdi)
        xorl %eax, %eax
        ret
        .size setjmp, . - setjmp

        .section .text.longjmp, "ax", @progbits
        .globl longjmp
        .type longjmp, @function
longjmp:
        movl $1, %eax
        testl %esi, %esi
        cmovnel %esi, %eax
        movq 0(%rdi), %rbx
        movq 8(%rdi), %rbp
        movq 16(%rdi), %r12
        movq 24(%rdi), %r13
        movq 32(%rdi), %r14
        movq 40(%rdi), %r15
        movq 48(%rdi), %rsp
        jmp *56(%rdi)
        .size longjmp, . - longjmp
