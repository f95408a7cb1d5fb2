#include "memory/mapping.hh"
#include "memory/cow.hh"
#include "memory/owed.hh"
#include "memory/promises.hh"
#include "memory/shared_tables.hh"
#include "store/page_cache.hh"

file_page wanted_page;

/// Faults

// The slot of a page of the mapping's file that can be mapped; -1 if it is not there.
static int find_ready(const region& mapping, uint32_t number) {
    int slot = find_cached(mapping.file(), number);
    return slot >= 0 && cached_at(unsigned(slot)).state == cached::ready ? slot : -1;
}

static bool is_in_file(const region& mapping, uint32_t number) {
    return uint64_t(number) * PAGESIZE < file_sizes[mapping.file()];
}

// Let an empty entry have the cache's page.
static void map_cached(const region& mapping, pt_entry& entry, int slot) {
    auto pa = reinterpret_cast<uintptr_t>(cached_at(unsigned(slot)).page);
    uint64_t perm = mapping.perm;
    if (mapping.is_shared) {
        perm |= PTE_SHARED;
    } else if (perm & PTE_W) {
        perm ^= PTE_W | PTE_COW;
    }
    set_entry(entry, pa | perm);
    ++page_at(pa).refcount;
}

// The same, quickly if the next slot has it: pages that were read one after the other.
static int find_ready_behind(const region& mapping, uint32_t number, int slot) {
    if (slot >= 0 && unsigned(slot) + 1 < cache_slots) {
        const cached_page& next = cached_at(unsigned(slot) + 1);
        bool is_it = next.number == number && next.file == mapping.file();
        if (is_it && next.state == cached::ready) return slot + 1;
    }
    return find_ready(mapping, number);
}

// Map what the cache has of the pages around `it`, all in the same table.
static void map_around(const region& mapping, const vmiter& it) {
    constexpr uintptr_t span = most_around * PAGESIZE;
    uintptr_t start = max(round_down(it.va(), span), mapping.start);
    uintptr_t end = min(round_down(it.va(), span) + span, mapping.end);
    pt_entry* entry = &it.entry() - (it.va() - start) / PAGESIZE;
    uint32_t number = mapping.page_at(start);
    if (end - start == PAGESIZE) return;
    for (int slot = -1; start < end; start += PAGESIZE, ++entry, ++number) {
        if (!is_in_file(mapping, number)) return;
        slot = find_ready_behind(mapping, number, slot);
        if (*entry == 0 && slot >= 0) map_cached(mapping, *entry, slot);
    }
}

// Let an empty entry have a copy of the cache's page; or the page itself, if there is no memory for
// a copy and nobody else has it: it can be read again.
static int map_copy(const address_space& space, const region& mapping, pt_entry& entry, int slot) {
    const cached_page& c = cached_at(unsigned(slot));
    physical_pageinfo& page = page_at(c.page);
    uint64_t copy = copy_of_page(reinterpret_cast<uintptr_t>(c.page) | mapping.perm, space.owner());
    if (copy == 0) {
        if (page.refcount > 1 || page.is_written || c.is_dirty) return E_NOMEM;
        copy = reinterpret_cast<uintptr_t>(take_cached(unsigned(slot))) | mapping.perm;
        page.owner = int8_t(space.owner());
        ++page_changes;
    }
    set_entry(entry, copy);
    return 0;
}

fault_result resolve_mapping(const address_space& space, region& mapping, vmiter& it,
                             uint64_t access) {
    uint32_t number = mapping.page_at(it.va());
    if (!is_in_file(mapping, number)) return {fault_outcome::beyond_file};
    // First, so that a page that has come is not given up for a page table.
    if (own_table(it) < 0 || it.reach_last_level() < 0) return {fault_outcome::out_of_memory};
    int slot = find_ready(mapping, number);
    if (slot < 0) {
        wanted_page = {mapping.file(), number};
        return {fault_outcome::away};
    }
    bool is_copied = !mapping.is_shared && (mapping.perm & PTE_W)
        && ((access & PFERR_WRITE) || fork_copies);
    if (is_copied) {
        if (map_copy(space, mapping, it.entry(), slot) < 0) return {fault_outcome::out_of_memory};
    } else {
        map_cached(mapping, it.entry(), slot);
        map_around(mapping, it);
        ++page_changes;
    }
    ++mapping.faults;
    return {fault_outcome::resolved, is_copied ? FAULT_COPY : FAULT_FILE};
}

/// Calls

