// elf.hh - ELF files: the layout, and whether to believe one
//
//    Used by the boot loader on the kernel and by the kernel on user programs. Nothing in an image
//    is trusted before `check_elf` has passed it. (System V ABI, Object Files; x86-64 psABI,
//    chapter 4.)
#ifndef KINGLET_ELF_HH
#define KINGLET_ELF_HH
#include <stddef.h>
#include <stdint.h>

struct elf_header {
    uint32_t e_magic;
    uint8_t e_class;                    // 2: 64-bit
    uint8_t e_data;                     // 1: little-endian
    uint8_t e_ident_rest[10];
    uint16_t e_type;                    // 2: executable
    uint16_t e_machine;                 // 62: x86-64
    uint32_t e_version;
    uint64_t e_entry;
    uint64_t e_phoff;                   // file offset of the program headers, in bytes
    uint64_t e_shoff;
    uint32_t e_flags;
    uint16_t e_ehsize;
    uint16_t e_phentsize;               // size of one program header
    uint16_t e_phnum;                   // number of them
    uint16_t e_shentsize;
    uint16_t e_shnum;
    uint16_t e_shstrndx;
};
static_assert(sizeof(elf_header) == 64);

struct elf_program {
    uint32_t p_type;
    uint32_t p_flags;                   // `ELF_PFLAG_*`
    uint64_t p_offset;                  // file offset of the segment's bytes
    uint64_t p_va;
    uint64_t p_pa;
    uint64_t p_filesz;                  // bytes in the file
    uint64_t p_memsz;                   // bytes in memory; those past `p_filesz` are zero
    uint64_t p_align;
};
static_assert(sizeof(elf_program) == 56);

constexpr uint32_t ELF_MAGIC = 0x464C457FU;     // "\x7FELF"
constexpr uint8_t ELF_CLASS_64 = 2;
constexpr uint8_t ELF_DATA_LITTLE = 1;
constexpr uint16_t ELF_TYPE_EXEC = 2;
constexpr uint16_t ELF_MACHINE_X86_64 = 62;
constexpr uint32_t ELF_PTYPE_LOAD = 1;
constexpr uint32_t ELF_PFLAG_EXEC = 1;
constexpr uint32_t ELF_PFLAG_WRITE = 2;
constexpr uint32_t ELF_PFLAG_READ = 4;

// check_elf(image, available, file_size)
//    Whether `image` starts an ELF executable for this machine whose headers can be followed:
//    magic, class, byte order, type and machine; at least one program header, and every one within
//    the first `available` bytes; and for each loadable segment that is not empty, file bytes
//    within `file_size` if it has any, `p_filesz <= p_memsz`, and no `p_va` that wraps. `p_pa` is
//    the boot loader's affair. `available` is how many bytes of the file are at `image`. Returns
//    null if so, else what is wrong, in a few words.
[[nodiscard]] const char* check_elf(const void* image, size_t available, uint64_t file_size);

// is_loaded(segment)
//    Whether the segment takes up memory at run time.
inline bool is_loaded(const elf_program& segment) {
    return segment.p_type == ELF_PTYPE_LOAD && segment.p_memsz > 0;
}

// elf_segments(image)
//    The program headers of a checked image, for `for (auto& segment : elf_segments(image))`.
struct elf_segment_range {
    const elf_program* first;
    const elf_program* last;
    const elf_program* begin() const { return first; }
    const elf_program* end() const { return last; }
};
inline elf_segment_range elf_segments(const void* image) {
    auto header = static_cast<const elf_header*>(image);
    auto bytes = static_cast<const uint8_t*>(image);
    auto first = reinterpret_cast<const elf_program*>(bytes + header->e_phoff);
    return {first, first + header->e_phnum};
}

#endif
