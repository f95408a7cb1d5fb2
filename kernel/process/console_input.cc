#include "process/console_input.hh"
#include "device/keyboard.hh"
#include "device/log.hh"
#include "device/screen.hh"
#include "process/wait.hh"

constexpr unsigned text_limit = 256;

static char text[text_limit];                       // in it, Ctrl-D at a line's beginning is itself
static unsigned whole;                              // bytes of `text` that are whole lines,
static unsigned length;                             // and all of them
static uint64_t readers;                            // bit `pid`: that process has read
static bool is_after_escape;
static bool is_wait_logged;

bool is_console_read() {
    return readers != 0;
}

int64_t read_console(proc& p, user_span to) {
    if (to.size == 0) return 0;
    readers |= uint64_t(1) << p.pid;
    if (whole == 0) {
        if (!is_wait_logged) log_printf("reads pid=%d", p.pid);
        is_wait_logged = true;
        return block(p, {wait_kind::line, 0});
    }
    bool is_end = text[0] == KEY_CTRL_D;
    unsigned size = 0;
    while (!is_end && size < whole && text[size] != KEY_CTRL_D && text[size++] != '\n') {}
    size = unsigned(min(size_t(size), to.size));
    if (int r = try_copy_out(p.space(), user_span{to.va, size}, text); r < 0) return r;
    unsigned gone = is_end ? 1 : size;
    whole -= gone;
    length -= gone;
    memmove(text, text + gone, length);
    return size;
}

void leave_console(pid_t pid) {
    readers &= ~(uint64_t(1) << pid);
    if (readers != 0) return;
    whole = length = 0;
    is_after_escape = is_wait_logged = false;
}

static void end_line() {
    whole = length;
    is_wait_logged = false;
    wake(wait_kind::line, 0);
}

// Add a character to the line, if there is room: a newline always finds some.
static void add(char c) {
    unsigned reserved = c == '\n' ? 0 : 2;
    if (length + reserved >= text_limit) return;
    text[length++] = c;
    if (c != KEY_CTRL_D) echo_typed(c);
    if (c == '\n' || c == KEY_CTRL_D) end_line();
}

static void take_back() {
    if (length == whole) return;
    --length;
    echo_typed('\b');
}

bool take_typed(int key) {
    bool is_command = is_after_escape || key == KEY_CTRL_C || key >= KEY_LEFT;
    is_after_escape = false;
    if (readers == 0 || is_command) return false;
    if (key == KEY_ESCAPE) {
        is_after_escape = true;
    } else if (key == '\b') {
        take_back();
    } else if (key == KEY_CTRL_D && length > whole) {
        end_line();
    } else if (key == KEY_CTRL_D || key == '\n' || (key >= ' ' && key < 0x7F)) {
        add(char(key));
    }
    return true;
}
