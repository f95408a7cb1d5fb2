// user_memory.hh - memory that a process says is there
//
//    A process's pointer is a number until its page table has been asked. `user_ptr`, `user_span`
//    and `user_string` carry such a number; `try_copy_in` and `try_copy_out` are the only ways to
//    the bytes. They walk the process's page table page by page, so a bad pointer is `E_FAULT` and
//    never a fault of the kernel's; promises are kept on the way. Where a page of a mapped file has
//    to be read first, each returns `E_AWAY` (`mapping.hh`); the call then begins again.
#ifndef KINGLET_USER_MEMORY_HH
#define KINGLET_USER_MEMORY_HH
#include "lib.hh"
#include "memory/address_space.hh"

// An address where a process alleges to have a `T`; null if it says that there is none.
template <typename T>
struct user_ptr {
    uintptr_t va;

    explicit operator bool() const { return va != 0; }
};

// `size` bytes that a process alleges to have at `va`.
struct user_span {
    uintptr_t va;
    size_t size;
};

// A string that a process alleges to have at `va`: up to its zero byte, or `limit` bytes.
struct user_string {
    uintptr_t va;
    size_t limit;
};

// try_copy_in(to, space, from)
//    Copy the process's bytes to `to`, which has room for all of them. Returns 0, or `E_FAULT` if
//    the process itself could not read every one of them, `E_NOMEM` if a promise could not be kept;
//    then `to` has arbitrary contents.
[[nodiscard]] int try_copy_in(void* to, address_space space, user_span from);

// try_copy_in(to, space, from)
//    Copy the process's string to `to`, which has room for `from.limit + 1` bytes, and end it with
//    a zero byte. Returns its length, or the same errors if it runs into memory that the process
//    could not read.
[[nodiscard]] int try_copy_in(char* to, address_space space, user_string from);

// try_copy_out(space, to, from)
//    Copy `to.size` bytes at `from` to the process. Returns 0, or, with nothing copied, `E_FAULT`
//    if the process itself could not write every one of them, `E_NOMEM` if a promise could not be
//    kept.
[[nodiscard]] int try_copy_out(address_space space, user_span to, const void* from);

// try_copy_in(to, space, from) and try_copy_out(space, to, from)
//    The same for one object.
template <typename T>
[[nodiscard]] int try_copy_in(T& to, address_space space, user_ptr<T> from) {
    return try_copy_in(&to, space, user_span{from.va, sizeof(T)});
}
template <typename T>
[[nodiscard]] int try_copy_out(address_space space, user_ptr<T> to, const T& from) {
    return try_copy_out(space, user_span{to.va, sizeof(T)}, &from);
}

#endif
