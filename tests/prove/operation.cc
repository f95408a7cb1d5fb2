#include "tests/prove/operation.hh"
#include "memory/cow.hh"
#include "memory/owed.hh"
#include "memory/promises.hh"
#include "memory/user_memory.hh"
#include "page/zero_page.hh"
#include "syscall.hh"
#include "tests/prove/reading.hh"

using enum action_kind;

namespace {

constexpr size_t most_places = 12, most_tables = 12;        // of one process here
constexpr uintptr_t last_word = PAGESIZE - sizeof(uint64_t);
constexpr uint64_t repeated_byte = 0x0101'0101'0101'0101;

// The bytes of a word, or of an array of words
template <typename T>
std::string_view bytes_of(const T& words) {
    return {reinterpret_cast<const char*>(&words), sizeof(words)};
}

uint64_t written_by(pid_t pid) { return uint64_t(pid) * repeated_byte; }
uint64_t copied_out_for(pid_t pid) { return uint64_t(0x10 + pid) * repeated_byte; }

// What host.cc's program has in its file, in two segments
model_program the_program() {
    constexpr uintptr_t code = PROC_START_ADDR, data = code + PAGESIZE;
    std::string code_bytes(bytes_of(code_word)), data_bytes(bytes_of(data_word));
    return {"prove", {{code, PAGESIZE, PROT_READ | PROT_EXEC, code_bytes},
                      {data, PAGESIZE, PROT_READ | PROT_WRITE, data_bytes}}};
}

// Start the machine of the scene, and see which kernel runs there.
model_settings start(const scene& s) {
    start_machine(s.pages, s.is_far);
    return {NPROC, user_end, stack_limit(), heap_is_eager, !fork_copies, fork_copies,
            zero_page_pa() != 0, {the_program()}};
}

// By `fault_outcome`
constexpr const char* outcomes[] = {"permitted", "resolved", "refused", "refused (null pointer)",
                                    "refused (stack overflow)", "out of memory"};
static_assert(std::size(outcomes) == size_t(fault_outcome::out_of_memory) + 1);

bool is_touch(action_kind kind) { return kind == reads || kind == writes || kind == executes; }
bool is_copy(action_kind kind) { return kind == copy_in || kind == copy_out || kind == log; }

// These may find no memory when they have given the process its own copy of something already, which it had shared.
bool may_unshare(action_kind kind) { return is_copy(kind) || kind == sys_mprotect || kind == sys_sbrk; }

// Whether the process has a page at `va` that is its own to keep, not the page of zeros
bool has_page(const proc& p, uintptr_t va) {
    vmiter it(p.pagetable, round_down(va, PAGESIZE));
    return it.present() && has_own_page(it.entry());
}

uint64_t access_of(action_kind kind) {
    bool is_write = kind == writes || kind == copy_out;
    return PFERR_USER | (is_write ? PFERR_WRITE : 0) | (kind == executes ? PFERR_FETCH : 0);
}

const char* name_of(action_kind kind) {
    constexpr const char* names[] = {"page_alloc", "page_free", "mprotect", "sbrk", "fork", "exec", "exit", "wait",
                                     "kill", "reads", "writes", "executes", "copies in", "copies out",
                                     "copies in a string"};
    return names[int(kind)];
}

int64_t system_call(proc& p, int number, uint64_t first = 0, uint64_t second = 0, uint64_t third = 0) {
    p.regs->reg_rax = uint64_t(number);
    p.regs->reg_rdi = first;
    p.regs->reg_rsi = second;
    p.regs->reg_rdx = third;
    int64_t result = syscall_table[number](p);
    return result == E_NOPROMISE ? E_NOMEM : result;    // as `syscall` does
}

}

world::world(const scene& s)
    : scene_(s), settings_(start(s)), model_(settings_) {
    std::string wrong = check_machine(model_, name_);
    if (!wrong.empty()) throw std::runtime_error("at the start, " + wrong);
}

bool world::is_possible(const operation& o) const {
    const action& a = scene_.actions[o.action];
    const model_process& p = model_.process(o.pid);
    if (p.state != P_RUNNABLE) return false;
    if (a.kind == sys_wait) return !model_.blocks(o.pid, 0);
    if (a.kind == sys_kill) return a.size != o.pid;
    if (a.kind != sys_sbrk) return true;
    uintptr_t old_break = p.space.heap_break, end = old_break + uintptr_t(a.size);
    if (end < old_break || end > user_end) return true;
    for (uintptr_t va = round_up(old_break, PAGESIZE); va < end; va += PAGESIZE) {
        const std::vector<uintptr_t>& places = scene_.places;
        bool is_place = std::find(places.begin(), places.end(), va) != places.end();
        if (!is_place) return a.size >= too_much;
    }
    return true;
}

