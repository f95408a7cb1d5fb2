#include "process/file_sync.hh"
#include "device/disk.hh"
#include "device/timer.hh"
#include "memory/leftovers.hh"
#include "memory/work_part.hh"
#include "process/file_copy.hh"
#include "process/file_mappings.hh"
#include "process/wait.hh"

constexpr uint64_t dirty_time = 5 * HZ;             // ticks after which what was written goes to
                                                    // the disk

// Wait for the change with the number `begun_at` of the process's call; 0: it has yet to begin. So
// the call ends though others may go on writing.
static int sync_changed(proc& p, int file) {
    if (p.begun_at == 0) {
        if (!is_changed(file) && !is_changing(file)) return take_loss(file);
        int r = begin_resize(file, file_sizes[file]);
        if (r != 0) return wait_for_change(p, r);
        p.begun_at = changes_begun();
    }
    if (changes_ended() < p.begun_at) return wait_for_change(p, E_AGAIN);
    p.begun_at = 0;
    return has_failed_writing() ? E_IO : take_loss(file);
}

// What processes have left is to be given back first: they may have written to pages.
int sync_now(proc& p, int file) {
    if (anything_left()) return E_MORE;
    if (p.begun_at == 0) collect_writes_of(file);
    return sync_changed(p, file);
}

int sync_all(proc& p) {
    if (anything_left()) return E_MORE;
    if (p.begun_at == 0 && p.progress == 0) collect_all_writes();
    for (; p.progress < entry_limit; ++p.progress) {
        if (int r = sync_changed(p, int(p.progress)); r < 0) return r;
    }
    p.progress = 0;
    return 0;
}

void sync_old_changes(uint64_t now) {
    static uint64_t next;
    if (now < next || is_changing()) return;
    int file = changed_file();
    if (file < 0) {
        collect_all_writes();
        file = changed_file();
    }
    if (file < 0 || begin_resize(file, file_sizes[file]) != 0) next = now + dirty_time;
}

bool sync_step() {
    if (is_changing()) return true;
    collect_all_writes();
    int file = changed_file();
    int r = file < 0 ? E_NOENT : begin_resize(file, file_sizes[file]);
    return r == 0 || r == E_AGAIN;
}

reclaim give_up_page() {
    // the clock's hand may have passed over pages that were used since it last came by
    if (drop_any_cached() || drop_any_cached()) return reclaim::done;
    if (!is_changing()) {
        int file = changed_file();
        int r = file < 0 ? E_NOENT : begin_resize(file, file_sizes[file]);
        if (r == E_AGAIN && !is_changing()) return reclaim::begun;      // a page is coming
    }
    return needs_no_memory() ? reclaim::begun : reclaim::nothing;
}

/// What the disk has done

void take_all_transfers(uint64_t now) {
    unsigned key;
    bool is_good;
    while (ended_transfer(now, key, is_good)) {
        if (key == change_key) {
            end_change_transfer(is_good);
        } else {
            finish_page(key, is_good);
            wake(wait_kind::page, key);
            wake(wait_kind::memory, 0);
        }
        wake(wait_kind::page, any_transfer);
    }
    go_on_changing();
    sync_old_changes(now);
}

bool await_page(int file, uint32_t number) {
    bool is_on_disk = uint64_t(number) * PAGESIZE < mounted->entry(file).size;
    for (int i = 0; i < disk_patience; ++i) {
        int slot = find_cached(file, number);
        if (slot >= 0 && cached_at(unsigned(slot)).state == cached::ready) return true;
        if (slot >= 0 && cached_at(unsigned(slot)).state == cached::failed) return false;
        if (slot < 0 && !is_on_disk) return fresh_page(file, number) >= 0;
        if (slot < 0 && !can_transfer()) return false;
        if (slot < 0 && begin_page(file, number) < 0) return false;
        take_all_transfers(ticks);
    }
    return false;
}
