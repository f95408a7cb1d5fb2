// boot_words.hh - what the person who started the machine asked for
//
//    One line of words, given to QEMU at run time: the first program's name, then `key=value`
//    words.
#ifndef KINGLET_BOOT_WORDS_HH
#define KINGLET_BOOT_WORDS_HH
#include "abi.hh"

struct boot_words {
    char line[256] = "";                // as given; empty if nothing was
    char program[program_name_limit + 2] = "allocators";    // what to start; cut if it is too long
    bool view = true;                   // somebody looks at the screen
    bool text = false;                  // and it is the programs': no picture is drawn
    bool audit = false;                 // check all of memory whenever it has changed
    int64_t pace = -1;                  // system calls a tick; 0: not slowed; -1: as `view` has it
    bool big = false;                   // use all memory, not only what the screen shows
    bool fork_copies = false;           // fork copies memory at once
    bool commit = true;                 // keep as many pages free as copies may need
    bool heap_is_eager = false;         // sbrk brings memory at once
    bool log_faults = false;            // log each page fault that becomes memory
    bool log_console = false;           // log what programs print
    bool files = false;                 // there is a second disk, with files
    uint64_t stop = 0;                  // power off at this tick; 0: never
    char keys[192] = "";                // keys to type: `TICK:KEY,...`

    // Whether the picture of memory is drawn while processes run
    bool has_picture() const { return view && !text; }
};

// read_boot_words()
//    Read the line from QEMU's firmware configuration device, if there is one, and take it apart.
//    Words that make no sense are logged as warnings and otherwise ignored.
boot_words read_boot_words();

#endif
