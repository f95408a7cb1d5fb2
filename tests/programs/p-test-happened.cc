// p-test-happened - each thing that the picture tells in words, one after the other, with time to
// draw it
//
//    Outside: `ok` from pid 1; what the screen says stands in test_picture.py.
#include "u-test.hh"

constexpr unsigned drawing_time = 150;

static char* const data = reinterpret_cast<char*>(0x180000);

template <typename F>
static void in_a_child(F action) {
    pid_t child = sys_fork();
    sys_sleep(drawing_time);
    if (child == 0) {
        action();
        sys_sleep(drawing_time);
        sys_exit();
    }
    sys_wait(child);
    sys_sleep(drawing_time);
}

static void touch(uintptr_t address) { *reinterpret_cast<volatile char*>(address) = 1; }
static void look(uintptr_t address) { *reinterpret_cast<volatile char*>(address); }

static void touch_promises() {
    auto heap = reinterpret_cast<uintptr_t>(sys_sbrk(2 * PAGESIZE));
    touch(heap);
    sys_sleep(drawing_time);
    look(heap + PAGESIZE);
    sys_sleep(drawing_time);
}

void process_main() {
    sys_page_alloc(data);
    touch_promises();
    in_a_child([] { sys_exit(7); });
    in_a_child([] { *data = 1; });
    *data = 2;
    sys_sleep(drawing_time);
    in_a_child([] { look(0); });
    in_a_child([] { look(KERNEL_START_ADDR); });
    in_a_child([] { touch(reinterpret_cast<uintptr_t>(process_main)); });
    in_a_child([] { reinterpret_cast<void (*)()>(data)(); });
    in_a_child([] { touch(MEMSIZE_VIRTUAL - 17 * PAGESIZE); });
    in_a_child([] { asm volatile("cli"); });
    in_a_child([] { sys_panic("the last words"); });
    in_a_child([] { sys_exec("hello"); });
    pid_t child = sys_spawn("allocator");
    sys_sleep(drawing_time);
    sys_kill(child);
    sys_sleep(drawing_time);
    expect("a call with a pointer to nothing", E_FAULT, sys_log(nullptr));
    sys_sleep(drawing_time);
    pass();
}