// Where the first page in `[start, end)` is; 0 if none is there.
static uintptr_t first_page(address_space space, uintptr_t start, uintptr_t end) {
    vmiter it(space.pagetable, start);
    return it.find_live(end) ? it.va() : 0;
}

// The end of a place for `size` bytes that ends at `end` or below: nothing is there, nor promised.
// 0 if none was found.
static uintptr_t find_place(address_space space, uintptr_t size, uintptr_t end) {
    constexpr int most_obstacles = 1000;
    for (int i = 0; i < most_obstacles && end >= PROC_START_ADDR + size; ++i) {
        uintptr_t obstacle = 0;
        for (const region& r : *space.regions) {
            if (r.start < end && r.end > end - size) obstacle = r.start;
        }
        if (obstacle == 0) obstacle = first_page(space, end - size, end);
        if (obstacle == 0) return end;
        end = obstacle;
    }
    return 0;
}

// Put `wanted` where there is room for it, if it is not free where it would be.
static int place(address_space space, region& wanted) {
    uintptr_t size = wanted.end - wanted.start, end = 0;
    if (is_own_address(wanted.start) && wanted.end <= user_end) {
        end = find_place(space, size, wanted.end);
    }
    if (end != wanted.end) end = find_place(space, size, user_end);
    if (end == 0) return E_NOPROMISE;
    wanted.start = end - size;
    wanted.end = end;
    return 0;
}

// Take away what is where `wanted` is to be. If it could not be there then, nothing is taken away.
static int make_place(address_space space, const region& wanted, bool is_eager) {
    region_list changed = *space.regions;
    size_t pages = PAGENUMBER(wanted.end - wanted.start);
    if (is_eager && pages > free_pages - owed_pages) return E_NOMEM;
    if (int r = changed.remove(wanted.start, wanted.end); r < 0) return r;
    if (int r = changed.add(wanted); r < 0) return r;
    return unmap_memory(space, wanted.start, wanted.end);
}

// Shared memory: its pages, which nobody brings later. There is to be room for the region.
static int map_pages(address_space space, const region& wanted) {
    region_list changed = *space.regions;
    if (int r = changed.add(wanted); r < 0) return r;
    return space.add_pages(wanted.start, wanted.end,
                           wanted.perm | (wanted.is_shared ? PTE_SHARED : 0));
}

int64_t map_memory(address_space space, region wanted, bool is_fixed, uint64_t& begun) {
    bool is_eager = wanted.source == region_source::zeros && (wanted.is_shared || heap_is_eager);
    uintptr_t size = wanted.end - wanted.start;
    if (is_eager) wanted.source = region_source::nothing;
    if (begun == 0) {
        int r = is_fixed ? make_place(space, wanted, is_eager) : place(space, wanted);
        if (r < 0) return r;
        begun = wanted.start;
    }
    wanted.start = begun;
    wanted.end = begun + size;
    if (is_eager) {
        if (int r = map_pages(space, wanted); r < 0) return r;
    }
    if (int r = space.regions->add(wanted); r < 0) return r;
    return int64_t(wanted.start);
}

int unmap_memory(address_space space, uintptr_t start, uintptr_t end) {
    if (!space.regions->can_remove(start, end)) return E_NOPROMISE;
    if (int r = space.free_pages(start, end); r < 0) return r;
    return space.regions->remove(start, end);
}

int forget_memory(address_space space, uintptr_t start, uintptr_t end) {
    for (const region& each : *space.regions) {
        if (each.source == region_source::nothing) continue;
        int r = space.free_pages(max(start, each.start), min(end, each.end));
        if (r < 0) return r;
    }
    return 0;
}

int check_memory(address_space space, uintptr_t start, uintptr_t end) {
    work_part work(space.progress);
    for (uintptr_t va = max(start, work.begin()); va < end;) {
        if (work.is_over()) return work.stop(va);
        work.spend_on(va);
        const region* r = space.regions->find(va);
        if (r && r->label != region_label::guard) {
            va = r->end;
        } else if (vmiter(space.pagetable, va).state() != entry_state::empty) {
            va += PAGESIZE;
        } else {
            return E_NOPROMISE;
        }
    }
    return 0;
}

bool is_resident(address_space space, uintptr_t va) {
    if (vmiter(space.pagetable, va).state() == entry_state::present) return true;
    const region* r = space.regions->find(va);
    if (!r || r->file_key == 0 || !is_in_file(*r, r->page_at(va))) return false;
    return find_ready(*r, r->page_at(va)) >= 0;
}
