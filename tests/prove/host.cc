#include "tests/prove/host.hh"
#include <sys/mman.h>
#include "console.hh"
#include "device/log.hh"
#include "device/timer.hh"
#include "elf.hh"
#include "page/kernel_map.hh"
#include "process/report.hh"
#include "view/happened.hh"
#include "view/pace.hh"

allocation allocations;
std::string logged;
uint64_t ticks;
uint64_t pace_allowance;
static std::vector<uint64_t> constants;

extern "C" {
uint64_t kernel_cr3;
extern uint64_t kernel_constants_start[], kernel_constants_end[];
extern uint64_t kernel_variables_start[], kernel_variables_end[];
void __asan_poison_memory_region(void const volatile* address, size_t size);
void __asan_unpoison_memory_region(void const volatile* address, size_t size);
const char* __asan_default_options();
void* __real__Z6kallocmi(size_t size, int owner);
void* __wrap__Z6kallocmi(size_t size, int owner);
void __real__Z5kfreePv(void* page);
void __wrap__Z5kfreePv(void* page);
}

std::string vprinted(const char* format, va_list arguments) {
    char text[512];
    vsnprintf(text, sizeof(text), format, arguments);
    return text;
}

std::string printed(const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    std::string text = vprinted(format, arguments);
    va_end(arguments);
    return text;
}

// The host's heap is of no interest: who allocated what there costs time, and so does memory that is
// not used again soon. The kernel's pages are not on it.
const char* __asan_default_options() {
    return "detect_leaks=0:malloc_context_size=0:"
           "quarantine_size_mb=1:thread_local_quarantine_size_kb=64";
}

void panic(const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    std::string text = vprinted(format, arguments);
    va_end(arguments);
    throw kernel_panic(text);
}

void log_printf(const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    logged = vprinted(format, arguments);
    va_end(arguments);
}

// What is shown to a person is of no interest here.
void report_panic(proc&, const char*) {
}

void note_panic(const proc&, const char*) {
}

void note_happening(happening, const proc&, int64_t) {
}

void log_written(const proc&, const char*, unsigned) {
}

int console_write(int, int, const char*, size_t) {
    return 0;
}

// The linker gives these two every call from another file (`--wrap`).
void* __wrap__Z6kallocmi(size_t size, int owner) {
    void* page = nullptr;
    if (++allocations.calls != allocations.fails_at) page = __real__Z6kallocmi(size, owner);
    if (page) __asan_unpoison_memory_region(page, PAGESIZE);
    else allocations.failed = true;
    return page;
}

void __wrap__Z5kfreePv(void* page) {
    __real__Z5kfreePv(page);
    if (page && page_at(page).owner == PO_FREE) __asan_poison_memory_region(page, PAGESIZE);
}

