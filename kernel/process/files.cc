#include "process/files.hh"
#include "device/devices.hh"
#include "device/disk.hh"
#include "device/log.hh"
#include "device/timer.hh"
#include "process/wait.hh"
#include "store/archive.hh"
#include "store/page_cache.hh"

constexpr int open_limit = 64;
constexpr uint64_t page_sectors = PAGESIZE / sector_size;
constexpr uint32_t pages_ahead = 3;                 // that are read before they are asked for
constexpr uint64_t any_transfer = cache_slots;      // to wait for: the end of any request

// What is in memory as long as the machine runs, one behind the other
constexpr size_t archive_pages = round_up(sizeof(archive), PAGESIZE) / PAGESIZE;
constexpr size_t fixed_pages = disk_memory_pages + archive_pages + 1;
static_assert(fixed_pages + cache_slots <= pages_of_files);

struct open_file_state {
    uint64_t place;                                 // of the next byte
    int8_t file;
    uint8_t mode;                                   // of `O_ACCMODE`
};

// What a descriptor is: nothing, the keyboard, what is printed, or an open file by its number
constexpr uint8_t closed = 0, keyboard = 1, printed = 2, first_open_file = 3;

static archive* files;                              // null: there are none
static uint8_t* fixed_memory;
static open_file_state open_files[open_limit];
static uint8_t descriptors[NPROC][descriptor_limit];

bool has_files() { return files != nullptr; }

/// Starting

// So many pages of zeros, one behind the other. Null if there are none.
static uint8_t* take_pages(size_t n) {
    uint8_t* first = nullptr;
    for (size_t i = 0; i < n; ++i) {
        auto page = static_cast<uint8_t*>(kalloc(PAGESIZE, PO_FILE));
        if (i == 0) first = page;
        if (!page || page != first + i * PAGESIZE) return nullptr;
        clear_page(page);
    }
    return first;
}

// Read the archive, while nothing else runs: its headers, each with what follows it on a page.
static bool mount(void* buffer) {
    uint64_t first = no_sector;                     // that is in `buffer`
    while (files->wanted() != no_sector) {
        uint64_t sector = files->wanted();
        if (first == no_sector || sector - first >= page_sectors) {
            unsigned key;
            bool is_good = false;
            first = round_down(sector, page_sectors);
            begin_transfer(transfer::from_disk, first, buffer, PAGESIZE, 0, ticks);
            while (!ended_transfer(ticks, key, is_good)) pause();
            if (!is_good) return false;
        }
        files->take(static_cast<uint8_t*>(buffer) + (sector - first) * sector_size);
    }
    return true;
}

void start_files() {
    fixed_memory = take_pages(fixed_pages);
    if (!fixed_memory) return warn("no files: there is no memory for them");
    uint64_t sectors = start_disk(fixed_memory) / page_sectors * page_sectors;
    if (sectors == 0) return warn("no files: this machine has no second disk of a kind I know");
    uint8_t* at = fixed_memory + disk_memory_pages * PAGESIZE;
    files = reinterpret_cast<archive*>(at);
    files->begin(sectors);
    void* cache = at + archive_pages * PAGESIZE;
    if (!mount(cache)) {
        files = nullptr;
        return warn("no files: the disk with them cannot be read");
    }
    clear_page(cache);
    start_cache(cache);
    if (files->damage()) warn("files can only be read: their archive is damaged");
    unsigned count = 0;
    for (int i = 0; i < entry_limit; ++i) count += files->entry(i).kind == entry_kind::file;
    log_printf("archive files=%u sectors=%lu of=%lu", count, files->end(), sectors);
}

const void* page_of_files(unsigned n) {
    if (!fixed_memory) return nullptr;
    if (n < fixed_pages) return fixed_memory + n * PAGESIZE;
    unsigned slot = unsigned(n - fixed_pages);
    return files && slot < cache_slots ? cached_at(slot).page : nullptr;
}

/// Pages

// Have a page read that is not in the cache. Returns its slot, or `E_NOMEM`.
static int begin_page(int file, uint32_t number) {
    const archive_entry& entry = files->entry(file);
    int slot = add_cached(file, number);
    if (slot < 0) return slot;
    void* page = cached_at(unsigned(slot)).page;
    uint64_t first = number * page_sectors;
    uint64_t count = min(sectors_of(entry.size) - first, page_sectors);
    clear_page(page);
    begin_transfer(transfer::from_disk, entry.contents + first, page,
                   unsigned(count * sector_size), unsigned(slot), ticks);
    return slot;
}

