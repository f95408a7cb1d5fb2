#include "tests/prove/model.hh"

constexpr int read_write = PROT_READ | PROT_WRITE;

model::model(const place_list& places, bool is_eager, uintptr_t stack_bytes)
    : places_(&places), is_eager_(is_eager), stack_bytes_(stack_bytes) {
    processes_[1].state = P_RUNNABLE;
    load(processes_[1]);
}

// What a process has when its program starts.
void model::load(model_process& p) const {
    uintptr_t stack = user_end - stack_bytes_;
    p.heap_start = p.heap_break = round_up(uintptr_t(PROC_START_ADDR + 2 * PAGESIZE),
                                           user_end == MEMSIZE_VIRTUAL ? PAGESIZE : LARGE_PAGESIZE);
    for (size_t i = 0; i < places_->count; ++i) {
        uintptr_t va = places_->places[i].va;
        model_page& page = p.pages[i] = {};
        page.is_present = va == PROC_START_ADDR || va == PROC_START_ADDR + PAGESIZE || va == user_end - PAGESIZE;
        if (va == PROC_START_ADDR) page.first = code_word;
        if (va == PROC_START_ADDR + PAGESIZE) page.first = data_word;
        page.prot = uint8_t(!page.is_present ? 0 : va == PROC_START_ADDR ? PROT_READ | PROT_EXEC : read_write);
        if (va == stack - PAGESIZE) page.promised = promise::guard;
        if (va >= stack && stack_bytes_ > PAGESIZE) page.promised = promise::stack, page.promised_prot = read_write;
    }
}

int64_t model::page_alloc(pid_t pid, uintptr_t va) {
    size_t i = places_->find(va);
    if (i == places_->count) return E_INVAL;
    model_page& page = processes_[pid].pages[i];
    page.is_present = true;
    page.prot = read_write;
    page.first = page.last = 0;
    return 0;
}

int64_t model::page_free(pid_t pid, uintptr_t va) {
    size_t i = places_->find(va);
    if (i == places_->count || !processes_[pid].pages[i].is_present) return E_INVAL;
    processes_[pid].pages[i].is_present = false;
    return 0;
}

int64_t model::mprotect(pid_t pid, uintptr_t va, size_t size, int prot) {
    if ((prot & PROT_WRITE) && (prot & PROT_EXEC)) return E_INVAL;
    if (prot != PROT_NONE) prot |= PROT_READ;
    model_process& p = processes_[pid];
    for (uintptr_t at = va; at < va + size; at += PAGESIZE) {
        size_t i = places_->find(at);
        if (i == places_->count) return E_NOMEM;
        const model_page& page = p.pages[i];
        if (!page.is_present && (page.promised == promise::none || page.promised == promise::guard)) return E_NOMEM;
    }
    for (uintptr_t at = va; at < va + size; at += PAGESIZE) {
        model_page& page = p.pages[places_->find(at)];
        if (page.is_present) page.prot = uint8_t(prot);
        if (page.promised == promise::heap || page.promised == promise::stack) page.promised_prot = uint8_t(prot);
    }
    return 0;
}

// Whether a process that may do `prot` with a page may access it so
static bool is_permitted(int prot, uint64_t access) {
    return prot != PROT_NONE && (!(access & PFERR_WRITE) || (prot & PROT_WRITE))
        && (!(access & PFERR_FETCH) || (prot & PROT_EXEC));
}

size_t model::missing_pages(pid_t pid, intptr_t delta) const {
    const model_process& p = processes_[pid];
    uintptr_t old_end = round_up(p.heap_break, PAGESIZE), end = round_up(p.heap_break + uintptr_t(delta), PAGESIZE);
    size_t missing = 0;
    for (uintptr_t va = old_end; is_eager_ && va < end; va += PAGESIZE) {
        size_t i = places_->find(va);
        missing += i == places_->count || !p.pages[i].is_present;
    }
    return missing;
}

int64_t model::sbrk(pid_t pid, intptr_t delta) {
    model_process& p = processes_[pid];
    uintptr_t old_break = p.heap_break, new_break = old_break + uintptr_t(delta);
    if (new_break < p.heap_start || new_break > user_end) return E_INVAL;
    uintptr_t old_end = round_up(old_break, PAGESIZE), end = round_up(new_break, PAGESIZE);
    for (size_t i = 0; i < places_->count; ++i) {
        uintptr_t va = places_->places[i].va;
        if (va >= old_end && va < end && p.pages[i].promised != promise::none) return E_NOMEM;
    }
    size_t rest = places_->find(round_down(old_break, PAGESIZE));
    if (old_break < old_end && new_break >= old_end && rest != places_->count) {    // its last word is new memory
        model_page& page = p.pages[rest];
        if (page.is_present && is_permitted(page.prot, PFERR_USER | PFERR_WRITE)) page.last = 0;
    }
    p.heap_break = new_break;
    for (size_t i = 0; i < places_->count; ++i) {
        uintptr_t va = places_->places[i].va;
        model_page& page = p.pages[i];
        if (va >= end && va < old_end) page = {};
        if (va < old_end || va >= end) continue;
        if (!is_eager_) page.promised = promise::heap, page.promised_prot = read_write;
        else if (!page.is_present) page = {true, read_write, promise::none, 0, 0, 0};
    }
    return int64_t(old_break);
}

