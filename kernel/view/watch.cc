#include "view/watch.hh"
#include "device/log.hh"
#include "device/screen.hh"
#include "device/timer.hh"
#include "lib.hh"
#include "memory/leftovers.hh"
#include "process/process.hh"
#include "view/audit.hh"
#include "view/cells.hh"
#include "view/happened.hh"
#include "view/memviewer.hh"

constexpr int draw_interval = HZ / 20;              // ticks between two drawings
constexpr int turn_interval = HZ / 2;               // ticks for which one process's memory is shown
constexpr int check_tick = turn_interval / 2 + 1;   // of these, the one with a check of memory
// A check and a drawing together might take so long that a tick is lost.
static_assert(turn_interval % draw_interval == 0 && check_tick % draw_interval != 0);
constexpr uint64_t default_pace = 2;                // system calls a tick, for people

unsigned audit_findings;
static const boot_words* asked;                     // for what
static uint64_t start_tsc;
static uint64_t audited_changes;                    // `page_changes` at the last check of memory
static uint64_t audit_time;                         // time-stamp counts spent on checks
static bool is_check_due, is_drawing_due, is_whole_drawing_due;

static uint64_t first_pace() {
    if (asked->pace >= 0) return uint64_t(asked->pace);
    return asked->has_picture() ? default_pace : 0;
}

void start_watching(const boot_words& given, uint64_t boot_tsc) {
    asked = &given;
    start_tsc = boot_tsc;
    init_pace(first_pace(), asked->audit);
    if (const char* rest = init_scripted_keys(asked->keys)) {
        log_printf("warning boot word keys not understood from: %s", rest);
    }
}

static void report_finding(const char* sentence) {
    ++audit_findings;
    log_printf("audit: %s", sentence);
    show_message(sentence, COLOR_ERROR);
}

// Check memory, unless something is in the making or being given back; then it is checked later.
static void check_memory() {
    if (anything_left() || anything_begun()) return;
    uint64_t start = rdtsc();
    audited_changes = page_changes;
    audit(report_finding);
    audit_time += rdtsc() - start;
}

// Check memory if it has changed, unless checks have taken a quarter of all time; then a later
// entry of the kernel does.
static void check_changes() {
    if (page_changes == audited_changes || audit_time > (rdtsc() - start_tsc) / 4) return;
    check_memory();
}

// Do what the last tick has left to be done. Whose memory is shown is the same if nobody looks.
static void do_what_is_due() {
    if (is_check_due) check_memory();
    if (is_drawing_due) {
        keep_somebody_shown();
        if (asked->has_picture()) memshow(is_whole_drawing_due);
    }
    is_check_due = is_drawing_due = is_whole_drawing_due = false;
}

void watch_tick() {
    do_what_is_due();                               // nobody has waited since the last tick
    pace_tick();
    uint64_t of_turn = ticks % turn_interval;
    if (of_turn == 0) show_next_in_turn();
    bool is_checked = asked->view && !is_big();     // a big machine has too much for that
    is_check_due = is_checked && of_turn == check_tick;
    is_drawing_due = of_turn % draw_interval == 0;
    is_whole_drawing_due = of_turn == 0;
}

bool let_on(uint64_t last_call) {
    if (pace_allowance == 0) note_step(*current, last_call);
    if (asked->audit) check_changes();
    pace_next();
    if (pace_allowance > 0 && anybody_can_run()) return true;
    do_what_is_due();
    return false;
}

void redraw() {
    is_drawing_due = is_whole_drawing_due = true;
}

void end_watching() {
    check_memory();
    if (!asked->text) memshow();
}
