// p-check-cow - after fork, parent and child have the same pages, until one of them writes
//
//    Words of the moments: where the pages begin and how many there are. "writes" and "wrote": the address, and whether
//    somebody else has the page as well.
#include "u-faults.hh"

constexpr unsigned count = 10;
constexpr uintptr_t base = PROC_START_ADDR + 0x20000;
constexpr uint64_t someone_else = 1, nobody_else = 0;

static void* page(unsigned n) { return reinterpret_cast<void*>(base + n * PAGESIZE); }

static void write(unsigned n, unsigned word, uint64_t others) {
    uintptr_t va = base + n * PAGESIZE + 8 * word;
    moment("writes", va, others);
    word_at(va) = word_at(va) + 1;
    moment("wrote", va, others);
}

// The last page is for nobody to write to.
static void make_pages() {
    for (unsigned n = 0; n < count; ++n) {
        need(call_page_alloc, sys_page_alloc(page(n)));
        for (unsigned word = 0; word < PAGESIZE / 8; ++word) {
            word_at(base + n * PAGESIZE + 8 * word) = pattern(n + word);
        }
    }
    need(call_mprotect, sys_mprotect(page(count - 1), PAGESIZE, PROT_READ));
}

void process_main() {
    check_begin();
    make_pages();
    uintptr_t text = reinterpret_cast<uintptr_t>(&make_pages), last = base + (count - 1) * PAGESIZE;
    moment("ready", base, count, text);
    moment("part", 0);
    pid_t first = pid_t(need(call_fork, fork_to_moment("born", base, count, text)));
    if (first == 0) {                   // the child writes first
        write(3, unsigned(rand(0, 511)), someone_else);
        write(4, 0, someone_else);
        write(3, 511, nobody_else);     // what was copied is its own
        moment("tries", base, count);
        try_in_child(last, to_write);
        try_in_child(round_down(text, 8), to_write);
        moment("stored", last, uint64_t(sys_memory(reinterpret_cast<memory_report*>(last + 8))));
        moment("stored", text, uint64_t(sys_memory(reinterpret_cast<memory_report*>(text))));
        sys_exit();
    }
    end_part(0, status_of(first));
    moment("part", 1);
    moment("alone", base, count);
    write(5, unsigned(rand(0, 511)), nobody_else);
    write(3, 5, nobody_else);
    try_in_child(last, to_write);

    shared_words[1] = 0;
    pid_t child = start_child([=] {     // the parent writes first
        moment("second", base, count);
        shared_words[1] = 1;
        wait_for(1, 2);
        moment("sees", base, count);
        write(2, unsigned(rand(0, 511)), nobody_else);
        write(6, 1, someone_else);
    });
    wait_for(1, 1);
    write(2, unsigned(rand(0, 511)), someone_else);
    write(0, 511, someone_else);
    shared_words[1] = 2;
    int status = status_of(child);
    end_part(1, status);
    moment("end", base, count, text);
    check_done();
}
