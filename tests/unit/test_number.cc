// test_number.cc - lib/number.hh and lib/random.cc
#include <gtest/gtest.h>
#include <map>
#undef RAND_MAX

#define KINGLET_OWN_LIBRARY
namespace kinglet {
#include "number.hh"
#include "random.cc"
}

namespace {

using namespace kinglet;

TEST(Number, RoundsToMultiples) {
    for (unsigned m : {1U, 2U, 3U, 7U, 4096U}) {
        for (uint64_t x = 0; x < 3 * m + 2; ++x) {
            EXPECT_EQ(kinglet::round_down(x, m), x / m * m);
            EXPECT_EQ(kinglet::round_up(x, m), (x + m - 1) / m * m);
        }
    }
    EXPECT_EQ(kinglet::round_up(uintptr_t(0x1000'0000'0001), 4096), 0x1000'0000'1000U);
    EXPECT_EQ(kinglet::round_down(0xFFFF'FFFFU, 4096), 0xFFFF'F000U);
}

TEST(Number, FindsPowersOfTwo) {
    EXPECT_EQ(kinglet::round_up_pow2(0U), 0U);
    EXPECT_EQ(kinglet::round_down_pow2(0U), 0U);
    for (int i = 0; i < 63; ++i) {
        uint64_t x = uint64_t(1) << i;
        EXPECT_EQ(kinglet::msb(x), i + 1);
        EXPECT_EQ(kinglet::lsb(x), i + 1);
        EXPECT_EQ(kinglet::round_up_pow2(x), x);
        EXPECT_EQ(kinglet::round_down_pow2(x), x);
        EXPECT_EQ(kinglet::round_up_pow2(x + 1), i == 0 ? 2 : 2 * x);
        EXPECT_EQ(kinglet::round_down_pow2(x + 1), i == 0 ? 2 : x);
    }
    EXPECT_EQ(kinglet::msb(0), 0);
    EXPECT_EQ(kinglet::lsb(0), 0);
    EXPECT_EQ(kinglet::msb(-1), 32);
    EXPECT_EQ(kinglet::msb(-1L), 64);
    EXPECT_EQ(kinglet::lsb(12), 3);
}

TEST(Number, FindsTheLeastAndTheGreatest) {
    EXPECT_EQ(kinglet::min(3, 1), 1);
    EXPECT_EQ(kinglet::max(3, 1), 3);
    EXPECT_EQ(kinglet::min(3, 1, 2, -5), -5);
    EXPECT_EQ(kinglet::max(1, 3, 2), 3);
}

TEST(Random, IsTheSameForTheSameSeed) {
    kinglet::srand(61);
    int first[10];
    for (int& x : first) x = kinglet::rand();
    kinglet::srand(62);
    EXPECT_NE(kinglet::rand(), first[0]);
    kinglet::srand(61);
    for (int x : first) EXPECT_EQ(kinglet::rand(), x);
}

TEST(Random, GivesEveryNumberOfARangeAboutAsOften) {
    for (unsigned seed = 0; seed < 4; ++seed) {
        kinglet::srand(seed);
        std::map<int, int> counts;
        for (int i = 0; i < 70'000; ++i) ++counts[kinglet::rand(-3, 3)];
        EXPECT_EQ(counts.size(), 7U);
        for (auto [x, count] : counts) {
            EXPECT_TRUE(x >= -3 && x <= 3) << x;
            EXPECT_NEAR(count, 10'000, 500) << x;
        }
    }
}

TEST(Random, KnowsTheLimitsOfARange) {
    for (int i = 0; i < 1000; ++i) {
        EXPECT_EQ(kinglet::rand(7, 7), 7);
        int x = kinglet::rand(0, RAND_MAX);
        EXPECT_GE(x, 0);
        int y = kinglet::rand(INT32_MAX - 1, INT32_MAX);
        EXPECT_TRUE(y == INT32_MAX || y == INT32_MAX - 1);
        int z = kinglet::rand();
        EXPECT_GE(z, 0);
    }
}

}
