// elf_image.hh - ELF files for tests, good ones to be broken
#ifndef KINGLET_TEST_ELF_IMAGE_HH
#define KINGLET_TEST_ELF_IMAGE_HH
#include "host.hh"
#include "elf.cc"

namespace {

// A file in memory whose bounds the sanitizer knows: each `segment` is one `PT_LOAD`, its bytes at the file's end.
class elf_image {
public:
    explicit elf_image(const std::vector<elf_program>& segments) {
        bytes.resize(sizeof(elf_header) + segments.size() * sizeof(elf_program));
        elf_header h = {};
        h.e_magic = ELF_MAGIC;
        h.e_class = ELF_CLASS_64;
        h.e_data = ELF_DATA_LITTLE;
        h.e_type = ELF_TYPE_EXEC;
        h.e_machine = ELF_MACHINE_X86_64;
        h.e_version = 1;
        h.e_entry = segments.empty() ? 0 : segments[0].p_va;
        h.e_phoff = sizeof(elf_header);
        h.e_ehsize = sizeof(elf_header);
        h.e_phentsize = sizeof(elf_program);
        h.e_phnum = uint16_t(segments.size());
        header() = h;
        for (size_t i = 0; i < segments.size(); ++i) {
            elf_program s = segments[i];
            s.p_offset = bytes.size();
            for (uint64_t j = 0; j < s.p_filesz; ++j) bytes.push_back(uint8_t(j * 31 + i + 1));
            segment(i) = s;
        }
    }
    elf_header& header() { return *reinterpret_cast<elf_header*>(bytes.data()); }
    elf_program& segment(size_t i) { return reinterpret_cast<elf_program*>(bytes.data() + sizeof(elf_header))[i]; }

    std::vector<uint8_t> bytes;
};

elf_program load_segment(uint32_t flags, uint64_t address, uint64_t filesz, uint64_t memsz) {
    return {ELF_PTYPE_LOAD, flags, 0, address, address, filesz, memsz, 4096};
}

constexpr uint32_t r_x = ELF_PFLAG_READ | ELF_PFLAG_EXEC, r__ = ELF_PFLAG_READ, rw_ = ELF_PFLAG_READ | ELF_PFLAG_WRITE;

std::string text(const char* wrong) { return wrong ? wrong : "good"; }

}

#endif
