#include "view/pace.hh"
#include "lib.hh"

constexpr uint64_t fastest = 4096;
constexpr uint64_t unlimited = uint64_t(1) << 62;

uint64_t pace_allowance = unlimited;
static uint64_t later;                              // what is left to be given out one by one
static uint64_t per_tick;
static bool held, one_by_one;

static void allow(uint64_t units) {
    pace_allowance = one_by_one ? min(units, uint64_t(1)) : units;
    later = units - pace_allowance;
}

static uint64_t full_allowance() {
    return per_tick == 0 ? unlimited : per_tick;
}

void init_pace(uint64_t calls_per_tick, bool gives_one_by_one) {
    per_tick = calls_per_tick;
    one_by_one = gives_one_by_one;
    allow(full_allowance());
}

void pace_next() {
    if (pace_allowance == 0) allow(later);
}

void pace_tick() {
    if (!held) allow(full_allowance());
}

void pace_hold_or_go() {
    held = !held;
    allow(held ? 0 : full_allowance());
}

bool pace_is_held() {
    return held;
}

void pace_step() {
    held = true;
    allow(1);
}

void pace_faster() {
    per_tick = per_tick == 0 || per_tick >= fastest ? 0 : per_tick * 2;
}

void pace_slower() {
    per_tick = per_tick == 0 ? fastest : max(per_tick / 2, uint64_t(1));
}

void pace_text(char* buffer, unsigned size) {
    if (held) {
        snprintf(buffer, size, "held");
    } else if (per_tick == 0) {
        snprintf(buffer, size, "not slowed");
    } else {
        snprintf(buffer, size, "%lu calls/tick", per_tick);
    }
}
