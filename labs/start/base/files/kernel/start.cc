// start.cc - the first processes, and what can be told of their memory
//
//    What each function does is said in start.hh.
#include "start.hh"
#include "abi.hh"
#include "device/log.hh"
#include "first_programs.hh"

void start_processes(const char* command) {
    if (strcmp(command, "allocators") != 0) {
        process_setup(1, command);
        return;
    }
    process_setup(1, "allocator");
    process_setup(2, "allocator2");
    process_setup(3, "allocator3");
    process_setup(4, "allocator4");
}

void look(x86_64_pagetable* pagetable, uintptr_t va) {
    vmiter it(pagetable, va);
    if (it.present()) {
        log_printf("look va=0x%lx pa=0x%lx perm=0x%lx", va, it.pa(), it.perm() & permissions);
    } else {
        log_printf("look va=0x%lx unmapped", va);
    }
}

int copy_mappings(x86_64_pagetable* dst, x86_64_pagetable* src) {
    for (vmiter it(src); it.find_mapped(MEMSIZE_VIRTUAL); it.next()) {
        uint64_t perm = it.perm() & permissions;
        if (int r = vmiter(dst, it.va()).try_map(it.pa(), perm); r < 0) return r;
        log_printf("mapping va=0x%lx pa=0x%lx perm=0x%lx", it.va(), it.pa(), perm);
    }
    return 0;
}