// A slot that is free, else that of the record of who ended first.
int64_t model::fork(pid_t pid) {
    pid_t slot = 0;
    for (pid_t i = 1; i < NPROC && slot == 0; ++i) {
        if (processes_[i].state == P_FREE) slot = i;
    }
    for (pid_t i = 1; i < NPROC; ++i) {
        if (processes_[i].state != P_EXITED || (slot != 0 && processes_[slot].state == P_FREE)) continue;
        if (slot == 0 || processes_[i].ended < processes_[slot].ended) slot = i;
    }
    if (slot == 0) return E_AGAIN;
    const model_process& record = processes_[slot];
    if (record.state == P_EXITED) kept_.push_back({int8_t(record.parent), int8_t(slot), int16_t(record.status)});
    processes_[slot] = processes_[pid];
    processes_[slot].parent = pid;
    processes_[slot].is_orphan = false;
    return slot;
}

int64_t model::exec(pid_t pid) {
    load(processes_[pid]);
    return 0;
}

void model::reap(pid_t pid) {
    processes_[pid] = model_process();
}

void model::leave_children(pid_t pid) {
    std::erase_if(kept_, [&](const kept_end& end) { return end.parent == pid; });
    for (pid_t i = 1; i < NPROC; ++i) {
        if (processes_[i].state == P_FREE || processes_[i].parent != pid) continue;
        if (processes_[i].state == P_EXITED || processes_[i].state == P_FAULTED) {
            reap(i);
        } else {
            processes_[i].parent = 0;
            processes_[i].is_orphan = true;
        }
    }
}

void model::end(pid_t pid, int status) {
    model_process& p = processes_[pid];
    if (p.state != P_FAULTED) p.ended = ++nended_, p.status = status;
    p.state = P_EXITED;
    leave_children(pid);
    if (p.parent == 0) reap(pid);
}

void model::fault(pid_t pid) {
    model_process& p = processes_[pid];
    p.ended = ++nended_;
    p.status = STATUS_FAULTED;
    p.state = P_FAULTED;
    leave_children(pid);
    if (p.is_orphan) reap(pid);
}

int64_t model::exit(pid_t pid, int status) {
    end(pid, status);
    return 0;
}

pid_t model::ended_child(pid_t pid) const {
    pid_t first = 0;
    for (pid_t i = 1; i < NPROC; ++i) {
        const model_process& p = processes_[i];
        if (p.parent != pid || (p.state != P_EXITED && p.state != P_FAULTED)) continue;
        if (first == 0 || p.ended < processes_[first].ended) first = i;
    }
    return first;
}

std::vector<kept_end>::const_iterator model::first_kept(pid_t parent) const {
    return std::find_if(kept_.begin(), kept_.end(), [&](const kept_end& end) { return end.parent == parent; });
}

int64_t model::wait(pid_t pid) {
    if (auto kept = first_kept(pid); kept != kept_.end()) {
        pid_t child = kept->pid;
        kept_.erase(kept);
        return child;
    }
    pid_t child = ended_child(pid);
    if (child == 0) return E_CHILD;
    reap(child);
    return child;
}

int64_t model::kill(pid_t pid, pid_t victim) {
    if (!processes_[victim].has_memory()) return E_SRCH;
    pid_t ancestor = processes_[victim].parent;
    while (ancestor != 0 && ancestor != pid) ancestor = processes_[ancestor].parent;
    if (ancestor == 0) return E_PERM;
    end(victim, STATUS_KILLED);
    return 0;
}

// Let the process access one page if it may; a promise is kept on the way.
fault_outcome model::reach(pid_t pid, size_t i, uint64_t access) {
    if (i == places_->count) return fault_outcome::refused;
    model_page& page = processes_[pid].pages[i];
    if (page.is_present) {
        return is_permitted(page.prot, access) ? fault_outcome::resolved : fault_outcome::refused;
    }
    if (page.promised == promise::guard) return fault_outcome::stack_overflow;
    if (page.promised == promise::none || !is_permitted(page.promised_prot, access)) return fault_outcome::refused;
    page.is_present = true;
    page.prot = page.promised_prot;
    page.first = page.last = 0;
    return fault_outcome::resolved;
}

fault_outcome model::touch(pid_t pid, uintptr_t va, uint64_t access, uint64_t value) {
    size_t i = places_->find(va);
    fault_outcome outcome = va < PAGESIZE ? fault_outcome::null_pointer : reach(pid, i, access);
    if (outcome != fault_outcome::resolved) fault(pid);
    else if (access & PFERR_WRITE) processes_[pid].pages[i].first = processes_[pid].pages[i].last = value;
    return outcome;
}

void model::run_out(pid_t pid) {
    fault(pid);
    if (processes_[pid].state == P_FAULTED) end(pid, STATUS_FAULTED);
}

int64_t model::copy_in(pid_t pid, uintptr_t va, uint64_t words[2]) {
    for (uintptr_t at : {va, va + PAGESIZE}) {
        if (reach(pid, places_->find(at), PFERR_USER) != fault_outcome::resolved) return E_FAULT;
    }
    words[0] = processes_[pid].pages[places_->find(va)].last;
    words[1] = processes_[pid].pages[places_->find(va + PAGESIZE)].first;
    return 0;
}

int64_t model::copy_out(pid_t pid, uintptr_t va, uint64_t value) {
    for (uintptr_t at : {va, va + PAGESIZE}) {
        if (reach(pid, places_->find(at), PFERR_USER | PFERR_WRITE) != fault_outcome::resolved) return E_FAULT;
    }
    processes_[pid].pages[places_->find(va)].last = value;
    processes_[pid].pages[places_->find(va + PAGESIZE)].first = value;
    return 0;
}

int64_t model::copy_string(pid_t pid, uintptr_t va, std::string& text) {
    size_t i = places_->find(va);
    if (reach(pid, i, PFERR_USER) != fault_outcome::resolved) return E_FAULT;
    uint64_t word = processes_[pid].pages[i].first;
    text.assign(reinterpret_cast<const char*>(&word), strnlen(reinterpret_cast<const char*>(&word), sizeof(word)));
    return 0;
}
