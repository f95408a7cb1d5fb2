// p-test-mapdirty - what is written to a shared mapping reaches the disk by msync, fsync and sync,
// without another call; nothing else is written
//
//    The disk has `a`, `b`, `c` and `d`, 12,288 bytes `-` each. A line in the log says what the disk
//    has from then on.
#include "u-map.hh"

static uint8_t* map_it(const char* name, int prot, int flags) {
    int fd = open_or_fail(name, (prot & PROT_WRITE) ? O_RDWR : O_RDONLY);
    uint8_t* all = map(3 * PAGESIZE, prot, flags, fd);
    sys_close(fd);
    return all;
}

void process_main() {
    uint8_t* a = map_it("a", PROT_RW, MAP_SHARED);
    uint8_t* b = map_it("b", PROT_RW, MAP_SHARED);
    uint8_t* c = map_it("c", PROT_RW, MAP_PRIVATE);
    uint8_t* d = map_it("d", PROT_READ, MAP_SHARED);
    int fd = open_or_fail("a", O_RDONLY);
    for (int i = 0; i < 3; ++i) {
        read_byte(uintptr_t(a + i * PAGESIZE));
        read_byte(uintptr_t(b + i * PAGESIZE));
        read_byte(uintptr_t(d + i * PAGESIZE));
        c[i * PAGESIZE] = 'X';
    }
    expect("nothing was written", 0, sys_sync());
    log_printf("nothing");
    a[PAGESIZE] = '1';
    expect("to the disk", 0, sys_msync(a, 3 * PAGESIZE, MS_SYNC));
    log_printf("msync");
    a[2 * PAGESIZE] = '2';
    expect("to the disk", 0, sys_fsync(fd));
    log_printf("fsync");
    b[0] = '3';
    unmap(b, 3 * PAGESIZE);
    expect("to the disk", 0, sys_sync());
    log_printf("sync");
    expect("nothing more", 0, sys_sync());
    log_printf("again");
    b = map_it("b", PROT_RW, MAP_SHARED);
    b[PAGESIZE] = '4';
    unmap(b, 3 * PAGESIZE);                         // the machine's end writes it
    pass();
}
