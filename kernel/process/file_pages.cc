#include "process/file_pages.hh"
#include "device/disk.hh"
#include "device/log.hh"
#include "device/timer.hh"
#include "process/wait.hh"

constexpr uint32_t pages_ahead = 3;                 // that are read before they are asked for

archive* mounted;

uint8_t* take_pages(size_t n) {
    auto first = static_cast<uint8_t*>(kalloc(PAGESIZE, PO_FILE));
    for (size_t i = 1; first && i < n; ++i) {
        if (kalloc(PAGESIZE, PO_FILE) != first + i * PAGESIZE) return nullptr;
    }
    if (first) memset(first, 0, n * PAGESIZE);
    return first;
}

bool mount_archive(uint64_t sectors, void* at, void* buffer) {
    uint64_t first = no_sector;                     // that is in `buffer`
    mounted = static_cast<archive*>(at);
    mounted->begin(sectors);
    while (mounted->wanted() != no_sector) {
        uint64_t sector = mounted->wanted();
        if (first == no_sector || sector - first >= page_sectors) {
            first = round_down(sector, page_sectors);
            if (!read_and_wait(first, buffer, PAGESIZE)) {
                mounted = nullptr;
                return false;
            }
        }
        mounted->take(static_cast<uint8_t*>(buffer) + (sector - first) * sector_size);
    }
    for (int i = 0; i < entry_limit; ++i) file_sizes[i] = mounted->entry(i).size;
    return true;
}

int begin_page(int file, uint32_t number) {
    const archive_entry& entry = mounted->entry(file);
    int slot = add_cached(file, number);
    if (slot < 0) return slot;
    void* page = cached_at(unsigned(slot)).page;
    uint64_t first = number * page_sectors;
    uint64_t count = min(sectors_of(entry.size) - first, page_sectors);
    if (count < page_sectors) clear_page(page);
    begin_transfer(transfer::from_disk, entry.contents + first, page,
                   unsigned(count * sector_size), unsigned(slot), ticks);
    return slot;
}

// Who reads a page will soon read the next ones. If there is no room for them, that is no error.
static void read_ahead(int file, uint32_t number) {
    uint64_t pages = round_up(mounted->entry(file).size, PAGESIZE) / PAGESIZE;
    for (uint32_t next = number + 1; next <= number + pages_ahead && next < pages; ++next) {
        if (find_cached(file, next) >= 0) continue;
        if (!can_transfer() || begin_page(file, next) < 0) return;
    }
}

int fresh_page(int file, uint32_t number) {
    int slot = add_cached(file, number);
    if (slot < 0) return slot;
    clear_page(cached_at(unsigned(slot)).page);
    cached_at(unsigned(slot)).state = cached::ready;
    return slot;
}

int get_page(proc& p, int file, uint32_t number) {
    int slot = find_cached(file, number);
    if (slot < 0 && uint64_t(number) * PAGESIZE >= mounted->entry(file).size) {
        return fresh_page(file, number);
    }
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

void finish_page(unsigned slot, bool is_good) {
    cached_page& c = cached_at(slot);
    const archive_entry& entry = mounted->entry(c.file);
    c.state = is_good ? cached::ready : cached::failed;
    if (!is_good) log_printf("disk error file=%s", entry.name);
    uint64_t start = uint64_t(c.number) * PAGESIZE;
    uint64_t size = start < entry.size ? entry.size - start : 0;    // it may be shorter now
    if (size < PAGESIZE) memset(static_cast<uint8_t*>(c.page) + size, 0, PAGESIZE - size);
}

void clear_tail(int file) {
    uint64_t within = file_sizes[file] % PAGESIZE;
    int slot = within == 0 ? -1 : find_cached(file, uint32_t(file_sizes[file] / PAGESIZE));
    if (slot < 0 || cached_at(unsigned(slot)).state != cached::ready) return;
    memset(static_cast<uint8_t*>(cached_at(unsigned(slot)).page) + within, 0, PAGESIZE - within);
}
