#include "store/page_cache.hh"
#include "abi.hh"

struct cache_table {
    cached_page slots[cache_slots];
    uint8_t lists[cache_slots];         // by hash value: 1 + the first slot; 0: none
    unsigned hand;                      // of the clock: the slot that it looks at next
};
static_assert(sizeof(cache_table) <= PAGESIZE);

static cache_table* table;

void start_cache(void* memory) {
    table = static_cast<cache_table*>(memory);
}

cached_page& cached_at(unsigned slot) {
    return table->slots[slot];
}

static uint8_t& list_of(int file, uint32_t number) {
    return table->lists[(number + unsigned(file) * 37) % cache_slots];
}

int find_cached(int file, uint32_t number) {
    for (unsigned next = list_of(file, number); next != 0; next = table->slots[next - 1].next) {
        cached_page& c = table->slots[next - 1];
        if (c.file != file || c.number != number) continue;
        c.was_used = true;
        return int(next - 1);
    }
    return -1;
}

void drop_cached(unsigned slot) {
    cached_page& c = table->slots[slot];
    uint8_t* link = &list_of(c.file, c.number);
    while (*link != slot + 1) link = &table->slots[*link - 1].next;
    *link = c.next;
    kfree(c.page);
    c = {};
}

// The clock: the next slot that may give way, or -1. Going round twice, it finds one if there is
// one.
static int find_droppable() {
    for (unsigned i = 0; i < 2 * cache_slots; ++i) {
        unsigned slot = table->hand;
        table->hand = (slot + 1) % cache_slots;
        cached_page& c = table->slots[slot];
        if (c.state != cached::ready || c.is_dirty) continue;
        if (!c.was_used) return int(slot);
        c.was_used = false;
    }
    return -1;
}

bool drop_any_cached() {
    int slot = find_droppable();
    if (slot >= 0) drop_cached(unsigned(slot));
    return slot >= 0;
}

static int find_empty() {
    for (unsigned i = 0; i < cache_slots; ++i) {
        if (table->slots[i].state == cached::empty) return int(i);
    }
    return -1;
}

int add_cached(int file, uint32_t number) {
    int slot = find_empty();
    if (slot < 0 && drop_any_cached()) slot = find_empty();
    if (slot < 0) return E_NOMEM;
    void* page = kalloc(PAGESIZE, PO_FILE);
    if (!page && drop_any_cached()) page = kalloc(PAGESIZE, PO_FILE);
    if (!page) return E_NOMEM;
    uint8_t& list = list_of(file, number);
    cached_page& c = cached_at(unsigned(slot));
    c = {page, number, int16_t(file), cached::coming, true, false, list};
    list = uint8_t(slot + 1);
    return slot;
}
