// p-sh - a shell: it reads lines, and starts the programs that they name
//
//    A line is a row of commands with `|` between them: what one writes, the next one reads. A
//    command is a program's name and its arguments; `< FILE` is what it reads, `> FILE` where what
//    it writes goes. With `&` at its end the shell does not wait for the line. `wait`, `help` and
//    `exit` are the shell's own; Ctrl-D is `exit` too.
//    Boot words: files=on view=text
#include "u-file.hh"

constexpr int line_limit = 256, command_limit = 8, word_limit = 16;

struct command {
    const char* words[word_limit + 1];  // the program's name, its arguments, a null pointer
    int nwords;
    const char* input;                  // files' names; null: none is given
    const char* output;
};

struct row {
    command commands[command_limit];
    int ncommands;
    bool is_background;
};

// Reading

// The next line, without its end; one that is too long is cut. False at the input's end.
static bool read_line(char* line) {
    int length = 0;
    char c;
    int64_t n;
    while ((n = sys_read(0, &c, 1)) > 0 && c != '\n') {
        if (length < line_limit - 1) line[length++] = c;
    }
    line[length] = '\0';
    return n > 0 || length > 0;
}

static bool is_sign(char c) {
    return c && strchr("|<>&", c);
}

// The next word or sign of a line, copied to `to` with a zero byte; null at the line's end. Both
// move on.
static const char* next_word(const char*& from, char*& to) {
    while (isspace(*from)) ++from;
    const char* word = to;
    if (is_sign(*from)) {
        *to++ = *from++;
    } else {
        while (*from && !isspace(*from) && !is_sign(*from)) *to++ = *from++;
    }
    if (to == word) return nullptr;
    *to++ = '\0';
    return word;
}

// Take a line apart. Its words will be in `words`. Returns null, or what is wrong with it.
static const char* parse(const char* line, row& r, char* words) {
    r = {};
    command* c = &r.commands[r.ncommands++];
    const char* wrong = "that is too long a row of commands";
    while (const char* word = next_word(line, words)) {
        const char** place = nullptr;
        if (r.is_background) return "& can only be the last sign of a line";
        switch (*word) {
        case '&': r.is_background = true; break;
        case '<': place = &c->input; break;
        case '>': place = &c->output; break;
        case '|':
            if (c->nwords == 0) return "there is no command before |";
            if (r.ncommands == command_limit) return wrong;
            c = &r.commands[r.ncommands++];
            break;
        default:
            if (c->nwords == word_limit) return "these are too many arguments";
            c->words[c->nwords++] = word;
        }
        if (!place) continue;
        const char* name = next_word(line, words);
        if (!name || is_sign(*name)) return "after < and > a file's name is missing";
        *place = name;
    }
    bool is_empty = r.ncommands == 1 && !c->input && !c->output && !r.is_background;
    return c->nwords > 0 || is_empty ? nullptr : "a command is missing";
}

// Running

static void complain(const char* what, const char* problem) {
    char text[write_limit];
    snprintf(text, sizeof(text), "%s: %s\n", what, problem);
    sys_write(2, text, strlen(text), COLOR_ERROR);
}

// In a child: let `fd` be that file. Without a name nothing changes.
static void redirect(int fd, const char* name, int flags) {
    if (!name) return;
    int file = sys_open(name, flags);
    if (file < 0) {
        complain(name, file == E_NOENT ? "there is no such file" : strerror(file));
        sys_exit(1);
    }
    sys_dup2(file, fd);
    sys_close(file);
}

// In a child: become the command, which reads descriptor `input` and writes `output`.
[[noreturn]] static void become(const command& c, int input, int output) {
    sys_dup2(input, 0);
    sys_dup2(output, 1);
    for (int fd = 3; fd < descriptor_limit; ++fd) sys_close(fd);
    redirect(0, c.input, O_RDONLY);
    redirect(1, c.output, O_WRONLY | O_CREAT | O_TRUNC);
    int r = sys_exec(c.words[0], c.words);
    complain(c.words[0], r == E_NOENT ? "there is no such command; help names some" : strerror(r));
    sys_exit(127);
}

// Start one command of a row behind the others: it reads `input`, which is closed then. Returns its
// process, or an error; `input` is what the next one has to read.
static pid_t start(const row& r, const command& c, int& input) {
    bool is_last = &c == &r.commands[r.ncommands - 1];
    int fds[2] = {0, 1};
    int error = is_last ? 0 : sys_pipe(fds);
    pid_t child = error < 0 ? error : sys_fork();
    if (child == 0) become(c, input, fds[1]);
    if (input != 0) sys_close(input);
    if (fds[1] != 1) sys_close(fds[1]);
    input = fds[0];
    return child;
}

// A descriptor from which nothing will come: a pipe to which nobody writes.
static int empty_input() {
    int fds[2];
    if (sys_pipe(fds) < 0) return 0;
    sys_close(fds[1]);
    return fds[0];
}

static void run(const row& r) {
    pid_t children[command_limit];
    // what goes on beside the shell does not take the lines that are typed for it
    int started = 0, input = r.is_background ? empty_input() : 0;
    for (; started < r.ncommands; ++started) {
        children[started] = start(r, r.commands[started], input);
        if (children[started] < 0) break;
    }
    if (started < r.ncommands) {
        complain(r.commands[started].words[0], strerror(children[started]));
        if (input != 0) sys_close(input);
    }
    if (r.is_background && started > 0) console_printf("process %d goes on\n", children[0]);
    for (int i = 0; i < started && !r.is_background; ++i) sys_wait(children[i]);
}

// Do what the line says. False if the shell is to end.
static bool obey(const char* line) {
    char words[2 * line_limit];
    row r;
    if (const char* wrong = parse(line, r, words)) {
        complain("sh", wrong);
        return true;
    }
    const char* name = r.commands[0].words[0];
    if (!name) return true;
    if (strcmp(name, "exit") == 0) return false;
    if (strcmp(name, "wait") == 0) {
        while (sys_wait() > 0) {}
    } else if (strcmp(name, "help") == 0) {
        console_printf("ls   cat FILE   wc FILE   grep WORD FILE   cp FILE FILE   hello   ...\n"
                       "COMMAND | COMMAND   < FILE   > FILE   COMMAND &   wait   exit (or Ctrl-D)\n"
                       "Escape, and then q: end the machine\n");
    } else {
        run(r);
    }
    return true;
}

void process_main() {
    char line[line_limit];
    file_info info;
    bool is_person = sys_fstat(0, &info) == 0 && info.kind == KIND_CONSOLE;
    if (is_person) console_printf("Kinglet's shell: help says what you can type.\n");
    do {
        while (sys_waitpid(0, nullptr, W_NOHANG) > 0) {}
        if (is_person) console_printf(COLOR_SUCCESS, "$ ");
    } while (read_line(line) && obey(line));
    sys_sync();
}
