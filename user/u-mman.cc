#include "u-mman.h"
#include "u-mman.hh"

void* mmap(void* address, size_t size, int permissions, int flags, int fd, off_t offset) {
    void* result = sys_mmap(address, size, permissions, flags, fd, offset);
    return is_error(reinterpret_cast<uintptr_t>(result)) ? MAP_FAILED : result;
}

int munmap(void* address, size_t size) {
    return sys_munmap(address, size);
}

int msync(void* address, size_t size, int flags) {
    return sys_msync(address, size, flags);
}

int mincore(void* address, size_t size, unsigned char* residents) {
    return sys_mincore(address, size, residents);
}

int madvise(void* address, size_t size, int advice) {
    return sys_madvise(address, size, advice);
}

int mprotect(void* address, size_t size, int permissions) {
    return sys_mprotect(address, size, permissions);
}
