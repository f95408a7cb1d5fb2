// model_memory.cc - what the calls and accesses do to the memory of the model's processes
#include <cstring>
#include "tests/prove/model.hh"

constexpr int read_write = PROT_READ | PROT_WRITE;

// A new page of the process's own
void model::give_page(model_space& space, uintptr_t va, int prot, page_bytes bytes) {
    space.put({va, ++last_frame_, uint8_t(prot), std::move(bytes)});
}

// A page's contents that begin with these bytes
static page_bytes contents_of(std::string_view bytes) {
    if (bytes.find_first_not_of('\0') == bytes.npos) return nullptr;
    auto made = std::make_shared<std::array<char, PAGESIZE>>();
    memcpy(made->data(), bytes.data(), bytes.size());
    return made;
}

// What a process has when its program starts.
model_space model::load(const model_program& program) {
    model_space space;
    uintptr_t end = PROC_START_ADDR, top = settings_->user_end;
    for (const model_segment& segment : program.segments) {
        for (size_t offset = 0; offset < segment.size; offset += PAGESIZE) {
            std::string_view bytes = segment.bytes;
            bytes = bytes.substr(std::min(offset, bytes.size()), PAGESIZE);
            give_page(space, segment.va + offset, segment.prot, contents_of(bytes));
        }
        end = std::max(end, segment.va + segment.size);
    }
    bool is_big = top != MEMSIZE_VIRTUAL;
    space.heap_start = space.heap_break = round_up(end, is_big ? LARGE_PAGESIZE : PAGESIZE);
    uintptr_t stack = top - settings_->stack_bytes;
    bool may_grow = settings_->stack_bytes > PAGESIZE;
    space.add_promise({stack - PAGESIZE, stack, PROT_NONE, region_label::guard});
    if (may_grow) space.add_promise({stack, top, read_write, region_label::stack});
    give_page(space, top - PAGESIZE, read_write);
    return space;
}

// What a child gets: it shares what nobody may write, and with copy-on-write everything.
model_space model::copy(const model_space& space) {
    model_space result = space;
    for (model_page& page : result.pages) {
        if (settings_->fork_copies && (page.prot & PROT_WRITE)) page.frame = ++last_frame_;
    }
    return result;
}

// The page's contents may change: others that shared it do not have it any more.
void model::own(model_page& page) {
    if (page.frame == zero_frame) return;
    size_t users = 0;
    for (const auto& p : processes_) {
        for (const model_page& each : p->space.pages) users += each.frame == page.frame;
    }
    if (users > 1) page.frame = ++last_frame_;
}

// Whether a process that may do `prot` with a page may access it so
static bool is_permitted(int prot, uint64_t access) {
    return prot != PROT_NONE && (!(access & PFERR_WRITE) || (prot & PROT_WRITE))
        && (!(access & PFERR_FETCH) || (prot & PROT_EXEC));
}

// Let the process access one page if it may; a promise is kept on the way.
fault_outcome model::reach(pid_t pid, uintptr_t va, uint64_t access) {
    model_space& space = at(pid).space;
    bool is_write = access & PFERR_WRITE;
    uintptr_t start = round_down(va, PAGESIZE);
    if (model_page* page = space.find(start)) {
        if (is_permitted(page->prot, access)) {
            if (is_write) own(*page);
            return fault_outcome::resolved;
        }
        if (page->frame != zero_frame) return fault_outcome::refused;
    }
    const model_promise* promise = space.find_promise(va);
    if (!promise) return va < PAGESIZE ? fault_outcome::null_pointer : fault_outcome::refused;
    if (promise->label == region_label::guard) return fault_outcome::stack_overflow;
    if (!is_permitted(promise->prot, access)) return fault_outcome::refused;
    if (settings_->has_zero_page && !is_write) {
        space.put({start, zero_frame, uint8_t(promise->prot & ~PROT_WRITE), nullptr});
    } else {
        give_page(space, start, promise->prot);
    }
    return fault_outcome::resolved;
}

fault_outcome model::touch(pid_t pid, uintptr_t va, uint64_t access) {
    fault_outcome outcome = reach(pid, va, access);
    if (outcome != fault_outcome::resolved) fault(pid);
    return outcome;
}

