#include "device/keyboard.hh"
#include "x86-64.hh"

// The controller's ports and status bit (Intel 8042), and scan code set 1
constexpr uint16_t data_port = 0x60, status_port = 0x64;
constexpr uint8_t output_full = 0x01;
constexpr uint8_t released = 0x80, extended = 0xE0, left_shift = 0x2A, right_shift = 0x36,
                  control = 0x1D;

static constexpr struct {
    uint8_t code;
    int key;
} extended_keys[] = {
    {0x4B, KEY_LEFT},
    {0x4D, KEY_RIGHT},
    {0x48, KEY_UP},
    {0x50, KEY_DOWN},
    {0x49, KEY_PAGE_UP},
    {0x51, KEY_PAGE_DOWN},
};

static const char plain[] =
    "\0\0331234567890-=\b\tqwertyuiop[]\n\0asdfghjkl;'`\0\\zxcvbnm,./\0*\0 "
    "\0\0\0\0\0\0\0\0\0\0\0\0\000789-456+1230.";
static const char shifted[] =
    "\0\033!@#$%^&*()_+\b\tQWERTYUIOP{}\n\0ASDFGHJKL:\"~\0|ZXCVBNM<>?\0*\0 "
    "\0\0\0\0\0\0\0\0\0\0\0\0\000789-456+1230.";
static_assert(sizeof(plain) == sizeof(shifted));

bool has_keyboard;

bool init_keyboard() {
    constexpr int more_than_a_buffer = 1000;        // without a controller all is ones, for ever
    int i = 0;
    while (i < more_than_a_buffer && (inb(status_port) & output_full)) {
        inb(data_port);
        ++i;
    }
    return has_keyboard = i < more_than_a_buffer;
}

int read_key() {
    static bool after_extended, shift, ctrl;
    if (!has_keyboard || !(inb(status_port) & output_full)) return 0;
    uint8_t code = inb(data_port);
    bool was_extended = after_extended;
    after_extended = code == extended;
    if (after_extended) return 0;

    bool down = !(code & released);
    code &= uint8_t(~released);
    if (code == left_shift || code == right_shift) {
        if (!was_extended) shift = down;
        return 0;
    }
    if (code == control) {
        ctrl = down;
        return 0;
    }
    if (!down) return 0;
    if (was_extended) {
        for (auto& each : extended_keys) {
            if (each.code == code) return each.key;
        }
        return 0;
    }
    if (code >= sizeof(plain) - 1) return 0;
    int key = uint8_t((shift ? shifted : plain)[code]);
    bool is_order = ctrl && (key == 'c' || key == 'd');
    return is_order ? key - 'a' + 1 : key;
}
