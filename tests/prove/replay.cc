// replay.cc - the model by itself: what do the booted machine's processes have after each step?
//
//    tests/model_replay.py writes lines of words, numbers in hexadecimal, bytes as two digits each
//    ("-" for none). First comes which kernel it is (model.hh), and each program with its memory,
//    the one that process 1 runs first before the others; a broken one has none:
//
//        kernel USER_END STACK_BYTES IS_EAGER HAS_COW FORK_COPIES HAS_ZERO_PAGE
//        program NAME
//        segment VA SIZE PROT BYTES
//        start
//
//    Then, after what happens in the machine:
//
//        step PID WHAT NUMBER A B C BYTES    A system call, or an access to `A`, which may write
//                                            `B`. BYTES: what the machine stored for the process,
//                                            if that is about the machine itself.
//        refused PID WHAT NUMBER A B C [VA IS_ZEROS]...      The same, for which there was no
//                                            memory. Each VA: a page that is another one now in
//                                            the machine, or the page of zeros.
//        settle PID BYTES                    A new program has run; its stack's page is this.
//        blocks PID CHILD                    Would `sys_wait` wait?
//
//    Each from `start` on is answered by a line of JSON: the `result` (null if the process does not
//    go on), new `contents` of pages, and the `processes` that have changed.
#include <cstring>
#include <iostream>
#include <map>
#include <sstream>
#include <stdexcept>
#include "tests/prove/model.hh"

