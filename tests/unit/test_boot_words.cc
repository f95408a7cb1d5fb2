// test_boot_words.cc - the boot line, read from a firmware configuration device and taken apart; scripted keys
#include "host.hh"
#include <map>

namespace {

// QEMU's firmware configuration device, as far as the kernel uses it (QEMU, docs/specs/fw_cfg.txt)
struct firmware_device {
    bool is_there = true, has_dma = true;
    std::map<uint16_t, std::string> items;
    std::string signature;
    uint16_t selected = 0;
    uint64_t transfers = 0;

    void give(const std::vector<std::pair<std::string, std::string>>& files) {
        items.clear();
        items[1] = std::string(has_dma ? "\3\0\0\0" : "\1\0\0\0", 4);
        auto number = [](uint64_t x, int bytes) {
            std::string s;
            while (bytes-- > 0) s += char(x >> (8 * bytes));
            return s;
        };
        std::string directory = number(files.size(), 4);
        for (size_t i = 0; i < files.size(); ++i) {
            items[uint16_t(0x20 + i)] = files[i].second;
            std::string name = files[i].first;
            name.resize(56);
            directory += number(files[i].second.size(), 4) + number(0x20 + i, 2) + number(0, 2) + name;
        }
        items[0x19] = directory;
    }
    void transfer(uint8_t* access) {                // control, length, address: 4, 4, 8 bytes
        auto number = [&](int from, int bytes) {
            uint64_t x = 0;
            for (int i = 0; i < bytes; ++i) x = x << 8 | access[from + i];
            return x;
        };
        uint64_t control = number(0, 4);
        ASSERT_EQ(control & 0xFFFF, 0xAU) << "select and read";
        const std::string& item = items[uint16_t(control >> 16)];
        auto to = reinterpret_cast<uint8_t*>(number(8, 8));
        for (size_t i = 0; i < number(4, 4); ++i) to[i] = i < item.size() ? uint8_t(item[i]) : 0;
        memset(access, 0, 4);
        ++transfers;
    }
};

firmware_device device;

void device_outw(uint16_t port, uint16_t item) {
    ASSERT_EQ(port, 0x510);
    ASSERT_EQ(item, 0);
    device.signature = "QEMU";
}

uint8_t device_inb(uint16_t port) {
    EXPECT_EQ(port, 0x511);
    if (!device.is_there) return 0xFF;
    uint8_t c = uint8_t(device.signature.at(0));
    device.signature.erase(0, 1);
    return c;
}

// The kernel's addresses fit in 32 bits; here the rest is that of any other address on this stack. So the sanitizer is
// told, below, to leave local variables on the stack.
void device_outl(uint16_t port, uint32_t x) {
    if (port != 0x518) return;
    uint64_t low = __builtin_bswap32(x);
    auto here = reinterpret_cast<uint64_t>(__builtin_frame_address(0));
    device.transfer(reinterpret_cast<uint8_t*>((here & ~0xFFFFFFFFUL) | low));
}

std::vector<std::string> log_lines;

}

#define outw device_outw
#define outl device_outl
#define inb device_inb
#include "device/boot_words.cc"
#include "view/keys.cc"

extern "C" const char* __asan_default_options() { return "detect_stack_use_after_return=0"; }

uint64_t ticks;

void log_printf(const char* format, ...) {
    char line[log_line_limit + 1];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    log_lines.push_back(line);
}

// What keys do, as `memviewer.cc`, `pace.cc` and `screen.cc` would be told
static std::string done;
size_t npages = PAGENUMBER(MEMSIZE_PHYSICAL);              // the weensy machine's
void expect_step() {}                                      // what happened is not watched here
void show_process(pid_t pid) { done += "show " + std::to_string(pid); }
void show_neighbour(int direction) { done += "neighbour " + std::to_string(direction); }
void show_message(const char*, int) { done += "message "; }
void pace_hold_or_go() { done += "hold"; }
void pace_step() { done += "step"; }
void pace_faster() { done += "faster"; }
void pace_slower() { done += "slower"; }
void show_next_panel() { done += "next panel"; }
void show_next_part() { done += "next part"; }
void move_lower(int rows) { done += "lower " + std::to_string(rows); }
void zoom_virtual(int direction) { done += "zoom below " + std::to_string(direction); }
void zoom_physical(int direction) { done += "zoom above " + std::to_string(direction); }
void move_physical(int direction) { done += "above " + std::to_string(direction); }

