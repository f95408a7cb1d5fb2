// test_archive.cc - the files on a disk: which archives are understood, and what the disk holds after each sector
//
//    With `list ARCHIVE` this program prints the archive's files instead; with `prefixes FOLDER` it writes the disk as it
//    is after each sector of many changes, for tests/test_archive.py, which has tar read them.
#include "host.hh"
#include "store/archive.cc"
#include "store/archive_change.cc"
#include "store/tar_header.cc"
#include <algorithm>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <optional>

static std::vector<std::string> logged;

void log_printf(const char* format, ...) {
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    logged.push_back(text);
}

namespace {

using files = std::map<std::string, std::string>;

struct disk {
    std::string bytes;
    std::unique_ptr<archive> mounted = std::make_unique<archive>();

    explicit disk(size_t sectors)
        : bytes(sectors * sector_size, '\0') {
        mount();
    }
    explicit disk(std::string all)
        : bytes(std::move(all)) {
        bytes.resize(round_up(bytes.size(), sector_size));
        mount();
    }
    archive& operator*() { return *mounted; }
    archive* operator->() { return mounted.get(); }
    const uint8_t* sector(uint64_t n) const { return reinterpret_cast<const uint8_t*>(bytes.data()) + n * sector_size; }

    // As the kernel does: no sector twice, none behind the end.
    void mount() {
        logged.clear();
        uint64_t sectors = bytes.size() / sector_size, expected = 0;
        mounted->begin(sectors);
        while (mounted->wanted() != no_sector) {
            uint64_t n = mounted->wanted();
            ASSERT_GE(n, expected);
            ASSERT_LT(n, sectors);
            expected = n + 1;
            mounted->take(sector(n));
        }
    }

    std::string contents(const archive_entry& entry) const { return bytes.substr(entry.contents * sector_size, entry.size); }
    files all() const {
        files found;
        for (int i = 0; i < entry_limit; ++i) {
            const archive_entry& e = mounted->entry(i);
            if (e.kind == entry_kind::file) found[e.name] = contents(e);
        }
        return found;
    }

    // Write one step after the other; `each()` is called after each sector.
    void run(const archive_change& change, std::string contents, const std::function<void()>& each = [] {}) {
        contents.resize(round_up(contents.size(), sector_size));
        for (unsigned i = 0; i < change.nsteps; ++i) {
            const archive_step& step = change.steps[i];
            bool is_contents = step.kind == archive_step::contents;
            for (uint64_t j = 0; j < (is_contents ? step.count : 1); ++j) {
                uint8_t made[sector_size];
                if (is_contents) {
                    contents.copy(reinterpret_cast<char*>(made), sector_size, (step.first + j) * sector_size);
                } else {
                    make_sector(change, step, made);
                }
                ASSERT_LE((step.sector + j + 1) * sector_size, bytes.size());
                memcpy(&bytes[(step.sector + j) * sector_size], made, sector_size);
                each();
            }
        }
        mounted->done(change);
    }
    void tidy(const std::function<void()>& each = [] {}) {
        archive_change change;
        while (mounted->tidy(change)) run(change, "", each);
    }

