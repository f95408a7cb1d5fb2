#include "first_programs.hh"
#include "device/boot_words.hh"
#include "device/devices.hh"
#include "device/log.hh"
#include "process/start_program.hh"

bool anything_started;

void process_setup(pid_t pid, const char* program_name) {
    const char* wrong = start_program(pid, program_name);
    if (!wrong) {
        anything_started = true;
        log_printf("process pid=%d program=%s", pid, program_name);
        return;
    }
    char text[100 + sizeof(boot_words::program)];
    snprintf(text, sizeof(text), "cannot start \"%s\" as process %d: %s", program_name, pid, wrong);
    warn(text);
}

void start_programs(const char* command) {
    char name[sizeof(boot_words::program)];
    size_t last = strlcpy(name, command, sizeof(name)) - 1;
    name[last] = '\0';
    if (command[last] != 's' || program_image(command) || !program_image(name)) {
        return process_setup(1, command);
    }
    for (pid_t pid = 1; pid <= 4; ++pid) {
        if (pid > 1) name[last] = char('0' + pid);
        process_setup(pid, name);
    }
}
