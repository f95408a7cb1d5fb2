#include "mapping_calls.hh"
#include "memory/mapping.hh"
#include "process/files.hh"

bool is_permission(int prot) {
    constexpr int never = PROT_WRITE | PROT_EXEC;
    return !(prot & ~(PROT_READ | never)) && (prot & never) != never;
}

// Round `size` up to whole pages. Whether `[va, va + size)` then is a range of pages, which may be
// empty, within a process's addresses: 0 if so; `E_INVAL` if `va` is within no page's start,
// `E_NOPROMISE` if there can be nothing.
static int check_range(uintptr_t va, size_t& size) {
    if (va % PAGESIZE != 0) return E_INVAL;
    if (va < PROC_START_ADDR || va > user_end || size > user_end - va) return E_NOPROMISE;
    size = round_up(size, PAGESIZE);
    return 0;
}

// Let `wanted` be a mapping of the file behind `fd` from byte `offset` on.
static int want_file(const proc& p, int fd, int prot, int64_t offset, region& wanted) {
    constexpr uint64_t most_pages = uint64_t(1) << 32;
    if (int r = map_file(p, fd, prot, wanted); r < 0) return r;
    uint64_t first = PAGENUMBER(uint64_t(offset)), pages = PAGENUMBER(wanted.end - wanted.start);
    if (first + pages > most_pages) return E_OVERFLOW;
    wanted.first_page = uint32_t(first);
    return 0;
}

// Map a file, or zeros. Returns where.
int64_t syscall_mmap(proc& p, uintptr_t va, size_t size, int prot, int flags, int fd,
                     int64_t offset) {
    constexpr int known = MAP_SHARED | MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS;
    bool is_shared = (flags & MAP_SHARED) != 0, is_fixed = (flags & MAP_FIXED) != 0;
    bool has_file = !(flags & MAP_ANONYMOUS);
    if ((flags & ~known) || is_shared == ((flags & MAP_PRIVATE) != 0)) return E_INVAL;
    if (!is_permission(prot) || size == 0) return E_INVAL;
    if (has_file && (offset < 0 || offset % PAGESIZE != 0)) return E_INVAL;
    if (is_fixed) {
        if (int r = check_range(va, size); r < 0) return r;
    }
    if (size > user_end) return E_NOPROMISE;
    size = round_up(size, PAGESIZE);
    va = va < user_end ? round_down(va, PAGESIZE) : 0;
    uint64_t perm = PTE_P | (prot == PROT_NONE ? 0 : PTE_U) | (prot & PROT_WRITE ? PTE_W : 0)
        | (prot & PROT_EXEC ? 0 : PTE_XD);
    region wanted = {va, va + size, perm, region_source::zeros, region_label::mapping};
    wanted.is_shared = is_shared;
    if (has_file) {
        if (int r = want_file(p, fd, prot, offset, wanted); r < 0) return r;
    }
    int64_t start = map_memory(p.space(), wanted, is_fixed, p.begun_at);
    if (start >= 0) p.forget_progress();
    return start;
}

int64_t syscall_munmap(proc& p, uintptr_t va, size_t size) {
    if (size == 0 || check_range(va, size) < 0) return E_INVAL;
    return unmap_memory(p.space(), va, va + size);
}

// Wait until the disk has what was written in the files that are mapped there. `begun_at` is that
// of `sync_mapped_file`; `progress` says which regions are done.
static int sync_range(proc& p, uintptr_t start, uintptr_t end) {
    for (const region& r : p.regions) {
        bool is_due = r.end > max(start, p.progress) && r.start < end;
        if (r.file_key == 0 || !r.is_shared || !is_due) continue;
        if (int result = sync_mapped_file(p, r.file()); result < 0) return result;
        p.progress = r.end;
    }
    return 0;
}

int64_t syscall_msync(proc& p, uintptr_t va, size_t size, int flags) {
    constexpr int both = MS_ASYNC | MS_SYNC;
    if ((flags & ~(both | MS_INVALIDATE)) || (flags & both) == both) return E_INVAL;
    if (int r = check_range(va, size); r < 0) return r;
    if (p.progress == 0 && p.begun_at == 0) {
        if (int r = check_memory(p.space(), va, va + size); r < 0) return r;
    }
    if (flags & MS_SYNC) {
        if (int r = sync_range(p, va, va + size); r < 0) return r;
    }
    p.forget_progress();
    return 0;
}

// Say of each page whether it is in memory, in one byte: 1 or 0.
int64_t syscall_mincore(proc& p, uintptr_t va, size_t size, user_ptr<uint8_t> out) {
    uint8_t residents[64];
    if (int r = check_range(va, size); r < 0) return r;
    if (p.begun_at == 0) {
        if (int r = check_memory(p.space(), va, va + size); r < 0) return r;
        p.begun_at = 1;                             // they are there, as long as this call goes on
    }
    uint64_t pages = PAGENUMBER(size), part_end = min(p.progress + part_limit, pages);
    while (p.progress < part_end) {
        uint64_t n = min(part_end - p.progress, sizeof(residents));
        for (uint64_t i = 0; i < n; ++i) {
            residents[i] = is_resident(p.space(), va + PAGEADDRESS(p.progress + i));
        }
        user_span part = {out.va + p.progress, n};
        if (int r = try_copy_out(p.space(), part, residents); r < 0) return r;
        p.progress += n;
    }
    if (p.progress < pages) return E_MORE;
    p.forget_progress();
    return 0;
}

// Only one of the hints means something.
int64_t syscall_madvise(proc& p, uintptr_t va, size_t size, int advice) {
    if (advice < MADV_NORMAL || advice > MADV_DONTNEED) return E_INVAL;
    if (int r = check_range(va, size); r < 0) return r;
    if (int r = check_memory(p.space(), va, va + size); r < 0) return r;
    return advice == MADV_DONTNEED ? forget_memory(p.space(), va, va + size) : 0;
}
