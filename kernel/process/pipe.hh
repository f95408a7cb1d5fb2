// pipe.hh - pipes: bytes that one process writes and another one reads
//
//    A pipe is a page of bytes, used as a ring, and two ends. An end's number is twice that of its
//    pipe, and one more for the end that is written to. Each descriptor that names an end counts;
//    `descriptors.cc` says when there is one more or less. A process that must wait waits for
//    `wait_kind::pipe` with its end's number as the key.
//    Invariant: a pipe has a page exactly as long as a descriptor names one of its ends.
#ifndef KINGLET_PIPE_HH
#define KINGLET_PIPE_HH
#include "memory/user_memory.hh"
#include "process/proc.hh"

constexpr unsigned pipe_limit = 32;

// unused_pipe()
//    A pipe that nobody uses: the number of its end to be read, or `E_NFILE`.
[[nodiscard]] int unused_pipe();

// begin_pipe(end, page)
//    It is used now, and has this page of `PO_FILE`. No descriptor names its ends yet: `share_end`
//    says so, once for each.
void begin_pipe(unsigned end, void* page);

// share_end(end), leave_end(end)
//    One more descriptor names this end, or one less. With the last one of an end, those that wait
//    at the other end go on; with the last one of both, the page is freed.
void share_end(unsigned end);
void leave_end(unsigned end);

// read_pipe(p, end, to)
//    Take at most `to.size` bytes out of the pipe. Returns how many: what is there; 0 if there is
//    nothing, and no end to be written to. Blocks while there is nothing yet. `E_BADF` if this is
//    the wrong end, `E_FAULT`, `E_NOMEM`: then the bytes are still in the pipe.
[[nodiscard]] int64_t read_pipe(proc& p, unsigned end, user_span to);

// write_pipe(p, end, from)
//    Put bytes into the pipe: up to `PIPE_BUF` of them at once, with nobody's between them. Returns
//    how many: all; fewer if the last end to be read was closed meanwhile, or the rest cannot be
//    read. Blocks while there is no room. `E_PIPE` if there is no end to be read, `E_BADF` if this
//    is the wrong end, `E_FAULT`, `E_NOMEM`: then nothing was put in.
[[nodiscard]] int64_t write_pipe(proc& p, unsigned end, user_span from);

// held_by_pipe(end)
//    How many bytes wait to be read.
unsigned held_by_pipe(unsigned end);

// page_of_pipe(n)
//    The page of pipe `n < pipe_limit`; null if there is none.
const void* page_of_pipe(unsigned n);

#endif
