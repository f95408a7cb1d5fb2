#include "store/archive.hh"
#include "abi.hh"
#include "device/log.hh"

const char* plain_name(const char* name) {
    while (name[0] == '/' || (name[0] == '.' && name[1] == '/')) ++name;
    return name;
}

static bool is_folder(const char* name) {
    size_t length = strlen(name);
    return length > 0 && name[length - 1] == '/';
}

void archive::begin(uint64_t sectors) {
    limit_ = sectors;
    damage_ = nullptr;
    for (archive_entry& entry : entries_) entry.kind = entry_kind::unused;
    go_on(0);
}

// The next entry begins at `sector`; none does if that is the disk's end.
void archive::go_on(uint64_t sector) {
    end_ = start_ = sector;
    has_name_ = has_size_ = false;
    refusal_ = nullptr;
    expected_ = expected::header;
    next_ = sector < limit_ ? sector : no_sector;
}

// The archive ends here for Kinglet, which does not know what comes.
void archive::stop(const char* why) {
    log_printf("archive damaged sector=%lu: %s", next_, why);
    damage_ = why;
    next_ = no_sector;
}

void archive::take(const uint8_t* sector) {
    switch (expected_) {
    case expected::header: return take_header(sector);
    case expected::text: return take_text(sector);
    case expected::sparse: return take_sparse(sector, false);
    }
}

void archive::take_header(const uint8_t* sector) {
    auto& header = *reinterpret_cast<const tar_header*>(sector);
    uint64_t size;
    if (is_zero(sector)) {
        if (next_ != start_) return stop("the file that was announced is missing");
        next_ = no_sector;
        return;
    }
    if (!is_header(header)) return stop("this is no header");
    if (!read_number(header.size, sizeof(header.size), size)) return stop("its size is no number");
    bool is_text = header.type == tar_long_name || header.type == tar_extended;
    bool is_about_others = is_text || header.type == tar_long_link
        || header.type == tar_extended_all;
    if (!is_about_others && has_size_) size = size_;
    if (header.type > tar_file && header.type < tar_contiguous) size = 0;
    if (sectors_of(size) >= limit_ - next_) return stop("its contents are cut short");
    if (is_text) return begin_text(header.type, size);
    if (!is_about_others) return take_entry(header, size);
    next_ += 1 + sectors_of(size);
    if (header.type == tar_extended_all) return go_on(next_);
    if (next_ == limit_) stop("the link that was announced is missing");
}

// A text about the next entry follows.
void archive::begin_text(char type, uint64_t size) {
    if (size == 0 || size > extended_limit) return stop("its text about a file is too long");
    text_type_ = type;
    text_size_ = unsigned(size);
    text_read_ = 0;
    expected_ = expected::text;
    ++next_;
}

void archive::take_text(const uint8_t* sector) {
    unsigned size = min(text_size_ - text_read_, sector_size);
    memcpy(text_ + text_read_, sector, size);
    text_read_ += size;
    if (text_read_ == text_size_) {
        expected_ = expected::header;
        if (text_type_ == tar_long_name) {
            take_name(text_, strnlen(text_, text_size_));
        } else if (const char* wrong = take_records()) {
            return stop(wrong);
        }
    }
    if (++next_ == limit_) stop("the file that was announced is missing");
}

// Records are of the form "LENGTH KEY=VALUE", and each ends with a newline. Returns what is wrong.
const char* archive::take_records() {
    constexpr const char* wrong = "its records make no sense";
    for (unsigned at = 0; at < text_size_;) {
        unsigned left = text_size_ - at, length = 0, digits = 0;
        const char* record = text_ + at;
        for (; digits < left && isdigit(record[digits]) && length <= left; ++digits) {
            length = 10 * length + unsigned(record[digits] - '0');
        }
        if (length > left || length < digits + 2) return wrong;
        if (record[digits] != ' ' || record[length - 1] != '\n') return wrong;
        if (const char* r = take_record(record + digits + 1, length - digits - 2)) return r;
        at += length;
    }
    return nullptr;
}