void model::adopt(pid_t pid, uintptr_t va, uint64_t access, bool is_zeros) {
    model_page* page = at(pid).space.find(va);
    if (page && page->frame != zero_frame) {
        own(*page);
    } else {
        reach(pid, va, is_zeros ? access & ~PFERR_WRITE : access);
    }
}

// Each page that has some of these bytes
int64_t model::reach_all(pid_t pid, uintptr_t va, size_t size, uint64_t access) {
    if (size > VA_LOWEND || va >= VA_LOWEND || size > VA_LOWEND - va) return E_FAULT;
    for (uintptr_t each = va; each < va + size; each = round_down(each, PAGESIZE) + PAGESIZE) {
        if (reach(pid, each, access) != fault_outcome::resolved) return E_FAULT;
    }
    return 0;
}

int64_t model::copy_in(pid_t pid, uintptr_t va, size_t size, std::string& bytes) {
    if (int64_t r = reach_all(pid, va, size, PFERR_USER); r < 0) return r;
    bytes.clear();
    while (bytes.size() < size) {
        uintptr_t here = va + bytes.size();
        size_t offset = here % PAGESIZE, n = std::min(size - bytes.size(), PAGESIZE - offset);
        const page_bytes& page = process(pid).space.find(here - offset)->bytes;
        bytes += page ? std::string(page->data() + offset, n) : std::string(n, '\0');
    }
    return 0;
}

int64_t model::copy_out(pid_t pid, uintptr_t va, std::string_view bytes) {
    int64_t r = reach_all(pid, va, bytes.size(), PFERR_USER | PFERR_WRITE);
    if (r == 0) store(pid, va, bytes);
    return r;
}

int64_t model::copy_string(pid_t pid, uintptr_t va, size_t limit, std::string& text) {
    text.clear();
    while (text.size() < limit) {
        uintptr_t here = va + text.size();
        std::string part;
        size_t size = std::min(limit - text.size(), size_t(PAGESIZE - here % PAGESIZE));
        if (int64_t r = copy_in(pid, here, size, part); r < 0) return r;
        size_t length = part.find('\0');
        text += part.substr(0, length);
        if (length != part.npos) return 0;
    }
    return 0;
}

void model::store(pid_t pid, uintptr_t va, std::string_view bytes) {
    while (!bytes.empty()) {
        size_t offset = va % PAGESIZE, n = std::min(bytes.size(), size_t(PAGESIZE - offset));
        page_bytes& page = at(pid).space.find(va - offset)->bytes;
        auto changed = page ? std::make_shared<std::array<char, PAGESIZE>>(*page)
                            : std::make_shared<std::array<char, PAGESIZE>>();
        memcpy(changed->data() + offset, bytes.data(), n);
        page = std::move(changed);
        va += n;
        bytes.remove_prefix(n);
    }
}

uint64_t model::word_at(pid_t pid, uintptr_t va) const {
    uint64_t word = 0;
    const page_bytes& page = process(pid).space.find(round_down(va, PAGESIZE))->bytes;
    if (page) memcpy(&word, page->data() + va % PAGESIZE, sizeof(word));
    return word;
}

int64_t model::page_alloc(pid_t pid, uintptr_t va) {
    if (va % PAGESIZE != 0 || !is_own_address(va)) return E_INVAL;
    give_page(at(pid).space, va, read_write);
    return 0;
}

int64_t model::page_free(pid_t pid, uintptr_t va) {
    model_space& space = at(pid).space;
    if (!space.find(va)) return E_INVAL;
    space.remove(va, va + PAGESIZE);
    return 0;
}

