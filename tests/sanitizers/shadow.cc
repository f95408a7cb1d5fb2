// shadow.cc - the shadow of the kernel's image: which bytes are no variable's
//
//    The compilers themselves mark what lies beside local variables, in code that each function begins and ends with,
//    and call what is here for the rest.
#include "runtime.hh"
#include "boot_info.hh"
#include "device/cpu.hh"
#include "page/kernel_map.hh"

// A global variable and its surroundings, as compilers describe it
struct global_variable {
    uintptr_t start;
    size_t size;
    size_t size_with_gap;               // up to the next variable
    const char* name;
    const char* file;
    uintptr_t has_constructor, place, odr_indicator;
};

// Each of the kernel's files with global variables describes them in one array.
struct described_globals {
    const global_variable* first;
    size_t count;
};
constexpr size_t most_files = 200;
static described_globals described[most_files];
static size_t ndescribed;

extern "C" {
extern uint8_t kernel_shadow[], kernel_shadow_end[], kernel_stack_bottom[], kernel_stack_top[];
extern void (*const first_constructor[])();
extern void (*const last_constructor[])();
const char* __real_kernel_init(const boot_info& boot);
const char* __wrap_kernel_init(const boot_info& boot);
extern uint8_t _programs_end[];
void __real__Z15init_kernel_mapv();
void __wrap__Z15init_kernel_mapv();
}

void allow(uintptr_t start, size_t size) {
    uint8_t* shadow = shadow_of(start);
    for (size_t i = 0; i < size / 8; ++i) shadow[i] = 0;
    if (size % 8 != 0) shadow[size / 8] = uint8_t(size % 8);
}

void forbid(uintptr_t start, size_t size, uint8_t why) {
    uint8_t* shadow = shadow_of(start);
    for (size_t i = 0; i < (size + 7) / 8; ++i) shadow[i] = why;
}

uintptr_t find_forbidden(uintptr_t start, size_t size) {
    uintptr_t end = start + size;
    for (uintptr_t at = start; at < end; ) {
        uintptr_t granule = round_down(at, 8), next = granule + 8;
        uint8_t allowed = *shadow_of(at);
        if (allowed != 0) {
            uintptr_t forbidden = allowed < 8 ? max(at, granule + allowed) : at;
            if (forbidden < end) return forbidden;
        }
        at = next;
    }
    return 0;
}

const char* global_before(uintptr_t address) {
    const global_variable* last = nullptr;
    for (size_t i = 0; i < ndescribed; ++i) {
        for (size_t j = 0; j < described[i].count; ++j) {
            const global_variable* global = described[i].first + j;
            if (global->start <= address && (!last || last->start < global->start)) last = global;
        }
    }
    return last ? last->name : nullptr;
}

// Before the kernel's first line of C++: the boot loader does not clear the shadow.
// Some functions lie with the program images, which are otherwise not executable.
void __wrap__Z15init_kernel_mapv() {
    __real__Z15init_kernel_mapv();
    pt_entry* entry = find_entry(kernel_pagetable, PROGRAMS_ADDR, 1);
    assert(PTE_ADDR(*entry) == PROGRAMS_ADDR && uintptr_t(_programs_end) <= PROGRAMS_ADDR + LARGE_PAGESIZE);
    set_flags(*entry, PTE_FLAGS(*entry) & ~PTE_XD);
    wrcr3(kernel_cr3);
}

const char* __wrap_kernel_init(const boot_info& boot) {
    for (uint8_t* shadow = kernel_shadow; shadow != kernel_shadow_end; ++shadow) *shadow = 0;
    for (auto constructor = first_constructor; constructor != last_constructor; ++constructor) (*constructor)();
    return __real_kernel_init(boot);
}

extern "C" {

// Called by the constructor of each of the kernel's files that has global variables
void __asan_register_globals(const global_variable* globals, size_t count) {
    assert_lt(ndescribed, most_files);
    described[ndescribed++] = {globals, count};
    for (size_t i = 0; i < count; ++i) {
        const global_variable& global = globals[i];
        if (!is_in_kernel_image(global.start)) continue;        // some constants lie above it
        forbid(global.start, global.size_with_gap, shadow_behind_global);
        allow(global.start, global.size);
    }
}

// Called by destructors, and so never
void __asan_unregister_globals(const global_variable*, size_t) {
}

// Called before a function that does not return, so that nobody will clear the shadow of the frames there are
void __asan_handle_no_return() {
    auto frame = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
    auto bottom = reinterpret_cast<uintptr_t>(kernel_stack_bottom), top = reinterpret_cast<uintptr_t>(kernel_stack_top);
    if (frame >= bottom && frame < top) allow(round_down(frame, 8), top - round_down(frame, 8));
}

// A local variable's scope ends, and begins.
void __asan_poison_stack_memory(uintptr_t start, size_t size) { forbid(start, size, shadow_out_of_scope); }
void __asan_unpoison_stack_memory(uintptr_t start, size_t size) { allow(start, size); }

// clang's, for large frames: fill so much of the shadow itself.
#define SHADOW_FILLED_WITH(value, digits)                                                                              \
    void __asan_set_shadow_##digits(uint8_t* shadow, size_t size) {                                                    \
        for (size_t i = 0; i < size; ++i) shadow[i] = value;                                                           \
    }
SHADOW_FILLED_WITH(0, 00)
SHADOW_FILLED_WITH(shadow_below_local, f1)
SHADOW_FILLED_WITH(shadow_between_locals, f2)
SHADOW_FILLED_WITH(shadow_above_local, f3)
SHADOW_FILLED_WITH(shadow_out_of_scope, f8)

}