namespace {

class BootWords : public testing::Test {
protected:
    void SetUp() override {
        device = {};
        log_lines.clear();
    }
    static boot_words read(const std::string& line) {
        log_lines.clear();
        device.give({{"etc/something", "x"}, {"opt/kinglet/boots", "wrong"}, {"opt/kinglet/boot", line},
                     {"opt/kinglet", "wrong"}, {"opt/kinglet/booting", "wrong"}});
        return read_boot_words();
    }
    static size_t warnings() { return log_lines.size() - 1; }
};

TEST_F(BootWords, WithoutADeviceOrALineAreWhatTheyAreByDefault) {
    for (int i = 0; i < 3; ++i) {
        device = {};
        device.is_there = i != 0;
        device.has_dma = i != 1;
        device.give({{i < 2 ? "opt/kinglet/boot" : "etc/something", "fork"}});
        log_lines.clear();
        boot_words words = read_boot_words();
        EXPECT_STREQ(words.line, "");
        EXPECT_STREQ(words.program, "allocators");
        EXPECT_TRUE(words.view);
        EXPECT_FALSE(words.audit);
        EXPECT_EQ(words.pace, -1);
        EXPECT_EQ(words.stop, 0U);
        EXPECT_STREQ(words.keys, "");
        EXPECT_EQ(log_lines, std::vector<std::string>{"start Kinglet boot=\"\""});
    }
}

TEST_F(BootWords, AreEachUnderstood) {
    boot_words words = read("fork  view=off audit=on pace=12 stop=3000 keys=120:f,300:q ");
    EXPECT_STREQ(words.line, "fork  view=off audit=on pace=12 stop=3000 keys=120:f,300:q ");
    EXPECT_STREQ(words.program, "fork");
    EXPECT_FALSE(words.view);
    EXPECT_TRUE(words.audit);
    EXPECT_EQ(words.pace, 12);
    EXPECT_EQ(words.stop, 3000U);
    EXPECT_STREQ(words.keys, "120:f,300:q");
    EXPECT_EQ(warnings(), 0U);
    EXPECT_STREQ(read("pace=0").program, "allocators");
    EXPECT_EQ(read("pace=0").pace, 0);
    EXPECT_EQ(read("pace=1000000").pace, 1'000'000);
    EXPECT_EQ(warnings(), 0U);
}

TEST_F(BootWords, ChooseTheMachineAndWhatIsDoneOnDemand) {
    boot_words plain = read("fork machine=weensy fork=cow heap=lazy");
    EXPECT_FALSE(plain.big || plain.fork_copies || plain.heap_is_eager || plain.log_faults);
    EXPECT_TRUE(read("machine=big").big);
    EXPECT_TRUE(read("fork=copy").fork_copies);
    EXPECT_TRUE(read("heap=eager").heap_is_eager);
    EXPECT_TRUE(read("log=faults").log_faults);
    EXPECT_EQ(warnings(), 0U);
    boot_words text = read("view=text log=console log=faults");
    EXPECT_TRUE(text.view && text.text && text.log_console && text.log_faults);
    EXPECT_FALSE(read("view=text view=off").view || read("view=text view=on").text);
    EXPECT_TRUE(read("view=off view=text").view);
    EXPECT_EQ(warnings(), 0U);
    boot_words last = read("machine=big fork=copy heap=eager machine=weensy fork=cow heap=lazy");
    EXPECT_FALSE(last.big || last.fork_copies || last.heap_is_eager);
}

TEST_F(BootWords, ThatMakeNoSenseAreLoggedAndChangeNothing) {
    const char* bad[] = {
        "machine=", "machine=small", "fork=", "fork=none", "heap=on", "log=", "log=all",
        "view=", "view=On", "view=offf", "audit=1", "pace=-1", "pace=1000001", "pace=", "pace=8x", "pace=+8",
        "pace=0x8", "pace=99999999999999999999", "stop=99999999999999999999", "stop=-1", "stop=soon", "stop=",
        "=", "=on", "vie=on", "views=on", "paces=3",
        "x=y=z", "exit",
    };
    for (const char* word : bad) {
        boot_words words = read(std::string("fork ") + word + " stop=7");
        EXPECT_STREQ(words.program, "fork");
        EXPECT_TRUE(words.view) << word;
        EXPECT_FALSE(words.audit) << word;
        EXPECT_EQ(words.pace, -1) << word;
        EXPECT_EQ(words.stop, 7U) << word;
        ASSERT_EQ(warnings(), 1U) << word;
        EXPECT_EQ(log_lines[1], std::string("warning boot word not understood: ") + word);
    }
}

TEST_F(BootWords, ThatAreTooLongAreRefusedNotCut) {
    EXPECT_STREQ(read(std::string(63, 'p')).program, std::string(63, 'p').c_str());
    EXPECT_EQ(warnings(), 0U);
    EXPECT_STREQ(read(std::string(70, 'p')).program, std::string(64, 'p').c_str()) << "which no program is called";
    EXPECT_EQ(warnings(), 1U);
    EXPECT_EQ(strlen(read("keys=" + std::string(191, '1')).keys), 191U);
    EXPECT_EQ(warnings(), 0U);
    EXPECT_STREQ(read("keys=" + std::string(192, '1')).keys, "");
    EXPECT_EQ(warnings(), 1U);
}

TEST_F(BootWords, ThatDoNotFitAreLeftOutWhole) {
    EXPECT_EQ(strlen(read("fork " + std::string(1000, ' ')).line), sizeof(boot_words::line) - 1);
    random_numbers random(1);
    for (int i = 0; i < 2000; ++i) {
        std::string line;
        for (uint64_t n = random.below(400); n > 0; --n) line += "  =:,aonfview=pacekeys="[random.below(23)];
        boot_words words = read(line);
        bool fits = line.size() < sizeof(words.line);
        size_t end = line.substr(0, sizeof(words.line)).rfind(' ');
        EXPECT_EQ(words.line, fits ? line : line.substr(0, end == std::string::npos ? 0 : end));
        EXPECT_TRUE(fits || warnings() >= 1);
        EXPECT_LT(strlen(words.program), sizeof(words.program));
        EXPECT_LT(strlen(words.keys), sizeof(words.keys));
    }
}

TEST_F(BootWords, AreFoundAmongManyFiles) {
    std::vector<std::pair<std::string, std::string>> files(40, {"etc/table", "fork"});
    files.emplace_back("opt/kinglet/boot", "exit");
    device.give(files);
    EXPECT_STREQ(read_boot_words().program, "exit");
}

std::string text_of(const char* s) { return s ? s : "(all)"; }

std::string typed_until(uint64_t tick) {
    std::string result;
    for (int key; (key = scripted_key(tick)) != 0; ) {
        result += key == KEY_LEFT ? "<" : key == KEY_RIGHT ? ">" : std::string(1, char(key));
    }
    return result;
}

TEST(ScriptedKeys, ComeAtTheirTicksEachOnce) {
    ASSERT_EQ(init_scripted_keys("5:f,5:left,20:space,20:right,300:,,301:q"), nullptr);
    EXPECT_EQ(typed_until(4), "");
    EXPECT_EQ(typed_until(5), "f<");
    EXPECT_EQ(typed_until(5), "");
    EXPECT_EQ(typed_until(299), " >");
    EXPECT_EQ(typed_until(1000), ",q");
    EXPECT_EQ(typed_until(uint64_t(-1)), "");
    EXPECT_EQ(init_scripted_keys(""), nullptr);
    EXPECT_EQ(typed_until(uint64_t(-1)), "");
}

TEST(ScriptedKeys, ThatMakeNoSenseAreReturnedAndThoseBeforeThemCount) {
    struct { const char *text, *rest, *keys; } cases[] = {
        {"x", "x", ""}, {"5", "5", ""}, {"5:", "5:", ""}, {":f", ":f", ""}, {"5:f,", nullptr, "f"}, {"5:f,6", "6", "f"},
        {"5:f,,", ",", "f"}, {"5:upp", "5:upp", ""}, {"5:lef", "5:lef", ""}, {"5:leftt", "5:leftt", ""},
        {"5:f,7:fg,8:q", "7:fg,8:q", "f"},
        {"5:=ls_|_wc,6:escape,6:q", nullptr, "ls | wc\n\x1Bq"}, {"5:=,6:=x", nullptr, "=x\n"},
        {"5:backspace,5:enter,5:ctrl-d", nullptr, "\b\n\4"}, {"5:_=x", "5:_=x", ""},
        {"9:f,8:q", "8:q", "f"}, {"-5:f", "-5:f", ""}, {"5;f", "5;f", ""}, {"5:f 6:g", "5:f 6:g", ""},
    };
    for (auto& c : cases) {
        const char* rest = init_scripted_keys(c.text);
        EXPECT_EQ(text_of(rest), text_of(c.rest)) << c.text;
        EXPECT_EQ(typed_until(uint64_t(-1)), c.keys) << c.text;
    }
}

TEST(Keys, DoWhatTheirHelpSays) {
    struct { int key; key_action action; const char *done, *logged; } cases[] = {
        {'q', key_action::quit, "", "q"}, {KEY_CTRL_C, key_action::quit, "", "q"},
        {'a', key_action::start_allocators, "", "a"},
        {'f', key_action::start_fork, "", "f"}, {'e', key_action::start_exit, "", "e"},
        {' ', key_action::none, "hold", "space"},
        {'s', key_action::none, "step", "s"}, {'+', key_action::none, "faster", "+"},
        {'=', key_action::none, "faster", "="},
        {'-', key_action::none, "slower", "-"}, {KEY_LEFT, key_action::none, "neighbour -1", "left"},
        {KEY_RIGHT, key_action::none, "neighbour 1", "right"}, {'0', key_action::none, "show 0", "0"},
        {'9', key_action::none, "show 9", "9"},
        {'k', key_action::kill, "", "k"}, {'v', key_action::none, "next panel", "v"},
        {KEY_UP, key_action::none, "lower -1", "up"}, {KEY_DOWN, key_action::none, "lower 1", "down"},
        {KEY_PAGE_UP, key_action::none, "lower -11", "pageup"},
        {KEY_PAGE_DOWN, key_action::none, "lower 11", "pagedown"},
        {'n', key_action::none, "next part", "n"},
        {'[', key_action::none, "zoom below -1", "["}, {']', key_action::none, "zoom below 1", "]"},
        {'{', key_action::none, "zoom above -1", "{"}, {'}', key_action::none, "zoom above 1", "}"},
        {'<', key_action::none, "above -1", "<"}, {'>', key_action::none, "above 1", ">"},
        {'h', key_action::none, "message message ", "h"}, {'x', key_action::none, "", "x"},
        {':', key_action::none, "", ":"}, {'F', key_action::start_fork, "", "f"},
    };
    ticks = 61;
    for (auto& c : cases) {
        done = "";
        log_lines.clear();
        EXPECT_EQ(press_key(c.key), c.action) << c.key;
        EXPECT_EQ(done, c.done) << c.key;
        EXPECT_EQ(log_lines, std::vector<std::string>{std::string("key tick=61 key=") + c.logged}) << c.key;
    }
}

}
