#include "process/pipe.hh"
#include "file_abi.hh"
#include "memory/mapping.hh"
#include "page/pageinfo.hh"
#include "process/wait.hh"

constexpr unsigned pipe_size = PAGESIZE;            // bytes
constexpr unsigned least_part = 512;                // of a write that is not put in at once
static_assert(PIPE_BUF == pipe_size);

constexpr int8_t none = 0, several = -1;

struct pipe_state {
    uint8_t* bytes;                                 // a page; null: this is no pipe
    uint16_t start, size;                           // where the bytes that wait begin, how many
    uint16_t descriptors[2];                        // that name each end
    int8_t waiter[2];                               // the process that may wait at that end; 0:
                                                    // none does; `several`
};

static pipe_state pipes[pipe_limit];

static bool is_writing(unsigned end) {
    return end % 2 == 1;
}

static pipe_state& pipe_of(unsigned end) {
    return pipes[end / 2];
}

int unused_pipe() {
    for (unsigned end = 0; end < 2 * pipe_limit; end += 2) {
        if (!pipe_of(end).bytes) return int(end);
    }
    return E_NFILE;
}

void begin_pipe(unsigned end, void* page) {
    pipe_of(end) = {static_cast<uint8_t*>(page), 0, 0, {}, {}};
}

// What somebody may wait for at this end has come.
static void wake_end(unsigned end) {
    int8_t& place = pipe_of(end).waiter[end % 2];
    int8_t waiter = place;
    place = none;
    if (waiter == several) {
        wake(wait_kind::pipe, end);
    } else if (waiter != none) {
        wake_process(ptable[waiter], wait_kind::pipe, end);
    }
}

static int wait_at(proc& p, unsigned end) {
    int8_t& waiter = pipe_of(end).waiter[end % 2];
    waiter = waiter == none || waiter == p.pid ? int8_t(p.pid) : several;
    return block(p, {wait_kind::pipe, end});
}

void share_end(unsigned end) {
    ++pipe_of(end).descriptors[end % 2];
}

void leave_end(unsigned end) {
    pipe_state& pipe = pipe_of(end);
    if (--pipe.descriptors[end % 2] > 0) return;
    wake_end(end ^ 1);
    if (pipe.descriptors[0] > 0 || pipe.descriptors[1] > 0) return;
    kfree(pipe.bytes);
    pipe.bytes = nullptr;
}

int64_t read_pipe(proc& p, unsigned end, user_span to) {
    pipe_state& pipe = pipe_of(end);
    if (is_writing(end)) return E_BADF;
    if (to.size == 0) return 0;
    if (pipe.size == 0) return pipe.descriptors[1] > 0 ? wait_at(p, end) : 0;
    unsigned n = unsigned(min(to.size, size_t(pipe.size)));
    unsigned first = min(n, pipe_size - pipe.start);   // the rest is at the page's start
    user_span rest = {to.va + first, n - first};
    if (n > first) {
        if (int r = try_copy_out(p.space(), rest, pipe.bytes); r < 0) return r;
    }
    int r = try_copy_out(p.space(), user_span{to.va, first}, pipe.bytes + pipe.start);
    if (r < 0) return r;
    pipe.start = uint16_t((pipe.start + n) % pipe_size);
    pipe.size = uint16_t(pipe.size - n);
    wake_end(end ^ 1);
    return n;
}

// Put as many bytes into the pipe as it has room for, behind those that wait. Returns how many.
static int put(proc& p, pipe_state& pipe, user_span from) {
    unsigned at = (pipe.start + pipe.size) % pipe_size;
    unsigned n = unsigned(min(from.size, size_t(pipe_size) - pipe.size));
    unsigned first = min(n, pipe_size - at);
    int r = try_copy_in(pipe.bytes + at, p.space(), user_span{from.va, first});
    if (r < 0) return r;
    if (n > first) {
        r = try_copy_in(pipe.bytes, p.space(), user_span{from.va + first, n - first});
        if (r < 0) return r;
    }
    pipe.size = uint16_t(pipe.size + n);
    return int(n);
}

int64_t write_pipe(proc& p, unsigned end, user_span from) {
    pipe_state& pipe = pipe_of(end);
    uint64_t& written = p.progress;
    int64_t error = 0;
    if (!is_writing(end)) return E_BADF;
    while (written < from.size) {
        uint64_t left = from.size - written;
        error = pipe.descriptors[0] > 0 ? 0 : E_PIPE;
        if (error < 0) break;
        uint64_t needed = from.size <= pipe_size ? left : min(left, uint64_t(least_part));
        if (pipe_size - pipe.size < needed) return wait_at(p, end);
        error = put(p, pipe, {from.va + written, left});
        if (error == E_AWAY) return error;          // it goes on once the page is there
        if (error < 0) break;
        written += uint64_t(error);
        wake_end(end ^ 1);
    }
    int64_t result = written > 0 ? int64_t(written) : min(error, int64_t(0));
    written = 0;
    return result;
}

unsigned held_by_pipe(unsigned end) {
    return pipe_of(end).size;
}

const void* page_of_pipe(unsigned n) {
    return pipes[n].bytes;
}
