// file_changes.hh - changes of the disk, one at a time
//
//    A change is a row of steps that `archive` has decided; each begins when the one before is on
//    the disk. It goes on by itself, from one interrupt to the next; who wants to know its end
//    waits for `any_transfer`. Before a file's header says something new, its pages are written.
//    If a write has failed, the change is given up, and what was written to its file is lost: the
//    file is as the disk has it. But if a header was being written, nothing is written any more:
//    then the disk is not known to be as we think.
#ifndef KINGLET_FILE_CHANGES_HH
#define KINGLET_FILE_CHANGES_HH
#include "process/file_pages.hh"

// begin_create(name), begin_resize(file, size), begin_rename(file, name), begin_remove(file)
//    Begin a change; `begin_resize` writes what was changed in the file too, and nothing else if
//    the size is the same. `E_AGAIN` if another one is under way; `E_IO` if the disk is not written
//    any more, or (except for `begin_resize`) if this change was begun before and has failed;
//    otherwise the errors of `archive`.
[[nodiscard]] int begin_create(const char* name);
[[nodiscard]] int begin_resize(int file, uint64_t size);
[[nodiscard]] int begin_rename(int file, const char* name);
[[nodiscard]] int begin_remove(int file);

// is_changing(), is_changing(file)
//    Whether a change is under way, or one of this file.
bool is_changing();
bool is_changing(int file);

// go_on_changing()
//    Begin the next step, if nothing has to end before. Called when a page has come, and each tick.
void go_on_changing();

// end_change_transfer(is_good)
//    The transfer with the key `change_key` has ended.
void end_change_transfer(bool is_good);

// take_loss(file)
//    Whether a change of the file has failed since this was last asked: `E_IO`, else 0. Who waited
//    for the end of `begin_resize`, or wants to know that all is on the disk, asks.
[[nodiscard]] int take_loss(int file);

// changes_begun(), changes_ended()
//    How many changes have begun, and how many of these have ended, well or not, since the start.
uint64_t changes_begun();
uint64_t changes_ended();

// has_failed_writing()
//    Whether the disk is not written any more.
bool has_failed_writing();

// needs_no_memory()
//    Whether the change that is under way goes on and makes pages clean, even if no memory is free.
bool needs_no_memory();

// changed_file()
//    A file that differs from what the disk has, or -1. What was written through mappings counts
//    once it is collected (`file_mappings.hh`).
int changed_file();
bool is_changed(int file);

#endif
