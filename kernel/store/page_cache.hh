// page_cache.hh - pages of files that are in memory
//
//    One table of slots. A page of a file is there once, whoever reads it, and is found by its file
//    and its number in constant time. What belongs to the cache belongs to `PO_FILE`, also while
//    processes have it mapped. The cache knows nothing of the disk, nor of processes: who adds a
//    page has it filled, and `let_go_of` takes it from those who have it mapped.
//    Invariant: a slot that is not `empty` has a page of its own.
#ifndef KINGLET_PAGE_CACHE_HH
#define KINGLET_PAGE_CACHE_HH
#include "page/pageinfo.hh"
#include "store/archive.hh"

constexpr unsigned weensy_cache_slots = 256, big_cache_slots = 1024;
extern unsigned cache_slots;            // how many there are: one of these; 0 without files

extern uint64_t file_sizes[entry_limit];            // as programs see them; on the disk a file may
                                                    // still have another size

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
    uint16_t next;                      // 1 + the next slot with the same hash value; 0: none
    cached state;
    bool was_used;                      // since the clock's hand last came by
    bool is_dirty;                      // it differs from what the disk has
    bool is_written_back;               // but the change that is under way has written it
};

// cache_bytes(slots)
//    How many bytes a table of so many slots takes.
size_t cache_bytes(unsigned slots);

// start_cache(memory, slots)
//    The table, which is empty and has so many slots, a power of two, is in this memory, which is
//    all zeros.
void start_cache(void* memory, unsigned slots);

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

// mark_dirty(slot), mark_clean(slot)
//    The page differs from what the disk has, whatever was written before; it does not any more.
void mark_dirty(unsigned slot);
void mark_clean(unsigned slot);

// dirty_pages(), dirty_pages_of(file)
//    How many pages are dirty.
unsigned dirty_pages();
unsigned dirty_pages_of(int file);

// drop_cached(slot)
//    Forget the page, and give up the cache's reference to it.
void drop_cached(unsigned slot);

// take_cached(slot)
//    Forget the page, which only the cache refers to and which is not dirty. It is the caller's.
[[nodiscard]] void* take_cached(unsigned slot);

// drop_any_cached()
//    Forget a page that is ready and not dirty. False if none was found.
bool drop_any_cached();

// let_go_of(slot)
//    Whether the page can be forgotten now: nobody but the cache refers to it, and it is not dirty.
//    If processes have it mapped, this may take it from them. Null: nobody has one mapped.
extern bool (*let_go_of)(unsigned slot);

#endif
