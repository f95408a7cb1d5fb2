// archive.hh - the files on a disk: a tar archive
//
//    A person makes, lists and unpacks the archive with `tar`. Kinglet keeps a table of its files
//    in memory. Nothing here reads or writes a disk: an archive says which sectors it needs
//    (`wanted`, `take`) and which are to be written, in which order (`archive_change`). So no
//    process waits here, and a test can stop after any sector.
//
//    Room that a removed file leaves is an entry too, named `.kinglet-free`. A file is put into the
//    first such room, in the disk's order, that is large enough; otherwise the archive grows at its
//    end.
//
//    Invariant: after each sector that is written, the disk holds a good archive, in which every
//    file is as it was before the change or as it is after it. Therefore a file whose contents take
//    more or fewer sectors is written anew elsewhere, and only then its old room is free. If two
//    entries have the same name, the later one counts, as it does for `tar`.
#ifndef KINGLET_ARCHIVE_HH
#define KINGLET_ARCHIVE_HH
#include "file_abi.hh"
#include "store/tar_header.hh"

constexpr int entry_limit = 64;                     // files and free rooms together
constexpr unsigned extended_limit = 2048;           // bytes of records about one file
constexpr uint64_t no_sector = uint64_t(-1);
constexpr char free_room_name[] = ".kinglet-free";

enum class entry_kind : uint8_t {
    unused,                             // no entry: the slot in the table is free
    file,
    room,                               // free room
    old,                                // a file that a later one replaces: soon free room
};

struct archive_entry {
    entry_kind kind;
    uint16_t mode;                      // as chmod(1) has it; Kinglet only keeps it
    uint64_t time;                      // of the last change, where it was made; kept too
    uint64_t start;                     // the sector of its first header
    uint64_t contents;                  // the first sector of its contents
    uint64_t size;                      // bytes
    char name[file_name_limit + 1];

    uint64_t end() const { return contents + sectors_of(size); }
};

// One step of a change
struct archive_step {
    enum kind {
        zeros,                          // write zeros to `sector`
        room_header,                    // write a header to it: free room of `count` sectors
        name_header,                    // the header of a long name
        name,                           // the long name
        file_header,
        contents,                       // write `count` sectors of the file's new contents there,
                                        // beginning with the sector number `first` of the file
    } kind;
    uint64_t sector;
    uint64_t count;
    uint64_t first;
};

// A change that was decided and is not yet on the disk. Whoever asked for it carries out `steps` in
// this order, each when the one before is on the disk, and then calls `archive::done`.
struct archive_change {
    static constexpr unsigned step_limit = 8;
    archive_step steps[step_limit];
    unsigned nsteps;

    int file;                           // what it is about
    bool is_removal;
    archive_entry after;                // what the file then is
    uint64_t taken, rest, taken_end;    // this room is used, and from `rest` on free
    uint64_t end;                       // where the archive then ends

    void add(archive_step step) { steps[nsteps++] = step; }
};

class archive {
public:
    // begin(sectors)
    //    Forget everything. The disk has so many sectors (0: there is no disk).
    void begin(uint64_t sectors);

    // wanted()
    //    The sector that `take` gets next; `no_sector` if the archive has been read to its end.
    uint64_t wanted() const { return next_; }

    // take(sector)
    //    The wanted sector is this. An entry that Kinglet cannot use is logged and left as it is.
    //    Where the archive is damaged, it ends, and can only be read.
    void take(const uint8_t* sector);

    // damage()
    //    What is wrong with the archive, and where; null if nothing is.
    const char* damage() const { return damage_; }
    uint64_t end() const { return end_; }

    // find(name)
    //    The number of the file of that name, from 0 to `entry_limit - 1`, or `E_NOENT`. It stays
    //    the same as long as the file is there. A `/` or `./` before a name means nothing.
    int find(const char* name) const;

    // entry(file)
    //    What the table says; `kind` may be any.
    const archive_entry& entry(int file) const { return entries_[file]; }

    // create(name, change), resize(file, size, change), rename(file, name, change),
    // remove(file, change)
    //    Decide how to make a new, empty file; give a file another size, or no step if it has that
    //    size; give it another name, in place of a file that has that name; remove it. Nothing
    //    changes before `done`, and no other change may be decided until then. Return the file's
    //    number, or `E_ROFS`, `E_NOSPC`, `E_EXIST` (create), `E_INVAL` (a name that no file may
    //    have), `E_NAMETOOLONG`.
    [[nodiscard]] int create(const char* name, archive_change& change);
    [[nodiscard]] int resize(int file, uint64_t size, archive_change& change);
    [[nodiscard]] int rename(int file, const char* name, archive_change& change);
    [[nodiscard]] int remove(int file, archive_change& change);

    // has_room(file, size)
    //    Whether `resize` would find room now.
    bool has_room(int file, uint64_t size);

    // done(change)
    //    The steps of `change` are on the disk.
    void done(const archive_change& change);

    // tidy(change)
    //    If there is a file that a later one replaces, decide to remove it, and return true.
    //    Before a change is decided, `tidy` is called until it returns false; after it too, since
    //    until then a start of the machine may still find what was before.
    [[nodiscard]] bool tidy(archive_change& change);

private:
    void go_on(uint64_t sector);
    void stop(const char* why);
    void take_header(const uint8_t* sector);
    void begin_text(char type, uint64_t size);
    void take_text(const uint8_t* sector);
    const char* take_records();
    const char* take_record(const char* key, size_t size);
    void take_name(const char* name, size_t length);
    void take_sparse(const uint8_t* sector, bool is_first);
    void take_entry(const tar_header& header, uint64_t size);
    const char* keep(const tar_header& header, uint64_t size);

    int find_kind(entry_kind kind) const;
    void keep_room(uint64_t start, uint64_t end);
    bool has_room_for_entries() const;
    int check_change(const char* name) const;
    int replace(int file, const char* name, uint64_t size, uint64_t behind,
                archive_change& change);
    bool find_room(uint64_t length, uint64_t behind, archive_change& change) const;
    void grow(uint64_t length, uint64_t behind, archive_change& change) const;
    void begin_change(int file, archive_change& change) const;
    void plan_removal(int file, archive_change& change) const;

    archive_entry entries_[entry_limit];
    uint64_t limit_ = 0;                // sectors of the disk
    uint64_t end_ = 0;                  // the sector behind the last entry
    const char* damage_ = nullptr;

    // While it is read:
    uint64_t next_ = no_sector;
    uint64_t start_ = 0;                // where the entry begins whose headers come now
    enum class expected : uint8_t { header, text, sparse } expected_ = expected::header;
    char text_type_ = 0;                // `tar_long_name` or `tar_extended`
    unsigned text_size_ = 0, text_read_ = 0;
    char text_[extended_limit];
    char name_[header_name_limit + 1];  // the entry's, if such a text told it
    bool has_name_ = false, has_size_ = false;
    uint64_t size_ = 0;                 // likewise
    const char* refusal_ = nullptr;     // why the entry cannot be used
};

// plain_name(name)
//    A name without what means nothing at its beginning: `/` and `./`.
const char* plain_name(const char* name);

// make_sector(change, step, sector)
//    The bytes that a step writes, which is none of `contents`.
void make_sector(const archive_change& change, const archive_step& step, uint8_t* sector);

#endif
