#include "abi.hh"
#include "store/archive.hh"

constexpr uint64_t end_mark = 2;                    // sectors of zeros
constexpr uint64_t name_sectors = 2;                // of a long name: a header, the name
constexpr unsigned room_mode = 0600;                // of the file as which free room appears
constexpr size_t short_name_limit = sizeof(tar_header::name);

static bool is_long(const char* name) {
    return strlen(name) > short_name_limit;
}

// Whether the file has one header, which alone says what it is.
static bool has_one_header(const archive_entry& entry) {
    return entry.contents == entry.start + 1;
}

void archive::begin_change(int file, archive_change& change) const {
    assert_eq(find_kind(entry_kind::old), -1);
    change = {};
    change.file = file;
    change.after = entries_[file];
    change.end = end_;
}

// Whether anything may be changed, so that a file has this name. Returns 0 or an error.
int archive::check_change(const char* name) const {
    size_t length = strlen(name);
    if (damage_) return E_ROFS;
    if (length > file_name_limit) return E_NAMETOOLONG;
    bool is_wrong = length == 0 || name[length - 1] == '/' || strcmp(name, free_room_name) == 0;
    return is_wrong ? E_INVAL : 0;
}

// A change takes at most two entries more: for a file, and for the rest of the room that it is in.
bool archive::has_room_for_entries() const {
    int unused = 0;
    for (const archive_entry& entry : entries_) unused += entry.kind == entry_kind::unused;
    return unused >= 2;
}

// Find `length` sectors of free room at or behind sector `behind`. False if the disk is full.
bool archive::find_room(uint64_t length, uint64_t behind, archive_change& change) const {
    const archive_entry* first = nullptr;
    for (const archive_entry& room : entries_) {
        if (room.kind != entry_kind::room || room.start < behind) continue;
        if (room.end() - room.start < length) continue;
        if (!first || room.start < first->start) first = &room;
    }
    if (!first) {
        grow(length, behind, change);
        return change.end + end_mark <= limit_;
    }
    change.taken = first->start;
    change.taken_end = first->end();
    return true;
}

// Let the archive end later: with `length` sectors of free room, of which some may be there. The
// new end is marked before the old mark becomes a header.
void archive::grow(uint64_t length, uint64_t behind, archive_change& change) const {
    change.taken = end_;
    for (const archive_entry& room : entries_) {
        bool is_last = room.kind == entry_kind::room && room.end() == end_;
        if (is_last && room.start >= behind) change.taken = room.start;
    }
    change.end = change.taken_end = change.taken + length;
    change.add({archive_step::zeros, change.end, 1, 0});
    change.add({archive_step::zeros, change.end + 1, 1, 0});
    change.add({archive_step::room_header, change.taken, length, 0});
}

// Write the file anew, at or behind sector `behind`, with this name and size.
int archive::replace(int file, const char* name, uint64_t size, uint64_t behind,
                     archive_change& change) {
    uint64_t before = is_long(name) ? name_sectors : 0;
    if (size >> 62 != 0 || !has_room_for_entries()) return E_NOSPC;
    if (!find_room(before + 1 + sectors_of(size), behind, change)) return E_NOSPC;
    archive_entry& after = change.after;
    after.kind = entry_kind::file;
    strlcpy(after.name, name, sizeof(after.name));
    after.size = size;
    after.start = change.taken;
    after.contents = after.start + before + 1;
    change.rest = after.end();
    uint64_t rest = change.taken_end - change.rest;
    if (rest > 0) change.add({archive_step::room_header, change.rest, rest, 0});
    if (size > 0) change.add({archive_step::contents, after.contents, sectors_of(size), 0});
    if (before > 0) {
        change.add({archive_step::file_header, after.contents - 1, 1, 0});
        change.add({archive_step::name, after.start + 1, 1, 0});
    }
    auto last = before > 0 ? archive_step::name_header : archive_step::file_header;
    change.add({last, after.start, 1, 0});
    return file;
}

int archive::create(const char* name, archive_change& change) {
    name = plain_name(name);
    if (int r = check_change(name); r < 0) return r;
    if (find(name) >= 0) return E_EXIST;
    if (!has_room_for_entries()) return E_NOSPC;
    begin_change(find_kind(entry_kind::unused), change);
    change.after.mode = 0644;
    change.after.time = 0;
    return replace(change.file, name, 0, 0, change);
}

