// test_elf.cc - which ELF files are believed, and where the loader may put the kernel
#include "elf_image.hh"
#include "boot/placement.hh"
#include <functional>
#include <memory>

namespace {

elf_image good_image() {
    return elf_image({load_segment(r_x, 0x40000, 300, 300), load_segment(r__, 0x41000, 50, 50),
                      load_segment(rw_, 0x42000, 20, 9000)});
}

std::string checked(elf_image& image) {
    return text(check_elf(image.bytes.data(), image.bytes.size(), image.bytes.size()));
}

TEST(Elf, AGoodImageIsBelieved) {
    elf_image image = good_image(), empty({});
    EXPECT_EQ(checked(image), "good");
    EXPECT_EQ(checked(empty), "no program headers");
    size_t n = 0;
    for (auto& segment : elf_segments(image.bytes.data())) EXPECT_EQ(&segment, &image.segment(n++));
    EXPECT_EQ(n, 3U);
}

TEST(Elf, EachThingThatIsWrongIsSaid) {
    struct {
        const char* expected;
        std::function<void(elf_image&)> damage;
    } cases[] = {
        {"not an ELF file", [](auto& i) { i.header().e_magic ^= 0x100; }},
        {"not a 64-bit ELF file", [](auto& i) { i.header().e_class = 1; }},
        {"not a 64-bit ELF file", [](auto& i) { i.header().e_data = 2; }},
        {"not for x86-64", [](auto& i) { i.header().e_machine = 3; }},
        {"not an executable", [](auto& i) { i.header().e_type = 3; }},
        {"program headers out of bounds", [](auto& i) { i.header().e_phentsize = 57; }},
        {"program headers out of bounds", [](auto& i) { i.header().e_phentsize = 0; }},
        {"program headers out of bounds", [](auto& i) { i.header().e_phnum = 0xFFFF; }},
        {"program headers out of bounds", [](auto& i) { i.header().e_phoff = 68; }},
        {"program headers out of bounds", [](auto& i) { i.header().e_phoff = i.bytes.size() / 8 * 8; }},
        {"program headers out of bounds", [](auto& i) { i.header().e_phoff = i.bytes.size() + 8; }},
        {"program headers out of bounds", [](auto& i) { i.header().e_phoff = uint64_t(-8); }},
        {"program headers out of bounds", [](auto& i) { i.header().e_phoff = uint64_t(-168); }},
        {"segment larger in the file than in memory", [](auto& i) { i.segment(0).p_filesz = 301; }},
        {"segment outside the file", [](auto& i) { i.segment(2).p_offset += 1; }},
        {"segment outside the file", [](auto& i) { i.segment(1).p_offset = uint64_t(-50); }},
        {"segment outside the file", [](auto& i) { i.segment(1).p_offset = uint64_t(-49); }},
        {"segment outside the file", [](auto& i) { i.segment(1).p_filesz = i.segment(1).p_memsz = uint64_t(-1); }},
        {"good", [](auto& i) { i.segment(0).p_filesz = 0, i.segment(0).p_offset = 1 << 20; }},
        {"good", [](auto& i) { i.segment(1).p_filesz = i.segment(1).p_memsz = 0, i.segment(1).p_va = uint64_t(-1); }},
        {"segment address wraps", [](auto& i) { i.segment(2).p_memsz = uint64_t(-1); }},
        {"segment address wraps", [](auto& i) { i.segment(1).p_va = uint64_t(-49); }},
        {"good", [](auto& i) { i.segment(1).p_pa = uint64_t(-49); }},
        {"good", [](auto& i) { i.segment(1).p_pa = uint64_t(-51); }},
        {"good", [](auto& i) { i.segment(1).p_type = 2, i.segment(1).p_offset = uint64_t(-1); }},
        {"no program headers", [](auto& i) { i.header().e_phnum = 0, i.header().e_phoff = 0; }},
    };
    for (auto& c : cases) {
        elf_image image = good_image();
        c.damage(image);
        EXPECT_EQ(checked(image), c.expected) << "case " << &c - cases;
    }
}

TEST(Elf, HeadersAreReadOnlyWithinWhatIsThere) {
    elf_image image = good_image();
    size_t headers = sizeof(elf_header) + 3 * sizeof(elf_program);
    for (size_t available = 0; available < image.bytes.size(); ++available) {
        auto part = std::make_unique<uint8_t[]>(available);     // the sanitizer watches its end
        memcpy(part.get(), image.bytes.data(), available);
        std::string wrong = available < sizeof(elf_header) ? "not an ELF file"
            : available < headers ? "program headers out of bounds" : "good";
        ASSERT_EQ(text(check_elf(part.get(), available, image.bytes.size())), wrong) << available;
    }
}

TEST(Elf, AFileThatIsTooShortForItsSegmentsIsRefused) {
    elf_image image = good_image();
    for (size_t size = 0; size < image.bytes.size(); ++size) {
        ASSERT_EQ(text(check_elf(image.bytes.data(), image.bytes.size(), size)), "segment outside the file") << size;
    }
}

TEST(Elf, WhateverBitsAreFlippedNothingBeyondTheFileIsRead) {
    random_numbers random(1);
    const elf_image good = good_image();
    size_t headers = sizeof(elf_header) + 3 * sizeof(elf_program), believed = 0;
    for (int i = 0; i < 100'000; ++i) {
        elf_image image = good;
        for (uint64_t n = 1 + random.below(4); n > 0; --n) {
            size_t at = random.below(headers);
            image.bytes[at] ^= uint8_t(random.one_in(2) ? random.bits() : 1U << random.below(8));
        }
        if (checked(image) != "good") continue;
        ++believed;
        uint64_t sum = 0;
        for (auto& s : elf_segments(image.bytes.data())) {      // as a loader would
            if (!is_loaded(s)) continue;
            for (uint64_t j = 0; j < s.p_filesz; ++j) sum += image.bytes.data()[s.p_offset + j];
            ASSERT_LE(s.p_va, s.p_va + s.p_memsz - 1);
        }
        (void) sum;
    }
    EXPECT_GT(believed, 1000U);
}

boot_info memory(std::initializer_list<memory_range> ranges) {
    boot_info info = {};
    for (auto& range : ranges) info.memory_ranges[info.memory_range_count++] = range;
    return info;
}

const boot_info usual_memory = memory({{0, 0x9FC00, 1, 0}, {0x9FC00, 0x400, 2, 0}, {0xF0000, 0x10000, 2, 0},
                                       {0x100000, 0xEE0000, 1, 0}, {0xFE0000, 0x20000, 2, 0},
                                       {0xFFFC0000, 0x40000, 2, 0}});

placement verdict(const std::vector<elf_program>& segments, const boot_info& info = usual_memory) {
    elf_image image(segments);
    EXPECT_EQ(checked(image), "good");
    return check_placement(image.bytes.data(), info).verdict;
}

placement verdict_of_one(uint64_t start, uint64_t end, const boot_info& info = usual_memory) {
    return verdict({load_segment(r_x, start, 0, end - start)}, info);
}

TEST(Placement, AKernelThatHasItsMemoryIsLoaded) {
    EXPECT_EQ(verdict({load_segment(r_x, 0x40000, 9, 0x5000), load_segment(rw_, 0x45000, 0, 0x5A000),
                       load_segment(r__, 0x200000, 100, 100)}),
              placement::good);
    EXPECT_EQ(verdict_of_one(0x100000, 0xFE0000), placement::good);
}

TEST(Placement, MemoryThatIsNotTheKernelsIsRefused) {
    EXPECT_EQ(verdict_of_one(0, 0x1000), placement::below_kernel);
    EXPECT_EQ(verdict_of_one(0x3FFFF, 0x41000), placement::below_kernel);
    EXPECT_EQ(verdict_of_one(0x40000, KERNEL_LIMIT_ADDR), placement::good);
    EXPECT_EQ(verdict_of_one(0x40000, KERNEL_LIMIT_ADDR + 1), placement::over_devices);
    EXPECT_EQ(verdict_of_one(0xB8000, 0xB9000), placement::over_devices);
    EXPECT_EQ(verdict_of_one(0xFFFFF, 0x100001), placement::over_devices);
    EXPECT_EQ(verdict_of_one(0x40000, 0x200000), placement::over_devices);
    EXPECT_EQ(verdict_of_one(0x100000, 0xFE0001), placement::beyond_memory);
    EXPECT_EQ(verdict_of_one(0x2000000, 0x2001000), placement::beyond_memory);
    EXPECT_EQ(verdict_of_one(0x100000, 0x40000001), placement::beyond_map);
    EXPECT_EQ(verdict_of_one(uint64_t(-0x2000), uint64_t(-0x1000)), placement::beyond_map);
}

TEST(Placement, TheMemoryMapIsBelievedInAnyOrder) {
    boot_info reversed = memory({{0x300000, 0x100000, 1, 0}, {0x200000, 0x100000, 1, 0},
                                 {0x100000, 0x100000, 1, 0}, {0, 0xA0000, 1, 0}});
    EXPECT_EQ(verdict_of_one(0x100000, 0x400000, reversed), placement::good);
    boot_info hole = memory({{0x100000, 0x80000, 1, 0}, {0x180001, 0x100000, 1, 0}});
    EXPECT_EQ(verdict_of_one(0x100000, 0x180000, hole), placement::good);
    EXPECT_EQ(verdict_of_one(0x100000, 0x180001, hole), placement::not_usable);
    EXPECT_EQ(verdict_of_one(0x180000, 0x190000, hole), placement::not_usable);
    boot_info covered = memory({{0x100000, 0x200000, 1, 0}, {0x180000, 0x1000, 3, 0}});
    EXPECT_EQ(verdict_of_one(0x100000, 0x180000, covered), placement::good);
    EXPECT_EQ(verdict_of_one(0x180FFF, 0x181000, covered), placement::not_usable);
    EXPECT_EQ(verdict_of_one(0x181000, 0x300000, covered), placement::good);
    EXPECT_EQ(verdict_of_one(0x100000, 0x100001, memory({})), placement::beyond_memory);
    boot_info wraps = memory({{0x100000, uint64_t(-1), 1, 0}});
    EXPECT_EQ(verdict_of_one(0x100000, 0x40000000, wraps), placement::good);
}

TEST(Placement, SegmentsMayTouchButNotOverlap) {
    EXPECT_EQ(verdict({load_segment(r_x, 0x40000, 1, 0x1000), load_segment(rw_, 0x41000, 1, 0x1000)}), placement::good);
    EXPECT_EQ(verdict({load_segment(r_x, 0x41000, 1, 0x1000), load_segment(rw_, 0x40000, 1, 0x1000)}), placement::good);
    EXPECT_EQ(verdict({load_segment(r_x, 0x40000, 1, 0x1001), load_segment(rw_, 0x41000, 1, 0x1000)}),
              placement::overlaps);
    EXPECT_EQ(verdict({load_segment(r_x, 0x41000, 1, 0x1000), load_segment(rw_, 0x40000, 1, 0x1001)}),
              placement::overlaps);
    EXPECT_EQ(verdict({load_segment(r_x, 0x40000, 1, 0x3000), load_segment(rw_, 0x41000, 1, 0x1000)}),
              placement::overlaps);
    EXPECT_EQ(verdict({load_segment(r_x, 0x40000, 1, 0x3000), load_segment(rw_, 0x41000, 0, 0)}), placement::good);
    elf_image image({load_segment(rw_, 0x41000, 0, 0), load_segment(r_x, 0x40000, 1, 0x3000)});
    image.header().e_entry = 0x40000;
    EXPECT_EQ(check_placement(image.bytes.data(), usual_memory).verdict, placement::good)
        << "an empty segment overlaps nothing";
}

TEST(Placement, TheEntryPointIsCode) {
    elf_image image({load_segment(r_x, 0x40000, 1, 0x1000), load_segment(rw_, 0x41000, 1, 0x1000)});
    for (auto [entry, expected] : {std::pair(0x40000, placement::good), {0x40FFF, placement::good},
                                   {0x3FFFF, placement::entry_not_code},
                                   {0x41000, placement::entry_not_code}, {0, placement::entry_not_code}}) {
        image.header().e_entry = uint64_t(entry);
        placement_result result = check_placement(image.bytes.data(), usual_memory);
        EXPECT_EQ(result.verdict, expected) << entry;
        EXPECT_EQ(result.start, uint64_t(entry));
    }
}

TEST(Placement, TheSegmentAtFaultIsNamed) {
    elf_image image({load_segment(r_x, 0x40000, 1, 0x1000), load_segment(rw_, 0x9E000, 1, 0x2000)});
    placement_result result = check_placement(image.bytes.data(), usual_memory);
    EXPECT_EQ(result.start, 0x9E000U);
    EXPECT_EQ(result.end, 0xA0000U);
}

}
