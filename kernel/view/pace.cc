#include "view/pace.hh"
#include "lib.hh"

constexpr int64_t fastest = 4096;
constexpr int64_t unlimited = int64_t(1) << 62;

int64_t pace_allowance = unlimited;
static int64_t per_tick;
static bool held;

static int64_t full_allowance() {
    return per_tick == 0 ? unlimited : per_tick;
}

void init_pace(int64_t calls_per_tick) {
    per_tick = calls_per_tick;
    pace_allowance = full_allowance();
}

void pace_tick() {
    if (!held) pace_allowance = full_allowance();
}

void pace_hold_or_go() {
    held = !held;
    pace_allowance = held ? 0 : full_allowance();
}

void pace_step() {
    held = true;
    pace_allowance = 1;
}

void pace_faster() {
    per_tick = per_tick == 0 || per_tick >= fastest ? 0 : per_tick * 2;
}

void pace_slower() {
    per_tick = per_tick == 0 ? fastest : max(per_tick / 2, int64_t(1));
}

void pace_text(char* buffer, unsigned size) {
    if (held) {
        snprintf(buffer, size, "held");
    } else if (per_tick == 0) {
        snprintf(buffer, size, "not slowed");
    } else {
        snprintf(buffer, size, "%ld calls/tick", per_tick);
    }
}