// The record "KEY=VALUE" has `size` bytes.
const char* archive::take_record(const char* key, size_t size) {
    auto is = [&](const char* wanted) {
        size_t length = strlen(wanted);
        return size >= length && memcmp(key, wanted, length) == 0;
    };
    if (is("GNU.sparse.")) refusal_ = "it has holes";
    if (is("path=")) take_name(key + 5, strnlen(key + 5, size - 5));
    if (!is("size=")) return nullptr;
    size_ = 0;
    for (size_t i = 5; i < size; ++i) {
        if (!isdigit(key[i]) || size_ >> 59 != 0) return "its size is no number";
        size_ = 10 * size_ + unsigned(key[i] - '0');
    }
    has_size_ = true;
    return nullptr;
}

void archive::take_name(const char* name, size_t length) {
    if (length > file_name_limit) refusal_ = "its name is too long";
    length = min(length, size_t(file_name_limit));
    memcpy(name_, name, length);
    name_[length] = '\0';
    has_name_ = true;
}

// A header has come, or a list of holes behind it. The contents of the file come after the last.
void archive::take_sparse(const uint8_t* sector, bool is_first) {
    expected_ = expected::sparse;
    bool has_more = has_more_sparse(sector, is_first);
    ++next_;
    if (!has_more && sectors_of(size_) <= limit_ - next_) return go_on(next_ + sectors_of(size_));
    if (next_ == limit_ || !has_more) stop("its contents are cut short");
}

void archive::take_entry(const tar_header& header, uint64_t size) {
    if (!has_name_) read_name(header, name_);
    if (header.type == tar_sparse) refusal_ = "it has holes";
    const char* why = refusal_ ? refusal_ : keep(header, size);
    if (why) log_printf("archive skipped sector=%lu name=%s: %s", next_, plain_name(name_), why);
    if (header.type != tar_sparse) return go_on(next_ + 1 + sectors_of(size));
    size_ = size;
    take_sparse(reinterpret_cast<const uint8_t*>(&header), true);
}

// Put the entry into the table. Returns why that cannot be.
const char* archive::keep(const tar_header& header, uint64_t size) {
    const char* name = plain_name(name_);
    if (header.type == tar_folder || is_folder(name_)) return nullptr;
    switch (header.type) {
    case tar_file: case tar_file_of_old: case tar_contiguous: break;
    case '1': case '2': return "it is a link";
    case '3': case '4': case '6': return "it is a device";
    default: return "its kind is unknown";
    }
    if (name[0] == '\0') return "it has no name";
    if (strlen(name) > file_name_limit) return "its name is too long";
    bool is_room = strcmp(name, free_room_name) == 0;
    int older = find(name);
    if (older >= 0) entries_[older].kind = entry_kind::old;
    int slot = find_kind(entry_kind::unused);
    if (slot < 0) return is_room ? nullptr : "there are too many files";
    archive_entry& entry = entries_[slot];
    uint64_t mode = 0;
    entry.time = 0;
    (void)read_number(header.mode, sizeof(header.mode), mode);
    (void)read_number(header.time, sizeof(header.time), entry.time);
    entry.kind = is_room ? entry_kind::room : entry_kind::file;
    entry.mode = uint16_t(mode & 07777);
    entry.start = start_;
    entry.contents = next_ + 1;
    entry.size = size;
    strlcpy(entry.name, name, sizeof(entry.name));
    return nullptr;
}

int archive::find(const char* name) const {
    name = plain_name(name);
    for (int i = 0; i < entry_limit; ++i) {
        if (entries_[i].kind == entry_kind::file && strcmp(entries_[i].name, name) == 0) return i;
    }
    return E_NOENT;
}

int archive::find_kind(entry_kind kind) const {
    for (int i = 0; i < entry_limit; ++i) {
        if (entries_[i].kind == kind) return i;
    }
    return -1;
}
