// p-paging - a program on the second disk, which comes to memory page by page, as it is touched
//
//    It is no part of the kernel's image. The kernel maps its file: text and constants are the
//    file's pages, the same for all who run it; variables are copied when they are written to.
//    Boot words: files=on pace=0
#include "u-lecture.hh"

constexpr int constants_pages = 64;
static const char constants[constants_pages * PAGESIZE] = "a constant";
static char variables[PAGESIZE] = "a variable";

static int64_t faults(fault_kind kind) {
    return int64_t(memory_now().faults[kind]);
}

static void run_again(int64_t text_page) {
    check("child: its text is the page that its parent runs",
          page_of(reinterpret_cast<void*>(faults)) == text_page);
    sys_exit();
}

int main(int argc, char** argv) {
    if (argc > 1) run_again(strtol(argv[1], nullptr, 10));
    check("of 64 pages of constants fewer than 32 are in memory", memory_now().resident < 32);
    say("Read a constant: a fault, and the page comes from the disk.");
    int64_t before = faults(FAULT_FILE);
    access_memory(constants + 40 * PAGESIZE);
    asm volatile("movb (%0), %%al" : : "r"(constants + 40 * PAGESIZE) : "rax");
    compare("faults", 1, faults(FAULT_FILE) - before);
    say("Write to a variable: a fault, and a copy of the file's page.");
    before = faults(FAULT_COPY);
    clobber_memory(variables);
    variables[0] = 'A';
    compare("faults", 1, faults(FAULT_COPY) - before);
    say("A child runs the same program.");
    char name[] = "paging", number[24];
    snprintf(number, sizeof(number), "%ld", page_of(reinterpret_cast<void*>(faults)));
    char* arguments[] = {name, number, nullptr};
    pid_t child = sys_fork();
    if (child == 0) sys_exec(name, arguments);
    sys_wait(child);
    return 0;
}