namespace {

enum { system_call, reads, writes, executes };

struct step {
    pid_t pid = 0;
    int what = system_call;
    uint64_t number = 0, a = 0, b = 0, c = 0;
};

std::istream& operator>>(std::istream& line, step& s) {
    return line >> s.pid >> s.what >> s.number >> s.a >> s.b >> s.c;
}

std::string read_bytes(std::istream& line) {
    std::string digits, bytes;
    line >> digits;
    for (size_t i = 0; i + 1 < digits.size(); i += 2) {
        bytes += char(std::stoi(digits.substr(i, 2), nullptr, 16));
    }
    return bytes;
}

// What a call returns, if the process goes on after it
std::optional<int64_t> call(model& m, const step& s, const std::string& answer) {
    auto if_failed = [](int64_t r) { return r < 0 ? std::optional(r) : std::nullopt; };
    std::string logged;
    switch (s.number) {
    case SYSCALL_GETPID: return s.pid;
    case SYSCALL_GETPPID: return m.process(s.pid).parent;
    case SYSCALL_YIELD: case SYSCALL_SLEEP: return 0;
    case SYSCALL_PANIC: return if_failed(m.panic(s.pid, s.a));
    case SYSCALL_PAGE_ALLOC: return m.page_alloc(s.pid, s.a);
    case SYSCALL_PAGE_FREE: return m.page_free(s.pid, s.a);
    case SYSCALL_MPROTECT: return m.mprotect(s.pid, s.a, s.b, s.c);
    case SYSCALL_SBRK: return m.sbrk(s.pid, int64_t(s.a));
    case SYSCALL_FORK: return m.fork(s.pid);
    case SYSCALL_SPAWN: return m.spawn(s.pid, s.a);
    case SYSCALL_EXEC: return if_failed(m.exec(s.pid, s.a, s.b));
    case SYSCALL_EXIT: m.exit(s.pid, int(s.a & 0xFF)); return std::nullopt;
    case SYSCALL_WAIT: return m.wait(s.pid, s.a, s.b);
    case SYSCALL_KILL: return m.kill(s.pid, s.a);
    case SYSCALL_LOG: return m.log(s.pid, s.a, logged);
    case SYSCALL_WRITE: return m.write(s.pid, s.a, s.b, s.c);
    case SYSCALL_MAPPING: return m.mapping(s.pid, s.a, s.b, answer);
    case SYSCALL_MEMORY: return m.memory(s.pid, s.a, answer);
    default: return E_NOSYS;
    }
}

std::optional<int64_t> make(model& m, const step& s, const std::string& answer) {
    if (s.what == system_call) return call(m, s, answer);
    uint64_t access = PFERR_USER;
    if (s.what == writes) access |= PFERR_WRITE;
    if (s.what == executes) access |= PFERR_FETCH;
    if (m.touch(s.pid, s.a, access) != fault_outcome::resolved) return std::nullopt;
    if (s.what == writes) m.store(s.pid, s.a, {reinterpret_cast<const char*>(&s.b), sizeof(s.b)});
    return s.what == reads ? int64_t(m.word_at(s.pid, s.a)) : 0;
}

// How the call touches the page at `va` before it takes effect: `PFERR_*`; 0: not at all
uint64_t touched(const step& s, uintptr_t va) {
    constexpr uint64_t read = PFERR_USER, write = PFERR_USER | PFERR_WRITE;
    struct {
        uintptr_t va;
        size_t size;
        uint64_t access;
    } span = {0, 0, 0};
    switch (s.number) {
    case SYSCALL_LOG: case SYSCALL_PANIC: span = {s.a, message_limit, read}; break;
    case SYSCALL_SPAWN: span = {s.a, program_name_limit + 1, read}; break;
    case SYSCALL_EXEC: span = {0, VA_LOWEND, read}; break;      // arguments may be anywhere
    case SYSCALL_WRITE: span = {s.b, std::min(s.c, uint64_t(write_limit)), read}; break;
    case SYSCALL_MAPPING: span = {s.b, sizeof(memory_mapping), write}; break;
    case SYSCALL_MEMORY: span = {s.a, sizeof(memory_report), write}; break;
    case SYSCALL_WAIT: span = {s.b, sizeof(int), write}; break;
    case SYSCALL_MPROTECT: span = {s.a, s.b, write}; break;
    }
    uintptr_t start = round_down(span.va, PAGESIZE);
    return va >= start && va - start < span.va % PAGESIZE + span.size ? span.access : 0;
}

// Nothing has changed that anybody could tell, though pages may be there that were promised, and
// copies made. An access stops its process.
std::optional<int64_t> make_without_memory(model& m, const step& s, std::istream& line) {
    if (s.what != system_call) {
        m.run_out(s.pid);
        return std::nullopt;
    }
    uintptr_t va;
    for (int is_zeros; line >> va >> is_zeros; ) {
        if (uint64_t access = touched(s, va)) m.adopt(s.pid, va, access, is_zeros);
    }
    return E_NOMEM;
}

// [a, b, ...] of what `text` makes of each
template <typename T, typename F>
std::string list_of(const T& all, F text) {
    std::string result;
    for (const auto& each : all) result += (result.empty() ? "" : ", ") + text(each);
    return "[" + result + "]";
}

std::string numbers(std::initializer_list<int64_t> all) {
    return list_of(all, [](int64_t each) { return std::to_string(each); });
}

// Says what has changed since it last did.
class reporter {
public:
    explicit reporter(const model& m)
        : model_(m), last_(size_t(m.settings().slots), "null") {}
    std::string report(std::optional<int64_t> result);

private:
    int64_t number_of(const page_bytes& bytes);
    std::string text_of(const model_process& p);

