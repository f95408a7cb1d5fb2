#include "process/files.hh"
#include "device/devices.hh"
#include "device/disk.hh"
#include "device/log.hh"
#include "device/timer.hh"
#include "memory/mapping.hh"
#include "process/console_input.hh"
#include "process/descriptors.hh"
#include "process/file_copy.hh"
#include "process/file_mappings.hh"
#include "process/file_sync.hh"
#include "process/pipe.hh"
#include "process/program_image.hh"

constexpr uint64_t file_size_limit = uint64_t(1) << 33; // bytes; tar has 11 octal digits

// What is in memory as long as the machine runs, one behind the other
constexpr size_t archive_pages = round_up(sizeof(archive), PAGESIZE) / PAGESIZE;

static uint8_t* fixed_memory;
static size_t fixed_pages;

/// Starting

void start_files() {
    unsigned slots = user_end == MEMSIZE_VIRTUAL ? weensy_cache_slots : big_cache_slots;
    size_t cache_pages = round_up(cache_bytes(slots), PAGESIZE) / PAGESIZE;
    fixed_pages = disk_memory_pages + archive_pages + cache_pages;
    fixed_memory = take_pages(fixed_pages);
    if (!fixed_memory) return warn("no files: there is no memory for them");
    uint64_t sectors = start_disk(fixed_memory) / page_sectors * page_sectors;
    if (sectors == 0) {
        return warn("no files: this machine has no second disk that is virtio or IDE");
    }
    uint8_t* at = fixed_memory + disk_memory_pages * PAGESIZE;
    void* cache = at + archive_pages * PAGESIZE;
    if (!mount_archive(sectors, at, cache)) {
        return warn("no files: the disk with them cannot be read");
    }
    clear_page(cache);
    start_cache(cache, slots);
    let_go_of = take_if_unused;
    if (mounted->damage()) warn("files can only be read: their archive is damaged");
    unsigned count = 0;
    for (int i = 0; i < entry_limit; ++i) count += mounted->entry(i).kind == entry_kind::file;
    log_printf("archive files=%u sectors=%lu of=%lu", count, mounted->end(), sectors);
}

unsigned pages_of_files() { return pipe_limit + unsigned(fixed_pages) + cache_slots; }

const void* page_of_files(unsigned n) {
    if (n < pipe_limit) return page_of_pipe(n);
    n -= pipe_limit;
    if (n < fixed_pages) return fixed_memory + n * PAGESIZE;
    n -= unsigned(fixed_pages);
    return cached_at(n).page;
}

/// The disk

void take_transfers(uint64_t now) {
    if (mounted) take_all_transfers(now);
}

void finish_files() {
    for (int i = 0; i < disk_patience && mounted; ++i) {
        if (!sync_step()) return;
        take_transfers(ticks);
    }
}

reclaim make_some_room() {
    reclaim room = mounted ? give_up_page() : reclaim::nothing;
    return room == reclaim::nothing ? make_room() : room;
}

/// Descriptors

void begin_files(pid_t pid) { begin_descriptors(pid); }

void share_files(pid_t parent, pid_t child) { share_descriptors(parent, child); }

void end_files(pid_t pid) {
    end_descriptors(pid);
    leave_console(pid);
}

bool is_console(const proc& p, int fd) { return descriptor(p, fd) == printed; }

bool type_key(int key) { return take_typed(key); }

bool is_keyboard_taken() { return is_console_read(); }

// Find the file, or make it, or empty it, as `flags` say. Returns its number or an error.
static int prepare_file(proc& p, const char* name, int flags) {
    uint64_t& has_made = p.progress;                // it is there because this call made it
    bool is_written = (flags & O_ACCMODE) != O_RDONLY;
    int file = file_named(name);
    if (file == E_NOENT && (flags & O_CREAT) && mounted) {
        int r = begin_create(name);
        if (r != E_AGAIN) has_made = r == 0;        // E_AGAIN: perhaps our own is under way
        return wait_for_change(p, r);
    }
    bool is_new = has_made;
    has_made = false;
    if (file < 0) return file;
    if ((flags & O_EXCL) && (flags & O_CREAT) && !is_new) return E_EXIST;
    if (is_written && mounted->damage()) return E_ROFS;
    if ((flags & O_TRUNC) && is_written && file_sizes[file] > 0) {
        if (int r = take_loss(file); r < 0) return r;
        return wait_for_change(p, begin_resize(file, 0));
    }
    return file;
}

