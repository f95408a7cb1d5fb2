// planted.cc - a bug of each kind that the sanitizers find, for planted.img
//
//    The kernel there commits the bug that the first boot word names: `wrong_index`, say, is the
//    function that has it. With any other first word it is the kernel that it is without this file.
//    What a sanitizer must say of a bug stands above its function, as a regular expression.
#include "kernel.hh"
#include "lib.hh"
#include "page/pageinfo.hh"

namespace {

// opaque(x): `x`, of which the compiler knows nothing.
template <typename T>
T opaque(T x) {
    asm volatile("" : "+r"(x) : : "memory");
    return x;
}

// Something that is read so has been read.
template <typename T>
void use(T x) {
    asm volatile("" : : "r"(x) : "memory");
}

enum direction { north, east, south, west };

struct pair {
    int first, second;
    int sum() const { return first + second; }
};

int global_counts[5] = {1, 2, 3, 4, 5};
const int constant_counts[5] = {1, 2, 3, 4, 5};
char global_name[12];

// Arithmetic

// says: arithmetic overflow: (1 \+ 2147483647|2147483647 \+ 1) as 'int'
void overflow_of_sum() { use(opaque(INT32_MAX) + opaque(1)); }
// says: arithmetic overflow: -9223372036854775808 - 1 as 'long( int)?'
void overflow_of_difference() { use(opaque(INT64_MIN) - opaque(1L)); }
// says: arithmetic overflow: (1048576 \* 4096|4096 \* 1048576) as 'int'
void overflow_of_product() { use(opaque(1 << 20) * opaque(1 << 12)); }
// says: arithmetic overflow: -\(-2147483648\) as 'int'
void overflow_of_negation() { use(-opaque(INT32_MIN)); }
// says: arithmetic overflow: -2147483648 / -1 as 'int'
void overflow_of_quotient() { use(opaque(INT32_MIN) / opaque(-1)); }
// says: division by zero: 7 / 0
void division_by_zero() { use(opaque(7) % opaque(0)); }
// says: shift of 1, of type 'int', by 32
void shift_too_far() { use(opaque(1) << opaque(32)); }
// says: shift of 1, of type '(long unsigned int|unsigned long)', by -1
void shift_by_negative() { use(opaque(1UL) >> opaque(-1)); }
// says: invalid value: 0 has no first or last bit that is set
void count_of_zeros_in_zero() { use(__builtin_ctz(opaque(0U))); }

// Pointers

// says: null pointer: load of 'int'
void null_pointer() { use(*opaque(static_cast<int*>(nullptr))); }
// says: null pointer: member access in '.*pair'
void null_structure() { use(opaque(static_cast<pair*>(nullptr))->second); }
// says: null pointer: member call on '.*pair'
void null_object() { use(opaque(static_cast<pair*>(nullptr))->sum()); }

[[gnu::nonnull]] void take_pointer(const void* pointer);
[[gnu::noinline]] void take_pointer(const void* pointer) { use(pointer); }
// says: null pointer: argument 1 must not be one
void null_argument() { take_pointer(opaque(static_cast<void*>(nullptr))); }

[[gnu::returns_nonnull, gnu::noinline]] const void* null_pointer_of() {
    return opaque(static_cast<void*>(nullptr));
}
// says: null pointer: the result must not be one
void null_result() { use(null_pointer_of()); }

// says: misaligned pointer: load of 'uint32_t'.* at 0x\w+[26ae]
void misaligned_pointer() {
    alignas(8) char bytes[16] = {};
    use(*reinterpret_cast<uint32_t*>(opaque(bytes) + 2));
}

// says: pointer overflow: from 0xfffffffffffffffb to 0x3
void pointer_beyond_memory() {
    char* end = opaque(reinterpret_cast<char*>(UINTPTR_MAX - 4));
    use(end + opaque(8UL));
}

// Indices and values

// says: index out of bounds: 4 of 'int ?\[4\]'
void wrong_index() {
    int numbers[4] = {1, 2, 3, 4};
    use(numbers[opaque(4)]);
}

// says: index out of bounds: -1 of 'int ?\[5\]'
void wrong_index_of_global() { use(global_counts[opaque(-1)]); }

// says: an array of -1 elements
void array_of_no_size() {
    char bytes[opaque(-1)];
    use(bytes);
}

// says: invalid value: 2 in a 'bool'
void invalid_bool() {
    uint8_t byte = 2;
    use(*reinterpret_cast<bool*>(opaque(&byte)));
}

// says: invalid value: 77 in a '.*direction'
void invalid_enumeration() {
    unsigned number = 77;
    use(*reinterpret_cast<direction*>(opaque(&number)));
}

// says: unreachable code was reached
void unreachable() {
    if (opaque(1)) __builtin_unreachable();
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wreturn-type"
[[gnu::noinline]] int missing_result_of(int x) {
    if (x != 0) return x;
}
#pragma GCC diagnostic pop
// says: a function ended without a result
void missing_result() { use(missing_result_of(opaque(0))); }

// Free pages

uint64_t* freed_page() {
    void* page = kalloc(PAGESIZE);
    assert(page);
    kfree(page);
    return opaque(static_cast<uint64_t*>(page));
}

// says: use of a free page: read of 8 bytes at 0x\w+038
void read_of_freed_page() { use(freed_page()[7]); }
// says: use of a free page: write of 8 bytes at 0x\w+000
void write_to_freed_page() { *opaque(freed_page()) = 1; }
// says: use of a free page: write of 1 bytes at 0x1fffff
void write_to_page_never_taken() {
    *reinterpret_cast<uint8_t*>(opaque(MEMSIZE_PHYSICAL - 1UL)) = 1;
}
// says: use of a free page: read of 12 bytes at 0x\w+000
void copy_from_freed_page() { memcpy(opaque(global_name), freed_page(), sizeof(global_name)); }

// says: use of a free page: write of 4096 bytes at 0x\w+000
void filling_into_freed_page() {
    auto taken = static_cast<uint8_t*>(kalloc(PAGESIZE)), freed = taken;
    assert(taken);
    memset(opaque(taken), 0, PAGESIZE);
    kfree(taken);
    memset(opaque(freed), 0, PAGESIZE);
}

// Local variables

// says: stack buffer overflow: read of 4 bytes
void overflow_of_local() {
    int numbers[5] = {};
    use(opaque(&numbers[0])[opaque(5)]);
}

// says: stack buffer overflow: write of 1 bytes
void overflow_of_local_by_a_byte() {
    char text[13] = {};
    opaque(&text[0])[opaque(13)] = 1;
    use(text);
}

// says: stack buffer underflow: write of 4 bytes
void underflow_of_local() {
    int numbers[5] = {};
    opaque(&numbers[0])[opaque(-1)] = 1;
    use(numbers);
}

// says: stack buffer overflow: write of 18 bytes
void overflow_of_local_by_strcpy() {
    char text[8];
    strcpy(opaque(&text[0]), "too long for that");
    use(text);
}

// says: stack buffer overflow: write of 25 bytes
void overflow_of_local_by_memset() {
    char text[24];
    memset(opaque(&text[0]), 0, opaque(25UL));
    use(text);
}

// says: use of a local variable after its scope: read of 4 bytes
void use_after_scope() {
    int* kept;
    {
        int inner = 5;
        kept = opaque(&inner);
    }
    use(*opaque(kept));
}

[[gnu::noinline]] int endless_recursion_from(int x) {
    return opaque(x) < 0 ? x : opaque(x) + endless_recursion_from(x + 1);
}
void endless_recursion() { use(endless_recursion_from(0)); }

// Its frame reaches over the page below the stack, and it writes only there.
[[gnu::noinline]] void frame_over_the_guard() {
    char frame[12 * PAGESIZE];
    *opaque(&frame[0]) = 1;
    use(frame[0]);
}

// Global variables

// says: overflow of global variable .*global_counts: read of 4 bytes
void overflow_of_global() { use(opaque(&global_counts[0])[opaque(5)]); }
// says: overflow of global variable .*constant_counts: read of 4 bytes
void overflow_of_constant() { use(opaque(&constant_counts[0])[opaque(5)]); }
// says: overflow of global variable .*global_name: write of 12 bytes
void overflow_of_global_by_memmove() {
    memmove(opaque(&global_name[0]) + 4, opaque(&global_name[0]), 12);
}

#define BUG(name) {#name, name}
const struct {
    const char* name;
    void (*commit)();
} bugs[] = {
    BUG(overflow_of_sum), BUG(overflow_of_difference), BUG(overflow_of_product),
    BUG(overflow_of_negation), BUG(overflow_of_quotient), BUG(division_by_zero),
    BUG(shift_too_far), BUG(shift_by_negative), BUG(count_of_zeros_in_zero), BUG(null_pointer),
    BUG(null_structure), BUG(null_object), BUG(null_argument), BUG(null_result),
    BUG(misaligned_pointer), BUG(pointer_beyond_memory), BUG(wrong_index),
    BUG(wrong_index_of_global), BUG(array_of_no_size), BUG(invalid_bool),
    BUG(invalid_enumeration), BUG(unreachable), BUG(missing_result), BUG(read_of_freed_page),
    BUG(write_to_freed_page), BUG(write_to_page_never_taken), BUG(copy_from_freed_page),
    BUG(filling_into_freed_page), BUG(overflow_of_local), BUG(overflow_of_local_by_a_byte),
    BUG(underflow_of_local), BUG(overflow_of_local_by_strcpy), BUG(overflow_of_local_by_memset),
    BUG(use_after_scope), BUG(endless_recursion), BUG(frame_over_the_guard),
    BUG(overflow_of_global), BUG(overflow_of_constant), BUG(overflow_of_global_by_memmove)
};

}

extern "C" {

[[noreturn]] void __real_kernel_start(const char* command);
[[noreturn]] void __wrap_kernel_start(const char* command);
[[noreturn]] void use_whole_frame();

// No bug: the stack is left and begun anew, as with each entry into the kernel. What surrounded the
// locals there is forbidden no more.
[[gnu::noinline, noreturn]] static void begin_anew() {
    asm volatile("movl $kernel_stack_top, %esp; xorl %ebp, %ebp; call use_whole_frame");
    for (;;) {
    }
}

[[gnu::noinline]] static void leave_frame() {
    char text[40];
    use(opaque(&text[0]));
    begin_anew();
}

void use_whole_frame() {
    char text[1024];
    for (char& c : text) *opaque(&c) = 1;
    __real_kernel_start("test-yield");
}

void __wrap_kernel_start(const char* command) {
    if (strcmp(command, "leave_frame") == 0) leave_frame();
    for (auto& bug : bugs) {
        if (strcmp(bug.name, command) == 0) bug.commit();
    }
    __real_kernel_start(command);
}

}