// Who reads a page will soon read the next ones. If there is no room for them, that is no error.
static void read_ahead(int file, uint32_t number) {
    uint64_t pages = round_up(files->entry(file).size, PAGESIZE) / PAGESIZE;
    for (uint32_t next = number + 1; next <= number + pages_ahead && next < pages; ++next) {
        if (find_cached(file, next) >= 0) continue;
        if (!can_transfer() || begin_page(file, next) < 0) return;
    }
}

// The slot of a page that is within the file. Blocks the process until it is there. `E_IO`,
// `E_NOMEM`, `E_AGAIN` if the process is blocked.
static int get_page(proc& p, int file, uint32_t number) {
    int slot = find_cached(file, number);
    if (slot < 0) {
        if (disk_is_dead()) return E_IO;
        if (!can_transfer()) return block(p, {wait_kind::page, any_transfer});
        slot = begin_page(file, number);
        if (slot < 0) return slot;
        read_ahead(file, number);
    }
    switch (cached_at(unsigned(slot)).state) {
    case cached::coming: return block(p, {wait_kind::page, uint64_t(slot)});
    case cached::failed: drop_cached(unsigned(slot)); return E_IO;
    default: return slot;
    }
}

// A page has come, or will not. Behind the file's end it holds zeros.
static void finish_page(unsigned slot, bool is_good) {
    cached_page& c = cached_at(slot);
    c.state = is_good ? cached::ready : cached::failed;
    uint64_t size = files->entry(c.file).size - uint64_t(c.number) * PAGESIZE;
    if (size < PAGESIZE) memset(static_cast<uint8_t*>(c.page) + size, 0, PAGESIZE - size);
}

bool is_files_interrupt(int irq) {
    return is_disk_interrupt(irq);
}

void take_transfers(uint64_t now) {
    if (!files) return;
    unsigned slot;
    bool is_good;
    while (ended_transfer(now, slot, is_good)) {
        finish_page(slot, is_good);
        if (!is_good) log_printf("disk error file=%s", files->entry(cached_at(slot).file).name);
        wake(wait_kind::page, slot);
        wake(wait_kind::page, any_transfer);
    }
}

bool give_up_file_page() {
    return files && drop_any_cached();
}

/// Descriptors

void begin_files(pid_t pid) {
    memset(descriptors[pid], closed, descriptor_limit);
    descriptors[pid][0] = keyboard;
    descriptors[pid][1] = descriptors[pid][2] = printed;
}

void share_files(pid_t parent, pid_t child) {
    memcpy(descriptors[child], descriptors[parent], descriptor_limit);
}

static uint8_t descriptor(const proc& p, int fd) {
    return fd >= 0 && fd < descriptor_limit ? descriptors[p.pid][fd] : closed;
}

bool is_console(const proc& p, int fd) {
    return descriptor(p, fd) == printed;
}

static open_file_state* open_at(const proc& p, int fd) {
    uint8_t d = descriptor(p, fd);
    return d >= first_open_file ? &open_files[d - first_open_file] : nullptr;
}

// An open file that no descriptor names; -1 if there is none.
static int find_unused() {
    bool is_used[open_limit + first_open_file] = {};
    for (const proc& p : ptable) {
        for (int fd = 0; p.pagetable && fd < descriptor_limit; ++fd) {
            is_used[descriptors[p.pid][fd]] = true;
        }
    }
    for (int i = 0; i < open_limit; ++i) {
        if (!is_used[first_open_file + i]) return i;
    }
    return -1;
}

int open_file(proc& p, const char* name, int flags) {
    int mode = flags & O_ACCMODE, fd = 0;
    if (flags & ~O_ACCMODE || mode > O_RDWR) return E_INVAL;
    int file = file_named(name);
    if (file < 0) return file;
    if (mode != O_RDONLY) return E_ROFS;
    while (fd < descriptor_limit && descriptors[p.pid][fd] != closed) ++fd;
    if (fd == descriptor_limit) return E_MFILE;
    int unused = find_unused();
    if (unused < 0) return E_NFILE;
    open_files[unused] = {0, int8_t(file), uint8_t(mode)};
    descriptors[p.pid][fd] = uint8_t(first_open_file + unused);
    return fd;
}

