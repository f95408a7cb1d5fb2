// u-fuzz-files.hh - random calls that have to do with files and pipes
//
//    Most use a descriptor that names something, and memory of the process's own. A process may wait
//    for ever at its own pipe: the first process ends who hangs.
#ifndef KINGLET_U_FUZZ_FILES_HH
#define KINGLET_U_FUZZ_FILES_HH
#include "u-fuzz.hh"

inline const char* any_file_name() {
    static const char* const names[] = {"a", "folder/b", "kinglet.txt", "nothing", "",
                                        ("a long name, longer than the hundred bytes which the "
                                         "first header of an archive has for it")};
    if (one_in(20)) return reinterpret_cast<const char*>(any_address());
    return names[below(sizeof(names) / sizeof(names[0]))];
}

inline int any_open_flags() {
    static constexpr int flags[] = {O_RDONLY, O_RDWR, O_RDWR | O_CREAT, O_WRONLY | O_APPEND,
                                    O_RDWR | O_CREAT | O_EXCL, O_WRONLY | O_CREAT | O_TRUNC};
    return one_in(20) ? int(any_number()) : flags[below(sizeof(flags) / sizeof(flags[0]))];
}

// Lower ones are used more often.
inline uint64_t any_descriptor() {
    return one_in(20) ? any_number() : 3 + below(1 + below(descriptor_limit - 3));
}

// Memory for at most 9,000 bytes, most often of the process's own
inline uint64_t any_place() {
    static uint8_t bytes[9000];
    return one_in(8) ? any_address() : reinterpret_cast<uint64_t>(bytes);
}

inline void make_call_about_names() {
    auto name = reinterpret_cast<uint64_t>(any_file_name());
    switch (below(5)) {
    case 0: call(SYSCALL_STAT, name, any_place()); return;
    case 1: call(SYSCALL_UNLINK, name); return;
    case 2: call(SYSCALL_RENAME, name, reinterpret_cast<uint64_t>(any_file_name())); return;
    case 3: call(SYSCALL_READDIR, any_number(), any_place()); return;
    default: call(SYSCALL_SYNC);
    }
}

// A byte through a new pipe, whose ends stay open
inline void use_new_pipe() {
    int fds[2];
    char byte = 'x';
    if (call(SYSCALL_PIPE, fds) < 0) return;
    call(SYSCALL_WRITE, uint64_t(fds[1]), reinterpret_cast<uint64_t>(&byte), 1);
    call(SYSCALL_READ, uint64_t(fds[0]), reinterpret_cast<uint64_t>(&byte), 1);
    if (byte != 'x') log_printf("not ok: expected a pipe's byte to be x, found %d", byte);
    if (one_in(2)) call(SYSCALL_CLOSE, uint64_t(fds[below(2)]));
}

inline void make_file_call() {
    uint64_t fd = any_descriptor(), size = one_in(9) ? any_number() : below(9000);
    switch (below(16)) {
    case 0:
    case 1:
    case 2:
        call(SYSCALL_OPEN, reinterpret_cast<uint64_t>(any_file_name()), uint64_t(any_open_flags()));
        return;
    case 3: call(SYSCALL_CLOSE, fd); return;
    case 4: call(SYSCALL_READ, fd, any_place(), size); return;
    case 5: call(SYSCALL_WRITE, fd, any_place(), below(9000)); return;
    case 6: call(SYSCALL_PREAD, fd, any_place(), size); return;
    case 7: call(SYSCALL_PWRITE, fd, any_place(), below(9000)); return;
    case 8: call(SYSCALL_LSEEK, fd, one_in(9) ? any_number() : below(20000), below(4)); return;
    case 9: call(SYSCALL_DUP2, fd, any_descriptor()); return;
    case 10: call(SYSCALL_FSTAT, fd, any_place()); return;
    case 11: call(SYSCALL_FTRUNCATE, fd, one_in(9) ? any_number() : below(20000)); return;
    case 12: call(SYSCALL_FSYNC, fd); return;
    case 13: call(SYSCALL_PIPE, any_place()); return;
    case 14: use_new_pipe(); return;
    default: make_call_about_names();
    }
}

#endif
