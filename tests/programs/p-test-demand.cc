// p-test-demand - a program that is a file on the disk comes to memory page by page: text when it is
// run, constants when they are read, variables when they are written to; all who run it share its
// text
//
//    It is on the disk as `demand`, and runs itself once more.
#include "u-map.hh"

constexpr size_t constants_pages = 40, variables_pages = 20;
static const uint8_t constants[constants_pages * PAGESIZE] = {1, 2, 3};
static uint8_t variables[variables_pages * PAGESIZE] = {4, 5, 6};
static uint8_t zeros[30 * PAGESIZE];

static uint64_t text_page() {
    return mapping_of(reinterpret_cast<void*>(text_page)).pa;
}

static void run_again() {
    expect("the same page of text", int64_t(shared_words[0]), int64_t(text_page()));
    expect("its own variables", 4, *const_cast<volatile uint8_t*>(variables));
    sys_exit(7);
}

static uint64_t faults_of(fault_kind kind) { return memory_now().faults[kind]; }

static void touch_constants() {
    uint64_t before = faults_of(FAULT_FILE);
    auto bytes = const_cast<const volatile uint8_t*>(constants);
    expect("the first constant", 1, bytes[0]);
    expect("the last constant", 0, bytes[sizeof(constants) - 1]);
    expect("not all pages came", faults_of(FAULT_FILE) - before <= 2);
    memory_mapping page = mapping_of(constants + 20 * PAGESIZE);
    expect("one in the middle is not there", 0, int64_t(page.perm));
}

static void write_variables() {
    volatile uint8_t* bytes = variables;
    expect("as in the file", 5, bytes[1]);
    bytes[0] = 44;
    bytes[10 * PAGESIZE] = 1;
    expect("written", 44, bytes[0]);
    expect("the rest is as in the file", 6, bytes[2]);
    volatile uint8_t* more = zeros;
    for (size_t i = 0; i < sizeof(zeros); i += 100) expect("a zero", 0, more[i]);
    more[sizeof(zeros) - 1] = 1;
    auto heap = static_cast<volatile uint8_t*>(sys_sbrk(PAGESIZE));
    expect("the heap is behind", heap >= zeros + sizeof(zeros));
    heap[0] = 1;
}

static void refuse() {
    int fd = open_or_fail("demand", O_RDONLY);
    expect("it is open", E_BUSY, sys_unlink("demand"));
    sys_close(fd);
    expect("it is run", E_BUSY, sys_unlink("demand"));
    file_info info;
    int refused = 0;
    for (int next = 0; (next = sys_readdir(next, &info)) > 0;) {
        if (strncmp(info.name, "bad ", 4) != 0) continue;
        ++refused;
        expect("it cannot be loaded", E_NOEXEC, sys_spawn(info.name));
        char* arguments[] = {nullptr};
        expect("it cannot be loaded", E_NOEXEC, sys_exec(info.name, arguments));
    }
    log_printf("%d programs refused", refused);
    expect("no such program", E_NOENT, sys_spawn("nowhere"));
    pid_t child = sys_spawn("bench-empty");
    expect("one in the kernel's image comes first", child > 0);
    expect("it ran", 0, status_of(child));
}

int main(int argc, char** argv) {
    expect("little is there", memory_now().resident < constants_pages + variables_pages);
    if (argc > 1) run_again();
    touch_constants();
    write_variables();
    shared_words[0] = text_page();
    int status = in_child([] {
        char name[] = "demand", again[] = "again";
        char* arguments[] = {name, again, nullptr};
        sys_exec("demand", arguments);
        fail("it to run again");
    });
    expect("it ran again", 7, status);
    pid_t child = start_child([] { sys_exit(variables[0]); });
    expect("a child has what was written", 44, status_of(child));
    refuse();
    (void)argv;
    pass();
}
