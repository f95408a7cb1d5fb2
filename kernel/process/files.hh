// files.hh - open files: from a process's descriptors to pages in the cache and sectors on the disk
//
//    The door to all that has to do with files. Behind it stand `file_copy` (to and from a
//    process's memory), `file_pages` (from the disk to the cache), `file_changes` (to the disk),
//    `descriptors`, `pipe` and `console_input`, and behind them `store/page_cache`, `store/archive`
//    and `device/disk`. A kernel without files has files_none.cc: there is no disk, and 1 is the
//    console.
//
//    A descriptor is a number from 0 to 15 that a process uses for the console, an end of a pipe,
//    or an open file, which has the place where the next byte is read. After `fork` both processes
//    use the same open file. What a descriptor names is there as long as one of any process names
//    it.
#ifndef KINGLET_FILES_HH
#define KINGLET_FILES_HH
#include "file_abi.hh"
#include "memory/fault.hh"
#include "memory/reclaim.hh"
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

// end_files(pid)
//    The process has stopped for good: all its descriptors are closed.
void end_files(pid_t pid);

// is_console(p, fd)
//    Whether what is written to this descriptor is printed.
bool is_console(const proc& p, int fd);

// type_key(key), is_keyboard_taken()
//    Whether a key is for a process that reads lines from the console: then it has it. Whether keys
//    now go to such a process.
[[nodiscard]] bool type_key(int key);
bool is_keyboard_taken();

// open_file(p, name, flags)
//    Open the file of that name; `flags` are `O_*`. Returns its descriptor, or `E_NOENT`, `E_MFILE`
//    (no descriptor is free), `E_NFILE` (too many files are open), `E_INVAL`, `E_ROFS`.
[[nodiscard]] int open_file(proc& p, const char* name, int flags);

// close_file(p, fd), copy_descriptor(p, fd, to)
//    Close a descriptor; let `to` name what `fd` names. Returns 0 or `to`, or `E_BADF`.
[[nodiscard]] int close_file(proc& p, int fd);
[[nodiscard]] int copy_descriptor(proc& p, int fd, int to);

// make_pipe(p, out)
//    Make a pipe, whose ends are the process's two lowest descriptors that were free; `*out` says
//    which. Returns 0, or `E_MFILE`, `E_NFILE`, `E_NOMEM`, `E_FAULT`.
[[nodiscard]] int make_pipe(proc& p, user_ptr<pipe_ends> out);

// read_file(p, fd, to), read_file_at(p, fd, to, offset)
//    Read to the process's memory, from the open file's place, which moves on, or from `offset`.
//    Returns how many bytes: all, or those up to the file's end. Blocks the process while pages
//    come, and goes on from there when it begins again. `E_BADF`, `E_INVAL`, `E_FAULT`, `E_NOMEM`,
//    `E_IO`: then the place is where it was. From a pipe and the console it reads what is there, as
//    `pipe.hh` and `console_input.hh` say.
[[nodiscard]] int64_t read_file(proc& p, int fd, user_span to);
[[nodiscard]] int64_t read_file_at(proc& p, int fd, user_span to, int64_t offset);

// write_file(p, fd, from), write_file_at(p, fd, from, offset)
//    Write the process's memory to the open file's place, which moves on (to the file's end first,
//    if it was opened with `O_APPEND`), or at `offset`. What is written is in the cache; the disk
//    has it after `sync_file`, some seconds later, or when the machine is switched off. Returns how
//    many bytes: all. Errors as for reading, and `E_ROFS`, `E_NOSPC`, `E_FBIG`; to a pipe,
//    `E_PIPE`.
[[nodiscard]] int64_t write_file(proc& p, int fd, user_span from);
[[nodiscard]] int64_t write_file_at(proc& p, int fd, user_span from, int64_t offset);

// resize_file(p, fd, size), remove_file(p, name), rename_file(p, name, to)
//    Change a file; the process is blocked until the disk has it. A file that is open is not
//    removed, nor replaced by another one: `E_BUSY`; nor is one that is mapped. Returns 0, or
//    `E_BADF`, `E_NOENT`, `E_INVAL`, `E_NAMETOOLONG`, `E_ROFS`, `E_NOSPC`, `E_FBIG`, `E_IO`.
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
//    (`SEEK_*`). Returns the new place, or `E_BADF`, `E_INVAL`, `E_SPIPE` for the console or a
//    pipe.
[[nodiscard]] int64_t seek_file(proc& p, int fd, int64_t offset, int whence);

// file_at(p, fd), file_named(name), file_after(position)
//    The number of an open file, of a name's file, or of the first file from that number on; then
//    `info_of` tells about it. Errors: `E_BADF`, `E_NOENT`.
[[nodiscard]] int file_at(const proc& p, int fd);
[[nodiscard]] int file_named(const char* name);
[[nodiscard]] int file_after(int position);
file_info info_of(int file);

// tell_descriptor(p, fd, info)
//    What there is to tell of a descriptor's file, pipe or console. Returns 0 or `E_BADF`.
[[nodiscard]] int tell_descriptor(const proc& p, int fd, file_info& info);

// program_file(name)
//    The program of that name on the disk: a file of exactly that name. Null if there is none.
const program* program_file(const char* name);

// await_wanted_page()
//    Have `wanted_page` read and wait for it, while no process runs. False if that cannot be.
[[nodiscard]] bool await_wanted_page();

// make_some_room()
//    Memory is wanted: free a page of a file that the disk has too. If there is none, but pages are
//    on their way to the disk, memory is woken when it has one of them (`reclaim::begun`). If no
//    file's page can give way, `make_room` is asked.
[[nodiscard]] reclaim make_some_room();

// map_file(p, fd, prot, mapping)
//    Let the region `mapping`, of which `is_shared` is set, be one of the file behind a descriptor,
//    with the permissions `prot` (`PROT_*`). Returns 0; or `E_BADF`, `E_NODEV` for the console,
//    `E_ACCES` if the file was not opened to be read, or what is written is to be shared and it was
//    not opened to be written to.
[[nodiscard]] int map_file(const proc& p, int fd, int prot, region& mapping);

// sync_mapped_file(p, file)
//    As `sync_file`, for a file that is mapped.
[[nodiscard]] int sync_mapped_file(proc& p, int file);

// bring_wanted_page(p)
//    Have `wanted_page` read, of a file that the process has mapped. Returns 0 if it is there now;
//    an error if the process is blocked until it is; `E_NOMEM`, `E_IO`.
[[nodiscard]] int bring_wanted_page(proc& p);

// bring_for_fault(p)
//    The same for a fault. Returns `away` if its instruction is to be executed again, now or when
//    the process is blocked no more; `out_of_memory`, `unreadable`.
[[nodiscard]] fault_outcome bring_for_fault(proc& p);

// page_of_files(n)
//    The `n`th page that belongs to `PO_FILE`, for `n < pages_of_files()`; null if it is none.
unsigned pages_of_files();
const void* page_of_files(unsigned n);

#endif
