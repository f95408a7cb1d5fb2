// u-instructions.hh - random instructions, and registers to run them with: for p-fuzz-instructions
//
//    An instruction is made of prefixes, an opcode and some random bytes; `nop`s follow, since its
//    length is not known here. Opcodes come in turn, so that each is tried as often as the others.
//    The rest is random, but more often than by chance it is an address of the kernel, the end of a
//    page, a selector.
#ifndef KINGLET_U_INSTRUCTIONS_HH
#define KINGLET_U_INSTRUCTIONS_HH
#include "u-random.hh"

// Each has a slot: the instruction, then a jump back; between them `nop`s, and `hlt`s behind.
constexpr size_t slot_size = 32, slot_count = PAGESIZE / slot_size, instruction_limit = 15;
constexpr uint8_t code_nop = 0x90, code_hlt = 0xF4;

// The maps of opcodes, in the order in which they take turns. Most CPUs have little in the last.
enum class opcode_map {
    one_byte,
    two_bytes,                          // behind 0F
    common,                             // any of `common_opcodes`
    three_bytes_38,                     // behind 0F 38
    three_bytes_3a,
    vex
};
inline constexpr opcode_map opcode_maps[] = {
    opcode_map::one_byte, opcode_map::two_bytes, opcode_map::common, opcode_map::one_byte,
    opcode_map::two_bytes, opcode_map::three_bytes_38, opcode_map::three_bytes_3a, opcode_map::vex};
constexpr size_t map_size = 256;
constexpr size_t opcode_count = sizeof(opcode_maps) / sizeof(opcode_maps[0]) * map_size;

// These go to other privileges, or load what the CPU keeps; some with an operand.
// clang-format off
inline constexpr uint8_t common_opcodes[][3] = {
    {0xCB}, {0xCA, 0x08, 0x00}, {0xCF}, {0xC8, 0x10, 0x1F}, {0xC9}, {0x9D}, {0xC3}, {0xF1},
    {0xCC}, {0xCD, 0x80}, {0xFF, 0x18}, {0xFF, 0x1B}, {0xFF, 0x28}, {0xFF, 0x2E}, {0xFF, 0x10},
    {0xFF, 0x20}, {0xFF, 0x30}, {0x8F, 0x00}, {0x8E, 0xD8}, {0x8E, 0xE3}, {0x8E, 0xD1},
    {0x0F, 0xA1}, {0x0F, 0xA9}, {0x0F, 0xB2, 0x00}, {0x0F, 0xB4, 0x03}, {0x0F, 0x34},
    {0x0F, 0x35}, {0x0F, 0x07}, {0x0F, 0x01, 0xF8}, {0x0F, 0x01, 0xD0}, {0x0F, 0x00, 0xD0},
    {0x0F, 0xC7, 0x08}, {0x0F, 0xAE, 0x00}, {0xA4}, {0xAA}, {0x6C}, {0xD7}, {0x63, 0x00},
};
// clang-format on

// slot_maker
//    Writes the bytes of one instruction, `length` so far.
struct slot_maker {
    uint8_t* code;
    size_t length = 0;

    void add(uint8_t byte) {
        if (length < instruction_limit) code[length++] = byte;
    }
    void add_prefixes() {
        static constexpr uint8_t prefixes[] = {
            0x66, 0x66, 0xF2, 0xF3, 0xF0, 0x67, 0x2E, 0x36, 0x3E, 0x26, 0x64, 0x65};
        while (one_in(3)) add(any_of(prefixes));
        if (one_in(3)) add(uint8_t(0x40 + below(16)));          // REX
    }
    void add_opcode(size_t opcode) {
        auto byte = uint8_t(opcode % map_size);
        opcode_map map = opcode_maps[opcode / map_size];
        if (map == opcode_map::common) return add_common();
        if (map == opcode_map::vex) return add_vex(byte);
        if (map != opcode_map::one_byte) add(0x0F);
        if (map == opcode_map::three_bytes_38) add(0x38);
        if (map == opcode_map::three_bytes_3a) add(0x3A);
        add(byte);
    }
    void add_common() {
        constexpr size_t count = sizeof(common_opcodes) / sizeof(common_opcodes[0]);
        for (uint8_t each : common_opcodes[below(count)]) {
            if (each != 0 || one_in(2)) add(each);
        }
    }
    void add_vex(uint8_t byte) {
        static constexpr uint8_t starts[] = {0xC4, 0xC5, 0x62, 0x8F};
        add(any_of(starts));
        add(uint8_t(below(256)));
        add(byte);
    }
};

// remove_lock(code, n)
//    Take the lock prefix out of the first `n` bytes: QEMU 7.2 ends itself at `lock btr` and its like
//    with a register.
inline void remove_lock(uint8_t* code, size_t n) {
    for (size_t i = 0; i < n; ++i) {
        if (code[i] == 0xF0) code[i] = 0x3E;
    }
}

// make_instruction(code, opcode)
//    Write an instruction with this opcode and at most `instruction_limit` bytes. It is no
//    `syscall`, which p-fuzz tries, and no jump to itself, which would not end. Returns how many
//    bytes it may have.
inline size_t make_instruction(uint8_t* code, size_t opcode) {
    slot_maker maker{code};
    maker.add_prefixes();
    size_t start = maker.length;
    maker.add_opcode(opcode);
    uint8_t first = code[start];
    bool is_short_jump = (first & 0xF0) == 0x70 || (first & 0xFC) == 0xE0 || first == 0xEB;
    if (opcode_maps[opcode / map_size] != opcode_map::common || one_in(4)) {
        maker.add(uint8_t(is_short_jump ? 2 + below(0x60) : below(256)));
    }
    for (uint64_t n = one_in(4) ? below(9) : 0; n > 0; --n) maker.add(uint8_t(below(256)));
    for (size_t i = 1; i < maker.length; ++i) {
        if (code[i - 1] != 0x0F) continue;
        if (code[i] == 0x05) code[i] = 0x06;
        bool is_bit_test = code[i] == 0xBA || (code[i] & 0xC7) == 0x83;
        if (is_bit_test) remove_lock(code, i - 1);
    }
    return maker.length;
}

// hostile_address()
//    Somewhere that a process should not get at, or at its edge.
inline uintptr_t hostile_address() {
    static constexpr uintptr_t edges[] = {0,
                                          CONSOLE_ADDR,
                                          CONSOLE_ADDR + PAGESIZE,
                                          PROC_START_ADDR,
                                          MEMSIZE_PHYSICAL,
                                          MEMSIZE_VIRTUAL - PAGESIZE,
                                          MEMSIZE_VIRTUAL,
                                          VA_LOWEND,
                                          BIG_MEMSIZE_VIRTUAL,
                                          0xFFFF'8000'0000'0000,
                                          uintptr_t(1) << 32};
    static constexpr uintptr_t offsets[] = {
        0, 8, 16, 64, PAGESIZE / 2, PAGESIZE - 16, PAGESIZE - 1};
    if (one_in(8)) return any_word() >> below(64);
    uintptr_t page = one_in(2) ? any_of(edges) : below(MEMSIZE_PHYSICAL / PAGESIZE) * PAGESIZE;
    uintptr_t offset = any_of(offsets);
    return one_in(4) ? page - offset : page + offset;
}

#endif
