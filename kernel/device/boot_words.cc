#include "device/boot_words.hh"
#include "device/log.hh"
#include "lib.hh"
#include "x86-64.hh"

// QEMU's firmware configuration device (QEMU, docs/specs/fw_cfg.txt). Numbers in it are big-endian.
constexpr uint16_t selector_port = 0x510, dma_port_high = 0x514, dma_port_low = 0x518;
constexpr uint16_t item_signature = 0x0000, item_id = 0x0001, item_directory = 0x0019;
constexpr uint32_t id_has_dma = 0x2, dma_read = 0x2, dma_select = 0x8;

struct directory_entry {
    uint32_t size;
    uint16_t item;
    uint16_t reserved;
    char name[56];
};

// Read the first `size` bytes of `item`. False if there is no such device.
static bool read_item(uint16_t item, void* buffer, uint32_t size) {
    struct dma_access {
        uint32_t control, length;
        uint64_t address;
    };
    volatile dma_access access = {
        __builtin_bswap32(uint32_t(item) << 16 | dma_select | dma_read), __builtin_bswap32(size),
        __builtin_bswap64(reinterpret_cast<uintptr_t>(buffer))};
    outl(dma_port_high, 0);
    outl(dma_port_low, __builtin_bswap32(uint32_t(reinterpret_cast<uintptr_t>(&access))));
    asm volatile("" : : : "memory");
    return !(__builtin_bswap32(access.control) & ~(uint32_t(item) << 16));
}

static bool has_device() {
    uint8_t id[4];
    outw(selector_port, item_signature);
    for (const char* expected = "QEMU"; *expected; ++expected) {
        if (inb(selector_port + 1) != uint8_t(*expected)) return false;
    }
    return read_item(item_id, id, sizeof(id)) && (id[0] & id_has_dma);
}

// Read the line of boot words into `line`: as many whole words as fit into `size` bytes. False if
// some did not fit.
static bool read_line(char* line, uint32_t size) {
    line[0] = '\0';
    if (!has_device()) return true;
    static struct {
        uint32_t count;
        directory_entry entries[48];
    } directory;
    if (!read_item(item_directory, &directory, sizeof(directory))) return true;
    uint32_t count = min(__builtin_bswap32(directory.count), 48U);
    for (uint32_t i = 0; i < count; ++i) {
        const directory_entry& entry = directory.entries[i];
        if (strcmp(entry.name, "opt/kinglet/boot") != 0) continue;
        uint32_t given = __builtin_bswap32(entry.size), end = min(given, size - 1);
        if (!read_item(__builtin_bswap16(entry.item), line, min(given, size))) return true;
        while (end < given && end > 0 && line[end] != ' ') --end;
        line[end] = '\0';
        return end == given;
    }
    return true;
}

static bool parse_number(const char* text, uint64_t& number) {
    char* end;
    uint64_t found = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || found == UINT64_MAX) return false;
    number = found;
    return true;
}

static bool parse_choice(const char* text, const char* yes, const char* no, bool& value) {
    bool is_yes = strcmp(text, yes) == 0;
    if (!is_yes && strcmp(text, no) != 0) return false;
    value = is_yes;
    return true;
}

static bool parse_view(const char* text, boot_words& words) {
    bool is_text = strcmp(text, "text") == 0;
    if (!is_text && !parse_choice(text, "on", "off", words.view)) return false;
    words.view |= is_text;
    words.text = is_text;
    return true;
}

// Take in one word. False if it makes no sense. Then nothing has changed, with one exception: a
// program's name that is too long is cut, to one that no program has.
static bool take_word(boot_words& words, const char* word, bool is_first) {
    const char* equals = strchr(word, '=');
    if (!equals) {
        return is_first
            && strlcpy(words.program, word, sizeof(words.program)) <= program_name_limit;
    }
    const char* value = equals + 1;
    size_t length = size_t(equals - word);
    auto key_is = [&](const char* key) {
        return strlen(key) == length && memcmp(word, key, length) == 0;
    };
    uint64_t pace;
    if (key_is("view")) return parse_view(value, words);
    if (key_is("audit")) return parse_choice(value, "on", "off", words.audit);
    if (key_is("machine")) return parse_choice(value, "big", "weensy", words.big);
    if (key_is("fork")) return parse_choice(value, "copy", "cow", words.fork_copies);
    if (key_is("commit")) return parse_choice(value, "on", "off", words.commit);
    if (key_is("heap")) return parse_choice(value, "eager", "lazy", words.heap_is_eager);
    if (key_is("files")) return parse_choice(value, "on", "off", words.files);
    if (key_is("log") && strcmp(value, "faults") == 0) return words.log_faults = true;
    if (key_is("log") && strcmp(value, "console") == 0) return words.log_console = true;
    if (key_is("stop")) return parse_number(value, words.stop);
    if (key_is("keys") && strlen(value) < sizeof(words.keys)) {
        return strlcpy(words.keys, value, sizeof(words.keys));
    }
    if (!key_is("pace") || !parse_number(value, pace) || pace > 1'000'000) return false;
    words.pace = int64_t(pace);
    return true;
}

boot_words read_boot_words() {
    boot_words words;
    bool is_whole = read_line(words.line, sizeof(words.line));
    log_printf("start Kinglet boot=\"%s\"", words.line);
    if (!is_whole) {
        log_printf("warning boot words after these left out: more than %zu characters",
                   sizeof(words.line) - 1);
    }

    char copy[sizeof(words.line)];
    strlcpy(copy, words.line, sizeof(copy));
    for (char* rest = copy; *rest;) {
        char* word = rest;
        rest += strcspn(rest, " ");
        if (*rest) *rest++ = '\0';
        if (*word && !take_word(words, word, word == copy)) {
            log_printf("warning boot word not understood: %s", word);
        }
    }
    return words;
}
