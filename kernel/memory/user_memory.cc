#include "memory/user_memory.hh"
#include "abi.hh"
#include "memory/vmiter.hh"

int try_copy_in(void* to, x86_64_pagetable* pagetable, user_span from) {
    auto bytes = static_cast<uint8_t*>(to);
    if (from.size > VA_LOWEND || from.va >= VA_LOWEND) return E_FAULT;
    for (vmiter it(pagetable, from.va); from.size > 0; ) {
        if (!it.user()) return E_FAULT;
        size_t n = min(from.size, size_t(PAGESIZE - it.va() % PAGESIZE));
        memcpy(bytes, it.kptr(), n);
        bytes += n;
        from.size -= n;
        it += intptr_t(n);
    }
    return 0;
}

int try_copy_in(char* to, x86_64_pagetable* pagetable, user_string from) {
    if (from.va >= VA_LOWEND) return E_FAULT;
    size_t length = 0;
    for (vmiter it(pagetable, from.va); length < from.limit; it.next()) {
        if (!it.user()) return E_FAULT;
        size_t n = min(from.limit - length, size_t(PAGESIZE - it.va() % PAGESIZE));
        auto bytes = it.kptr<const char*>();
        size_t part = strnlen(bytes, n);
        memcpy(to + length, bytes, part);
        length += part;
        if (part < n) break;
    }
    to[length] = '\0';
    return int(length);
}
