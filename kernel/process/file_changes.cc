#include "process/file_changes.hh"
#include "device/disk.hh"
#include "device/log.hh"
#include "device/timer.hh"
#include "process/file_mappings.hh"
#include "process/wait.hh"

static archive_change change;
static int changing = -1;                           // the file; -1: no change is under way
static unsigned step;                               // which of the change's steps comes next,
static uint32_t part;                               // and which page of it
static bool is_transferring;                        // it waits for the disk
static int written_slot;                            // whose page that is; -1: none
static bool was_dirty;                              // whether that page was, before it was written
static uint64_t nbegun, nended;
static bool is_tidying;                             // what was asked for is done
static bool has_failed;                             // a step has, or the disk has for good
static bool is_of_archive;                          // what is being written is something that the
                                                    // archive says, and no file's contents
static bool is_lost[entry_limit];                   // a change of this file has failed
static uint8_t made[sector_size];

bool is_changing() { return changing >= 0; }
bool is_changing(int file) { return changing == file && !is_tidying; }

bool is_changed(int file) {
    const archive_entry& entry = mounted->entry(file);
    if (entry.kind != entry_kind::file) return false;
    return file_sizes[file] != entry.size || dirty_pages_of(file) > 0;
}

uint64_t changes_begun() { return nbegun; }
uint64_t changes_ended() { return nended; }
bool has_failed_writing() { return has_failed; }

int changed_file() {
    for (int file = 0; file < entry_limit; ++file) {
        if (is_changed(file)) return file;
    }
    return -1;
}

/// Steps

// Whether the disk still writes to a page: it may be one of a file that is to go.
static bool is_any_coming() {
    for (unsigned slot = 0; slot < cache_slots; ++slot) {
        if (cached_at(slot).state == cached::coming) return true;
    }
    return false;
}

static void write_to_disk(uint64_t sector, void* memory, uint64_t count) {
    is_transferring = true;
    begin_transfer(transfer::to_disk, sector, memory, unsigned(count * sector_size), change_key,
                   ticks);
}

// Write a page, of which `sectors` of the file are left, to `sector`. Until the disk has it, the
// page counts as changed, so that it does not give way. What a process writes to it from now on is
// for another change.
static void write_page(unsigned slot, uint64_t sector, uint64_t sectors) {
    clear_tail(changing);
    collect_writes(slot);
    written_slot = int(slot);
    is_of_archive = false;
    was_dirty = cached_at(slot).is_dirty;
    mark_dirty(slot);
    cached_at(slot).is_written_back = true;
    write_to_disk(sector, cached_at(slot).page, min(sectors, page_sectors));
}

static bool is_in_place() {
    const archive_entry& entry = mounted->entry(changing);
    return !change.is_removal && entry.kind == entry_kind::file
        && entry.contents == change.after.contents;
}

bool needs_no_memory() {
    return changing >= 0 && !has_failed && (is_tidying || is_in_place());
}

// Write a changed page of a file that stays where it is. False if there is none.
static bool write_changed_page() {
    uint64_t sectors = sectors_of(change.after.size);
    for (unsigned slot = 0; slot < cache_slots; ++slot) {
        const cached_page& c = cached_at(slot);
        uint64_t first = c.number * page_sectors;
        if (!c.is_dirty || c.is_written_back || c.file != changing || first >= sectors) continue;
        write_page(slot, change.after.contents + first, sectors - first);
        return true;
    }
    return false;
}

// Write the next page of a file that is written anew. If it is not in memory, bring it first.
static void write_next_page(const archive_step& s) {
    uint64_t first = part * page_sectors;
    int slot = find_cached(changing, part);
    if (slot < 0) {
        bool is_on_disk = uint64_t(part) * PAGESIZE < mounted->entry(changing).size;
        slot = is_on_disk ? begin_page(changing, part) : fresh_page(changing, part);
        if (slot < 0 || is_on_disk) return;         // without memory: again at the next tick
    }
    switch (cached_at(unsigned(slot)).state) {
    case cached::coming: return;
    case cached::failed:
        drop_cached(unsigned(slot));
        has_failed = true;
        return;
    default: break;
    }
    write_page(unsigned(slot), s.sector + first, s.count - first);
    if (++part * page_sectors < s.count) return;
    part = 0;
    ++step;
}

// Whether what this step writes is part of what the archive says, and not in free room or behind
// the end. (A change that makes the archive longer does that first. If it goes no further, there is
// more free room on the disk than we know of, which does no harm.)
static bool changes_archive(const archive_step& s) {
    bool is_of_room = s.kind == archive_step::room_header && s.sector == change.taken;
    return change.is_removal || is_of_room || s.sector == change.after.start;
}

static void take_step() {
    const archive_step& s = change.steps[step];
    if (s.kind == archive_step::contents) {
        if (is_in_place()) ++step;                  // they are written already
        else write_next_page(s);
        return;
    }
    make_sector(change, s, made);
    written_slot = -1;
    is_of_archive = changes_archive(s);
    write_to_disk(s.sector, made, 1);
    ++step;
}

/// The end

