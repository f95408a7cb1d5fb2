// model_space.hh - one process's memory in the model: pages that are there, and what is promised
#ifndef KINGLET_PROVE_MODEL_SPACE_HH
#define KINGLET_PROVE_MODEL_SPACE_HH
#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>
#include "tests/prove/kernel_host.hh"
#include "layout.h"
#include "memory/region.hh"

// A page's contents, which never change: a write makes new ones. Null: zeros.
using page_bytes = std::shared_ptr<const std::array<char, PAGESIZE>>;

// Pages that have one frame are shared. Numbers are not used again.
using frame_number = uint32_t;
constexpr frame_number zero_frame = 0;  // the page of zeros

struct model_page {
    uintptr_t va = 0;
    frame_number frame = zero_frame;
    uint8_t prot = 0;                   // `PROT_*`; never `PROT_WRITE` with the page of zeros
    page_bytes bytes = nullptr;
};

struct model_promise {
    uintptr_t start = 0, end = 0;
    uint8_t prot = 0;
    region_label label = region_label::heap;
    bool operator==(const model_promise&) const = default;
};

struct model_space {
    std::vector<model_page> pages;      // sorted
    std::vector<model_promise> promises;                    // sorted, none overlap
    uintptr_t heap_start = 0, heap_break = 0;

    // The page or the promise there; null if none.
    const model_page* find(uintptr_t va) const;
    model_page* find(uintptr_t va) {
        return const_cast<model_page*>(std::as_const(*this).find(va));
    }
    const model_promise* find_promise(uintptr_t va) const;

    // A new page, in the place of one that is there
    void put(const model_page& page);
    // Without the pages in `[start, end)`
    void remove(uintptr_t start, uintptr_t end);

    // Both return 0, or `E_NOMEM` with nothing changed if there would be too many promises.
    // `add_promise`: nothing is promised there. `change_promises`: what lies in `[start, end)`
    // becomes what `change` makes of it, and goes where that returns false.
    int64_t add_promise(const model_promise& promise);
    int64_t change_promises(uintptr_t start, uintptr_t end,
                            const std::function<bool(model_promise&)>& change);
};

#endif
