// plugin.cc - a QEMU plugin that counts how often each instruction of boot loader and kernel is executed
//
//    QEMU loads it with `-plugin FILE,folder=FOLDER`. One machine makes one file in FOLDER, named after the process,
//    which holds a `record` and is mapped into QEMU: what was counted is in the file at once, however QEMU ends. Most
//    of the file is never touched, and takes no room on the disk.
//    Beside each count stand the bytes of the instruction: by them tests/coverage/report.py knows which of the
//    kernels and programs ran, without being told. Where several programs lie at the same address in turn, what ran
//    there first is counted.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include "lib/layout.h"
#include "boot/boot.h"

// What QEMU offers to a plugin: as much of it as this one needs. (QEMU's include/qemu/qemu-plugin.h, which Debian does
// not package.) Version 1 of it, up to QEMU 8, can add to a number in memory; later ones call a function for each
// instruction instead. Since version 3 an instruction's bytes are written to where the plugin says. Since version 7 (QEMU
// 11.1) a function is called without the plugin's number, with data of its own after the rest, and older plugins are
// refused.
extern "C" {
struct qemu_info_t {
    const char* target;
    struct {
        int least, current;
    } version;                          // and more
};
struct qemu_plugin_tb;
struct qemu_plugin_insn;
using qemu_plugin_id_t = uint64_t;
enum qemu_plugin_op { QEMU_PLUGIN_INLINE_ADD_U64 };
enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };
using qemu_plugin_vcpu_udata_cb_t = void (*)(unsigned processor, void* data);

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, void* callback, void* data);
[[gnu::weak]] void qemu_plugin_set_pc(uint64_t address);     // QEMU 11.1 has it
[[gnu::weak]] void qemu_plugin_register_vcpu_insn_exec_inline(qemu_plugin_insn* instruction, qemu_plugin_op operation,
                                                              void* counter, uint64_t addend);
void qemu_plugin_register_vcpu_insn_exec_cb(qemu_plugin_insn* instruction, qemu_plugin_vcpu_udata_cb_t callback,
                                            qemu_plugin_cb_flags flags, void* data);
size_t qemu_plugin_tb_n_insns(const qemu_plugin_tb* block);
qemu_plugin_insn* qemu_plugin_tb_get_insn(const qemu_plugin_tb* block, size_t index);
void* qemu_plugin_insn_data(const qemu_plugin_insn* instruction, void* bytes, size_t size);
size_t qemu_plugin_insn_size(const qemu_plugin_insn* instruction);
uint64_t qemu_plugin_insn_vaddr(const qemu_plugin_insn* instruction);

[[gnu::visibility("default")]] extern int qemu_plugin_version;
[[gnu::visibility("default")]] int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t* info, int argc,
                                                       char** argv);
// QEMU asks for it when the file is loaded, so by then it is known what QEMU has.
int qemu_plugin_version = qemu_plugin_register_vcpu_insn_exec_inline ? 1 : qemu_plugin_set_pc ? 7 : 3;
}

namespace {

// The code that is counted: boot loader and kernel, and what a process begins with.
constexpr uint64_t first_address = STAGE1_ADDR;
constexpr uint64_t end_address = PROC_START_ADDR + 0x10000;
constexpr size_t longest_instruction = 15;

bool is_counted(uint64_t address) {
    return (address >= first_address && address < KERNEL_LIMIT_ADDR)
        || (address >= PROC_START_ADDR && address < end_address);
}

// What a machine's file holds. The arrays are indexed by address, from `first` on: how often the instruction there was
// begun; its length in bytes; its bytes.
struct record {
    uint64_t first;
    uint64_t size;                      // of each array, but for a few more bytes of `code`
    uint64_t counts[end_address - first_address];
    uint8_t lengths[end_address - first_address];
    uint8_t code[end_address - first_address + longest_instruction];
};

record* machine;
bool bytes_are_copied;                  // by qemu_plugin_insn_data

// Note an instruction's bytes. Returns where it is counted, or null if another one was there before.
uint64_t* counter(uint64_t address, const void* code, size_t length) {
    uint64_t place = address - first_address;
    uint8_t& known = machine->lengths[place];
    if (known != 0 && (known != length || memcmp(&machine->code[place], code, length) != 0)) return nullptr;
    known = uint8_t(length);
    memcpy(&machine->code[place], code, length);
    return &machine->counts[place];
}

void add_one(unsigned, void* count) { ++*static_cast<uint64_t*>(count); }

// Have QEMU count an instruction at `count`.
void begin_counting(qemu_plugin_insn* instruction, uint64_t* count) {
    if (qemu_plugin_register_vcpu_insn_exec_inline) {
        qemu_plugin_register_vcpu_insn_exec_inline(instruction, QEMU_PLUGIN_INLINE_ADD_U64, count, 1);
    } else {
        qemu_plugin_register_vcpu_insn_exec_cb(instruction, add_one, QEMU_PLUGIN_CB_NO_REGS, count);
    }
}

// Called once for each block of instructions before it runs the first time: has QEMU count its instructions.
void count_block(qemu_plugin_tb* block, void*) {
    size_t size = qemu_plugin_tb_n_insns(block);
    for (size_t index = 0; index < size; ++index) {
        qemu_plugin_insn* instruction = qemu_plugin_tb_get_insn(block, index);
        uint64_t address = qemu_plugin_insn_vaddr(instruction);
        if (!is_counted(address)) continue;
        uint8_t copy[longest_instruction] = {};
        size_t length = std::min(qemu_plugin_insn_size(instruction), sizeof(copy));
        const void* bytes = qemu_plugin_insn_data(instruction, copy, length);
        uint64_t* count = counter(address, bytes_are_copied ? copy : bytes, length);
        if (count) begin_counting(instruction, count);
    }
}

void count_block_before_7(qemu_plugin_id_t, qemu_plugin_tb* block) { count_block(block, nullptr); }

// Maps a new file in `folder`. Returns null, with `errno` set, if that fails.
record* map_file(const std::string& folder) {
    std::string path = folder + "/machine-" + std::string(6, 'X');      // which mkstemp replaces
    int file = mkstemp(path.data());
    if (file < 0 || ftruncate(file, sizeof(record)) < 0) return nullptr;
    void* memory = mmap(nullptr, sizeof(record), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (memory == MAP_FAILED) return nullptr;
    auto result = static_cast<record*>(memory);
    result->first = first_address;
    result->size = end_address - first_address;
    return result;
}

}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t* info, int argc, char** argv) {
    bytes_are_copied = info->version.current >= 3;
    static const std::string option = "folder=";
    if (argc != 1 || strncmp(argv[0], option.data(), option.size()) != 0) {
        fprintf(stderr, "Kinglet: the coverage plugin has no folder; give folder=PATH\n");
        return -1;
    }
    machine = map_file(argv[0] + option.size());
    if (!machine) {
        fprintf(stderr, "Kinglet: the coverage plugin cannot write into %s: %m\n", argv[0] + option.size());
        return -1;
    }
    auto callback = info->version.current >= 7 ? reinterpret_cast<void*>(count_block)
        : reinterpret_cast<void*>(count_block_before_7);
    qemu_plugin_register_vcpu_tb_trans_cb(id, callback, nullptr);
    return 0;
}
