#include "memory/user_memory.hh"
#include "abi.hh"
#include "memory/fault.hh"
#include "memory/mapping.hh"

// Resolve each page of the span as if the process itself made this access to it. Returns 0,
// `E_FAULT`, `E_NOMEM` or `E_AWAY`.
static int resolve(address_space space, user_span span, uint64_t access) {
    if (span.size > VA_LOWEND || span.va >= VA_LOWEND || span.size > VA_LOWEND - span.va) {
        return E_FAULT;
    }
    for (uintptr_t va = span.va; va < span.va + span.size;
         va = round_down(va, PAGESIZE) + PAGESIZE) {
        fault_result result = resolve_fault(space, va, access);
        if (result.outcome == fault_outcome::out_of_memory) return E_NOMEM;
        if (result.outcome == fault_outcome::away) return E_AWAY;
        if (!result.is_possible()) return E_FAULT;
    }
    return 0;
}

// The kernel writes to a page that others have too. If the process did, the CPU would note it.
static void note_write(pt_entry& entry) {
    set_flags(entry, PTE_FLAGS(entry) | PTE_D);
}

// Resolve the whole span, then call `function(kernel's pointer, size)` for its part of each page.
// Returns 0, or the same errors.
template <typename F>
static int for_each_part(address_space space, user_span span, uint64_t access, F function) {
    static_assert(PFERR_USER == PTE_U && PFERR_WRITE == PTE_W);
    // Most often the whole span is in a page that is there.
    if (span.va < VA_LOWEND && span.size - 1 < PAGESIZE - span.va % PAGESIZE) {
        vmiter it(space.pagetable, span.va);
        if (it.perm(PTE_P | access) && !(it.entry() & PTE_SHARED)) {
            function(it.kptr<char*>(), span.size);
            return 0;
        }
    }
    if (int r = resolve(space, span, access); r < 0) return r;
    for (vmiter it(space.pagetable, span.va); span.size > 0; it.next()) {
        size_t n = min(span.size, size_t(PAGESIZE - it.va() % PAGESIZE));
        if ((access & PFERR_WRITE) && (it.entry() & PTE_SHARED)) note_write(it.entry());
        function(it.kptr<char*>(), n);
        span.size -= n;
    }
    return 0;
}

int try_copy_in(void* to, address_space space, user_span from) {
    auto bytes = static_cast<char*>(to);
    return for_each_part(space, from, PFERR_USER, [&](const char* part, size_t n) {
        memcpy(bytes, part, n);
        bytes += n;
    });
}

int try_copy_in(char* to, address_space space, user_string from) {
    size_t length = 0;
    while (length < from.limit) {
        uintptr_t va = from.va + length;
        size_t n = min(from.limit - length, size_t(PAGESIZE - va % PAGESIZE));
        if (int r = try_copy_in(to + length, space, user_span{va, n}); r < 0) return r;
        size_t part = strnlen(to + length, n);
        length += part;
        if (part < n) break;
    }
    to[length] = '\0';
    return int(length);
}

int try_copy_out(address_space space, user_span to, const void* from) {
    auto bytes = static_cast<const char*>(from);
    return for_each_part(space, to, PFERR_USER | PFERR_WRITE, [&](char* part, size_t n) {
        memcpy(part, bytes, n);
        bytes += n;
    });
}
