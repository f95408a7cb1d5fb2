// p-test-typed - a process reads what a person types: line by line, corrected, up to Ctrl-D
//
//    Logs `read N: TEXT` for each read, in which `|` is the line's end. The first reads take at
//    most 5 bytes. After Ctrl-D a child reads too.
#include "u-file.hh"
#include "u-test.hh"

static int64_t read_some(size_t size) {
    char buffer[300];
    int64_t n = sys_read(0, buffer, size);
    expect("no error", n >= 0);
    buffer[n] = '\0';
    for (char* c = buffer; *c; ++c) {
        if (*c == '\n') *c = '|';
    }
    log_printf("read %ld: %s", n, buffer);
    return n;
}

void process_main() {
    expect("nothing, without waiting", 0, sys_read(0, nullptr, 0));
    read_some(5);
    expect("what is printed cannot be read", E_BADF, sys_read(1, nullptr, 1));
    expect("nor written, what is typed", E_BADF, sys_write(0, "x", 1));
    sys_sleep(100);                     // meanwhile a line is typed
    expect("no memory of ours", E_FAULT, sys_read(0, reinterpret_cast<void*>(8), 5));
    while (read_some(5) > 0) {}
    pid_t child = start_child([] { read_some(100); });
    read_some(100);
    expect("a child without trouble", 0, status_of(child));
    pass();
}
