#include "file_calls.hh"
#include "process/files.hh"

// Copy the name of a file. Returns 0 or an error.
static int copy_name(proc& p, user_ptr<char> from, char (&name)[file_name_limit + 2]) {
    int length = try_copy_in(name, p.space(), user_string{from.va, file_name_limit + 1});
    if (length < 0) return length;
    return unsigned(length) > file_name_limit ? E_NAMETOOLONG : 0;
}

int64_t syscall_open(proc& p, user_ptr<char> from, int flags) {
    char name[file_name_limit + 2];
    if (int r = copy_name(p, from, name); r < 0) return r;
    return open_file(p, name, flags);
}

int64_t syscall_close(proc& p, int fd) {
    return close_file(p, fd);
}

int64_t syscall_read(proc& p, int fd, uintptr_t buffer, size_t size) {
    return read_file(p, fd, {buffer, size});
}

int64_t syscall_pread(proc& p, int fd, uintptr_t buffer, size_t size, int64_t offset) {
    return read_file_at(p, fd, {buffer, size}, offset);
}

int64_t syscall_pwrite(proc& p, int fd, uintptr_t buffer, size_t size, int64_t offset) {
    return write_file_at(p, fd, {buffer, size}, offset);
}

int64_t syscall_ftruncate(proc& p, int fd, int64_t size) {
    return resize_file(p, fd, size);
}

int64_t syscall_unlink(proc& p, user_ptr<char> from) {
    char name[file_name_limit + 2];
    if (int r = copy_name(p, from, name); r < 0) return r;
    return remove_file(p, name);
}

int64_t syscall_rename(proc& p, user_ptr<char> from, user_ptr<char> to) {
    char name[file_name_limit + 2], new_name[file_name_limit + 2];
    if (int r = copy_name(p, from, name); r < 0) return r;
    if (int r = copy_name(p, to, new_name); r < 0) return r;
    return rename_file(p, name, new_name);
}

int64_t syscall_fsync(proc& p, int fd) {
    return sync_file(p, fd);
}

int64_t syscall_sync(proc& p) {
    return sync_files(p);
}

int64_t syscall_lseek(proc& p, int fd, int64_t offset, int whence) {
    return seek_file(p, fd, offset, whence);
}

int64_t syscall_dup2(proc& p, int fd, int to) {
    return copy_descriptor(p, fd, to);
}

int64_t syscall_pipe(proc& p, user_ptr<pipe_ends> out) {
    return make_pipe(p, out);
}

// Tell about a file, whose number this is, unless it is an error. Returns that too.
static int64_t tell(proc& p, int file, user_ptr<file_info> out) {
    if (file < 0) return file;
    if (int r = try_copy_out(p.space(), out, file_info{}); r < 0) return r;
    if (int r = try_copy_out(p.space(), out, info_of(file)); r < 0) return r;
    return file;
}

int64_t syscall_stat(proc& p, user_ptr<char> from, user_ptr<file_info> out) {
    char name[file_name_limit + 2];
    if (int r = copy_name(p, from, name); r < 0) return r;
    int64_t r = tell(p, file_named(name), out);
    return min(r, int64_t(0));
}

int64_t syscall_fstat(proc& p, int fd, user_ptr<file_info> out) {
    file_info info;
    if (int r = tell_descriptor(p, fd, info); r < 0) return r;
    if (int r = try_copy_out(p.space(), out, file_info{}); r < 0) return r;
    if (int r = tell_descriptor(p, fd, info); r < 0) return r;
    return try_copy_out(p.space(), out, info);
}

// Tell about the first file at or behind `position`. Returns the position behind it, or 0 if there
// is none.
int64_t syscall_readdir(proc& p, int position, user_ptr<file_info> out) {
    if (position < 0) return E_INVAL;
    int file = file_after(position);
    if (file == E_NOENT) return 0;
    int64_t r = tell(p, file, out);
    return r < 0 ? r : r + 1;
}
