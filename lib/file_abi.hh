// file_abi.hh - what a user program and the kernel agree on about files
#ifndef KINGLET_FILE_ABI_HH
#define KINGLET_FILE_ABI_HH
#include <stdint.h>

// At most so many files are open in a process, and no name is longer, in bytes.
constexpr int descriptor_limit = 16;
constexpr unsigned file_name_limit = 255;

// `sys_open`: what is to be done with the file
constexpr int O_RDONLY = 0;
constexpr int O_WRONLY = 1;
constexpr int O_RDWR = 2;
constexpr int O_CREAT = 0x40;           // if there is none of that name, make it
constexpr int O_EXCL = 0x80;            // and it is an error if there is one
constexpr int O_TRUNC = 0x200;          // it is empty then
constexpr int O_APPEND = 0x400;         // each write goes to its end
constexpr int O_ACCMODE = 3;            // these bits say which of them

// `sys_lseek`: where an offset counts from
#ifndef SEEK_SET                        // a host's own <stdio.h> has them
constexpr int SEEK_SET = 0;             // the file's beginning
constexpr int SEEK_CUR = 1;             // the place where the next byte is read
constexpr int SEEK_END = 2;             // its end
#endif

// `sys_write` to a pipe puts in up to so many bytes at once, with nobody's between them.
#ifndef PIPE_BUF                        // a host's own <limits.h> has it
constexpr int PIPE_BUF = 4096;
#endif

// `sys_pipe`: the descriptors of a pipe's ends
struct pipe_ends {
    int reader, writer;
};

// What a descriptor may name: `kind` below
constexpr uint64_t KIND_FILE = 0;
constexpr uint64_t KIND_PIPE = 1;
constexpr uint64_t KIND_CONSOLE = 2;

// `sys_stat`, `sys_fstat`, `sys_readdir`: what there is to tell of a file
struct file_info {
    uint64_t number;                    // the same for all who open it
    uint64_t size;                      // bytes; of a pipe, those that wait to be read
    uint64_t cached;                    // pages of it that are in memory
    char name[file_name_limit + 1];     // with folders: `folder/file`
    uint64_t kind;                      // `KIND_*`
};

#endif
