#include "tests/prove/model_space.hh"

static bool is_below(const model_page& page, uintptr_t va) {
    return page.va < va;
}

const model_page* model_space::find(uintptr_t va) const {
    auto found = std::lower_bound(pages.begin(), pages.end(), va, is_below);
    return found != pages.end() && found->va == va ? &*found : nullptr;
}

const model_promise* model_space::find_promise(uintptr_t va) const {
    for (const model_promise& each : promises) {
        if (va >= each.start && va < each.end) return &each;
    }
    return nullptr;
}

void model_space::put(const model_page& page) {
    if (model_page* old = find(page.va)) {
        *old = page;
    } else {
        pages.insert(std::lower_bound(pages.begin(), pages.end(), page.va, is_below), page);
    }
}

void model_space::remove(uintptr_t start, uintptr_t end) {
    std::erase_if(pages, [&](const model_page& page) { return page.va >= start && page.va < end; });
}

// Make `[.., part.start)` and `part` one promise if they say the same.
static void append(std::vector<model_promise>& list, const model_promise& part) {
    if (!list.empty()) {
        model_promise& last = list.back();
        if (last.end == part.start && last.prot == part.prot && last.label == part.label) {
            last.end = part.end;
            return;
        }
    }
    list.push_back(part);
}

int64_t model_space::change_promises(uintptr_t start, uintptr_t end,
                                     const std::function<bool(model_promise&)>& change) {
    std::vector<model_promise> result;
    for (const model_promise& each : promises) {
        const uintptr_t edges[] = {each.start, std::clamp(start, each.start, each.end),
                                   std::clamp(end, each.start, each.end), each.end};
        for (int i = 0; i < 3; ++i) {
            model_promise part = {edges[i], edges[i + 1], each.prot, each.label};
            bool is_inside = i == 1;
            if (part.start < part.end && (!is_inside || change(part))) append(result, part);
        }
    }
    if (result.size() > max_regions) return E_NOMEM;
    promises = std::move(result);
    return 0;
}

int64_t model_space::add_promise(const model_promise& promise) {
    std::vector<model_promise> result;
    auto next = promises.begin();
    while (next != promises.end() && next->start < promise.start) result.push_back(*next++);
    append(result, promise);
    while (next != promises.end()) append(result, *next++);
    if (result.size() > max_regions) return E_NOMEM;
    promises = std::move(result);
    return 0;
}
