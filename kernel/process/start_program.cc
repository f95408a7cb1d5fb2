#include "process/start_program.hh"
#include "lib.hh"
#include "memory/mapping.hh"
#include "process/files.hh"
#include "process/program_file.hh"

// Why a program was not loaded: `otherwise`, unless it is larger than all the memory that is free.
static const char* why_not_loaded(const program& image, const char* otherwise) {
    constexpr uint64_t mib = 0x100000, largest_machine = 65536;
    static char text[40];
    uint64_t bytes = program_memory(image);
    uint64_t needed = round_up_pow2(bytes / mib + 33);
    if (bytes <= free_pages * PAGESIZE || needed > largest_machine) return otherwise;
    snprintf(text, sizeof(text), "it needs MEMORY=%luM", needed);
    return text;
}

static const char* what_is_wrong(const program& image) {
    if (image.file_key != 0) return check_program_file(image);
    return check_program(image.begin, image.size);
}

const char* start_program(pid_t pid, const char* program_name) {
    const program* image = program_image(program_name);
    if (!image) image = program_file(program_name);
    if (!image) return "no such program";
    int r = start_process(pid, *image);
    while (r == E_AWAY && await_wanted_page()) r = start_process(pid, *image);
    switch (r) {
    case E_AGAIN: return "no such free process slot";
    case E_NOEXEC: return why_not_loaded(*image, what_is_wrong(*image));
    case E_NOMEM: return why_not_loaded(*image, "out of memory");
    case E_AWAY: return "the disk cannot read it";
    }
    begin_files(pid);
    return nullptr;
}
