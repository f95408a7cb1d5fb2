#include "process/files.hh"
#include "device/log.hh"

void start_files() { log_printf("warning no files: this kernel does without"); }
const program* program_file(const char*) { return nullptr; }
bool await_wanted_page() { return false; }
void take_transfers(uint64_t) {}
void begin_files(pid_t) {}
void share_files(pid_t, pid_t) {}
void end_files(pid_t) {}
bool type_key(int) { return false; }
bool is_keyboard_taken() { return false; }
bool is_console(const proc&, int fd) { return fd == 1; }
int open_file(proc&, const char*, int) { return E_NOENT; }
int close_file(proc&, int) { return E_BADF; }
int copy_descriptor(proc&, int, int) { return E_BADF; }
int make_pipe(proc&, user_ptr<pipe_ends>) { return E_NOSYS; }
int64_t read_file(proc&, int, user_span) { return E_BADF; }
int64_t read_file_at(proc&, int, user_span, int64_t) { return E_BADF; }
int64_t write_file(proc&, int, user_span) { return E_BADF; }
int64_t write_file_at(proc&, int, user_span, int64_t) { return E_BADF; }
int resize_file(proc&, int, int64_t) { return E_BADF; }
int remove_file(proc&, const char*) { return E_NOENT; }
int rename_file(proc&, const char*, const char*) { return E_NOENT; }
int sync_file(proc&, int) { return E_BADF; }
int sync_files(proc&) { return 0; }
void finish_files() {}
int64_t seek_file(proc&, int, int64_t, int) { return E_BADF; }
int file_at(const proc&, int) { return E_BADF; }
int tell_descriptor(const proc&, int, file_info&) { return E_BADF; }
int file_named(const char*) { return E_NOENT; }
int file_after(int) { return E_NOENT; }
file_info info_of(int) { return {}; }
reclaim make_some_room() { return make_room(); }
int map_file(const proc&, int, int, region&) { return E_BADF; }
int sync_mapped_file(proc&, int) { return 0; }
int bring_wanted_page(proc&) { return E_IO; }
fault_outcome bring_for_fault(proc&) { return fault_outcome::unreadable; }
unsigned pages_of_files() { return 0; }
const void* page_of_files(unsigned) { return nullptr; }
