#include "elf.hh"

static const char* check_segment(const elf_program& segment, uint64_t file_size) {
    uint64_t end;
    if (segment.p_filesz > segment.p_memsz) return "segment larger in the file than in memory";
    bool is_beyond = __builtin_add_overflow(segment.p_offset, segment.p_filesz, &end)
        || end > file_size;
    if (segment.p_filesz > 0 && is_beyond) return "segment outside the file";
    if (__builtin_add_overflow(segment.p_va, segment.p_memsz, &end)) return "segment address wraps";
    return nullptr;
}

const char* check_elf(const void* image, size_t available, uint64_t file_size) {
    auto header = static_cast<const elf_header*>(image);
    if (available < sizeof(elf_header) || header->e_magic != ELF_MAGIC) return "not an ELF file";
    if (header->e_class != ELF_CLASS_64 || header->e_data != ELF_DATA_LITTLE) {
        return "not a 64-bit ELF file";
    }
    if (header->e_machine != ELF_MACHINE_X86_64) return "not for x86-64";
    if (header->e_type != ELF_TYPE_EXEC) return "not an executable";
    if (header->e_phnum == 0) return "no program headers";
    uint64_t table_size = uint64_t(header->e_phnum) * sizeof(elf_program);
    if (header->e_phentsize != sizeof(elf_program) || header->e_phoff % alignof(elf_program) != 0
        || header->e_phoff > available || table_size > available - header->e_phoff) {
        return "program headers out of bounds";
    }
    for (auto& segment : elf_segments(image)) {
        if (segment.p_type != ELF_PTYPE_LOAD || (segment.p_memsz == 0 && segment.p_filesz == 0)) {
            continue;
        }
        if (const char* wrong = check_segment(segment, file_size)) return wrong;
    }
    return nullptr;
}
