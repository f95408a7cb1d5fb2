// descriptors.hh - what each process's descriptors name: the console, open files, ends of pipes
//
//    What stands behind `files.hh`, which says what a descriptor is. Only the files beside it use
//    it.
//    Invariant: an end of a pipe counts as many descriptors as name it.
#ifndef KINGLET_DESCRIPTORS_HH
#define KINGLET_DESCRIPTORS_HH
#include "file_abi.hh"
#include "memory/user_memory.hh"
#include "process/proc.hh"

constexpr int open_limit = 64;

struct open_file_state {
    uint64_t place;                                 // of the next byte
    int8_t file;
    bool is_read, is_written;                       // what it may be used for
    int append;                                     // not 0: each write goes to the file's end
};

// What a descriptor names: nothing, the keyboard, what is printed; from `first_open_file` on an
// open file, from `first_pipe_end` on an end of a pipe
constexpr uint8_t closed = 0, keyboard = 1, printed = 2, first_open_file = 3;
constexpr uint8_t first_pipe_end = first_open_file + open_limit;

// begin_descriptors(pid), share_descriptors(parent, child), end_descriptors(pid)
//    As `begin_files` and so on say.
void begin_descriptors(pid_t pid);
void share_descriptors(pid_t parent, pid_t child);
void end_descriptors(pid_t pid);

// descriptor(p, fd)
//    What it names; `closed` too if there is no such descriptor.
uint8_t descriptor(const proc& p, int fd);

// set_descriptor(p, fd, named)
//    Let it name that, and no longer what it did. `fd` is one of a process's descriptors.
void set_descriptor(const proc& p, int fd, uint8_t named);

// free_descriptor(p, from)
//    The lowest one from `from` on that names nothing, or `E_MFILE`.
[[nodiscard]] int free_descriptor(const proc& p, int from);

// open_at(p, fd), pipe_end_at(p, fd)
//    The open file that a descriptor names, or null; the end of a pipe, or -1.
open_file_state* open_at(const proc& p, int fd);
int pipe_end_at(const proc& p, int fd);

// unused_open_file(), open_file_at(number)
//    An open file that no descriptor names, by its number, or `E_NFILE`; and what it is.
[[nodiscard]] int unused_open_file();
open_file_state& open_file_at(int number);

// open_pipe(p, out)
//    As `make_pipe` says.
[[nodiscard]] int open_pipe(proc& p, user_ptr<pipe_ends> out);

#endif
