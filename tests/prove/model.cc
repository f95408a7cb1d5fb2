#include "tests/prove/model.hh"

#include <cstring>
#include <stdexcept>

model::model(const model_settings& settings)
    : settings_(&settings), processes_(size_t(settings.slots), std::make_shared<model_process>()) {
    begin(1, 0, load(settings.programs.front()));
    at(1).new_stack = PAGESIZE;
}

model_process& model::at(pid_t pid) {
    std::shared_ptr<model_process>& p = processes_[size_t(pid)];
    if (p.use_count() > 1) p = std::make_shared<model_process>(*p);
    return *p;
}

// A slot that is free, else that of the record of who ended first; 0: none.
pid_t model::free_slot() const {
    pid_t first = 0;
    for (pid_t i = 1; i < settings_->slots; ++i) {
        if (process(i).state == P_FREE) return i;
        bool is_record = process(i).state == P_EXITED;
        if (is_record && (first == 0 || process(i).ended < process(first).ended)) first = i;
    }
    return first;
}

// The slot is this process's now; how who ended there ended is kept.
void model::begin(pid_t slot, pid_t parent, model_space&& space) {
    model_process& p = at(slot);
    if (p.state == P_EXITED) {
        kept_.push_back({int8_t(p.parent), int8_t(slot), int16_t(p.status)});
        if (kept_.size() > kept_limit) kept_.erase(kept_.begin());
    }
    p = {};
    p.state = P_RUNNABLE;
    p.parent = parent;
    p.space = std::move(space);
}

int64_t model::fork(pid_t pid) {
    pid_t slot = free_slot();
    if (slot == 0) return E_AGAIN;
    begin(slot, pid, copy(process(pid).space));
    return slot;
}

// The program that the string at `name` names; null with an error.
const model_program* model::find_program(pid_t pid, uintptr_t name, int64_t& error) {
    std::string text;
    error = copy_string(pid, name, program_name_limit + 1, text);
    if (error < 0) return nullptr;
    for (const model_program& program : settings_->programs) {
        if (program.name == text) return &program;
    }
    error = E_NOENT;
    return nullptr;
}

int64_t model::spawn(pid_t pid, uintptr_t name) {
    int64_t error;
    const model_program* program = find_program(pid, name, error);
    if (!program) return error;
    pid_t slot = free_slot();
    if (slot == 0) return E_AGAIN;
    if (program->segments.empty()) return E_NOEXEC;
    begin(slot, pid, load(*program));
    at(slot).new_stack = PAGESIZE;
    return slot;
}

int64_t model::copy_arguments(pid_t pid, uintptr_t argv, std::vector<std::string>& strings) {
    size_t size = 0;
    for (;; argv += sizeof(uintptr_t)) {
        std::string word;
        if (int64_t r = copy_in(pid, argv, sizeof(uintptr_t), word); r < 0) return r;
        uintptr_t va;
        memcpy(&va, word.data(), sizeof(va));
        if (va == 0) return 0;
        size_t room = argument_bytes_limit - size;
        if (strings.size() == argument_limit || room == 0) return E_2BIG;
        std::string text;
        if (int64_t r = copy_string(pid, va, room, text); r < 0) return r;
        if (text.size() == room) return E_2BIG;
        size += text.size() + 1;
        strings.push_back(std::move(text));
    }
}

int64_t model::exec(pid_t pid, uintptr_t name, uintptr_t argv) {
    int64_t error;
    const model_program* program = find_program(pid, name, error);
    if (!program) return error;
    std::vector<std::string> strings;
    if (argv != 0) error = copy_arguments(pid, argv, strings);
    if (error < 0) return error;
    return exec_program(pid, *program, argv != 0 ? &strings : nullptr);
}

// The strings lie at the stack's end; below them, an array with room for the most addresses that
// there may be.
int64_t model::exec_program(pid_t pid, const model_program& program,
                            const std::vector<std::string>* arguments) {
    constexpr size_t alignment = 16;
    if (program.segments.empty()) return E_NOEXEC;
    model_process& p = at(pid);
    p.space = load(program);
    p.new_stack = PAGESIZE;
    if (!arguments) return 0;
    std::string text;
    for (const std::string& each : *arguments) text += each + '\0';
    uintptr_t start = settings_->user_end - round_up(text.size(), alignment), va = start;
    uintptr_t argv = start - round_up((argument_limit + 1) * sizeof(uintptr_t), alignment);
    store(pid, start, text);
    for (size_t i = 0; i < arguments->size(); ++i) {
        store(pid, argv + i * sizeof(va), {reinterpret_cast<const char*>(&va), sizeof(va)});
        va += (*arguments)[i].size() + 1;
    }
    p.new_stack = argv % PAGESIZE;
    return 0;
}

