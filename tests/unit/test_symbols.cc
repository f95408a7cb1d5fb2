// test_symbols.cc - addresses to function names
#include "host.hh"
#include "device/symbols.cc"
#include <map>

namespace {

// The table that the build would make of these functions, and nothing behind it
std::vector<uint32_t> make_table(const std::map<uint32_t, std::string>& functions) {
    std::string names;
    std::vector<uint32_t> words = {uint32_t(functions.size()), 0};
    uint32_t names_start = uint32_t(8 + 8 * functions.size());
    for (auto& [address, name] : functions) {
        words.push_back(address);
        words.push_back(names_start + uint32_t(names.size()));
        names += name + '\0';
    }
    size_t header = words.size();
    words.resize(header + (names.size() + 3) / 4);
    memcpy(words.data() + header, names.data(), names.size());
    return words;
}

const symbol_table* table_in(const std::vector<uint32_t>& words) {
    return reinterpret_cast<const symbol_table*>(words.data());
}

TEST(Symbols, AnAddressBelongsToTheLastFunctionThatStartsAtOrBeforeIt) {
    random_numbers random(1);
    for (int i = 0; i < 300; ++i) {
        std::map<uint32_t, std::string> functions;
        for (uint64_t n = random.below(40); n > 0; --n) {
            uint32_t address = uint32_t(random.one_in(10) ? 0xFFFFFFFF - random.below(2) : random.below(200));
            functions[address] = "f" + std::to_string(address);
        }
        std::vector<uint32_t> words = make_table(functions);
        for (uintptr_t address = 0; address < 220; ++address) {
            auto after = functions.upper_bound(uint32_t(address));
            std::string expected = after == functions.begin() ? "?" : std::prev(after)->second;
            ASSERT_EQ(function_name(table_in(words), address), expected);
        }
        if (functions.empty()) continue;
        EXPECT_EQ(function_name(table_in(words), uintptr_t(-1)), functions.rbegin()->second);
        EXPECT_EQ(function_name(table_in(words), 0x1'0000'0000), functions.rbegin()->second);
    }
}

TEST(Symbols, WithoutATableThereIsNoName) {
    EXPECT_STREQ(function_name(nullptr, 0x40000), "?");
}

}
