// file_sync.hh - when the disk is written: on request, after some time, at the end, for memory; and
// what follows when it has done something
//
//    Behind `files.hh`. What is written then, and in which order, `file_changes` knows.
#ifndef KINGLET_FILE_SYNC_HH
#define KINGLET_FILE_SYNC_HH
#include "memory/reclaim.hh"
#include "process/file_changes.hh"

// sync_now(p, file), sync_all(p)
//    Have the disk written what has been changed so far in a file, or in all: by `sys_write`, and
//    through mappings. Blocks the process meanwhile. Return 0, an error if the process is blocked,
//    `E_MORE`, or `E_IO`, `E_NOSPC`, `E_ROFS`.
[[nodiscard]] int sync_now(proc& p, int file);
[[nodiscard]] int sync_all(proc& p);

// sync_old_changes(now)
//    At tick `now`: write a file that has been changed for a while, then the next one.
void sync_old_changes(uint64_t now);

// take_all_transfers(now)
//    What the disk has done by tick `now`: note it, wake who waits, and have it do what comes next.
void take_all_transfers(uint64_t now);

// await_page(file, number)
//    Bring a page to the cache and wait for it, while no process runs. False if that cannot be.
[[nodiscard]] bool await_page(int file, uint32_t number);

// sync_step()
//    No process runs any more. Begin to write a file that has been changed, if none is being
//    written; false if there is none, or the disk has failed.
[[nodiscard]] bool sync_step();

// give_up_page()
//    Memory is wanted: give up a page of the cache; or, if all are dirty, have one written first.
[[nodiscard]] reclaim give_up_page();

#endif