    // Change what is decided, to the end.
    int create(const char* name) {
        archive_change change;
        int r = mounted->create(name, change);
        if (r >= 0) run(change, ""), tidy();
        return r;
    }
    int write(const char* name, const std::string& text) {
        archive_change change;
        int file = mounted->find(name);
        if (file < 0) file = create(name);
        if (file < 0) return file;
        int r = mounted->resize(file, text.size(), change);
        if (r >= 0) run(change, text), tidy();
        return r;
    }
    int rename(const char* name, const char* new_name) {
        archive_change change;
        int r = mounted->rename(mounted->find(name), new_name, change);
        if (r >= 0) run(change, contents(mounted->entry(mounted->find(name)))), tidy();
        return r;
    }
    int remove(const char* name) {
        archive_change change;
        int r = mounted->remove(mounted->find(name), change);
        if (r >= 0) run(change, ""), tidy();
        return r;
    }
};

std::string header(const std::string& name, char type, uint64_t size, const std::function<void(tar_header&)>& edit = {}) {
    tar_header made = make_header(name.c_str(), type, size, 0644, 0);
    if (edit) {
        edit(made);
        snprintf(made.checksum, sizeof(made.checksum), "%06o", unsigned(sum<uint8_t>(made)));
    }
    return std::string(reinterpret_cast<char*>(&made), sizeof(made));
}
std::string padded(std::string text) {
    text.resize(round_up(text.size(), sector_size));
    return text;
}
std::string file(const std::string& name, const std::string& text, char type = tar_file) {
    return header(name, type, text.size()) + padded(text);
}
std::string record(const std::string& text) {
    size_t length = text.size() + 3;
    while (std::to_string(length).size() + text.size() + 2 != length) ++length;
    return std::to_string(length) + " " + text + "\n";
}
const std::string end_zeros(1024, '\0');

std::string only_log() {
    return logged.size() == 1 ? logged[0] : std::to_string(logged.size()) + " lines";
}

TEST(Archive, ADiskOfZerosIsAnEmptyArchive) {
    disk d(4);
    EXPECT_TRUE(d.all().empty());
    EXPECT_EQ(d->damage(), nullptr);
    EXPECT_EQ(d->end(), 0U);
    disk none(0);
    EXPECT_EQ(none.create("a"), E_NOSPC);
}

TEST(Archive, FilesOfEachFormAreRead) {
    std::string deep(200, 'd');
    deep[150] = '/';
    disk d(file("old", "1", tar_file_of_old) + file("new", std::string(513, '2')) + file("contiguous", "", tar_contiguous)
           + header("rest", tar_file, 1, [](tar_header& h) { memcpy(h.prefix, "folder", 6); }) + padded("3")
           + header("gnu", tar_file, 1, [](tar_header& h) { memcpy(h.magic, "ustar  ", 8), h.prefix[0] = 'x'; }) + padded("4")
           + file("././@LongLink", deep + '\0', tar_long_name) + file("cut", "5")
           + file("pax", record("path=" + deep + "x") + record("size=600") + record("comment=1"), tar_extended)
           + header("short", tar_file, 0) + padded(std::string(600, '6')) + file("/./a/b", "7") + file("folder/", "", tar_folder)
           + file("pax", record("path=for all"), tar_extended_all) + file("link", std::string(700, 'l'), tar_long_link)
           + file("last", "8") + end_zeros + file("behind", "the end"));
    EXPECT_EQ(d.all(), (files{{"old", "1"}, {"new", std::string(513, '2')}, {"contiguous", ""}, {"folder/rest", "3"},
                              {"gnu", "4"}, {deep, "5"}, {deep + "x", std::string(600, '6')}, {"a/b", "7"}, {"last", "8"}}));
    EXPECT_EQ(d->damage(), nullptr);
    EXPECT_TRUE(logged.empty());
    EXPECT_GE(d->find("./new"), 0);
    EXPECT_EQ(d->find("behind"), E_NOENT);
}

TEST(Archive, OfTwoFilesWithOneNameTheLaterCountsAndTheOtherIsRemoved) {
    disk d(file("a", "first") + file("b", "b") + file("a", "second") + std::string(4096, '\0'));
    EXPECT_EQ(d.all(), (files{{"a", "second"}, {"b", "b"}}));
    d.tidy();
    EXPECT_GE(d.remove("a"), 0);
    d.mount();
    EXPECT_EQ(d.all(), (files{{"b", "b"}}));
}

TEST(Archive, WhatCannotBeUsedIsSkippedWithASentence) {
    struct {
        std::string entry, why;
    } cases[] = {
        {header("x", '1', 600), "it is a link"},
        {header("x", '2', 0), "it is a link"},
        {header("x", '4', 0), "it is a device"},
        {file("x", "text", 'V'), "its kind is unknown"},
        {file("", "text"), "it has no name"},
        {file("x", "text", tar_sparse), "it has holes"},
        {header("x", tar_sparse, 4, [](tar_header& h) { h.prefix[482 - 345] = 1; }) + std::string(504, 's') + "\1      "
             + "s" + std::string(512, '\0') + padded("text"), "it has holes"},
        {file("p", record("GNU.sparse.major=1"), tar_extended) + file("x", "text"), "it has holes"},
        {file("l", std::string(256, 'x'), tar_long_name) + file("x", "text"), "its name is too long"},
        {file("p", record("path=" + std::string(1000, 'x')), tar_extended) + file("x", "text"), "its name is too long"},
        {header(std::string(100, 'x'), tar_file, 0, [](tar_header& h) { memset(h.prefix, 'x', 155); }), "its name is too long"},
    };
    for (auto& c : cases) {
        disk d(file("before", "1") + c.entry + file("behind", "2") + end_zeros);
        EXPECT_EQ(d.all(), (files{{"before", "1"}, {"behind", "2"}})) << c.why;
        EXPECT_NE(only_log().find("archive skipped sector="), std::string::npos) << only_log();
        EXPECT_NE(only_log().find(": " + c.why), std::string::npos) << only_log();
        EXPECT_EQ(d->damage(), nullptr);
    }
}

TEST(Archive, ADamagedArchiveIsUsedAsFarAsItIsGoodAndOnlyRead) {
    struct {
        std::string entry, why;
    } cases[] = {
        {std::string(512, 'x'), "this is no header"},
        {header("x", tar_file, 0, [](tar_header& h) { memcpy(h.size, "12x", 4); }), "its size is no number"},
        {header("x", tar_file, 0, [](tar_header& h) { memset(h.size, 0xFF, 12); }), "its size is no number"},
        {header("x", tar_file, 1 << 20), "its contents are cut short"},
        {header("x", tar_file, uint64_t(1) << 62), "its contents are cut short"},
        {header("x", tar_long_name, 3000) + std::string(3072, 'x'), "its text about a file is too long"},
        {header("x", tar_extended, 0), "its text about a file is too long"},
        {file("x", "12 path=x\n", tar_extended), "its records make no sense"},
        {file("x", "10_path=x\n", tar_extended), "its records make no sense"},
        {file("x", "10 path=xx", tar_extended), "its records make no sense"},
        {file("x", "99999999999999999999 path=x\n", tar_extended), "its records make no sense"},
        {file("x", "0 path=x\n", tar_extended), "its records make no sense"},
        {file("x", "\n", tar_extended), "its records make no sense"},
        {file("x", record("size=x"), tar_extended), "its size is no number"},
        {file("x", record("size=99999999999999999999"), tar_extended), "its size is no number"},
        {file("x", record("size=999999999999999999"), tar_extended) + header("x", tar_file, 0), "its contents are cut short"},
        {file("x", "y", tar_long_name) + end_zeros, "the file that was announced is missing"},
    };
    for (auto& c : cases) {
        disk d(file("before", "1") + c.entry + file("behind", "2") + end_zeros);
        EXPECT_EQ(d.all(), (files{{"before", "1"}}));
        EXPECT_STREQ(d->damage(), c.why.c_str());
        EXPECT_NE(only_log().find("archive damaged sector="), std::string::npos) << only_log();
        EXPECT_EQ(d.create("new"), E_ROFS);
        EXPECT_EQ(d.write("before", ""), E_ROFS);
        EXPECT_EQ(d.rename("before", "new"), E_ROFS);
        EXPECT_EQ(d.remove("before"), E_ROFS);
        archive_change change;
        EXPECT_FALSE(d->tidy(change));
    }
}

TEST(Archive, AnArchiveThatEndsWithTheDiskIsRead) {
    for (const std::string& announced : {file("x", "y", tar_long_name), file("x", "y", tar_long_link)}) {
        disk d(file("a", "1") + announced);
        EXPECT_EQ(d.all(), (files{{"a", "1"}}));
        EXPECT_NE(d->damage(), nullptr);
    }
    disk d(file("a", "1"));
    EXPECT_EQ(d->damage(), nullptr);
    EXPECT_EQ(d.create("b"), E_NOSPC);
    EXPECT_GE(d.remove("a"), 0);
    d.mount();
    EXPECT_TRUE(d.all().empty());
    EXPECT_EQ(d->damage(), nullptr);
}

TEST(Archive, NamesThatNoFileMayHaveAreRefused) {
    disk d(64);
    for (const char* name : {"", "/", "./", "a/", free_room_name}) EXPECT_EQ(d.create(name), E_INVAL) << name;
    EXPECT_EQ(d.create(std::string(256, 'x').c_str()), E_NAMETOOLONG);
    EXPECT_GE(d.create(std::string(255, 'x').c_str()), 0);
    EXPECT_GE(d.create("/a"), 0);
    EXPECT_EQ(d.create("a"), E_EXIST);
    EXPECT_EQ(d.rename("a", "a/"), E_INVAL);
    EXPECT_GE(d.rename("a", "./a"), 0);
    EXPECT_EQ(d.all().size(), 2U);
}

TEST(Archive, AFullDiskChangesNothing) {
    disk d(8);
    EXPECT_GE(d.write("a", std::string(1000, 'a')), 0);      // a header, two sectors, the end's two
    std::string before = d.bytes;
    EXPECT_EQ(d.write("a", std::string(1500, 'a')), E_NOSPC);
    EXPECT_GE(d.write("a", std::string(100, 'a')), 0);
    EXPECT_GE(d.write("a", std::string(1000, 'a')), 0);
    EXPECT_GE(d.create("b"), 0);
    before = d.bytes;
    EXPECT_EQ(d.write("b", std::string(2000, 'b')), E_NOSPC);
    archive_change change;
    EXPECT_EQ(d->resize(d->find("b"), uint64_t(-1), change), E_NOSPC);
    EXPECT_EQ(d.bytes, before);
    EXPECT_EQ(d.all(), (files{{"a", std::string(1000, 'a')}, {"b", ""}}));
}

TEST(Archive, RemovedRoomIsUsedAgainAndWhatIsRemovedAtTheEndIsGone) {
    disk d(64);
    for (const char* name : {"a", "b", "c"}) EXPECT_GE(d.write(name, std::string(1000, *name)), 0);
    uint64_t end = d->end();
    uint64_t place = d->entry(d->find("a")).start;
    EXPECT_GE(d.remove("a"), 0);
    EXPECT_GE(d.remove("b"), 0);
    EXPECT_EQ(d->end(), end);
    EXPECT_GE(d.write("d", std::string(1000, 'd')), 0);
    EXPECT_LT(d->entry(d->find("d")).start, place + 6);
    EXPECT_EQ(d->end(), end);
    EXPECT_GE(d.remove("c"), 0);
    EXPECT_LT(d->end(), end);
    EXPECT_GE(d.remove("d"), 0);
    EXPECT_EQ(d->end(), 0U);
    EXPECT_TRUE(is_zero(d.sector(0)) && is_zero(d.sector(1)));
}

TEST(Archive, MoreFilesThanTheTableHoldsAreSkippedAndNoneIsMade) {
    std::string all;
    for (int i = 0; i < entry_limit + 3; ++i) all += file("f" + std::to_string(i), "");
    disk d(all + std::string(8192, '\0'));
    EXPECT_EQ(d.all().size(), size_t(entry_limit));
    EXPECT_EQ(logged.size(), 3U);
    EXPECT_EQ(d.create("new"), E_NOSPC);
    EXPECT_EQ(d.write("f0", "more"), E_NOSPC);
    EXPECT_GE(d.remove("f0"), 0);
    EXPECT_GE(d.remove("f2"), 0);
    EXPECT_GE(d.remove("f4"), 0);
    EXPECT_EQ(d.all().size(), size_t(entry_limit - 3));
}

// What the disk may hold for a file: as it was before the change or as it is after it.
void expect_one_of(const disk& d, const files& before, const files& after) {
    disk copy(d.bytes);
    ASSERT_EQ(copy->damage(), nullptr);
    ASSERT_TRUE(logged.empty()) << logged[0];
    files found = copy.all();
    for (auto& each : {before, after, found}) {
        for (auto& [name, unused] : each) {
            auto in = [&](const files& f) { return f.count(name) ? std::optional(f.at(name)) : std::nullopt; };
            ASSERT_TRUE(in(found) == in(before) || in(found) == in(after)) << name;
        }
    }
}

// Every sector up to the end belongs to one entry, and the free rooms that the table knows are on the disk.
void expect_sound(disk& d) {
    std::vector<std::pair<uint64_t, uint64_t>> parts;
    for (int i = 0; i < entry_limit; ++i) {
        const archive_entry& e = d->entry(i);
        if (e.kind != entry_kind::unused) parts.emplace_back(e.start, e.end());
    }
    std::sort(parts.begin(), parts.end());
    uint64_t end = 0;
    for (auto& [start, next] : parts) {
        ASSERT_EQ(start, end);
        end = next;
    }
    ASSERT_EQ(end, d->end());
    files found = d.all();
    disk copy(d.bytes);
    ASSERT_EQ(copy.all(), found);
    ASSERT_EQ(copy->end(), end);
}

// One random change after the other; `look(disk, before, after)` is called after each sector.
void change_at_random(disk& d, uint64_t seed, int changes, const std::function<void(const files&, const files&)>& look) {
    random_numbers random(seed);
    const std::string names[] = {"a", "b", "folder/c", std::string(100, 'n'), std::string(120, 'l') + "/long"};
    for (int i = 0; i < changes; ++i) {
        const std::string& name = random.element(names);
        files before = d.all(), after = before;
        int file = d->find(name.c_str()), r;
        std::string contents;
        archive_change change;
        if (file < 0) {
            r = d->create(name.c_str(), change);
            after[name] = "";
        } else if (random.one_in(5)) {
            r = d->remove(file, change);
            after.erase(name);
        } else if (random.one_in(3)) {
            const std::string& to = random.element(names);
            r = d->rename(file, to.c_str(), change);
            contents = before[name];
            after.erase(name);
            after[to] = contents;
        } else {
            contents = before[name];
            contents.resize(random.below(random.one_in(2) ? 600 : 3000), char('a' + random.below(26)));
            r = d->resize(file, contents.size(), change);
            after[name] = contents;
        }
        if (r < 0) {
            ASSERT_EQ(r, E_NOSPC);
            continue;
        }
        d.run(change, contents, [&] { look(before, after); });
        ASSERT_EQ(d.all(), after);
        d.tidy([&] { look(before, after); });
        ASSERT_EQ(d.all(), after);
        expect_sound(d);
    }
}

TEST(Archive, AfterEachSectorEachFileIsAsBeforeTheChangeOrAfterIt) {
    for (uint64_t seed = 1; seed <= rounds(10); ++seed) {
        disk d(seed % 2 ? 200 : 24);
        change_at_random(d, seed, 200, [&](const files& before, const files& after) { expect_one_of(d, before, after); });
        if (HasFatalFailure()) return;
    }
}

TEST(Archive, WhateverBitsAreFlippedTheRestIsUsed) {
    random_numbers random(1);
    std::string good = file("a", "1") + file("pax", record("path=b") + record("size=700"), tar_extended)
        + header("b", tar_file, 0) + padded(std::string(700, 'b')) + file("l", "c", tar_long_name) + file("x", "3")
        + header("s", tar_sparse, 4) + padded("text") + file(free_room_name, "room") + file("d", "4") + std::string(4096, '\0');
    size_t damaged = 0, changed = 0;
    for (uint64_t i = 0; i < rounds(100'000); ++i) {
        std::string bytes = good.substr(0, random.one_in(4) ? random.below(good.size()) : good.size());
        for (uint64_t n = random.below(4); n > 0 && !bytes.empty(); --n) {
            size_t at = random.below(bytes.size());
            bytes[at] = char(random.one_in(2) ? random.bits() : bytes[at] ^ (1 << random.below(8)));
        }
        for (size_t at = 0; random.one_in(2) && at + sector_size <= bytes.size(); at += sector_size) {
            auto& h = reinterpret_cast<tar_header&>(bytes[at]);     // else the checksum finds most of it
            if (memcmp(h.magic, "ustar", 5) == 0) snprintf(h.checksum, 8, "%06o", unsigned(sum<uint8_t>(h)) & 0777777);
        }
        disk d(bytes);
        damaged += d->damage() != nullptr;
        files found = d.all();
        d.tidy();
        bool is_written = d.write("new", std::string(300, 'n')) >= 0;
        changed += is_written;
        if (d->find("new") >= 0) found["new"] = is_written ? std::string(300, 'n') : "";
        ASSERT_EQ(d.all(), found);
        if (HasFatalFailure()) return;
    }
    EXPECT_GT(damaged, rounds(10'000));
    EXPECT_GT(changed, rounds(10'000));
}

}

// The disk after each sector as FOLDER/NUMBER.tar. FOLDER/NUMBER.files has a line for each file, its name and its
// contents: as they were before the change under way, an empty line, as they are after it, an empty line.
static void write_prefixes(const std::string& folder) {
    disk d(100);
    int number = 0;
    change_at_random(d, 2, 40, [&](const files& before, const files& after) {
        std::string name = folder + "/" + std::to_string(++number);
        std::ofstream(name + ".tar") << d.bytes;
        std::ofstream list(name + ".files");
        for (auto& each : {before, after}) {
            for (auto& [file, contents] : each) list << file << '\t' << contents << '\n';
            list << '\n';
        }
    });
}

static void list_archive(const char* name) {
    std::ifstream file(name);
    disk d(std::string(std::istreambuf_iterator<char>(file), {}));
    for (auto& [path, contents] : d.all()) std::cout << path << '\t' << contents << '\n';
    for (auto& line : logged) std::cerr << line << '\n';
}

int main(int argc, char** argv) {
    if (argc == 3 && std::string(argv[1]) == "list") return list_archive(argv[2]), 0;
    if (argc == 3 && std::string(argv[1]) == "prefixes") return write_prefixes(argv[2]), 0;
    testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
