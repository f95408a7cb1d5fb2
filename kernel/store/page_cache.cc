#include "store/page_cache.hh"
#include "abi.hh"


constexpr unsigned most_looked_at = 1024;           // slots, for one page that is to give way

unsigned cache_slots;
uint64_t file_sizes[entry_limit];
bool (*let_go_of)(unsigned slot);

static cached_page* slots;
static uint16_t* lists;                             // by hash value: 1 + the first slot; 0: none
static uint16_t first_empty;                        // 1 + the first empty slot; 0: there is none
static unsigned hand;                               // of the clock: the slot that it looks at next
static unsigned ndirty;
static uint16_t ndirty_of[entry_limit];

size_t cache_bytes(unsigned count) {
    return count * (sizeof(cached_page) + sizeof(uint16_t));
}

void start_cache(void* memory, unsigned count) {
    slots = static_cast<cached_page*>(memory);
    lists = reinterpret_cast<uint16_t*>(slots + count);
    cache_slots = count;
    first_empty = 1;
    for (unsigned slot = 0; slot < count; ++slot) {
        slots[slot].next = slot + 1 < count ? uint16_t(slot + 2) : uint16_t(0);
    }
}

cached_page& cached_at(unsigned slot) {
    return slots[slot];
}

static uint16_t& list_of(int file, uint32_t number) {
    return lists[(number + unsigned(file) * 37) & (cache_slots - 1)];
}

int find_cached(int file, uint32_t number) {
    for (unsigned next = list_of(file, number); next != 0; next = slots[next - 1].next) {
        cached_page& c = slots[next - 1];
        if (c.file != file || c.number != number) continue;
        c.was_used = true;
        return int(next - 1);
    }
    return -1;
}

void mark_dirty(unsigned slot) {
    cached_page& c = slots[slot];
    c.is_written_back = false;
    if (c.is_dirty) return;
    c.is_dirty = true;
    ++ndirty;
    ++ndirty_of[c.file];
}

void mark_clean(unsigned slot) {
    cached_page& c = slots[slot];
    c.is_written_back = false;
    if (!c.is_dirty) return;
    c.is_dirty = false;
    --ndirty;
    --ndirty_of[c.file];
}

unsigned dirty_pages() { return ndirty; }
unsigned dirty_pages_of(int file) { return ndirty_of[file]; }

// The slot is empty from now on.
static void empty(unsigned slot) {
    cached_page& c = slots[slot];
    mark_clean(slot);
    uint16_t* link = &list_of(c.file, c.number);
    while (*link != slot + 1) link = &slots[*link - 1].next;
    *link = c.next;
    c = {};
    c.next = first_empty;
    first_empty = uint16_t(slot + 1);
}

void drop_cached(unsigned slot) {
    void* page = slots[slot].page;
    empty(slot);
    kfree(page);
}

void* take_cached(unsigned slot) {
    void* page = slots[slot].page;
    empty(slot);
    return page;
}

// The clock: the next slot whose page may give way, or -1. A page that was used lately is passed
// over once.
static int find_droppable() {
    for (unsigned i = 0; i < min(2 * cache_slots, most_looked_at); ++i) {
        unsigned slot = hand;
        hand = (slot + 1) & (cache_slots - 1);
        cached_page& c = slots[slot];
        if (c.state != cached::ready || c.is_dirty) continue;
        if (!c.was_used && (!let_go_of || let_go_of(slot))) return int(slot);
        c.was_used = false;
    }
    return -1;
}

bool drop_any_cached() {
    int slot = find_droppable();
    if (slot >= 0) drop_cached(unsigned(slot));
    return slot >= 0;
}

int add_cached(int file, uint32_t number) {
    if (first_empty == 0 && !drop_any_cached()) return E_NOMEM;
    void* page = kalloc(PAGESIZE, PO_FILE);
    if (!page && drop_any_cached()) page = kalloc(PAGESIZE, PO_FILE);
    if (!page) return E_NOMEM;
    unsigned slot = first_empty - 1U;
    cached_page& c = slots[slot];
    first_empty = c.next;
    uint16_t& list = list_of(file, number);
    c = {page, number, int16_t(file), list, cached::coming, true, false, false};
    list = uint16_t(slot + 1);
    return int(slot);
}