bool world::leaves_somebody(const operation& o) const {
    const action& a = scene_.actions[o.action];
    model next = model_;
    if (is_touch(a.kind)) next.touch(o.pid, a.va, access_of(a.kind));
    if (a.kind == sys_exit) next.exit(o.pid, 0);
    if (a.kind == sys_kill) next.kill(o.pid, uint64_t(a.size));
    bool is_somebody = false;
    for (pid_t pid = 1; pid < NPROC; ++pid) is_somebody |= next.process(pid).state == P_RUNNABLE;
    return is_somebody;
}

std::string world::text(const operation& o) const {
    const action& a = scene_.actions[o.action];
    std::string text = printed("process %d ", o.pid);
    switch (a.kind) {
    case sys_page_alloc: case sys_page_free: text += printed("calls %s(0x%lx)", name_of(a.kind), a.va); break;
    case sys_mprotect:
        text += printed("calls mprotect(0x%lx, %ld pages, %s%s%s)", a.va, a.size / PAGESIZE,
                        a.prot & PROT_READ ? "R" : a.prot ? "" : "none", a.prot & PROT_WRITE ? "W" : "",
                        a.prot & PROT_EXEC ? "X" : "");
        break;
    case sys_sbrk: case sys_kill: text += printed("calls %s(%ld)", name_of(a.kind), a.size); break;
    case sys_fork: case sys_exec: case sys_exit: case sys_wait: text += printed("calls %s()", name_of(a.kind)); break;
    case reads: case executes: text += printed("%s 0x%lx", name_of(a.kind), a.va); break;
    case writes: text += printed("writes 0x%lx to 0x%lx", written_by(o.pid), a.va); break;
    case log: text += printed("lets the kernel copy in the string at 0x%lx", a.va); break;
    case copy_in: case copy_out:
        text += printed("lets the kernel copy %s 16 bytes at 0x%lx", a.kind == copy_in ? "in" : "out",
                        a.va + PAGESIZE - 8);
        break;
    }
    if (o.fails_at) text += printed("; its allocation %d finds no memory", o.fails_at);
    return text;
}

void world::print(const std::vector<operation>& way, const std::string& wrong) const {
    fprintf(stderr, "Kinglet: %s: after these %zu operations, %s\n", scene_.name, way.size(), wrong.c_str());
    for (size_t i = 0; i < way.size(); ++i) fprintf(stderr, "%4zu  %s\n", i + 1, text(way[i]).c_str());
}

// The process's instruction, as the CPU and the kernel's page-fault handler do it. Returns a `fault_outcome`.
int64_t world::access(pid_t pid, uintptr_t va, uint64_t access) {
    proc& p = ptable[pid];
    for (int tries = 0; tries < 4; ++tries) {
        bool was_present;
        if (uint64_t* leaf = find_leaf(p.pagetable, va, access, was_present)) {
            auto words = reinterpret_cast<uint64_t*>(PTE_ADDR(*leaf));
            if (access & PFERR_WRITE) words[0] = words[NPAGETABLEENTRIES - 1] = written_by(pid);
            return int64_t(fault_outcome::resolved);
        }
        uint64_t code = access | (was_present ? PFERR_PRESENT : 0);
        fault_outcome outcome = resolve_fault(p.space(), va, code).outcome;
        if (outcome == fault_outcome::permitted) {
            wrong_ = "the kernel permits what the page tables do not";
            return int64_t(outcome);
        }
        if (outcome == fault_outcome::resolved) continue;
        fault_process(p);
        if (outcome == fault_outcome::out_of_memory && p.pagetable) end_process(p, STATUS_FAULTED);
        return int64_t(outcome);
    }
    wrong_ = "the access faults again and again";
    return int64_t(fault_outcome::resolved);
}

// Do it, in the machine and in `next`. Returns what the machine did, and sets what it should do.
int64_t world::call(const operation& o, model& next, int64_t& expected) {
    const action& a = scene_.actions[o.action];
    pid_t pid = o.pid;
    proc& p = ptable[pid];
    current = &p;
    switch (a.kind) {
    case sys_page_alloc: expected = next.page_alloc(pid, a.va); return system_call(p, SYSCALL_PAGE_ALLOC, a.va);
    case sys_page_free: expected = next.page_free(pid, a.va); return system_call(p, SYSCALL_PAGE_FREE, a.va);
    case sys_mprotect:
        expected = next.mprotect(pid, a.va, size_t(a.size), uint64_t(a.prot));
        return system_call(p, SYSCALL_MPROTECT, a.va, uint64_t(a.size), uint64_t(a.prot));
    case sys_sbrk: expected = next.sbrk(pid, a.size); return system_call(p, SYSCALL_SBRK, uint64_t(a.size));
    case sys_fork: expected = next.fork(pid); return system_call(p, SYSCALL_FORK);
    case sys_exec:
        expected = next.exec_program(pid, settings_.programs[0]);
        return exec_process(p, programs[0], nullptr);
    case sys_exit: expected = next.exit(pid, pid); return system_call(p, SYSCALL_EXIT, uint64_t(pid));
    case sys_wait: expected = next.wait(pid); return system_call(p, SYSCALL_WAIT);
    case sys_kill:
        expected = next.kill(pid, uint64_t(a.size));
        return system_call(p, SYSCALL_KILL, uint64_t(a.size));
    case reads: case writes: case executes:
        expected = int64_t(next.touch(pid, a.va, access_of(a.kind)));
        if (a.kind == writes && expected == int64_t(fault_outcome::resolved)) {
            for (uintptr_t va : {a.va, a.va + last_word}) {
                next.store(pid, va, bytes_of(written_by(pid)));
            }
        }
        return access(pid, a.va, access_of(a.kind));
    case copy_in: case copy_out: case log: return copy(o, next, expected);
    }
    return 0;
}

