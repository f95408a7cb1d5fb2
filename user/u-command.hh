// u-command.hh - for programs that are commands: what they read, and how they complain
//
//    A command reads the files that its arguments name; without any, descriptor 0. One that was not
//    started by another process (`make run-cat`) reads what the machine has instead, so that there
//    is something to see.
#ifndef KINGLET_U_COMMAND_HH
#define KINGLET_U_COMMAND_HH
#include "u-file.hh"

// complain(format, ...)
//    Say in one line, on descriptor 2 and in the log, what is wrong, and end with status 1.
[[noreturn]] __attribute__((format(printf, 1, 2))) inline void complain(const char* format, ...) {
    char text[write_limit];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text) - 1, format, arguments);
    va_end(arguments);
    log_printf("%s", text);
    strcat(text, "\n");
    sys_write(2, text, strlen(text), COLOR_ERROR);
    exit(1);
}

// why(error)
//    What went wrong with a file, in words.
inline const char* why(int64_t error) {
    return error == E_NOENT ? "there is no such file" : strerror(int(error));
}

// open_input(name), write_all(name, fd, bytes, size)
//    What `sys_open` and `sys_write` do, for as many bytes as there are. Whoever cannot write
//    complains, but not if only nobody reads its pipe any more.
inline int open_input(const char* name) {
    int fd = sys_open(name, O_RDONLY);
    if (fd < 0) complain("%s: %s", name, why(fd));
    return fd;
}
inline void write_all(const char* name, int fd, const char* bytes, int64_t size) {
    for (int64_t done = 0; done < size;) {
        int64_t n = sys_write(fd, bytes + done, size_t(size - done));
        if (n == E_PIPE) exit(1);
        if (n < 0) complain("%s: %s", name, why(n));
        done += n;
    }
}

// for_each_file(function), for_each_input(names, default_name, function)
//    Call `function(fd, name)` for each file of the disk, or for what the command is to read: the
//    files that `names` has, up to a null pointer. Without a default name, these are all files.
template <typename F>
inline void for_each_file(F function) {
    file_info info;
    for (int next = 0; (next = sys_readdir(next, &info)) > 0;) {
        int fd = open_input(info.name);
        function(fd, info.name);
        sys_close(fd);
    }
}
template <typename F>
inline void for_each_input(char** names, const char* default_name, F function) {
    const char* default_names[] = {default_name, nullptr};
    bool has_starter = sys_getppid() != 0;
    if (!*names && has_starter) return function(0, "");
    if (!*names && !default_name) return for_each_file(function);
    for (const char* const* each = *names ? names : default_names; *each; ++each) {
        int fd = open_input(*each);
        function(fd, *each);
        sys_close(fd);
    }
}

#endif
