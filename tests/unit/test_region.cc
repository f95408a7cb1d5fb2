// test_region.cc - lists of promises, against a plain map from page to promise
#include "host.hh"
#include "abi.hh"
#include "memory/region.cc"
#include <map>

namespace {

constexpr uintptr_t npages_here = 60;               // addresses are below this many pages

struct promise {
    uint64_t perm;
    region_source source;
    region_label label;
    bool operator==(const promise&) const = default;
};
using promises = std::map<uintptr_t, promise>;      // by page number

promises promises_of(const region_list& list) {
    promises result;
    for (const region& r : list) {
        for (uintptr_t va = r.start; va < r.end; va += PAGESIZE) result[va / PAGESIZE] = {r.perm, r.source, r.label};
    }
    return result;
}

// How many regions these take
size_t regions_for(const promises& all) {
    size_t count = 0;
    for (auto it = all.begin(); it != all.end(); ++it) {
        auto before = all.find(it->first - 1);
        count += before == all.end() || !(before->second == it->second);
    }
    return count;
}

void expect_in_order(const region_list& list) {
    ASSERT_LE(size_t(list.end() - list.begin()), max_regions);
    uintptr_t end = 0;
    for (const region& r : list) {
        ASSERT_LT(r.start, r.end);
        ASSERT_GE(r.start, end);
        ASSERT_EQ((r.start | r.end) % PAGESIZE, 0U);
        end = r.end;
    }
}

bool are_the_same(const region_list& a, const region_list& b) {
    if (a.end() - a.begin() != b.end() - b.begin()) return false;
    for (const region *x = a.begin(), *y = b.begin(); x != a.end(); ++x, ++y) {
        if (x->start != y->start || x->end != y->end || x->perm != y->perm || x->source != y->source
            || x->label != y->label || x->faults != y->faults) return false;
    }
    return true;
}

TEST(RegionList, DoesWhatAPlainMapDoesWhateverIsDoneToIt) {
    size_t refusals = 0;
    for (uint64_t seed = 1; seed <= rounds(20); ++seed) {
        random_numbers random(seed);
        region_list list;
        promises model;
        for (int i = 0; i < 2000; ++i) {
            SCOPED_TRACE("seed " + std::to_string(seed) + " step " + std::to_string(i));
            uintptr_t first = random.below(npages_here), last = first + 1 + random.below(random.one_in(4) ? 20 : 3);
            uintptr_t start = first * PAGESIZE, end = last * PAGESIZE;
            uint64_t perm = 4 + random.below(2);
            region_list before = list;
            promises wanted = model;
            int r = 0;
            switch (random.below(4)) {
            case 0: case 1: {
                auto source = region_source(random.below(2));
                auto label = region_label(random.below(3));
                bool is_free = true;
                for (uintptr_t pn = first; pn < last; ++pn) is_free &= model.count(pn) == 0;
                ASSERT_EQ(list.is_free(start, end), is_free);
                if (!is_free) break;
                for (uintptr_t pn = first; pn < last; ++pn) wanted[pn] = {perm, source, label};
                r = list.add({start, end, perm, source, label});
                break;
            }
            case 2:
                for (uintptr_t pn = first; pn < last; ++pn) wanted.erase(pn);
                r = list.remove(start, end);
                break;
            case 3:
                for (auto& [pn, each] : wanted) {
                    if (pn >= first && pn < last && each.source != region_source::nothing) each.perm = perm;
                }
                r = list.protect(start, end, perm);
                break;
            }
            expect_in_order(list);
            if (r < 0) {
                ++refusals;
                ASSERT_EQ(r, E_NOPROMISE);
                ASSERT_TRUE(are_the_same(list, before));
                ASSERT_GE(regions_for(wanted), max_regions) << "there was room";
            } else {
                model = wanted;
            }
            ASSERT_TRUE(promises_of(list) == model);
            ASSERT_GE(size_t(list.end() - list.begin()), regions_for(model));
            uintptr_t va = random.below(npages_here * PAGESIZE);
            region* found = list.find(va);
            ASSERT_EQ(found != nullptr, model.count(va / PAGESIZE) == 1);
            if (found) {
                ASSERT_TRUE(va >= found->start && va < found->end);
                ++found->faults;
            }
        }
    }
    EXPECT_GT(refusals, 50U) << "the list was never full";
}

region zeros(uintptr_t start, uintptr_t end, region_label label) {
    return {start, end, 7, region_source::zeros, label};
}

TEST(RegionList, NeighboursThatSayTheSameBecomeOneAndKeepTheirFaults) {
    region_list list;
    ASSERT_EQ(list.add(zeros(0x1000, 0x3000, region_label::heap)), 0);
    list.find(0x1000)->faults = 5;
    ASSERT_EQ(list.add(zeros(0x4000, 0x5000, region_label::heap)), 0);
    list.find(0x4000)->faults = 2;
    ASSERT_EQ(list.add(zeros(0x5000, 0x6000, region_label::stack)), 0);
    ASSERT_EQ(list.add(zeros(0x3000, 0x4000, region_label::heap)), 0);
    ASSERT_EQ(list.end() - list.begin(), 2);
    EXPECT_EQ(list.begin()->end, 0x5000U);
    EXPECT_EQ(list.begin()->faults, 7U);
    ASSERT_EQ(list.protect(0x2000, 0x3000, 5), 0);
    EXPECT_EQ(list.end() - list.begin(), 4);
    ASSERT_EQ(list.protect(0x0, 0x6000, 7), 0);
    EXPECT_EQ(list.end() - list.begin(), 2);
    EXPECT_EQ(list.begin()->faults, 7U);
}

TEST(RegionList, APromiseThatGrowsNeedsNoRoom) {
    region_list list;
    for (uintptr_t i = 0; i < max_regions; ++i) {
        ASSERT_EQ(list.add(zeros(i * 0x10000, i * 0x10000 + PAGESIZE, region_label::heap)), 0);
    }
    region_list before = list;
    EXPECT_EQ(list.add(zeros(0x8000, 0x9000, region_label::heap)), E_NOPROMISE);
    EXPECT_TRUE(are_the_same(list, before));
    EXPECT_EQ(list.add(zeros(0x1000, 0x2000, region_label::heap)), 0) << "behind the first one";
    EXPECT_EQ(list.protect(0x10000, 0x11000, 5), 0);
    EXPECT_EQ(list.protect(0x0, 0x1000, 5), E_NOPROMISE) << "half of the first one";
    EXPECT_EQ(list.remove(0x1000, 0x2000), 0);
    EXPECT_EQ(list.end() - list.begin(), long(max_regions));
}

}