    const model& model_;
    std::vector<std::string> last_;     // what was said of each process
    // Of contents that were told; kept, so that no others come to lie at their address
    std::map<page_bytes, int64_t> numbers_;
    std::vector<std::string> new_contents_;
};

// Zeros are 0.
int64_t reporter::number_of(const page_bytes& bytes) {
    if (!bytes) return 0;
    auto [found, is_new] = numbers_.try_emplace(bytes, int64_t(numbers_.size()) + 1);
    if (is_new) {
        constexpr char digits[] = "0123456789abcdef";
        std::string text;
        for (char c : *bytes) text += {digits[uint8_t(c) / 16], digits[uint8_t(c) % 16]};
        new_contents_.push_back("[" + std::to_string(found->second) + ", \"" + text + "\"]");
    }
    return found->second;
}

// Three lists: of numbers, of promises, of pages
std::string reporter::text_of(const model_process& p) {
    if (p.state == P_FREE) return "null";
    auto promise = [](const model_promise& each) {
        return numbers({int64_t(each.start), int64_t(each.end), each.prot, int64_t(each.label)});
    };
    auto page = [this](const model_page& each) {
        return numbers({int64_t(each.va), each.frame, each.prot, number_of(each.bytes)});
    };
    int64_t new_stack = p.new_stack ? int64_t(*p.new_stack) : -1;
    auto heap_start = int64_t(p.space.heap_start), heap_break = int64_t(p.space.heap_break);
    return "[" + numbers({p.state, p.parent, p.status, new_stack, heap_start, heap_break}) + ", "
        + list_of(p.space.promises, promise) + ", " + list_of(p.space.pages, page) + "]";
}

std::string reporter::report(std::optional<int64_t> result) {
    std::vector<std::string> changed;
    new_contents_.clear();
    for (pid_t pid = 1; pid < model_.settings().slots; ++pid) {
        std::string text = text_of(model_.process(pid));
        if (text == last_[size_t(pid)]) continue;
        changed.push_back("[" + std::to_string(pid) + ", " + text + "]");
        last_[size_t(pid)] = std::move(text);
    }
    auto as_it_is = [](const std::string& text) { return text; };
    return "{\"result\": " + (result ? std::to_string(*result) : "null") + ", \"contents\": "
        + list_of(new_contents_, as_it_is) + ", \"processes\": " + list_of(changed, as_it_is) + "}";
}

// The lines up to `start`
model_settings read_settings() {
    model_settings settings;
    settings.slots = kernel_nproc;
    for (std::string text, word; std::getline(std::cin, text); ) {
        std::istringstream line(text);
        line >> std::hex >> word;
        if (word == "start" && !settings.programs.empty()) return settings;
        if (word == "kernel") {
            line >> settings.user_end >> settings.stack_bytes >> settings.is_eager
                >> settings.has_cow >> settings.fork_copies >> settings.has_zero_page;
        } else if (word == "program") {
            settings.programs.emplace_back();
            line >> settings.programs.back().name;
        } else if (word == "segment" && !settings.programs.empty()) {
            model_segment segment = {};
            unsigned prot;
            line >> segment.va >> segment.size >> prot;
            segment.prot = uint8_t(prot);
            segment.bytes = read_bytes(line);
            settings.programs.back().segments.push_back(std::move(segment));
        } else {
            line.setstate(std::ios::failbit);
        }
        if (!line) throw std::runtime_error("a line that cannot be read: " + text);
    }
    throw std::runtime_error("no start");
}

std::optional<int64_t> follow(model& m, const std::string& text) {
    std::istringstream line(text);
    std::string word;
    line >> std::hex >> word;
    if (word == "settle" || word == "blocks") {
        pid_t pid;
        uint64_t child = 0;
        line >> pid;
        if (word == "blocks") {
            line >> child;
            return m.blocks(pid, child);
        }
        m.settle(pid, read_bytes(line));
        return 0;
    }
    step s;
    line >> s;
    if (!line) throw std::runtime_error("a line that cannot be read: " + text);
    return word == "step" ? make(m, s, read_bytes(line)) : make_without_memory(m, s, line);
}

}

int main() {
    try {
        model_settings settings = read_settings();
        model m(settings);
        reporter out(m);
        std::cout << out.report(0) << std::endl;
        for (std::string text; std::getline(std::cin, text); ) {
            std::cout << out.report(follow(m, text)) << std::endl;
        }
        return 0;
    } catch (const std::exception& wrong) {
        std::cerr << "Kinglet: replay: " << wrong.what() << "\n";
        return 1;
    }
}