void model::settle(pid_t pid, std::string_view stack) {
    store(pid, settings_->user_end - PAGESIZE, stack);
    at(pid).new_stack = std::nullopt;
}

void model::reap(pid_t pid) {
    at(pid) = {};
}

void model::leave_children(pid_t pid) {
    std::erase_if(kept_, [&](const kept_end& each) { return each.parent == pid; });
    for (pid_t i = 1; i < settings_->slots; ++i) {
        if (process(i).state == P_FREE || process(i).parent != pid) continue;
        if (process(i).has_ended()) {
            reap(i);
        } else {
            at(i).parent = 0;
            at(i).is_orphan = true;
        }
    }
}

void model::end(pid_t pid, int status) {
    model_process& p = at(pid);
    if (p.state != P_FAULTED) {
        p.ended = ++nended_;
        p.status = status;
    }
    p.state = P_EXITED;
    p.space = {};
    leave_children(pid);
    if (p.parent == 0) reap(pid);
}

void model::fault(pid_t pid) {
    model_process& p = at(pid);
    p.ended = ++nended_;
    p.status = STATUS_FAULTED;
    p.state = P_FAULTED;
    leave_children(pid);
    if (p.is_orphan) reap(pid);
}

void model::run_out(pid_t pid) {
    fault(pid);
    if (process(pid).state == P_FAULTED) end(pid, STATUS_FAULTED);
}

int64_t model::exit(pid_t pid, int status) {
    end(pid, status & 0xFF);
    return 0;
}

int64_t model::panic(pid_t pid, uintptr_t text) {
    std::string message;
    int64_t r = copy_string(pid, text, message_limit, message);
    if (r == 0) fault(pid);
    return r;
}

// What `wait` finds: a child that has ended, or whose end is kept. 0 or an error.
int64_t model::find_ended(pid_t pid, uint64_t child, found_end& found) const {
    if (child >= uint64_t(settings_->slots)) return E_INVAL;
    bool has_child = false;
    unsigned ended = 0;
    for (pid_t i = 1; i < settings_->slots; ++i) {
        const model_process& p = process(i);
        if (p.state == P_FREE || p.parent != pid || (child != 0 && i != pid_t(child))) continue;
        has_child = true;
        if (!p.has_ended() || (found.pid != 0 && p.ended > ended)) continue;
        found = {i, p.status, false};
        ended = p.ended;
    }
    for (const kept_end& kept : kept_) {
        if (kept.parent != pid || (child != 0 && (has_child || kept.pid != pid_t(child)))) continue;
        found = {kept.pid, kept.status, true};
        return 0;
    }
    return has_child ? 0 : E_CHILD;
}

bool model::blocks(pid_t pid, uint64_t child) const {
    found_end found;
    return find_ended(pid, child, found) == 0 && found.pid == 0;
}

int64_t model::wait(pid_t pid, uint64_t child, uintptr_t status) {
    found_end found;
    if (int64_t r = find_ended(pid, child, found); r < 0) return r;
    if (found.pid == 0) throw std::logic_error("a step that waits for an end");
    if (status != 0) {
        std::string_view bytes(reinterpret_cast<const char*>(&found.status), sizeof(found.status));
        if (int64_t r = copy_out(pid, status, bytes); r < 0) return r;
    }
    if (found.is_kept) {
        kept_.erase(std::find_if(kept_.begin(), kept_.end(), [&](const kept_end& each) {
            return each.parent == pid && each.pid == found.pid;
        }));
    } else {
        reap(found.pid);
    }
    return found.pid;
}

int64_t model::kill(pid_t pid, uint64_t victim) {
    bool is_slot = victim > 0 && victim < uint64_t(settings_->slots);
    if (!is_slot || victim == uint64_t(pid)) return E_INVAL;
    if (!process(pid_t(victim)).has_memory()) return E_SRCH;
    pid_t ancestor = process(pid_t(victim)).parent;
    while (ancestor != 0 && ancestor != pid) ancestor = process(ancestor).parent;
    if (ancestor == 0) return E_PERM;
    end(pid_t(victim), STATUS_KILLED);
    return 0;
}