// Forget pages of the file from byte `size` on; what is left of a page is followed by zeros.
static void drop_pages(int file, uint64_t size) {
    for (unsigned slot = 0; slot < cache_slots; ++slot) {
        cached_page& c = cached_at(slot);
        uint64_t start = uint64_t(c.number) * PAGESIZE;
        if (c.state != cached::ready || c.file != file || start + PAGESIZE <= size) continue;
        if (start >= size) {
            take_from_all(slot);
            drop_cached(slot);
        } else {
            memset(static_cast<uint8_t*>(c.page) + (size - start), 0, PAGESIZE - (size - start));
        }
    }
}

// The disk has the pages that were written to the file's new place, and looks for them there.
static void note_written_pages() {
    for (unsigned slot = 0; slot < cache_slots; ++slot) {
        const cached_page& c = cached_at(slot);
        if (c.is_written_back && c.file == changing) mark_clean(slot);
    }
}

static void finish_steps() {
    if (!is_tidying) {
        note_written_pages();
        clear_tail(changing);
        int target = mounted->find(change.after.name);
        if (!change.is_removal && target >= 0 && target != changing) drop_pages(target, 0);
        mounted->done(change);
        file_sizes[changing] = change.is_removal ? 0 : change.after.size;
        drop_pages(changing, file_sizes[changing]);
    } else {
        mounted->done(change);
    }
    if (!is_tidying) ++nended;
    is_tidying = mounted->tidy(change);
    changing = is_tidying ? change.file : -1;
    step = 0;
    if (!is_tidying) wake(wait_kind::page, any_transfer);
    wake(wait_kind::memory, 0);
}

// A step has failed. If the archive is as it was, so is the file now. Else nobody knows which
// header the disk has, and it is not written any more.
static void give_up() {
    int file = changing;
    changing = -1;
    log_printf("disk error: a change of %s has failed", change.after.name);
    if (!is_tidying) ++nended;
    if (is_of_archive) {
        log_printf("disk error: it is only read from here on");
    } else {
        const archive_entry& entry = mounted->entry(file);
        drop_pages(file, 0);
        file_sizes[file] = entry.kind == entry_kind::file ? entry.size : 0;
        is_lost[file] = true;
        has_failed = false;
    }
    wake(wait_kind::page, any_transfer);
    wake(wait_kind::memory, 0);
}

int take_loss(int file) {
    bool was_lost = is_lost[file];
    is_lost[file] = false;
    return was_lost ? E_IO : 0;
}

void go_on_changing() {
    while (changing >= 0 && !is_transferring) {
        if (has_failed) return give_up();
        if (!can_transfer()) return;
        // what still comes may come from the room that is going to be free
        if (step == 0 && is_tidying && is_any_coming()) return;
        if (step == 0 && !is_tidying && is_in_place() && write_changed_page()) return;
        if (step == change.nsteps) {
            finish_steps();
            continue;
        }
        unsigned before = step;
        take_step();
        if (step == before && !is_transferring && !has_failed) return;      // a page is coming
    }
}

// A page was written. If it was written to the file's new place, the old one still counts until the
// change is done: so the page does not give way, unless the old place has the same.
static void end_of_page(unsigned slot) {
    if (!cached_at(slot).is_written_back || (was_dirty && !is_in_place())) return;
    mark_clean(slot);
    wake(wait_kind::memory, 0);
}

void end_change_transfer(bool is_good) {
    is_transferring = false;
    has_failed |= !is_good;
    if (is_good && written_slot >= 0) end_of_page(unsigned(written_slot));
    go_on_changing();
}

/// The beginning

// Whether a change can be decided now. If an older file is still to be removed, that comes first.
static int check_idle() {
    if (has_failed || disk_is_dead()) return E_IO;
    if (changing >= 0 || is_any_coming()) return E_AGAIN;
    if (!mounted->tidy(change)) return 0;
    changing = change.file;
    is_tidying = true;
    step = part = 0;
    go_on_changing();
    return E_AGAIN;
}

// The change of this file was decided, unless it is an error.
static int begin(int file) {
    if (file < 0) return file;
    changing = file;
    is_tidying = false;
    step = part = 0;
    ++nbegun;
    go_on_changing();
    return 0;
}

// The same, unless it was begun already and has failed.
static int begin_unless_lost(int file) {
    int r = file < 0 ? 0 : take_loss(file);
    return r < 0 ? r : begin(file);
}

int begin_create(const char* name) {
    if (int r = check_idle(); r < 0) return r;
    int file = mounted->create(name, change);
    if (file >= 0) file_sizes[file] = 0;
    return begin_unless_lost(file);
}

int begin_resize(int file, uint64_t size) {
    if (int r = check_idle(); r < 0) return r;
    collect_writes_of(file);
    return begin(mounted->resize(file, size, change));
}

int begin_rename(int file, const char* name) {
    if (int r = check_idle(); r < 0) return r;
    return begin_unless_lost(mounted->rename(file, name, change));
}

int begin_remove(int file) {
    if (int r = check_idle(); r < 0) return r;
    return begin_unless_lost(mounted->remove(file, change));
}
