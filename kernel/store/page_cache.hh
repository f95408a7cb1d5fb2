// page_cache.hh - pages of files that are in memory
//
//    One table of slots. A page of a file is there once, whoever reads it, and is found by its file
//    and its number in constant time. What belongs to the cache belongs to `PO_FILE`. The cache
//    knows nothing of the disk: who adds a page has it filled.
//    Invariant: a slot that is not `empty` has a page of its own.
#ifndef KINGLET_PAGE_CACHE_HH
#define KINGLET_PAGE_CACHE_HH
#include "page/pageinfo.hh"

constexpr unsigned cache_slots = 128;

enum class cached : uint8_t {
    empty,
    coming,                             // the disk writes to the page
    ready,
    failed,                             // the disk could not read it
};

struct cached_page {
    void* page;
    uint32_t number;                    // which of its file's pages it is, from 0 on
    int16_t file;                       // as `archive::find` has it
    cached state;
    bool was_used;                      // since the clock's hand last came by
    bool is_dirty;                      // it differs from what the disk has
    uint8_t next;                       // 1 + the next slot with the same hash value; 0: none
};

// start_cache(memory)
//    The table, which is empty, is in this page of zeros.
void start_cache(void* memory);

// find_cached(file, number)
//    The slot of this page; -1 if it is not there.
int find_cached(int file, uint32_t number);

// cached_at(slot)
//    What is in a slot: `slot < cache_slots`.
cached_page& cached_at(unsigned slot);

// add_cached(file, number)
//    A slot for this page, which is not there: `coming`, with arbitrary contents. If no slot or no
//    memory is free, a page that is ready and not dirty gives way, one that was not used lately
//    before others. Returns the slot, or `E_NOMEM`.
[[nodiscard]] int add_cached(int file, uint32_t number);

// drop_cached(slot)
//    Forget the page, and free it.
void drop_cached(unsigned slot);

// drop_any_cached()
//    Forget a page that is ready and not dirty. False if there is none.
bool drop_any_cached();

#endif
