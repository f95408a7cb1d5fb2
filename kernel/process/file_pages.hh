// file_pages.hh - pages of files: brought from the disk to the cache
//
//    What stands behind `files.hh`: the archive that is mounted, and how a page of a file comes to
//    memory. Only the files beside it use it: `file_changes`, `file_copy` and `files.cc`.
#ifndef KINGLET_FILE_PAGES_HH
#define KINGLET_FILE_PAGES_HH
#include "process/proc.hh"
#include "store/archive.hh"
#include "store/page_cache.hh"

constexpr uint64_t page_sectors = PAGESIZE / sector_size;

// A process waits for the slot of a page, and a transfer has it as its key. Beside the slots:
constexpr unsigned any_transfer = 0x10000;          // to wait for: any transfer's or change's end
constexpr unsigned change_key = any_transfer + 1;   // of a transfer: it belongs to a change

extern archive* mounted;                            // null: there are no files

// take_pages(n)
//    So many pages of zeros, one behind the other, for as long as the machine runs. Null if the
//    first `n` free pages do not lie so.
uint8_t* take_pages(size_t n);

// mount_archive(sectors, at, buffer)
//    Read the archive of a disk of so many sectors, while nothing else runs; its table lies `at`
//    that address. `buffer` is a page. False if the disk fails.
[[nodiscard]] bool mount_archive(uint64_t sectors, void* at, void* buffer);

// begin_page(file, number)
//    Have a page read, of which the disk has some bytes. It is not in the cache. Returns its slot,
//    or `E_NOMEM`. `can_transfer()`.
[[nodiscard]] int begin_page(int file, uint32_t number);

// get_page(p, file, number)
//    The slot of a page that is in the cache and `ready`; where the disk has nothing, it holds
//    zeros. If the page is not there, has it read and the next ones too, blocks the process until
//    it has come, and returns `E_AGAIN`; the call that begins again then asks once more. `E_IO`,
//    `E_NOMEM`.
[[nodiscard]] int get_page(proc& p, int file, uint32_t number);

// finish_page(slot, is_good)
//    The page has come from the disk, or could not be read: it is `ready` or `failed` now.
void finish_page(unsigned slot, bool is_good);

// fresh_page(file, number)
//    A page of zeros, which is not in the cache and of which the disk has nothing. Returns its
//    slot, or `E_NOMEM`.
[[nodiscard]] int fresh_page(int file, uint32_t number);

// clear_tail(file)
//    In the file's last page, what is behind its end is zeros again, whatever a process has written
//    there through a mapping.
void clear_tail(int file);

#endif
