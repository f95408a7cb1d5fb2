#include "process/file_copy.hh"
#include "memory/mapping.hh"
#include "process/wait.hh"

constexpr uint64_t most_in_a_part = uint64_t(part_limit) * PAGESIZE;

uint64_t begin_of_call(proc& p, uint64_t place) {
    if (p.begun_at == 0) p.begun_at = place + 1;
    return p.begun_at - 1;
}

int64_t end_of_call(proc& p, int64_t result) {
    bool may_go_on = p.state == P_BLOCKED || result == E_NOMEM || result == E_MORE
        || result == E_AWAY;
    if (!may_go_on) p.forget_progress();
    return result;
}

int wait_for_change(proc& p, int result) {
    if (result != E_AGAIN && result != 0) return result;
    if (result == 0 && !is_changing()) return E_MORE;           // it had nothing to write
    return block(p, {wait_kind::page, any_transfer});
}

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

// The slot of a page that is there; -1 if it is to be brought.
static int find_ready(int file, uint32_t number) {
    int slot = find_cached(file, number);
    return slot >= 0 && cached_at(unsigned(slot)).state == cached::ready ? slot : -1;
}

int64_t copy_from_file(proc& p, int file, user_span to, uint64_t offset) {
    uint64_t part_end = p.progress + most_in_a_part;
    while (p.progress < to.size) {
        if (p.progress >= part_end) return E_MORE;
        uint64_t at = offset + p.progress, within = at % PAGESIZE;
        uint64_t size = min(to.size - p.progress, PAGESIZE - within);
        user_span part = {to.va + p.progress, size};
        int slot = find_ready(file, uint32_t(at / PAGESIZE));
        if (slot < 0) {
            if (int r = touch(p, part); r < 0) return r;
            slot = get_page(p, file, uint32_t(at / PAGESIZE));
            if (slot < 0) return slot;
        }
        auto page = static_cast<const uint8_t*>(cached_at(unsigned(slot)).page);
        if (int r = try_copy_out(p.space(), part, page + within); r < 0) return r;
        p.progress += size;
    }
    return int64_t(to.size);
}

// What is written to a file that is being written to the disk waits; so it does when too many pages
// wait for the disk.
static int check_writable(proc& p, int file) {
    if (is_changing(file)) return wait_for_change(p, E_AGAIN);
    if (dirty_pages() < cache_slots * 3 / 4) return 0;
    int other = changed_file();
    return wait_for_change(p, begin_resize(other, file_sizes[other]));
}

int64_t copy_to_file(proc& p, int file, user_span from, uint64_t offset) {
    uint64_t part_end = p.progress + most_in_a_part;
    while (p.progress < from.size) {
        if (p.progress >= part_end) return E_MORE;
        uint64_t at = offset + p.progress, within = at % PAGESIZE;
        if (int r = check_writable(p, file); r < 0) return r;
        int slot = find_ready(file, uint32_t(at / PAGESIZE));
        if (slot < 0) slot = get_page(p, file, uint32_t(at / PAGESIZE));
        if (slot < 0) return slot;
        cached_page& c = cached_at(unsigned(slot));
        uint64_t size = min(from.size - p.progress, PAGESIZE - within);
        user_span part = {from.va + p.progress, size};
        if (at + size > file_sizes[file]) clear_tail(file);
        int r = try_copy_in(static_cast<uint8_t*>(c.page) + within, p.space(), part);
        if (r < 0) return r;
        mark_dirty(unsigned(slot));
        p.progress += size;
        file_sizes[file] = max(file_sizes[file], at + size);
    }
    return int64_t(from.size);
}
