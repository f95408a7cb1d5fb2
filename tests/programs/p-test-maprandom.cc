// p-test-maprandom - whatever is mapped, unmapped, protected, forgotten, written, forked, in whatever
// order, each page is what a plain model says
//
//    The model has the first byte of each page of a window. All that is shared is written by this
//    process alone, so a child finds what the model says, and leaves it.
#include "u-map.hh"
#include "u-random.hh"

constexpr unsigned window_pages = 24, file_pages = 5;
constexpr int steps = 3000;

enum kind {
    nothing,
    zeros,                              // private
    common,                             // shared, without a file
    copy,                               // a private mapping of the file
    shared,                             // a shared one
};

struct model_page {
    kind what = nothing;
    unsigned number = 0;                // of the file
    bool may_read = false, may_write = false;
    bool is_own = false;                // private, and written to: `byte` is its own
    uint8_t byte = 0;
};

static model_page model[window_pages];
static uint8_t file_bytes[file_pages];
static uint8_t* window;
static int file, scratch;             // of `scratch` each process uses one byte

static uint8_t expected(const model_page& page) {
    bool is_files = page.what == shared || (page.what == copy && !page.is_own);
    return is_files ? file_bytes[page.number] : page.byte;
}

// The first byte of a page as the process reads it, or, by turns, as the kernel does for it.
static void check_page(unsigned n) {
    const model_page& page = model[n];
    uint8_t* address = window + n * PAGESIZE;
    uint8_t found;
    if (page.what != nothing && page.may_read && one_in(2)) {
        found = *address;
    } else {
        int64_t r = sys_pwrite(scratch, address, 1, sys_getpid());
        if (page.what == nothing || !page.may_read) {
            expect("nothing to be read", E_FAULT, r);
            return;
        }
        expect("a byte", 1, r);
        expect("that byte", 1, sys_pread(scratch, &found, 1, sys_getpid()));
    }
    expect("what the model has", expected(page), found);
}

static void write_page(unsigned n) {
    model_page& page = model[n];
    uint8_t* address = window + n * PAGESIZE;
    auto byte = uint8_t(below(256));
    if (page.what == nothing || !page.may_write) {
        expect("nothing to be written", E_FAULT, sys_pread(file, address, 1, 0));
        return;
    }
    if (one_in(2)) {
        *address = byte;
    } else {
        sys_pwrite(scratch, &byte, 1, sys_getpid());
        expect("written by the kernel", 1, sys_pread(scratch, address, 1, sys_getpid()));
    }
    if (page.what == shared) file_bytes[page.number] = byte;
    if (page.what == common) {
        for (model_page& each : model) {
            if (each.what == common && each.number == page.number) each.byte = byte;
        }
    }
    page.byte = byte;
    page.is_own = page.what == copy;
}

static void map_some() {
    unsigned first = below(window_pages), count = 1 + below(4);
    if (first + count > window_pages) return;
    auto what = kind(1 + below(4));
    bool may_write = one_in(2);
    int flags = MAP_FIXED | (what == zeros || what == copy ? MAP_PRIVATE : MAP_SHARED)
        | (what == zeros || what == common ? MAP_ANONYMOUS : 0);
    unsigned number = below(file_pages - count + 1);
    void* address = window + first * PAGESIZE;
    auto r = int64_t(sys_mmap(address, count * PAGESIZE, may_write ? PROT_RW : PROT_READ, flags,
                              file, number * PAGESIZE));
    if (r == E_NOMEM) return;           // too many regions
    expect("mapped", int64_t(address), r);
    for (unsigned i = 0; i < count; ++i) {
        model[first + i] = {what, number + i, true, may_write, false, 0};
        if (what == common) model[first + i].number = first + i;
    }
}

static void change_some() {
    unsigned first = below(window_pages), count = 1 + below(3);
    if (first + count > window_pages) return;
    uint8_t* address = window + first * PAGESIZE;
    bool is_whole = true;
    for (unsigned i = 0; i < count; ++i) is_whole &= model[first + i].what != nothing;
    int how = int(below(4));
    if (how == 0) {
        int r = sys_munmap(address, count * PAGESIZE);
        if (r == 0) {
            for (unsigned i = 0; i < count; ++i) model[first + i] = {};
        } else {
            expect("too many regions", E_NOMEM, r);
        }
    } else if (how == 1) {
        int prot = one_in(3) ? PROT_NONE : (one_in(2) ? PROT_READ : PROT_RW);
        int r = sys_mprotect(address, count * PAGESIZE, prot);
        if (r != 0) expect("a hole, or too many regions", E_NOMEM, r);
        for (unsigned i = 0; r == 0 && i < count; ++i) {
            model[first + i].may_read = prot != PROT_NONE;
            model[first + i].may_write = prot == PROT_RW;
        }
        if (r == 0) expect("no hole", is_whole);
    } else if (how == 2) {
        int r = sys_madvise(address, count * PAGESIZE, MADV_DONTNEED);
        expect("forgotten", is_whole ? 0 : E_NOMEM, r);
        for (unsigned i = 0; r == 0 && i < count; ++i) {
            model_page& page = model[first + i];
            if (page.what == zeros) page.byte = 0;
            page.is_own = false;
        }
    } else {
        expect("synced", is_whole ? 0 : E_NOMEM, sys_msync(address, count * PAGESIZE, MS_SYNC));
    }
}

// A child finds all as it is, and changes what is its own.
static void fork_once() {
    pid_t child = sys_fork();
    if (child < 0) return;
    if (child == 0) {
        for (unsigned n = 0; n < window_pages; ++n) check_page(n);
        for (unsigned n = 0; n < window_pages; ++n) {
            if (model[n].what == zeros || model[n].what == copy) write_page(n);
        }
        for (unsigned n = 0; n < window_pages; ++n) check_page(n);
        sys_exit();
    }
    if (one_in(2)) {
        for (unsigned n = 0; n < window_pages; ++n) {
            if (model[n].what == zeros || model[n].what == copy) write_page(n);
        }
    }
    expect("the child ended well", 0, status_of(child));
}

static void check_file() {
    for (unsigned n = 0; n < file_pages; ++n) {
        expect("the file's byte", file_bytes[n], read_at(file, n * PAGESIZE));
    }
}

void process_main() {
    file = open_or_fail("numbers", O_RDWR);
    scratch = open_or_fail("scratch", O_RDWR | O_CREAT);
    for (unsigned n = 0; n < file_pages; ++n) file_bytes[n] = number_at(n * PAGESIZE);
    window = map(window_pages * PAGESIZE, PROT_READ, MAP_ZEROS);
    unmap(window, window_pages * PAGESIZE);
    for (int i = 0; i < steps; ++i) {
        switch (below(8)) {
        case 0: case 1: map_some(); break;
        case 2: change_some(); break;
        case 3: one_in(8) ? fork_once() : check_file(); break;
        case 4: case 5: write_page(below(window_pages)); break;
        default: check_page(below(window_pages)); break;
        }
    }
    for (unsigned n = 0; n < window_pages; ++n) check_page(n);
    pass();
}
