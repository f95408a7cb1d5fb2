// files.hh - open files: from a process's descriptors to pages in the cache and sectors on the disk
//
//    The door to all that has to do with files. Behind it stand `file_copy` (to and from a
//    process's memory), `file_pages` (from the disk to the cache) and `file_changes` (to the disk),
//    and behind them `store/page_cache`, `store/archive` and `device/disk`. A kernel without files
//    has files_none.cc: there is no disk, and 1 is the console.
//
//    A descriptor is a number from 0 to 15 that a process uses for an open file, which has the
//    place where the next byte is read. After `fork` both processes use the same open file. An open
//    file is there as long as a descriptor of a process that is there names it.
#ifndef KINGLET_FILES_HH
#define KINGLET_FILES_HH
#include "file_abi.hh"
#include "memory/user_memory.hh"
#include "process/proc.hh"

// start_files()
//    Find the disk and read what is in its archive. If there is none, say so.
void start_files();

// take_transfers(now)
//    Take what the disk has done by tick `now`, and wake who waits for it.
void take_transfers(uint64_t now);

// begin_files(pid), share_files(parent, child)
//    The descriptors of a new process: the console as 0, 1 and 2; or those of its parent.
void begin_files(pid_t pid);
void share_files(pid_t parent, pid_t child);

// is_console(p, fd)
//    Whether what is written to this descriptor is printed.
bool is_console(const proc& p, int fd);

// open_file(p, name, flags)
//    Open the file of that name; `flags` are `O_*`. Returns its descriptor, or `E_NOENT`, `E_MFILE`
//    (no descriptor is free), `E_NFILE` (too many files are open), `E_INVAL`, `E_ROFS`.
[[nodiscard]] int open_file(proc& p, const char* name, int flags);

// close_file(p, fd), copy_descriptor(p, fd, to)
//    Close a descriptor; let `to` name what `fd` names. Returns 0 or `to`, or `E_BADF`.
[[nodiscard]] int close_file(proc& p, int fd);
[[nodiscard]] int copy_descriptor(proc& p, int fd, int to);

// read_file(p, fd, to), read_file_at(p, fd, to, offset)
//    Read to the process's memory, from the open file's place, which moves on, or from `offset`.
//    Returns how many bytes: all, or those up to the file's end. Blocks the process while pages
//    come, and goes on from there when it begins again. `E_BADF`, `E_INVAL`, `E_FAULT`, `E_NOMEM`,
//    `E_IO`: then the place is where it was.
[[nodiscard]] int64_t read_file(proc& p, int fd, user_span to);
[[nodiscard]] int64_t read_file_at(proc& p, int fd, user_span to, int64_t offset);

// write_file(p, fd, from), write_file_at(p, fd, from, offset)
//    Write the process's memory to the open file's place, which moves on (to the file's end first,
//    if it was opened with `O_APPEND`), or at `offset`. What is written is in the cache; the disk
//    has it after `sync_file`, some seconds later, or when the machine is switched off. Returns how
//    many bytes: all. Errors as for reading, and `E_ROFS`, `E_NOSPC`, `E_FBIG`.
[[nodiscard]] int64_t write_file(proc& p, int fd, user_span from);
[[nodiscard]] int64_t write_file_at(proc& p, int fd, user_span from, int64_t offset);

// resize_file(p, fd, size), remove_file(p, name), rename_file(p, name, to)
//    Change a file; the process is blocked until the disk has it. A file that is open is not
//    removed, nor replaced by another one: `E_BUSY`. Returns 0, or `E_BADF`, `E_NOENT`, `E_INVAL`,
//    `E_NAMETOOLONG`, `E_ROFS`, `E_NOSPC`, `E_FBIG`, `E_IO`.
[[nodiscard]] int resize_file(proc& p, int fd, int64_t size);
[[nodiscard]] int remove_file(proc& p, const char* name);
[[nodiscard]] int rename_file(proc& p, const char* name, const char* to);

// sync_file(p, fd), sync_files(p)
//    Have the disk written what was written to this file, or to all. Blocks the process meanwhile.
[[nodiscard]] int sync_file(proc& p, int fd);
[[nodiscard]] int sync_files(proc& p);

// finish_files()
//    The same, while nothing else runs any more.
void finish_files();

// seek_file(p, fd, offset, whence)
//    Move the open file's place to `offset` from its beginning, from where it is, or from the end
//    (`SEEK_*`). Returns the new place, or `E_BADF`, `E_INVAL`, `E_SPIPE` for the console.
[[nodiscard]] int64_t seek_file(proc& p, int fd, int64_t offset, int whence);

// file_at(p, fd), file_named(name), file_after(position)
//    The number of an open file, of a name's file, or of the first file from that number on; then
//    `info_of` tells about it. Errors: `E_BADF`, `E_NOENT`.
[[nodiscard]] int file_at(const proc& p, int fd);
[[nodiscard]] int file_named(const char* name);
[[nodiscard]] int file_after(int position);
file_info info_of(int file);

// give_up_file_page()
//    Memory is wanted: free a page of a file that the disk has too. False if there is none.
[[nodiscard]] bool give_up_file_page();

// page_of_files(n)
//    The `n`th page that belongs to `PO_FILE`, for `n < pages_of_files`; null if it is none.
constexpr unsigned pages_of_files = 256;
const void* page_of_files(unsigned n);

#endif