int open_file(proc& p, const char* name, int flags) {
    constexpr int known = O_ACCMODE | O_CREAT | O_EXCL | O_TRUNC | O_APPEND;
    int mode = flags & O_ACCMODE;
    if ((flags & ~known) || mode > O_RDWR) return E_INVAL;
    int fd = free_descriptor(p, 0), unused = unused_open_file();
    if (fd < 0) return fd;
    if (unused < 0) return unused;
    int file = prepare_file(p, name, flags);
    if (file < 0) return file;
    bool is_read = mode != O_WRONLY, is_written = mode != O_RDONLY;
    open_file_at(unused) = {0, int8_t(file), is_read, is_written, flags & O_APPEND};
    set_descriptor(p, fd, uint8_t(first_open_file + unused));
    return fd;
}

int close_file(proc& p, int fd) {
    if (descriptor(p, fd) == closed) return E_BADF;
    set_descriptor(p, fd, closed);
    return 0;
}

int copy_descriptor(proc& p, int fd, int to) {
    uint8_t d = descriptor(p, fd);
    if (d == closed || to < 0 || to >= descriptor_limit) return E_BADF;
    set_descriptor(p, to, d);
    return to;
}

int make_pipe(proc& p, user_ptr<pipe_ends> out) { return open_pipe(p, out); }

/// Reading

static int64_t read_at(proc& p, int file, user_span to, uint64_t offset) {
    uint64_t size = file_sizes[file];
    to.size = offset < size ? min(to.size, size - offset) : 0;
    return end_of_call(p, copy_from_file(p, file, to, offset));
}

int64_t read_file(proc& p, int fd, user_span to) {
    int end = pipe_end_at(p, fd);
    if (end >= 0) return read_pipe(p, unsigned(end), to);
    if (descriptor(p, fd) == keyboard) return read_console(p, to);
    open_file_state* open = open_at(p, fd);
    if (!open || !open->is_read) return E_BADF;
    uint64_t start = begin_of_call(p, open->place);
    int64_t n = read_at(p, open->file, to, start);
    if (n > 0) open->place = start + uint64_t(n);
    return n;
}

int64_t read_file_at(proc& p, int fd, user_span to, int64_t offset) {
    open_file_state* open = open_at(p, fd);
    if (!open) return descriptor(p, fd) == closed ? E_BADF : E_SPIPE;
    if (!open->is_read) return E_BADF;
    if (offset < 0) return E_INVAL;
    return read_at(p, open->file, to, uint64_t(offset));
}

/// Writing

static int64_t write_at(proc& p, int file, user_span from, uint64_t offset) {
    uint64_t end;
    if (mounted->damage()) return E_ROFS;
    if (__builtin_add_overflow(offset, from.size, &end) || end > file_size_limit) return E_FBIG;
    if (end > file_sizes[file] && !mounted->has_room(file, end)) return E_NOSPC;
    return end_of_call(p, copy_to_file(p, file, from, offset));
}

// The open file behind a descriptor, if it may be written to.
static int find_writable(const proc& p, int fd, open_file_state*& open) {
    open = open_at(p, fd);
    return open && open->is_written ? 0 : E_BADF;
}

int64_t write_file(proc& p, int fd, user_span from) {
    open_file_state* open;
    int end = pipe_end_at(p, fd);
    if (end >= 0) return write_pipe(p, unsigned(end), from);
    if (int r = find_writable(p, fd, open); r < 0) return r;
    uint64_t start = begin_of_call(p, open->append ? file_sizes[open->file] : open->place);
    int64_t n = write_at(p, open->file, from, start);
    if (n > 0) open->place = start + uint64_t(n);
    return n;
}

int64_t write_file_at(proc& p, int fd, user_span from, int64_t offset) {
    open_file_state* open;
    if (descriptor(p, fd) == printed || pipe_end_at(p, fd) >= 0) return E_SPIPE;
    if (int r = find_writable(p, fd, open); r < 0) return r;
    return offset < 0 ? E_INVAL : write_at(p, open->file, from, uint64_t(offset));
}

int resize_file(proc& p, int fd, int64_t size) {
    open_file_state* open;
    if (size < 0 || pipe_end_at(p, fd) >= 0) return E_INVAL;
    if (int r = find_writable(p, fd, open); r < 0) return r;
    if (uint64_t(size) > file_size_limit) return E_FBIG;
    if (file_sizes[open->file] == uint64_t(size)) return 0;
    if (int r = take_loss(open->file); r < 0) return r;
    return wait_for_change(p, begin_resize(open->file, uint64_t(size)));
}

int sync_file(proc& p, int fd) {
    open_file_state* open = open_at(p, fd);
    if (!open) return descriptor(p, fd) == closed ? E_BADF : E_INVAL;
    return sync_now(p, open->file);
}

int sync_files(proc& p) { return mounted ? sync_all(p) : 0; }

// Whether a descriptor names the file, or it is mapped.
static bool is_open(int file) {
    if (is_mapped(file)) return true;
    for (const proc& p : ptable) {
        for (int fd = 0; p.pagetable && fd < descriptor_limit; ++fd) {
            const open_file_state* open = open_at(p, fd);
            if (open && open->file == file) return true;
        }
    }
    return false;
}

