#include "process/program_file.hh"
#include "device/log.hh"
#include "memory/heap.hh"
#include "memory/mapping.hh"
#include "memory/promises.hh"
#include "store/page_cache.hh"

static int file_of(const program& image) {
    return int(image.file_key) - 1;
}

// A page of the program's file, if it is in the cache. If not, null: it is wanted.
static const uint8_t* find_page(const program& image, uint64_t number) {
    int slot = find_cached(file_of(image), uint32_t(number));
    if (slot >= 0 && cached_at(unsigned(slot)).state == cached::ready) {
        return static_cast<const uint8_t*>(cached_at(unsigned(slot)).page);
    }
    wanted_page = {file_of(image), uint32_t(number)};
    return nullptr;
}

static const char* check_header(const program& image, const void* header) {
    uint64_t size = file_sizes[file_of(image)];
    const char* wrong = check_program(header, min(size, uint64_t(PAGESIZE)), size);
    if (wrong) return wrong;
    for (auto& segment : elf_segments(header)) {
        if (!is_loaded(segment) || segment.p_filesz == 0) continue;
        if (segment.p_offset % PAGESIZE != 0) return "segment not page-aligned in the file";
    }
    return nullptr;
}

const char* check_program_file(const program& image) {
    const void* header = find_page(image, 0);
    return header ? check_header(image, header) : "its first page is not in memory";
}

// Promise zeros in `[start, end)`, or bring them, where nothing is promised.
static int map_zeros(address_space space, uintptr_t start, uintptr_t end, uint64_t perm) {
    if (heap_is_eager) return space.add_pages(start, end, perm);
    return space.regions->add({start, end, perm, region_source::zeros, region_label::program});
}

// The page of a segment in which the file's bytes end and zeros begin
static int make_last_page(const program& image, const elf_program& segment, address_space space) {
    uint64_t whole = round_down(segment.p_filesz, PAGESIZE), rest = segment.p_filesz - whole;
    const uint8_t* from = find_page(image, (segment.p_offset + whole) / PAGESIZE);
    if (!from) return E_AWAY;
    uintptr_t va = segment.p_va + whole;
    if (int r = space.add_page(va, segment_perm(segment)); r < 0) return r;
    memcpy(vmiter(space.pagetable, va).kptr(), from, rest);
    return 0;
}

// Of a segment that is only read, and has no zeros, the last page may have what follows in the
// file.
static int map_segment(const program& image, const elf_program& segment, address_space space) {
    bool is_all_file = segment.p_memsz == segment.p_filesz && !(segment.p_flags & ELF_PFLAG_WRITE);
    uint64_t mapped = is_all_file ? round_up(segment.p_filesz, PAGESIZE)
                                  : round_down(segment.p_filesz, PAGESIZE);
    uintptr_t file_end = segment.p_va + mapped;
    uintptr_t zeros = segment.p_va + round_up(segment.p_filesz, PAGESIZE);
    uintptr_t end = segment.p_va + round_up(segment.p_memsz, PAGESIZE);
    uint64_t perm = segment_perm(segment);
    region promise = {segment.p_va, file_end, perm, region_source::file, region_label::program};
    promise.first_page = uint32_t(segment.p_offset / PAGESIZE);
    promise.file_key = uint16_t(image.file_key);
    if (int r = space.regions->add(promise); r < 0) return E_NOMEM;
    if (zeros > file_end) {
        if (int r = make_last_page(image, segment, space); r < 0) return r;
    }
    return map_zeros(space, zeros, max(zeros, end), perm);
}

int load_program_file(const program& image, address_space space, uintptr_t& entry) {
    const uint8_t* header = find_page(image, 0);
    if (!header) return E_AWAY;
    if (const char* wrong = check_header(image, header)) {
        log_printf("refused program=%s: %s", image.name, wrong);
        return E_NOEXEC;
    }
    uintptr_t segments_end = PROC_START_ADDR;
    space.progress = nullptr;                       // it is begun anew as a whole
    for (auto& segment : elf_segments(header)) {
        if (!is_loaded(segment)) continue;
        if (int r = map_segment(image, segment, space); r < 0) return r;
        segments_end = max(segments_end, segment.p_va + round_up(segment.p_memsz, PAGESIZE));
    }
    start_heap(space, segments_end);
    entry = reinterpret_cast<const elf_header*>(header)->e_entry;
    return 0;
}
