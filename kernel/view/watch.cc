#include "view/watch.hh"
#include "device/log.hh"
#include "device/screen.hh"
#include "device/timer.hh"
#include "lib.hh"
#include "process/process.hh"
#include "view/audit.hh"
#include "view/cells.hh"
#include "view/happened.hh"
#include "view/memviewer.hh"

constexpr int draw_interval = HZ / 20;              // ticks between two drawings
constexpr int turn_interval = HZ / 2;               // ticks for which one process's memory is shown
constexpr int check_tick = turn_interval / 2 + 1;   // of these, the one in which memory is checked: nothing is drawn then
static_assert(turn_interval % draw_interval == 0 && check_tick % draw_interval != 0);
constexpr uint64_t default_pace = 2;                // system calls a tick, for people

unsigned audit_findings;
static const boot_words* asked;                     // for what
static uint64_t start_tsc;
static uint64_t audited_changes;                    // `page_changes` at the last check of memory
static uint64_t audit_time;                         // time-stamp counts spent on checks

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
    log_printf("audit: %s", sentence);
    show_message(sentence, COLOR_ERROR);
}

static void check_memory() {
    uint64_t start = rdtsc();
    audited_changes = page_changes;
    audit_findings += audit(report_finding);
    audit_time += rdtsc() - start;
}

// Check memory if it has changed, unless checks have taken a quarter of all time; then a later entry
// of the kernel does.
static void check_changes() {
    if (page_changes == audited_changes || audit_time > (rdtsc() - start_tsc) / 4) return;
    check_memory();
}

static void draw(bool all) {
    if (asked->has_picture()) {
        memshow(all);
    } else {
        keep_somebody_shown();
    }
}

void watch_tick() {
    uint64_t of_turn = ticks % turn_interval;
    pace_tick();
    if (of_turn == 0) show_next_in_turn();
    if (of_turn % draw_interval == 0) draw(of_turn == 0);
    if (of_turn == check_tick && asked->view && !is_big()) check_memory();      // a big machine has too much for that
}

bool let_on(uint64_t last_call) {
    if (pace_allowance == 0) note_step(*current, last_call);
    if (asked->audit) check_changes();
    pace_next();
    return pace_allowance > 0;
}

void redraw() {
    draw(true);
}

void end_watching() {
    check_memory();
    if (!asked->text) memshow();
}
