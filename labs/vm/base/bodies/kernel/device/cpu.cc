static void init_protection(const void* syscall_entry) {
    // Floating point always traps. `CR0_TS` is never cleared, so each instruction that uses
    // floating-point registers raises "device not available". Without `CR4_OSFXSR`, or with
    // `CR0_EM`, most of them would raise "invalid opcode" instead (SDM vol. 3A, 2.5 and 13.1). So
    // no process ever has anything in those registers.
    wrcr0(CR0_PG | CR0_PE | CR0_AM | CR0_WP | CR0_NE | CR0_TS | CR0_MP);

    // Structured extended feature flags (SDM vol. 2A, CPUID, leaf 7). Not `CR4_SMEP` and `CR4_SMAP`, with which the CPU
    // would refuse to run a kernel whose pages are the process's too.
    cpuid_result features = cpuid(0).eax >= 7 ? cpuid(7) : cpuid_result{};
    wrcr4(CR4_PAE | CR4_OSFXSR | (features.ecx & (1U << 2) ? CR4_UMIP : 0));

    wrmsr(MSR_IA32_EFER, rdmsr(MSR_IA32_EFER) | IA32_EFER_SCE | IA32_EFER_NXE);
    wrmsr(MSR_IA32_STAR, uint64_t(SEGSEL_KERN_CODE) << 32);
    wrmsr(MSR_IA32_LSTAR, reinterpret_cast<uintptr_t>(syscall_entry));
    wrmsr(MSR_CSTAR, reinterpret_cast<uintptr_t>(syscall_entry_from_elsewhere));
    wrmsr(MSR_IA32_FMASK, EFLAGS_TF | EFLAGS_IF | EFLAGS_DF | EFLAGS_IOPL | EFLAGS_NT | EFLAGS_RF
                              | EFLAGS_VM | EFLAGS_AC);
}
