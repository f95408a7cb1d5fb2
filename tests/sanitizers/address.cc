// address.cc - each access to memory: of a page that is free, or beside a variable
//
//    The functions that compilers call before an access, and the string functions that access memory in assembly.
#include "runtime.hh"
#include "device/symbols.hh"
#include "page/pageinfo.hh"

// Whether nobody has the page. Before `init_pageinfo` has counted memory, nothing is known; `pageinfo`, where it lies
// above the first 2 MiB, is no page's affair.
static bool is_free_page(uintptr_t address) {
    uintptr_t pn = PAGENUMBER(address), array = reinterpret_cast<uintptr_t>(pageinfo);
    if (total_pages == 0 || pn >= npages || address - array < npages * sizeof(physical_pageinfo)) return false;
    return pageinfo[pn].refcount == 0 && page_state(pn).refcount == 0;
}

// The address of the first of the bytes that lies in a free page; 0 if none does.
static uintptr_t find_free(uintptr_t start, size_t size) {
    for (uintptr_t at = start; at < start + size; at = round_down(at, PAGESIZE) + PAGESIZE) {
        if (is_free_page(at)) return at;
    }
    return 0;
}

// With `audit=on`, `kfree` fills the page that it has freed.
static bool is_filling(size_t size, access_kind kind, const void* caller) {
    return kind == access_kind::write && size == PAGESIZE
        && strcmp(caller_name(&kernel_symbols, reinterpret_cast<uintptr_t>(caller)), "kfree") == 0;
}

static const char* explain(uint8_t shadow) {
    switch (shadow) {
    case shadow_below_local: return "stack buffer underflow";
    case shadow_between_locals: case shadow_above_local: return "stack buffer overflow";
    case shadow_out_of_scope: return "use of a local variable after its scope";
    }
    return "overflow of global variable";
}

[[gnu::cold]] static void report_beside_variable(uintptr_t start, size_t size, const char* done, const void* caller) {
    uintptr_t forbidden = find_forbidden(start, size);
    uint8_t shadow = *shadow_of(forbidden);
    if (shadow < 8) shadow = *shadow_of(forbidden + 8);         // the variable ends within these eight bytes
    const char* variable = shadow == shadow_behind_global ? global_before(forbidden) : nullptr;
    report(caller, "%s%s%s: %s of %zu bytes at 0x%lx", explain(shadow), variable ? " " : "", variable ? variable : "",
           done, size, start);
}

void check_access(uintptr_t start, size_t size, access_kind kind, const void* caller) {
    const char* done = kind == access_kind::read ? "read" : "write";
    if (is_in_kernel_image(start)) {
        if (find_forbidden(start, size) && !has_reported) report_beside_variable(start, size, done, caller);
    } else if (uintptr_t free = find_free(start, size); free && !has_reported && !is_filling(size, kind, caller)) {
        report(caller, "use of a free page: %s of %zu bytes at 0x%lx", done, size, free);
    }
}

#define CALLER __builtin_return_address(0)

// The same for so few bytes. Nearly all of them are among eight of the kernel's image that may all be accessed.
[[gnu::always_inline]]
static inline void check_few(uintptr_t start, size_t size, access_kind kind, const void* caller) {
    if (is_in_kernel_image(start) && start % 8 + size <= 8 && *shadow_of(start) == 0) [[likely]] return;
    check_access(start, size, kind, caller);
}

#define CHECKS_OF_SIZE(size)                                                                                           \
    void __asan_load##size##_noabort(uintptr_t start) { check_few(start, size, access_kind::read, CALLER); }           \
    void __asan_store##size##_noabort(uintptr_t start) { check_few(start, size, access_kind::write, CALLER); }

extern "C" {

CHECKS_OF_SIZE(1)
CHECKS_OF_SIZE(2)
CHECKS_OF_SIZE(4)
CHECKS_OF_SIZE(8)
CHECKS_OF_SIZE(16)

void __asan_loadN_noabort(uintptr_t start, size_t size) { check_access(start, size, access_kind::read, CALLER); }
void __asan_storeN_noabort(uintptr_t start, size_t size) { check_access(start, size, access_kind::write, CALLER); }

}

// The kernel's own definitions of these three are weak in this build, so that these are used.

static void check_copy(const void* to, const void* from, size_t n, const void* caller) {
    check_access(reinterpret_cast<uintptr_t>(from), n, access_kind::read, caller);
    check_access(reinterpret_cast<uintptr_t>(to), n, access_kind::write, caller);
}

void* memcpy(void* to, const void* from, size_t n) {
    check_copy(to, from, n, CALLER);
    void* next = to;
    asm volatile("rep movsb" : "+D"(next), "+S"(from), "+c"(n) : : "memory");
    return to;
}

void* memmove(void* to, const void* from, size_t n) {
    check_copy(to, from, n, CALLER);
    bool goes_up = reinterpret_cast<uintptr_t>(to) - reinterpret_cast<uintptr_t>(from) >= n;
    void* next = goes_up ? to : static_cast<char*>(to) + n - 1;
    const void* source = goes_up ? from : static_cast<const char*>(from) + n - 1;
    if (!goes_up) asm volatile("std" : : : "cc");
    asm volatile("rep movsb; cld" : "+D"(next), "+S"(source), "+c"(n) : : "memory", "cc");
    return to;
}

void* memset(void* memory, int c, size_t n) {
    check_access(reinterpret_cast<uintptr_t>(memory), n, access_kind::write, CALLER);
    void* next = memory;
    asm volatile("rep stosb" : "+D"(next), "+c"(n) : "a"(c) : "memory");
    return memory;
}
