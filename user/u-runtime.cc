// u-runtime.cc - what the compiler calls by itself in a program that has `delete`, or static
// objects with destructors
//
//    Nobody else calls this. It is linked from an archive, so it is only in programs that need it.
#include "u-lib.hh"

static constexpr int limit = 64;

struct last_call {
    void (*function)(void* argument);
    void* argument;
};
static last_call last_calls[limit];
static int nlast_calls;

extern "C" {
// These names are the compiler's (Itanium C++ ABI, 3.3.6.3). A program has no libraries to tell
// apart by a handle.
void* __dso_handle = nullptr;
int __cxa_atexit(void (*function)(void*), void* argument, void* dso_handle);
void run_last_calls();
[[gnu::weak]] void free(void* memory);
}

// Called once an object has been made: `function(argument)`, its destructor, is to be called at the
// program's end.
int __cxa_atexit(void (*function)(void*), void* argument, void*) {
    if (nlast_calls == limit) panic("more than %d static objects with destructors", limit);
    last_calls[nlast_calls++] = {function, argument};
    return 0;
}

// The last one made goes first. A destructor may make further ones.
void run_last_calls() {
    while (nlast_calls > 0) {
        last_call call = last_calls[--nlast_calls];
        call.function(call.argument);
    }
}

// Without `free` there is no `malloc` in the program, and nothing to give back.
void operator delete(void* memory) noexcept {
    if (free) free(memory);
}
void operator delete(void* memory, size_t) noexcept { operator delete(memory); }
void operator delete[](void* memory) noexcept { operator delete(memory); }
void operator delete[](void* memory, size_t) noexcept { operator delete(memory); }