int archive::resize(int file, uint64_t size, archive_change& change) {
    if (damage_) return E_ROFS;
    begin_change(file, change);
    archive_entry& after = change.after;
    uint64_t sectors = sectors_of(size);
    if (size == after.size) return file;            // only contents may be written, in place
    if (sectors != sectors_of(after.size) || !has_one_header(after)) {
        return replace(file, entries_[file].name, size, 0, change);
    }
    if (size > after.size) {
        uint64_t last = sectors - 1;
        change.add({archive_step::contents, after.contents + last, 1, last});
    }
    after.size = size;
    change.add({archive_step::file_header, after.start, 1, 0});
    return file;
}

bool archive::has_room(int file, uint64_t size) {
    archive_change change = {};
    change.after = entries_[file];
    if (sectors_of(size) == sectors_of(entries_[file].size)) return true;
    return replace(file, entries_[file].name, size, 0, change) >= 0;
}

int archive::rename(int file, const char* name, archive_change& change) {
    name = plain_name(name);
    if (int r = check_change(name); r < 0) return r;
    begin_change(file, change);
    int target = find(name);
    if (target == file) return file;
    archive_entry& after = change.after;
    uint64_t behind = target < 0 ? 0 : entries_[target].end();
    if (is_long(name) || !has_one_header(after) || after.start < behind) {
        return replace(file, name, after.size, behind, change);
    }
    strlcpy(after.name, name, sizeof(after.name));
    change.add({archive_step::file_header, after.start, 1, 0});
    return file;
}

int archive::remove(int file, archive_change& change) {
    if (damage_) return E_ROFS;
    begin_change(file, change);
    plan_removal(file, change);
    return file;
}

// The file's room, and what is free before and behind it, becomes one. At the archive's end, the
// archive ends earlier.
void archive::plan_removal(int file, archive_change& change) const {
    uint64_t start = entries_[file].start, end = entries_[file].end(), length = 0;
    while (length != end - start) {
        length = end - start;
        for (const archive_entry& room : entries_) {
            if (room.kind != entry_kind::room) continue;
            if (room.end() == start) start = room.start;
            if (room.start == end) end = room.end();
        }
    }
    change.is_removal = true;
    change.taken = change.rest = start;
    change.taken_end = end;
    change.add({archive_step::room_header, start, end - start, 0});
    if (end != end_ || start + end_mark > limit_) return;
    change.add({archive_step::zeros, start + 1, 1, 0});
    change.add({archive_step::zeros, start, 1, 0});
    change.end = start;
    change.rest = end;
}

bool archive::tidy(archive_change& change) {
    int old = find_kind(entry_kind::old);
    if (damage_ || old < 0) return false;
    change = {};
    change.file = old;
    change.end = end_;
    plan_removal(old, change);
    return true;
}

void archive::keep_room(uint64_t start, uint64_t end) {
    int slot = find_kind(entry_kind::unused);
    if (slot < 0) return;                           // tar knows it, and so do we after a start
    archive_entry& room = entries_[slot];
    room.kind = entry_kind::room;
    room.start = start;
    room.contents = start + 1;
    room.size = (end - start - 1) * sector_size;
}

void archive::done(const archive_change& change) {
    for (archive_entry& entry : entries_) {
        bool is_within = entry.start >= change.taken && entry.start < change.taken_end;
        if (is_within && entry.kind == entry_kind::room) entry.kind = entry_kind::unused;
    }
    archive_entry& entry = entries_[change.file];
    if (change.is_removal) {
        entry.kind = entry_kind::unused;
    } else {
        int target = find(change.after.name);
        if (target >= 0 && target != change.file) entries_[target].kind = entry_kind::old;
        archive_entry before = entry;
        entry = change.after;
        if (before.kind == entry_kind::file && before.start != entry.start) {
            before.kind = entry_kind::old;
            entries_[find_kind(entry_kind::unused)] = before;
        }
    }
    if (change.rest < change.taken_end) keep_room(change.rest, change.taken_end);
    end_ = change.end;
}

void make_sector(const archive_change& change, const archive_step& step, uint8_t* sector) {
    const archive_entry& after = change.after;
    auto header = [&](const char* name, char type, uint64_t size) {
        unsigned mode = name == free_room_name ? room_mode : after.mode;
        tar_header made = make_header(name, type, size, mode, after.time);
        memcpy(sector, &made, sizeof(made));
    };
    memset(sector, 0, sector_size);
    switch (step.kind) {
    case archive_step::zeros: break;
    case archive_step::contents: break;
    case archive_step::room_header:
        header(free_room_name, tar_file, (step.count - 1) * sector_size);
        break;
    case archive_step::name_header:
        header("././@LongLink", tar_long_name, strlen(after.name) + 1);
        break;
    case archive_step::name: memcpy(sector, after.name, strlen(after.name) + 1); break;
    case archive_step::file_header: header(after.name, tar_file, after.size); break;
    }
}