// The same for what the kernel copies.
int64_t world::copy(const operation& o, model& next, int64_t& expected) {
    const action& a = scene_.actions[o.action];
    proc& p = ptable[o.pid];
    uint64_t words[2] = {}, wanted[2] = {copied_out_for(o.pid), copied_out_for(o.pid)};
    user_span span = {a.va + last_word, sizeof(words)};
    if (a.kind == copy_out) {
        expected = next.copy_out(o.pid, span.va, bytes_of(wanted));
        return try_copy_out(p.space(), span, wanted);
    }
    if (a.kind == copy_in) {
        std::string bytes;
        expected = next.copy_in(o.pid, span.va, span.size, bytes);
        int r = try_copy_in(words, p.space(), span);
        if (r == 0 && expected == 0) memcpy(wanted, bytes.data(), sizeof(wanted));
        if (r == 0 && memcmp(words, wanted, sizeof(words)) != 0) {
            wrong_ = printed("it gets 0x%lx and 0x%lx, expected 0x%lx and 0x%lx", words[0], words[1], wanted[0],
                             wanted[1]);
        }
        return r;
    }
    std::string text;
    expected = next.log(o.pid, a.va, text);
    int64_t r = system_call(p, SYSCALL_LOG, a.va);
    if (r == 0 && logged != printed("log pid=%d: %s", o.pid, text.c_str())) {
        wrong_ = "it gets \"" + logged + "\", expected \"" + text + "\"";
    }
    return r;
}

std::string world::run(const operation& o) {
    allocations = {};
    allocations.fails_at = o.fails_at;
    wrong_ = "";
    pages_before before = {free_pages, owed_pages, has_page(ptable[o.pid], scene_.actions[o.action].va)};
    model next = model_;
    int64_t result, expected = 0;
    try {
        result = call(o, next, expected);
    } catch (const kernel_panic& panic) {
        return std::string("the kernel panics: ") + panic.what();
    }
    allocations.fails_at = 0;
    return wrong_.empty() ? judge(o, next, result, expected, before) : wrong_;
}

std::string world::judge(const operation& o, const model& next, int64_t result, int64_t expected, const pages_before& before) {
    const action& a = scene_.actions[o.action];
    bool has_failed = allocations.failed;               // an eager heap counts first what it needs
    size_t spare = before.free - before.owed;
    if (a.kind == sys_sbrk && result == E_NOMEM) has_failed |= model_.missing_pages(o.pid, a.size) > spare;
    if ((a.kind == sys_fork || a.kind == sys_mprotect) && result == E_NOMEM) has_failed |= expected != E_NOMEM;
    if (has_failed && owed_mask != 0 && o.fails_at == 0) {
        if (is_touch(a.kind) && before.is_present) return "there is no memory for a write to a page that it has";
        if (spare > most_places + most_tables) return printed("it fails, though %zu free pages are owed to nobody", spare);
    }
    if (!has_failed) return compare(o, next, result, expected);

    model left = model_;
    if (is_touch(a.kind)) {
        left.run_out(o.pid);
        return compare(o, left, result, int64_t(fault_outcome::out_of_memory));
    }
    std::string wrong = compare(o, left, result, E_NOMEM);
    if (!wrong.empty() && is_copy(a.kind)) {
        left.begin_copy(o.pid, a.va, access_of(a.kind));
        return compare(o, left, result, E_NOMEM);
    }
    if (wrong.empty() && !may_unshare(a.kind) && (free_pages != before.free || owed_pages != before.owed)) {
        return printed("it fails, and there are %zu free pages where %zu were, and %zu of them owed where %zu were",
                       free_pages, before.free, owed_pages, before.owed);
    }
    return wrong;
}

std::string world::check_reading_functions() const {
    try {
        return check_reading(scene_.places);
    } catch (const kernel_panic& panic) {
        return std::string("the kernel panics when it is read: ") + panic.what();
    }
}

// The machine must be as `next` says, which is the model from now on if it is.
std::string world::compare(const operation& o, const model& next, int64_t result, int64_t expected) {
    if (result != expected && is_touch(scene_.actions[o.action].kind)) {
        return printed("the access is %s, expected %s", outcomes[result], outcomes[expected]);
    }
    if (result != expected) return printed("it returns %ld, expected %ld", result, expected);
    std::string wrong = check_machine(next, name_);
    if (wrong.empty()) model_ = next;
    return wrong;
}