namespace {

// The program that process 1 runs: two pages, each with one word in the file
struct program_file {
    elf_header header = {};
    elf_program segments[2] = {};
    uint64_t code = code_word, data = data_word;
    program_file() {
        header.e_magic = ELF_MAGIC;
        header.e_class = ELF_CLASS_64;
        header.e_data = ELF_DATA_LITTLE;
        header.e_type = ELF_TYPE_EXEC;
        header.e_machine = ELF_MACHINE_X86_64;
        header.e_version = 1;
        header.e_entry = PROC_START_ADDR;
        header.e_phoff = offsetof(program_file, segments);
        header.e_ehsize = sizeof(elf_header);
        header.e_phentsize = sizeof(elf_program);
        header.e_phnum = 2;
        constexpr uintptr_t data_address = PROC_START_ADDR + PAGESIZE;
        segments[0] = {ELF_PTYPE_LOAD, ELF_PFLAG_READ | ELF_PFLAG_EXEC, offsetof(program_file, code), PROC_START_ADDR,
                       PROC_START_ADDR, sizeof(code), PAGESIZE, PAGESIZE};
        segments[1] = {ELF_PTYPE_LOAD, ELF_PFLAG_READ | ELF_PFLAG_WRITE, offsetof(program_file, data), data_address,
                       data_address, sizeof(data), PAGESIZE, PAGESIZE};
    }
};
const program_file the_program;

boot_info memory_map(size_t pages) {
    boot_info boot = {};
    boot.memory_range_count = 1;
    boot.memory_ranges[0] = {memory_start, pages * PAGESIZE, memory_range_usable, 0};
    return boot;
}

uint64_t* words_at(uintptr_t pa) { return reinterpret_cast<uint64_t*>(pa); }

bool is_free(size_t i) { return page_at(memory_start + i * PAGESIZE).owner == PO_FREE; }

// Not `memcpy`: these words may be in between variables, or in a free page, and the sanitizer would say so.
void copy_words(uint64_t* to, const uint64_t* from, size_t n) {
    asm volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
}
void fill_page(uint64_t* page) {
    size_t n = PAGESIZE / sizeof(uint64_t);
    asm volatile("rep stosq" : "+D"(page), "+c"(n) : "a"(0xCCCC'CCCC'CCCC'CCCC) : "memory");
}

}

extern "C" {
const program programs[] = {
    {"prove", reinterpret_cast<const uint8_t*>(&the_program), sizeof(the_program), nullptr},
};
const unsigned nprograms = 1;
}

void start_machine(size_t pages, bool far) {
    constexpr int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
    void* at = words_at(memory_start);
    if (pages > most_pages) throw std::runtime_error("there are only " + std::to_string(most_pages) + " pages");
    if (mmap(at, memory_end - memory_start, PROT_READ | PROT_WRITE, flags, -1, 0) != at) {
        throw std::runtime_error("no memory at " + std::to_string(memory_start));
    }
    poison_pages = true;
    init_pageinfo(memory_map(pages), machine_size::weensy);
    if (free_pages != pages) throw std::runtime_error(std::to_string(free_pages) + " pages are free");
    init_kernel_map();
    if (far) user_end = BIG_MEMSIZE_VIRTUAL;
    for (size_t i = 0; i < most_pages; ++i) fill_page(words_at(memory_start + i * PAGESIZE));
    __asan_poison_memory_region(at, memory_end - memory_start);
    init_processes();
    if (int r = start_process(1, programs[0]); r != 1) throw std::runtime_error("no process 1: " + std::to_string(r));
    constants.resize(size_t(kernel_constants_end - kernel_constants_start));
    copy_words(constants.data(), kernel_constants_start, constants.size());
}

bool are_constants_unchanged() {
    uint64_t difference = 0;
    for (size_t i = 0; i < constants.size(); ++i) difference |= constants[i] ^ kernel_constants_start[i];
    return difference == 0;
}

void saved_machine::save() {
    variables_.resize(size_t(kernel_variables_end - kernel_variables_start));
    memory_.resize(most_pages * PAGESIZE / sizeof(uint64_t));
    is_used_.resize(most_pages);
    copy_words(variables_.data(), kernel_variables_start, variables_.size());
    for (size_t i = 0; i < most_pages; ++i) {
        is_used_[i] = !is_free(i);
        if (!is_used_[i]) continue;
        copy_words(memory_.data() + i * NPAGETABLEENTRIES, words_at(memory_start + i * PAGESIZE), NPAGETABLEENTRIES);
    }
}

void saved_machine::put_back() const {
    for (size_t i = 0; i < most_pages; ++i) {
        uint64_t* page = words_at(memory_start + i * PAGESIZE);
        bool is_used_now = !is_free(i);
        if (is_used_[i]) copy_words(page, memory_.data() + i * NPAGETABLEENTRIES, NPAGETABLEENTRIES);
        else if (is_used_now) fill_page(page);
        if (is_used_[i] && !is_used_now) __asan_unpoison_memory_region(page, PAGESIZE);
        if (!is_used_[i] && is_used_now) __asan_poison_memory_region(page, PAGESIZE);
    }
    copy_words(kernel_variables_start, variables_.data(), variables_.size());
}

bool is_poisoned(uintptr_t page) {
    const uint64_t* words = words_at(page);
    uint64_t difference = 0;
    for (int i = 0; i < NPAGETABLEENTRIES; ++i) difference |= words[i] ^ 0xCCCC'CCCC'CCCC'CCCC;
    return difference == 0;
}
