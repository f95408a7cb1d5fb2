// u-malloc.cc - a heap of blocks: see u-stdlib.h
//
//    Free blocks are kept in the order of their addresses, and a block that is given back is merged
//    with free neighbours (Kernighan and Ritchie, "The C Programming Language", 8.7). A block has a
//    header before it.
#include "u-lib.hh"

namespace {

struct block {
    size_t size;                        // in bytes, header included
    union {
        block* next;                    // while it is free
        size_t mark;                    // while it is not: `allocated`
    };

    block* behind() { return reinterpret_cast<block*>(reinterpret_cast<char*>(this) + size); }
    void* memory() { return this + 1; }
};
constexpr size_t allocated = 0x4B69'6E67'6C65'7421;
static_assert(sizeof(block) == 16);

block* first_free;

block* block_of(void* memory) {
    auto found = static_cast<block*>(memory) - 1;
    if (uintptr_t(memory) % sizeof(block) != 0 || found->mark != allocated) {
        panic("free or realloc: %p is no block that malloc gave, or is free already", memory);
    }
    return found;
}

// Put a block among the free ones.
void give_back(block* freed) {
    block* before = nullptr;
    block* after = first_free;
    for (; after && after < freed; after = after->next) before = after;
    freed->next = after;
    if (after && freed->behind() == after) {
        freed->size += after->size;
        freed->next = after->next;
    }
    if (!before) {
        first_free = freed;
    } else if (before->behind() == freed) {
        before->size += freed->size;
        before->next = freed->next;
    } else {
        before->next = freed;
    }
}

// Take `size` bytes from the end of a free block, or all of it. Null if none is large enough.
block* take(size_t size) {
    for (block** link = &first_free; *link; link = &(*link)->next) {
        block* found = *link;
        if (found->size < size) continue;
        if (found->size == size) {
            *link = found->next;
            return found;
        }
        found->size -= size;
        block* taken = found->behind();
        taken->size = size;
        return taken;
    }
    return nullptr;
}

// Have the heap grow by whole pages, at least `size` bytes that lie as blocks do.
bool grow(size_t size) {
    size = round_up(size + sizeof(block), PAGESIZE);
    auto start = uintptr_t(sys_sbrk(intptr_t(size)));
    if (is_error(start)) return false;
    auto fresh = reinterpret_cast<block*>(round_up(start, sizeof(block)));
    fresh->size = round_down(start + size - uintptr_t(fresh), sizeof(block));
    give_back(fresh);
    return true;
}

}

void* malloc(size_t size) {
    if (size > size_t(PTRDIFF_MAX) - PAGESIZE) return nullptr;
    size = round_up(size + sizeof(block), sizeof(block));
    block* found = take(size);
    if (!found && grow(size)) found = take(size);
    if (!found) return nullptr;
    found->mark = allocated;
    return found->memory();
}

void free(void* memory) {
    if (memory) give_back(block_of(memory));
}

void* calloc(size_t count, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) return nullptr;
    void* memory = malloc(bytes);
    return memory ? memset(memory, 0, bytes) : nullptr;
}

void* realloc(void* memory, size_t size) {
    if (!memory) return malloc(size);
    size_t room = block_of(memory)->size - sizeof(block);
    if (size <= room) return memory;
    void* larger = malloc(size);
    if (!larger) return nullptr;
    memcpy(larger, memory, room);
    free(memory);
    return larger;
}

void* operator new(size_t size) {
    void* memory = malloc(size);
    if (!memory) panic("new: no memory for %zu bytes", size);
    return memory;
}

void* operator new[](size_t size) {
    return operator new(size);
}
