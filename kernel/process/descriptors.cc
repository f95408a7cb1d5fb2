#include "process/descriptors.hh"
#include "page/pageinfo.hh"
#include "process/pipe.hh"

static_assert(first_pipe_end + 2 * pipe_limit - 1 <= UINT8_MAX);

static open_file_state open_files[open_limit];
static uint8_t descriptors[NPROC][descriptor_limit];
static uint8_t npipe_ends[NPROC];                   // how many of them name an end of a pipe

void begin_descriptors(pid_t pid) {
    memset(descriptors[pid], closed, descriptor_limit);
    descriptors[pid][0] = keyboard;
    descriptors[pid][1] = descriptors[pid][2] = printed;
}

void share_descriptors(pid_t parent, pid_t child) {
    memcpy(descriptors[child], descriptors[parent], descriptor_limit);
    npipe_ends[child] = npipe_ends[parent];
    for (int fd = 0; npipe_ends[child] > 0 && fd < descriptor_limit; ++fd) {
        uint8_t named = descriptors[child][fd];
        if (named >= first_pipe_end) share_end(named - first_pipe_end);
    }
}

void end_descriptors(pid_t pid) {
    for (int fd = 0; npipe_ends[pid] > 0; ++fd) set_descriptor(ptable[pid], fd, closed);
    memset(descriptors[pid], closed, descriptor_limit);
}

uint8_t descriptor(const proc& p, int fd) {
    return fd >= 0 && fd < descriptor_limit ? descriptors[p.pid][fd] : closed;
}

void set_descriptor(const proc& p, int fd, uint8_t named) {
    uint8_t& old = descriptors[p.pid][fd];
    if (named >= first_pipe_end) {
        share_end(named - first_pipe_end);
        ++npipe_ends[p.pid];
    }
    if (old >= first_pipe_end) {
        leave_end(old - first_pipe_end);
        --npipe_ends[p.pid];
    }
    old = named;
}

int free_descriptor(const proc& p, int from) {
    while (from < descriptor_limit && descriptors[p.pid][from] != closed) ++from;
    return from < descriptor_limit ? from : E_MFILE;
}

open_file_state* open_at(const proc& p, int fd) {
    uint8_t d = descriptor(p, fd);
    bool is_open_file = d >= first_open_file && d < first_pipe_end;
    return is_open_file ? &open_files[d - first_open_file] : nullptr;
}

int pipe_end_at(const proc& p, int fd) {
    return max(int(descriptor(p, fd)) - first_pipe_end, -1);
}

int unused_open_file() {
    bool is_used[UINT8_MAX + 1] = {};
    for (const proc& p : ptable) {
        for (int fd = 0; p.pagetable && fd < descriptor_limit; ++fd) {
            is_used[descriptors[p.pid][fd]] = true;
        }
    }
    for (int i = 0; i < open_limit; ++i) {
        if (!is_used[first_open_file + i]) return i;
    }
    return E_NFILE;
}

open_file_state& open_file_at(int number) {
    return open_files[number];
}

int open_pipe(proc& p, user_ptr<pipe_ends> out) {
    int reader = free_descriptor(p, 0), writer = free_descriptor(p, reader + 1);
    int end = unused_pipe();
    if (reader < 0 || writer < 0) return E_MFILE;
    if (end < 0) return end;
    owned_page page(PO_FILE);
    if (!page) return E_NOMEM;
    if (int r = try_copy_out(p.space(), out, pipe_ends{reader, writer}); r < 0) return r;
    begin_pipe(unsigned(end), page.get());
    page.release();
    set_descriptor(p, reader, uint8_t(first_pipe_end + end));
    set_descriptor(p, writer, uint8_t(first_pipe_end + end + 1));
    return 0;
}
