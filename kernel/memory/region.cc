#include "memory/region.hh"
#include "lib.hh"

void region_list::become(const region_list& other) {
    count_ = other.count_;
    for (size_t i = 0; i < count_; ++i) regions_[i] = other.regions_[i];
}

region* region_list::find(uintptr_t va) {
    for (region& r : *this) {
        if (va < r.end) return va >= r.start ? &r : nullptr;
    }
    return nullptr;
}

bool region_list::is_free(uintptr_t start, uintptr_t end) const {
    for (const region& r : *this) {
        if (r.start < end && start < r.end) return false;
    }
    return true;
}

// Whether region `b` goes on where `a` ends, and says the same about its pages.
static bool goes_on(const region& a, const region& b) {
    if (a.end != b.start || a.perm != b.perm || a.source != b.source || a.label != b.label) {
        return false;
    }
    if (a.file_key != b.file_key || a.is_shared != b.is_shared) return false;
    bool is_next_page = a.file_key == 0 || a.page_at(a.end) == b.first_page;
    return is_next_page && a.is_write_refused == b.is_write_refused;
}

int region_list::add(const region& promise) {
    if (promise.start >= promise.end) return 0;
    for (region& r : *this) {           // most often, one grows
        if (!goes_on(r, promise)) continue;
        r.end = promise.end;
        join();
        return 0;
    }
    if (count_ == max_regions) return E_NOPROMISE;
    size_t i = count_++;
    for (; i > 0 && regions_[i - 1].start > promise.start; --i) regions_[i] = regions_[i - 1];
    regions_[i] = promise;
    join();
    return 0;
}

// Make a border between two regions at `va` if it lies inside one. There is room for two more than
// may stay.
void region_list::split(uintptr_t va) {
    region* r = find(va);
    if (!r || r->start == va) return;
    for (region* last = end(); last > r; --last) last[0] = last[-1];
    ++count_;
    if (r->file_key != 0) r[1].first_page = r->page_at(va);
    r[0].end = r[1].start = va;
    r[1].faults = 0;
}

// Neighbours that say the same become one.
void region_list::join() {
    size_t last = 0;
    for (size_t i = 1; i < count_; ++i) {
        region& left = regions_[last];
        const region& right = regions_[i];
        if (goes_on(left, right)) {
            left.end = right.end;
            left.faults += right.faults;
        } else {
            regions_[++last] = right;
        }
    }
    if (count_ > 0) count_ = last + 1;
}

bool region_list::can_remove(uintptr_t start, uintptr_t end) {
    const region* r = find(start);
    bool is_cut_in_two = r && r->start < start && r->end > end;
    return !is_cut_in_two || count_ < max_regions;
}

int region_list::remove(uintptr_t start, uintptr_t end) {
    if (!can_remove(start, end)) return E_NOPROMISE;
    split(start);
    split(end);
    size_t kept = 0;
    for (const region& r : *this) {
        bool is_kept = r.end <= start || r.start >= end;
        if (is_kept && &r != regions_ + kept) regions_[kept] = r;
        kept += is_kept;
    }
    count_ = kept;
    return 0;
}

// The same without looking whether there will be too many.
void region_list::protect_all(uintptr_t start, uintptr_t end, uint64_t perm) {
    split(start);
    split(end);
    for (region& r : *this) {
        bool is_promise = r.source != region_source::nothing || r.label == region_label::mapping;
        if (r.start < start || r.end > end || !is_promise) continue;
        r.perm = perm;
    }
    join();
}

int region_list::protect(uintptr_t start, uintptr_t end, uint64_t perm) {
    if (count_ + 2 > max_regions) {
        region_list changed = *this;
        changed.protect_all(start, end, perm);
        if (changed.count_ > max_regions) return E_NOPROMISE;
    }
    protect_all(start, end, perm);
    return 0;
}
