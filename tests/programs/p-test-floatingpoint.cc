// p-test-floatingpoint - the CPU itself says which instructions are floating point
//
//    Outside: as p-test-exceptions. Where the CPU does not check `emms`, the child logs `emms not
//    checked` and exits.
#include "u-test.hh"

// An attempt whose instruction has these bytes; rax points at 512 bytes of this process's own, a
// multiple of 64.
#define TRY(name, code) \
    {name, [](uintptr_t x) { asm volatile(".byte " code : : "a"(x) : "rcx", "rdx", "memory"); }}

static constexpr attempt attempts[] = {
    TRY("fld1: no floating point", "0xD9, 0xE8"),
    TRY("fninit: no floating point", "0xDB, 0xE3"),
    TRY("fnstcw: no floating point", "0xD9, 0x38"),
    TRY("fnstsw: no floating point", "0xDF, 0xE0"),
    TRY("fwait: no floating point", "0x9B"),
    TRY("movq, MMX: no floating point", "0x0F, 0x6F, 0xC8"),
    TRY("pinsrw: no floating point", "0x0F, 0xC4, 0xC0, 0x00"),
    TRY("movaps: no floating point", "0x0F, 0x28, 0xC0"),
    TRY("movaps from memory: no floating point", "0x0F, 0x28, 0x00"),
    TRY("movaps to memory: no floating point", "0x0F, 0x29, 0x00"),
    TRY("movaps behind 2E: no floating point", "0x2E, 0x0F, 0x28, 0x00"),
    TRY("movaps behind 64: no floating point", "0x64, 0x0F, 0x28, 0xC0"),
    TRY("movaps behind 67: no floating point", "0x67, 0x0F, 0x28, 0x00"),
    TRY("movaps behind 4F: no floating point", "0x4F, 0x0F, 0x28, 0xC0"),
    TRY("movdqa: no floating point", "0x66, 0x0F, 0x6F, 0x00"),
    TRY("movntdq: no floating point", "0x66, 0x0F, 0xE7, 0x00"),
    TRY("movmskps: no floating point", "0x0F, 0x50, 0xC0"),
    TRY("addps: no floating point", "0x0F, 0x58, 0xC0"),
    TRY("cvtsi2sd: no floating point", "0xF2, 0x0F, 0x2A, 0xC0"),
    TRY("comiss: no floating point", "0x0F, 0x2F, 0xC0"),
    TRY("pshufb: no floating point|invalid opcode", "0x66, 0x0F, 0x38, 0x00, 0xC0"),
    TRY("ldmxcsr: no floating point", "0x0F, 0xAE, 0x10"),
    TRY("stmxcsr: no floating point", "0x0F, 0xAE, 0x18"),
    TRY("vmread: invalid opcode", "0x0F, 0x78, 0xC0"),
    TRY("vmwrite: invalid opcode", "0x0F, 0x79, 0xC0"),
    TRY("rdfsbase: invalid opcode", "0xF3, 0x0F, 0xAE, 0xC0"),
    TRY("wrgsbase: invalid opcode", "0xF3, 0x0F, 0xAE, 0xD8"),
    TRY("xgetbv: invalid opcode", "0x0F, 0x01, 0xD0"),
    TRY("rdpkru: invalid opcode", "0x0F, 0x01, 0xEE"),
    TRY("vaddps: invalid opcode", "0xC5, 0xF8, 0x58, 0xC0"),
    TRY("vzeroall: invalid opcode", "0xC5, 0xFC, 0x77"),
    TRY("vpermd: invalid opcode", "0xC4, 0xE2, 0x7D, 0x36, 0xC0"),
    TRY("vaddps, 512 bits: invalid opcode", "0x62, 0xF1, 0x7C, 0x48, 0x58, 0xC0"),
    TRY("xsave: invalid opcode", "0x0F, 0xAE, 0x20"),
    TRY("xrstor: invalid opcode", "0x0F, 0xAE, 0x28"),
    TRY("fxsave: no floating point", "0x0F, 0xAE, 0x00"),
    TRY("fxrstor: no floating point", "0x0F, 0xAE, 0x08"),
    TRY("fxsave, 64 bits: no floating point", "0x48, 0x0F, 0xAE, 0x00"),
};

alignas(64) static uint8_t state[512];

// These came with SSE and use none of its registers, so they go on working (SDM vol. 3A, 13.1.1).
static void try_what_is_none() {
    asm volatile("pause; lfence; sfence; mfence; prefetcht0 (%0); movnti %0, (%0); clflush (%0)"
                 : : "r"(state) : "memory");
    auto address = reinterpret_cast<uintptr_t>(state);
    expect("movnti to store", address, *reinterpret_cast<uint64_t*>(state));
    if (cpuid(1).ecx & (1U << 20)) {                            // SSE4.2, which has these two
        uint64_t ones, sum = 0;
        asm volatile("popcntq %1, %0" : "=r"(ones) : "r"(0xF0F0UL));
        expect("popcnt to be", 8, ones);
        asm volatile("crc32b %b1, %0" : "+r"(sum) : "r"(1));
        expect("crc32 to be", 0xF26B8303, sum);
    }
    memset(state, 0, sizeof(state));
}

// QEMU lets it pass; it says of no register what is in it.
static void try_emms() {
    in_child([] {
        log_printf("try emms: no floating point");
        asm volatile("emms");
        log_printf("emms not checked");
    });
}

void process_main() {
    try_what_is_none();
    for (attempt a : attempts) {
        a.argument = reinterpret_cast<uintptr_t>(state);
        try_in_child(a);
    }
    try_emms();
    pass();
}