int64_t model::mprotect(pid_t pid, uintptr_t va, size_t size, uint64_t prot) {
    constexpr uint64_t write_and_execute = PROT_WRITE | PROT_EXEC;
    uintptr_t top = settings_->user_end;
    if (prot >= (PROT_READ | write_and_execute) || prot == write_and_execute) return E_INVAL;
    if (va % PAGESIZE != 0 || va < PROC_START_ADDR || va > top || size > top - va) return E_INVAL;
    model_space& space = at(pid).space;
    uintptr_t end = va + round_up(size, PAGESIZE);
    for (uintptr_t each = va; each < end; ) {
        const model_promise* promise = space.find_promise(each);
        bool is_promised = promise && promise->label != region_label::guard;
        if (!is_promised && !space.find(each)) return E_NOMEM;
        each = is_promised ? promise->end : each + PAGESIZE;
    }
    auto allowed = uint8_t(prot != PROT_NONE ? prot | PROT_READ : prot);
    int64_t r = space.change_promises(va, end, [&](model_promise& promise) {
        if (promise.label != region_label::guard) promise.prot = allowed;
        return true;
    });
    if (r < 0) return r;
    for (model_page& page : space.pages) {
        if (page.va < va || page.va >= end) continue;
        bool is_zeros = page.frame == zero_frame;
        page.prot = uint8_t(is_zeros ? allowed & ~PROT_WRITE : allowed);
        if ((page.prot & PROT_WRITE) && !settings_->has_cow) own(page);
    }
    return 0;
}

size_t model::missing_pages(pid_t pid, intptr_t delta) const {
    const model_space& space = process(pid).space;
    uintptr_t end = round_up(space.heap_break + uintptr_t(delta), PAGESIZE);
    size_t missing = 0;
    for (uintptr_t va = round_up(space.heap_break, PAGESIZE); va < end; va += PAGESIZE) {
        if (settings_->is_eager && !space.find(va)) ++missing;
    }
    return missing;
}

// `[start, end)`, a part of one page, is to be the heap's again. Is something there that the process
// may clear? Then the page is its own.
bool model::has_leftover(pid_t pid, uintptr_t start, uintptr_t end) {
    const model_page* page = at(pid).space.find(round_down(start, PAGESIZE));
    if (start >= end || !page || !page->bytes) return false;
    std::string_view bytes(page->bytes->data() + start % PAGESIZE, end - start);
    if (bytes.find_first_not_of('\0') == bytes.npos) return false;
    return reach(pid, start, PFERR_USER | PFERR_WRITE) == fault_outcome::resolved;
}

int64_t model::sbrk(pid_t pid, intptr_t delta) {
    model_space& space = at(pid).space;
    uintptr_t old_break = space.heap_break, new_break = old_break + uintptr_t(delta);
    if (new_break < space.heap_start || new_break > settings_->user_end) return E_INVAL;
    uintptr_t old_end = round_up(old_break, PAGESIZE), end = round_up(new_break, PAGESIZE);
    for (const model_promise& each : space.promises) {
        if (each.start < end && old_end < each.end) return E_NOMEM;
    }
    uintptr_t left_until = std::min(old_end, new_break);
    bool is_left = has_leftover(pid, old_break, left_until);
    if (end > old_end && !settings_->is_eager) {
        int64_t r = space.add_promise({old_end, end, read_write, region_label::heap});
        if (r < 0) return r;
    }
    if (is_left) store(pid, old_break, std::string(left_until - old_break, '\0'));
    for (uintptr_t va = old_end; va < end && settings_->is_eager; va += PAGESIZE) {
        if (!space.find(va)) give_page(space, va, read_write);
    }
    if (end < old_end) {
        space.change_promises(end, old_end, [](model_promise&) { return false; });
        space.remove(end, old_end);
    }
    space.heap_break = new_break;
    return int64_t(old_break);
}

int64_t model::log(pid_t pid, uintptr_t text, std::string& logged) {
    return copy_string(pid, text, message_limit, logged);
}

int64_t model::write(pid_t pid, uint64_t fd, uintptr_t text, size_t size) {
    if (fd != 1 && fd != 2) return E_BADF;
    size = std::min(size, size_t(write_limit));
    int64_t r = reach_all(pid, text, size, PFERR_USER);
    return r < 0 ? r : int64_t(size);
}

int64_t model::mapping(pid_t pid, uintptr_t va, uintptr_t out, std::string_view answer) {
    return is_own_address(va) ? copy_out(pid, out, answer) : E_INVAL;
}

int64_t model::memory(pid_t pid, uintptr_t out, std::string_view answer) {
    return copy_out(pid, out, answer);
}