int remove_file(proc& p, const char* name) {
    bool has_begun = p.progress != 0;
    int file = file_named(name);
    if (is_changing() && has_begun) return wait_for_change(p, E_AGAIN);
    p.progress = 0;
    if (file < 0) return has_begun ? 0 : file;
    if (is_open(file)) return E_BUSY;
    int r = begin_remove(file);
    p.progress = r == 0;
    return wait_for_change(p, r);
}

int rename_file(proc& p, const char* name, const char* to) {
    bool has_begun = p.progress != 0;
    int file = file_named(name), target = file_named(to);
    if (is_changing() && has_begun) return wait_for_change(p, E_AGAIN);
    p.progress = 0;
    if (file < 0) return has_begun ? 0 : file;
    if (target == file) return 0;
    if (target >= 0 && is_open(target)) return E_BUSY;
    if (is_changed(file)) return wait_for_change(p, begin_resize(file, file_sizes[file]));
    int r = begin_rename(file, to);
    p.progress = r == 0;
    return wait_for_change(p, r);
}

/// Places

int64_t seek_file(proc& p, int fd, int64_t offset, int whence) {
    open_file_state* open = open_at(p, fd);
    if (!open) return descriptor(p, fd) == closed ? E_BADF : E_SPIPE;
    uint64_t from;
    switch (whence) {
    case SEEK_SET: from = 0; break;
    case SEEK_CUR: from = open->place; break;
    case SEEK_END: from = file_sizes[open->file]; break;
    default: return E_INVAL;
    }
    int64_t place;
    if (__builtin_add_overflow(int64_t(from), offset, &place) || place < 0) return E_INVAL;
    open->place = uint64_t(place);
    return place;
}

/// What is there

int file_at(const proc& p, int fd) {
    const open_file_state* open = open_at(p, fd);
    return open ? open->file : E_BADF;
}

int tell_descriptor(const proc& p, int fd, file_info& info) {
    int file = file_at(p, fd), end = pipe_end_at(p, fd);
    info = file >= 0 ? info_of(file) : file_info{};
    if (file >= 0) return 0;
    if (descriptor(p, fd) == closed) return E_BADF;
    info.kind = end < 0 ? KIND_CONSOLE : KIND_PIPE;
    if (end >= 0) info.size = held_by_pipe(unsigned(end));
    strlcpy(info.name, end < 0 ? "console" : "pipe", sizeof(info.name));
    return 0;
}

int file_named(const char* name) { return mounted ? mounted->find(name) : E_NOENT; }

int file_after(int position) {
    for (int i = max(position, 0); mounted && i < entry_limit; ++i) {
        if (mounted->entry(i).kind == entry_kind::file) return i;
    }
    return E_NOENT;
}

file_info info_of(int file) {
    const archive_entry& entry = mounted->entry(file);
    file_info info = {};
    info.number = uint64_t(file);
    info.size = file_sizes[file];
    for (unsigned slot = 0; slot < cache_slots; ++slot) {
        info.cached += cached_at(slot).state == cached::ready && cached_at(slot).file == file;
    }
    strlcpy(info.name, entry.name, sizeof(info.name));
    return info;
}

/// Mapping

int map_file(const proc& p, int fd, int prot, region& mapping) {
    const open_file_state* open = open_at(p, fd);
    if (!open) return descriptor(p, fd) == closed ? E_BADF : E_NODEV;
    mapping.is_write_refused = mapping.is_shared && !open->is_written;
    if (!open->is_read || ((prot & PROT_WRITE) && mapping.is_write_refused)) return E_ACCES;
    mapping.source = region_source::file;
    mapping.file_key = uint16_t(open->file + 1);
    return 0;
}

int sync_mapped_file(proc& p, int file) { return sync_now(p, file); }

int bring_wanted_page(proc& p) {
    return min(get_page(p, wanted_page.file, wanted_page.number), 0);
}

fault_outcome bring_for_fault(proc& p) {
    int r = bring_wanted_page(p);
    if (r == 0 || p.state == P_BLOCKED) return fault_outcome::away;
    return r == E_NOMEM ? fault_outcome::out_of_memory : fault_outcome::unreadable;
}

/// Programs

const program* program_file(const char* name) {
    static program programs_there[entry_limit];     // by their files' numbers
    int file = file_named(name);
    if (file < 0) return nullptr;
    programs_there[file] = {mounted->entry(file).name, nullptr, file_sizes[file], nullptr,
                            uint64_t(file) + 1};
    return &programs_there[file];
}

bool await_wanted_page() { return await_page(wanted_page.file, wanted_page.number); }