int close_file(proc& p, int fd) {
    if (descriptor(p, fd) == closed) return E_BADF;
    descriptors[p.pid][fd] = closed;
    return 0;
}

int copy_descriptor(proc& p, int fd, int to) {
    uint8_t d = descriptor(p, fd);
    if (d == closed || to < 0 || to >= descriptor_limit) return E_BADF;
    descriptors[p.pid][to] = d;
    return to;
}

/// Reading

// Have the process's memory there, before a page is taken for the file: or the file's page could
// give way for the process's, which gives way for the file's, and so on.
static int touch(proc& p, user_span span) {
    const uintptr_t ends[] = {span.va, span.va + span.size - 1};
    for (uintptr_t va : ends) {
        uint8_t byte;
        if (int r = try_copy_in(&byte, p.space(), user_span{va, 1}); r < 0) return r;
        if (int r = try_copy_out(p.space(), user_span{va, 1}, &byte); r < 0) return r;
    }
    return 0;
}

// Copy what the process may have; `p.progress` bytes of it are copied already.
static int64_t copy_pages(proc& p, int file, user_span to, uint64_t offset) {
    while (p.progress < to.size) {
        uint64_t at = offset + p.progress, within = at % PAGESIZE;
        uint64_t size = min(to.size - p.progress, PAGESIZE - within);
        user_span part = {to.va + p.progress, size};
        if (find_cached(file, uint32_t(at / PAGESIZE)) < 0) {
            if (int r = touch(p, part); r < 0) return r;
        }
        int slot = get_page(p, file, uint32_t(at / PAGESIZE));
        if (slot < 0) return slot;
        auto page = static_cast<const uint8_t*>(cached_at(unsigned(slot)).page);
        if (int r = try_copy_out(p.space(), part, page + within); r < 0) return r;
        p.progress += size;
    }
    return int64_t(to.size);
}

static int64_t read_at(proc& p, int file, user_span to, uint64_t offset) {
    uint64_t size = files->entry(file).size;
    to.size = offset < size ? min(to.size, size - offset) : 0;
    int64_t result = copy_pages(p, file, to, offset);
    if (p.state != P_BLOCKED) p.progress = 0;
    return result;
}

int64_t read_file(proc& p, int fd, user_span to) {
    if (descriptor(p, fd) == keyboard) return 0;    // it gives nothing yet
    open_file_state* open = open_at(p, fd);
    if (!open || open->mode == O_WRONLY) return E_BADF;
    int64_t n = read_at(p, open->file, to, open->place);
    if (n > 0) open->place += uint64_t(n);
    return n;
}

int64_t read_file_at(proc& p, int fd, user_span to, int64_t offset) {
    open_file_state* open = open_at(p, fd);
    if (!open) return descriptor(p, fd) == closed ? E_BADF : E_SPIPE;
    if (open->mode == O_WRONLY) return E_BADF;
    if (offset < 0) return E_INVAL;
    return read_at(p, open->file, to, uint64_t(offset));
}

int64_t seek_file(proc& p, int fd, int64_t offset, int whence) {
    open_file_state* open = open_at(p, fd);
    if (!open) return descriptor(p, fd) == closed ? E_BADF : E_SPIPE;
    uint64_t from;
    switch (whence) {
    case SEEK_SET: from = 0; break;
    case SEEK_CUR: from = open->place; break;
    case SEEK_END: from = files->entry(open->file).size; break;
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

int file_named(const char* name) {
    return files ? files->find(name) : E_NOENT;
}

int file_after(int position) {
    for (int i = max(position, 0); files && i < entry_limit; ++i) {
        if (files->entry(i).kind == entry_kind::file) return i;
    }
    return E_NOENT;
}

file_info info_of(int file) {
    const archive_entry& entry = files->entry(file);
    file_info info = {};
    info.number = uint64_t(file);
    info.size = entry.size;
    for (unsigned slot = 0; slot < cache_slots; ++slot) {
        const cached_page& c = cached_at(slot);
        info.cached += c.state == cached::ready && c.file == file;
    }
    strlcpy(info.name, entry.name, sizeof(info.name));
    return info;
}
