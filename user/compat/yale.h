/* yale.h - for a program of Yale's WeensyOS in C: this instead of lib.h, malloc.h and time.h

      There system calls have no `sys_` before their names. `heap_info` and `defrag`, which students
      write there, are not here. */
#ifndef KINGLET_COMPAT_YALE_H
#define KINGLET_COMPAT_YALE_H
#include "../u-lib.h"

/* What `mapping` tells: all -1, and `perm` 0, if the page is not there */
typedef struct vamapping {
    int pn;
    uintptr_t pa;
    int perm;
} vamapping;

static inline void yield(void) { sys_yield(); }
static inline int page_alloc(void* address) { return sys_page_alloc(address); }
static inline void yale_mapping(uintptr_t address, vamapping* map) {
    memory_mapping found = {UINT64_MAX, 0};
    sys_mapping((const void*) address, &found);
    map->pn = found.perm & PTE_P ? (int) (found.pa / PAGESIZE) : -1;
    map->pa = found.pa;
    map->perm = (int) found.perm;
}
static inline void mem_tog(pid_t pid) { (void) pid; }  /* the keys choose whose memory is shown */

#define mapping yale_mapping
#define sys_mapping yale_mapping
#define sys_mem_tog mem_tog
#define exit() sys_exit(0)
#define TEST_PASS() (app_printf(0, __FILE__ ": TEST PASS\n"), sys_exit(0))
#endif
