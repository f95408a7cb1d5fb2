// loader.cc - reads the kernel from the disk, checks it, and jumps to it
//
//    `load_kernel` is called by stage2.S in long mode: the first 1 GiB of memory mapped to itself,
//    interrupts off, `boot_info` complete. The BIOS reads the disk into a buffer in low memory;
//    each part of the kernel's file is read once and copied to where it belongs. Nothing is copied
//    before all is checked.
#include <stddef.h>
#include "boot.h"
#include "boot_info.hh"
#include "elf.hh"
#include "placement.hh"

static_assert(offsetof(boot_info, memory_range_count) == BOOT_INFO_COUNT - BOOT_INFO_ADDR);
static_assert(offsetof(boot_info, memory_ranges) == BOOT_INFO_RANGES - BOOT_INFO_ADDR);
static_assert(max_memory_ranges == BOOT_INFO_MAX
              && sizeof(boot_info) <= ELF_HEADERS_ADDR - BOOT_INFO_ADDR);

extern "C" {
extern const uint32_t kernel_bytes;                         // these three: stage2.S
unsigned bios_read(uint64_t sector);
[[noreturn]] void stop_with(const char* line);
[[noreturn]] void load_kernel();
}

namespace {

// message - one line about why the kernel cannot be loaded
//    At most 127 characters, the rest is lost; it should fit the screen's 80.
class message {
public:
    explicit message(const char* text) {
        put("Kinglet: ");
        put(text);
    }
    message& put(const char* text) {
        for (; *text; ++text) put_character(*text);
        return *this;
    }
    message& put_hex(uint64_t number) {
        put("0x");
        int shift = 60;
        while (shift > 0 && number >> shift == 0) shift -= 4;
        for (; shift >= 0; shift -= 4) put_character("0123456789abcdef"[number >> shift & 0xF]);
        return *this;
    }
    [[noreturn]] void stop() {
        text_[length_] = '\n';
        text_[length_ + 1] = '\0';
        stop_with(text_);
    }

private:
    void put_character(char c) {
        if (length_ < sizeof(text_) - 2) text_[length_++] = c;
    }

    unsigned length_ = 0;
    char text_[129];
};

// copy_bytes(to, from, size), clear_bytes(to, size)
//    Eight bytes at a time, and in assembly, so that the compiler needs no `memcpy` or `memset`.
void copy_bytes(void* to, const void* from, uint64_t size) {
    uint64_t words = size / 8, rest = size % 8;
    asm volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
    asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(rest) : : "memory");
}
void clear_bytes(void* to, uint64_t size) {
    uint64_t words = size / 8, rest = size % 8;
    asm volatile("rep stosq" : "+D"(to), "+c"(words) : "a"(0) : "memory");
    asm volatile("rep stosb" : "+D"(to), "+c"(rest) : "a"(0) : "memory");
}

// kernel_file - the kernel's file on the disk
//    The buffer keeps the sectors of the last BIOS call, since the next part may begin in them. The
//    boot sector made the first such call.
class kernel_file {
public:
    // read(to, offset, size)
    //    Copy the `size` bytes at `offset` in the file, which the file must have, to `to`.
    void read(char* to, uint64_t offset, uint64_t size) {
        while (size > 0) {
            fetch(offset / SECTORSIZE);
            uint64_t begin = offset - first_ * SECTORSIZE;
            uint64_t part = BUFFER_SECTORS * SECTORSIZE - begin;
            if (part > size) part = size;
            copy_bytes(to, reinterpret_cast<const char*>(BUFFER_ADDR) + begin, part);
            to += part;
            offset += part;
            size -= part;
        }
    }

private:
    void fetch(uint64_t sector) {
        if (sector - first_ < BUFFER_SECTORS) return;
        first_ = sector;
        unsigned status = bios_read(KERNEL_SECTOR + first_);
        if (status == 0) return;
        message("disk read error ")
            .put_hex(status & 0xFF)
            .put(" in the kernel, at sector ")
            .put_hex(KERNEL_SECTOR + first_)
            .stop();
    }

    uint64_t first_ = 0;                // the buffer's first sector, counted in the file
};

const char* explain(placement verdict) {
    switch (verdict) {
    case placement::below_kernel: return " is over BIOS data or the loader";
    case placement::over_devices: return " is over BIOS data or devices";
    case placement::beyond_map: return " is not below 1 GiB";
    case placement::overlaps: return " overlaps another";
    default: return " is not in usable memory";
    }
}

[[noreturn]] void refuse(const placement_result& result, const boot_info& info) {
    if (result.verdict == placement::entry_not_code) {
        message("bad kernel: entry point ").put_hex(result.start).put(" is not code").stop();
    }
    if (result.verdict == placement::beyond_memory) {
        message("too little memory: the kernel ends at ")
            .put_hex(result.end)
            .put(", memory at ")
            .put_hex(end_of_memory(info))
            .stop();
    }
    message("bad kernel: segment ")
        .put_hex(result.start)
        .put("-")
        .put_hex(result.end)
        .put(explain(result.verdict))
        .stop();
}

}

void load_kernel() {
    auto info = reinterpret_cast<boot_info*>(BOOT_INFO_ADDR);
    auto headers = reinterpret_cast<const elf_header*>(ELF_HEADERS_ADDR);
    uint64_t headers_size = kernel_bytes < ELF_HEADERS_SIZE ? kernel_bytes : ELF_HEADERS_SIZE;
    kernel_file file;
    file.read(reinterpret_cast<char*>(ELF_HEADERS_ADDR), 0, headers_size);
    if (const char* wrong = check_elf(headers, headers_size, kernel_bytes)) {
        message("bad kernel: ").put(wrong).stop();
    }
    placement_result result = check_placement(headers, *info);
    if (result.verdict != placement::good) refuse(result, *info);

    for (const elf_program& segment : elf_segments(headers)) {
        if (segment.p_type != ELF_PTYPE_LOAD) continue;
        auto start = reinterpret_cast<char*>(segment.p_pa);
        file.read(start, segment.p_offset, segment.p_filesz);
        clear_bytes(start + segment.p_filesz, segment.p_memsz - segment.p_filesz);
    }
    using kernel_function = void (*)(boot_info*);
    reinterpret_cast<kernel_function>(headers->e_entry)(info);
    stop_with("Kinglet: the kernel returned\n");
}
