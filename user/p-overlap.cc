// p-overlap - the same address in two processes, and different memory
//
//    Boot words: pace=0
#include "u-lecture.hh"

static volatile int* const number = reinterpret_cast<volatile int*>(0x180000);

void process_main() {
    sys_page_alloc(const_cast<int*>(number));
    *number = 1;
    int64_t parents_page = page_of(number);
    pid_t child = sys_fork();
    if (child == 0) {
        *number = 2;
        compare("child: the number at 0x180000", 2, *number);
        say("child: its page there is %s",
            page_of(number) == parents_page ? "the parent's" : "not the parent's");
        sys_sleep(reading_time);
        sys_exit();
    }
    sys_sleep(2 * reading_time);
    compare("parent: the number at 0x180000", 1, *number);
    check("parent: its page there is the one it was", page_of(number) == parents_page);
    sys_wait(child);
}
