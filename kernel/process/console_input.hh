// console_input.hh - lines that a person types for a process that reads the console
//
//    From the first time that a process reads the console until no such process is there any more,
//    what is typed is theirs: characters, Enter, Backspace, Ctrl-D. All other keys stay the
//    kernel's, and so does any key that follows Escape. A line is given out when it is whole.
//    Invariant: whole lines come first in `text`, then the one that is being typed.
#ifndef KINGLET_CONSOLE_INPUT_HH
#define KINGLET_CONSOLE_INPUT_HH
#include "memory/user_memory.hh"
#include "process/proc.hh"

// read_console(p, to)
//    Take at most `to.size` bytes of the oldest line. Returns how many; 0 for the end that Ctrl-D
//    has typed. Blocks while no line is whole. `E_FAULT`, `E_NOMEM`: then the line is still there.
[[nodiscard]] int64_t read_console(proc& p, user_span to);

// leave_console(pid)
//    This process does not read any more: it has ended. After the last one, what was typed and not
//    read is forgotten.
void leave_console(pid_t pid);

// take_typed(key)
//    Whether a key (see `read_key`) is for those who read the console: then it is taken.
[[nodiscard]] bool take_typed(int key);

// is_console_read()
//    Whether keys belong to a process now.
bool is_console_read();

#endif
