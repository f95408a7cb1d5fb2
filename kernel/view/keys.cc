#include "view/keys.hh"
#include "device/keyboard.hh"
#include "device/log.hh"
#include "device/screen.hh"
#include "device/timer.hh"
#include "lib.hh"
#include "view/happened.hh"
#include "view/memviewer.hh"
#include "view/pace.hh"
#include "view/panels.hh"

static const char* script;              // the keys that are still to be typed
static const char* script_end;          // where the part of the text that makes sense ends
static const char* typing;              // the rest of a line of which a part is typed; else null

static const struct {
    const char* name;
    int key;
} named_keys[] = {
    {"left", KEY_LEFT},
    {"right", KEY_RIGHT},
    {"up", KEY_UP},
    {"down", KEY_DOWN},
    {"pageup", KEY_PAGE_UP},
    {"pagedown", KEY_PAGE_DOWN},
    {"space", ' '},
    {"enter", '\n'},
    {"backspace", '\b'},
    {"escape", KEY_ESCAPE},
    {"ctrl-d", KEY_CTRL_D},
};

// Take one `TICK:KEY` from the start of `text`. Returns what follows it, or null if it makes no
// sense. `line` is null, or the line that is to be typed.
static const char* parse_entry(const char* text, uint64_t& tick, int& key, const char*& line) {
    char* end;
    tick = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != ':') return nullptr;
    text = end + 1;
    size_t length = strcspn(text, ",");
    line = length > 1 && *text == '=' ? text + 1 : nullptr;
    key = length == 1 || line ? *text : 0;
    for (auto& named : named_keys) {
        if (strlen(named.name) == length && memcmp(text, named.name, length) == 0) key = named.key;
    }
    if (length == 0 && text[0] == ',' && (text[1] == ',' || !text[1])) {    // the comma itself
        key = ',';
        length = 1;
    }
    if (key == 0) return nullptr;
    return text[length] == ',' ? text + length + 1 : text + length;
}

const char* init_scripted_keys(const char* text) {
    script = script_end = text;
    for (uint64_t last = 0; *script_end;) {
        uint64_t tick;
        int key;
        const char* line;
        const char* next = parse_entry(script_end, tick, key, line);
        if (!next || tick < last) return script_end;
        last = tick;
        script_end = next;
    }
    return nullptr;
}

// The next key of the line that is being typed.
static int typed_key() {
    char c = *typing;
    if (c != '\0' && c != ',') {
        ++typing;
        return c == '_' ? ' ' : c;
    }
    typing = nullptr;
    return '\n';
}

int scripted_key(uint64_t tick) {
    uint64_t due = 0;
    int key = 0;
    const char* line;
    if (typing) return typed_key();
    if (script == script_end) return 0;
    const char* next = parse_entry(script, due, key, line);
    if (due > tick) return 0;
    script = next;
    typing = line;
    return line ? typed_key() : key;
}

static void log_key(int key) {
    for (auto& named : named_keys) {
        if (named.key == key) {
            log_printf("key tick=%lu key=%s", ticks, named.name);
            return;
        }
    }
    log_printf("key tick=%lu key=%c", ticks, key == KEY_CTRL_C ? 'q' : key);
}

// Three pages of help, by turns
static void show_help() {
    static const char* const pages[][2] = {
        {"1-9 left right: whose memory  0: each in turn  v: pages, regions, page tables",
         "space: hold  s: step  + -: pace  k: kill  a: f: e: programs  q: end  h: help"},
        {"up down pageup pagedown: move what is below   n: to the next region",
         "[ ]: less or more of it   { }: less or more of what is above   < >: move that"},
        {"While a process reads what you type: Escape, and then one of these keys",
         "Enter: end the line  Backspace: take back  Ctrl-D: end of input  Ctrl-C: end"}};
    static unsigned page;
    for (const char* line : pages[page]) show_message(line, COLOR_HELP);
    page = (page + 1) % (sizeof(pages) / sizeof(pages[0]));
}

key_action press_key(int key) {
    if (key < KEY_LEFT) key = tolower(key);
    log_key(key);
    switch (key) {
    case 'q':
    case KEY_CTRL_C: return key_action::quit;
    case 'a': return key_action::start_allocators;
    case 'f': return key_action::start_fork;
    case 'e': return key_action::start_exit;
    case 'k': return key_action::kill;
    case ' ': pace_hold_or_go(); break;
    case 's':
        pace_step();
        expect_step();
        break;
    case '+':
    case '=': pace_faster(); break;
    case '-': pace_slower(); break;
    case KEY_LEFT: show_neighbour(-1); break;
    case KEY_RIGHT: show_neighbour(1); break;
    case 'v': show_next_panel(); break;
    case KEY_UP: move_lower(-1); break;
    case KEY_DOWN: move_lower(1); break;
    case KEY_PAGE_UP: move_lower(-lower_rows()); break;
    case KEY_PAGE_DOWN: move_lower(lower_rows()); break;
    case 'n': show_next_part(); break;
    case '[': zoom_virtual(-1); break;
    case ']': zoom_virtual(1); break;
    case '{': zoom_physical(-1); break;
    case '}': zoom_physical(1); break;
    case '<': move_physical(-1); break;
    case '>': move_physical(1); break;
    case 'h': show_help(); break;
    default:
        if (key >= '0' && key <= '9') show_process(key - '0');
        break;
    }
    return key_action::none;
}
