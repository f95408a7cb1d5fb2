// file_copy.hh - bytes from pages of a file to a process's memory, and back
//
//    How many are copied stands in `progress`, which is 0 when a call begins; when the process was
//    blocked meanwhile, its call begins again and goes on from there.
#ifndef KINGLET_FILE_COPY_HH
#define KINGLET_FILE_COPY_HH
#include "memory/user_memory.hh"
#include "process/file_changes.hh"

// copy_from_file(p, file, to, offset)
//    Copy to the process from `offset` on, where the file has as many bytes. Returns how many,
//    `E_FAULT`, `E_NOMEM`, `E_IO`, `E_MORE`; or any error, if the process is blocked.
[[nodiscard]] int64_t copy_from_file(proc& p, int file, user_span to, uint64_t offset);

// copy_to_file(p, file, from, offset)
//    Copy from the process. The file has that size then, if it had less.
[[nodiscard]] int64_t copy_to_file(proc& p, int file, user_span from, uint64_t offset);

// wait_for_change(p, result)
//    What `begin_create` and the like have returned: a change has begun, or another one is under
//    way, and the process is blocked; or it is over already: `E_MORE`; or it is an error. Returns
//    an error.
[[nodiscard]] int wait_for_change(proc& p, int result);

// begin_of_call(p, place)
//    Where in its file a read or a write begins: at `place`. If it goes on, that is where it began
//    once, since another process may have moved the place.
uint64_t begin_of_call(proc& p, uint64_t place);

// end_of_call(p, result)
//    A read or a write returns `result`. Unless it goes on later, since the process is blocked or
//    memory may come, its progress is forgotten. Returns `result`.
int64_t end_of_call(proc& p, int64_t result);

#endif
