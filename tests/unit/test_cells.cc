// test_cells.cc - can every cell that the picture may have be read, and by whom?
#include "host.hh"
#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include "view/cells.hh"

namespace {

using color = std::array<double, 3>;                // red, green, blue, from 0 to 1
using palette = std::array<uint32_t, 16>;           // in the order of VGA, as 0xRRGGBB

constexpr palette vga = {0x000000, 0x0000AA, 0x00AA00, 0x00AAAA, 0xAA0000, 0xAA00AA, 0xAA5500, 0xAAAAAA,
                         0x555555, 0x5555FF, 0x55FF55, 0x55FFFF, 0xFF5555, 0xFF55FF, 0xFFFF55, 0xFFFFFF};
constexpr palette xterm = {0x000000, 0x0000EE, 0x00CD00, 0x00CDCD, 0xCD0000, 0xCD00CD, 0xCDCD00, 0xE5E5E5,
                           0x7F7F7F, 0x5C5CFF, 0x00FF00, 0x00FFFF, 0xFF0000, 0xFF00FF, 0xFFFF00, 0xFFFFFF};

// sRGB's bytes as amounts of light (IEC 61966-2-1)
color light_of(uint32_t rgb) {
    color result;
    for (int i = 0; i < 3; ++i) {
        double byte = double(rgb >> (16 - 8 * i) & 0xFF) / 255;
        result[size_t(i)] = byte <= 0.04045 ? byte / 12.92 : std::pow((byte + 0.055) / 1.055, 2.4);
    }
    return result;
}

double dot(const color& a, const color& b) {
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

// From 1 to 21 (WCAG 2.2, "contrast ratio")
double contrast(uint32_t one, uint32_t other) {
    constexpr color weights = {0.2126, 0.7152, 0.0722};
    double a = dot(light_of(one), weights) + 0.05, b = dot(light_of(other), weights) + 0.05;
    return std::max(a, b) / std::min(a, b);
}

// How an eye sees light: all of it, without red cones, without green cones
// (G. M. Machado et al., "A Physiologically-based Model for Simulation of Color Vision Deficiency", 2009, severity 1)
using eye = std::array<color, 3>;
constexpr eye eyes[] = {
    {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}},
    {{{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}}},
    {{{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}}},
};

// In CIE 1976 L*a*b*, where equal distances look alike
color seen_by(const eye& who, uint32_t rgb) {
    constexpr color xyz[] = {{0.4124, 0.3576, 0.1805}, {0.2126, 0.7152, 0.0722}, {0.0193, 0.1192, 0.9505}};
    constexpr color white_point = {0.9505, 1, 1.089};
    color light = light_of(rgb), seen, f;
    for (size_t i = 0; i < 3; ++i) seen[i] = std::clamp(dot(who[i], light), 0.0, 1.0);
    for (size_t i = 0; i < 3; ++i) {
        double t = dot(xyz[i], seen) / white_point[i];
        f[i] = t > 0.008856 ? std::cbrt(t) : 7.787 * t + 16.0 / 116;
    }
    return {116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])};
}

double distance(uint32_t one, uint32_t other) {
    double least = 1000;
    for (const eye& who : eyes) {
        color a = seen_by(who, one), b = seen_by(who, other);
        least = std::min(least, std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]));
    }
    return least;
}

// All cells that a page can have: of each owner, in each state
std::set<uint16_t> all_cells() {
    std::set<uint16_t> cells = {blank_cell, leaked_cell, screen_cell, zero_page_cell, promised_cell, owner_cell[-10]};
    for (int owner = PO_SHARED; owner < NPROC; ++owner) {
        cells.insert({owner_cell[owner], table_cell(owner_cell[owner]), zero_cell(owner_cell[owner])});
    }
    for (uint16_t c : std::set<uint16_t>(cells)) cells.insert(is_reversed(c) ? unreversed(c) : reversed(c));
    for (uint16_t c : std::set<uint16_t>(cells)) cells.insert({touched_cell(c, 0), touched_cell(c, PTE_D)});
    for (uint16_t c : std::set<uint16_t>(cells)) cells.insert({relettered(c, 'W'), relettered(c, '.')});
    return cells;
}

uint32_t letter_color(uint16_t drawn, const palette& colors) { return colors[drawn >> color_shift & 0xF]; }

TEST(contrast, is_that_of_the_standard) {
    EXPECT_NEAR(contrast(0xFFFFFF, 0x000000), 21, 0.001);
    EXPECT_NEAR(contrast(0xFFFF55, 0xFFFFFF), 1.07, 0.01);
    EXPECT_NEAR(contrast(0x777777, 0xFFFFFF), 4.48, 0.01);
}

TEST(cells, can_be_read) {
    std::set<uint16_t> cells = all_cells();
    EXPECT_GT(cells.size(), 300U);
    for (uint16_t c : cells) {
        EXPECT_GE(contrast(letter_color(c, vga), vga[ground_of(c)]), 4.5) << std::hex << c;
    }
}

TEST(cells, can_be_read_in_a_terminal) {            // QEMU shows a bright ground there as the other one
    for (uint16_t c : all_cells()) {
        EXPECT_GE(contrast(letter_color(c, xterm), xterm[ground_of(c) & ~bright]), 4.5) << std::hex << c;
    }
}

TEST(grounds, of_the_first_four_processes_differ_for_everybody) {
    for (pid_t one = 1; one <= 4; ++one) {
        for (pid_t other = 1; other < one; ++other) {
            EXPECT_GE(distance(vga[ground_of(owner_cell[one])], vga[ground_of(owner_cell[other])]), 30)
                << one << " and " << other;
        }
    }
}

TEST(grounds, tell_states_from_each_other_and_from_processes) {
    uint16_t first = owner_cell[1];
    const uint16_t states[] = {table_cell(first), zero_cell(first), touched_cell(first, 0), touched_cell(first, PTE_D),
                               cell(' ', grey)};
    for (const uint16_t& one : states) {
        for (const uint16_t* other = states; other < &one; ++other) {
            EXPECT_GE(distance(vga[ground_of(one)], vga[ground_of(*other)]), 25);
        }
        for (pid_t pid = 1; pid <= 4; ++pid) {
            EXPECT_GE(distance(vga[ground_of(one)], vga[ground_of(owner_cell[pid])]), 20) << pid;
        }
    }
}

TEST(grounds, are_kept_by_what_a_process_may_use_and_are_gone_from_what_it_may_not) {
    for (pid_t pid = 1; pid < NPROC; ++pid) {
        EXPECT_TRUE(is_reversed(owner_cell[pid]));
        EXPECT_EQ(ground_of(unreversed(owner_cell[pid])), black);
        EXPECT_EQ(unreversed(owner_cell[pid]) & 0xFF, owner_cell[pid] & 0xFF);
    }
    EXPECT_FALSE(is_reversed(table_cell(owner_cell[1])));
    EXPECT_TRUE(is_reversed(reversed(owner_cell[PO_KERNEL])));
}

}
