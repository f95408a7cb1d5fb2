#include "process/program_image.hh"
#include "memory/heap.hh"
#include "memory/promises.hh"
#include "memory/work_part.hh"
#include "process/program_file.hh"

const program* program_image(const char* name) {
    for (unsigned i = 0; i < nprograms; ++i) {
        if (strcmp(programs[i].name, name) == 0) return &programs[i];
    }
    return nullptr;
}

static bool overlap(const elf_program& a, const elf_program& b) {
    return a.p_va < round_up(b.p_va + b.p_memsz, PAGESIZE)
        && b.p_va < round_up(a.p_va + a.p_memsz, PAGESIZE);
}

static const char* check_program_segment(const void* image, const elf_program& segment) {
    // the page below the stack is a guard
    uintptr_t segments_end = user_end - stack_limit() - PAGESIZE;
    if (segment.p_va % PAGESIZE != 0) return "segment not page-aligned";
    if (segment.p_va < PROC_START_ADDR || segment.p_va > segments_end
        || segment.p_memsz > segments_end - segment.p_va) {
        return "segment outside a process's memory";
    }
    if ((segment.p_flags & ELF_PFLAG_WRITE) && (segment.p_flags & ELF_PFLAG_EXEC)) {
        return "segment writable and executable";
    }
    for (auto& other : elf_segments(image)) {
        if (&other == &segment) break;
        if (is_loaded(other) && overlap(other, segment)) return "segments overlap";
    }
    return nullptr;
}

const char* check_program(const void* image, size_t available, uint64_t size) {
    if (const char* wrong = check_elf(image, available, size)) return wrong;
    bool entry_found = false;
    uintptr_t entry = static_cast<const elf_header*>(image)->e_entry;
    for (auto& segment : elf_segments(image)) {
        if (!is_loaded(segment)) continue;
        if (const char* wrong = check_program_segment(image, segment)) return wrong;
        entry_found |= (segment.p_flags & ELF_PFLAG_EXEC) && entry - segment.p_va < segment.p_memsz;
    }
    return entry_found ? nullptr : "entry point not in an executable segment";
}

uint64_t program_memory(const program& image) {
    if (!image.begin || check_elf(image.begin, image.size, image.size)) return 0;
    uint64_t bytes = 0;
    for (auto& segment : elf_segments(image.begin)) {
        if (is_loaded(segment)) bytes += round_up(segment.p_memsz, PAGESIZE);
    }
    return bytes;
}

uint64_t segment_perm(const elf_program& segment) {
    return PTE_PU | (segment.p_flags & ELF_PFLAG_WRITE ? PTE_W : 0)
        | (segment.p_flags & ELF_PFLAG_EXEC ? 0 : PTE_XD);
}

// Map one page of a segment, `offset` bytes from its start, and fill in what the file has for it.
static int load_page(const elf_program& segment, const uint8_t* file, uint64_t offset,
                     address_space space) {
    uintptr_t va = segment.p_va + offset;
    if (int r = space.add_page(va, segment_perm(segment)); r < 0) return r;
    if (offset >= segment.p_filesz) return 0;
    uint64_t size = min(segment.p_filesz - offset, uint64_t(PAGESIZE));
    memcpy(vmiter(space.pagetable, va).kptr(), file + segment.p_offset + offset, size);
    return 0;
}

int load_program(const program& image, address_space space, uintptr_t& entry) {
    if (image.file_key != 0) return load_program_file(image, space, entry);
    if (check_program(image.begin, image.size)) return E_NOEXEC;
    work_part work(space.progress);
    uintptr_t segments_end = PROC_START_ADDR;
    uint64_t before = 0;                            // bytes of the segments before this one
    for (auto& segment : elf_segments(image.begin)) {
        if (!is_loaded(segment)) continue;
        uint64_t size = round_up(segment.p_memsz, PAGESIZE);
        uint64_t offset = min(max(work.begin(), before) - before, size);
        for (; offset < size; offset += PAGESIZE) {
            if (work.is_over()) return work.stop(before + offset);
            work.spend_on(segment.p_va + offset);
            int r = load_page(segment, image.begin, offset, space);
            if (r < 0) return work.stop(before + offset, r);
        }
        before += size;
        segments_end = max(segments_end, segment.p_va + size);
    }
    start_heap(space, segments_end);
    entry = reinterpret_cast<const elf_header*>(image.begin)->e_entry;
    return 0;
}
