// fuzz.cc - the same operations in long sequences that libFuzzer makes up (`make prove-fuzz`)
//
//    Two bytes are an operation: which action; which process, and whether and where an allocation fails. What is not
//    possible, or leaves nobody to go on, is left out. A sequence after which something is wrong is made as short as
//    leaving out operations can make it.
//    PROVE_SCENE is the scene's name, PROVE_KERNEL what to call the kernel.
#include <cstdlib>
#include "tests/prove/operation.hh"

extern "C" {
void __sanitizer_set_death_callback(void (*callback)());
int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size);
}

namespace {

world* the_world;
world::saved start;
std::vector<operation> way;             // what is being played
size_t nsequences, noperations;
bool is_well = true;

const char* setting(const char* name, const char* usual) {
    const char* value = getenv(name);
    return value ? value : usual;
}

void print_death() {
    the_world->print(way, "the sanitizer finds what it says above");
}

void print_result() {
    if (!is_well) return;
    printf("%-20s %-10s %zu sequences, %zu operations\n", setting("PROVE_KERNEL", "fuzz"), the_world->played().name,
           nsequences, noperations);
}

void boot() {
    const char* name = setting("PROVE_SCENE", "everything");
    const scene* s = find_scene(name);
    if (!s) {
        fprintf(stderr, "Kinglet: no scene is called %s; there are %s\n", name, all_scenes().c_str());
        exit(2);
    }
    the_world = new world(*s);
    the_world->save(start);
    __sanitizer_set_death_callback(print_death);
    atexit(print_result);
}

// Play from the start. What is possible is in `way` afterwards.
std::string play(const std::vector<operation>& operations) {
    ++nsequences;
    way.clear();
    the_world->put_back(start);
    for (const operation& o : operations) {
        if (!the_world->is_possible(o) || !the_world->leaves_somebody(o)) continue;
        way.push_back(o);
        ++noperations;
        std::string wrong = the_world->run(o);
        if (wrong.empty()) wrong = the_world->check_reading_functions();
        if (!wrong.empty()) return wrong;
    }
    return are_constants_unchanged() ? "" : "the kernel's own page table, or its page of zeros, is not what it was";
}

// Leave out what can be left out with something still wrong.
[[noreturn]] void report(std::string wrong) {
    std::vector<operation> shortest = way;
    for (size_t i = shortest.size(); i-- > 0; ) {
        std::vector<operation> shorter = shortest;
        shorter.erase(shorter.begin() + long(i));
        std::string still = play(shorter);
        if (still.empty()) continue;
        wrong = still;
        shortest = way;
        i = min(i, shortest.size());
    }
    is_well = false;
    the_world->print(shortest, wrong);
    exit(1);
}

}

int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
    if (!the_world) boot();
    std::vector<operation> operations;
    for (size_t i = 0; i + 1 < size; i += 2) {
        constexpr int sometimes = 48;
        int failing = bytes[i + 1] / 4;
        auto action = uint16_t(bytes[i] % the_world->played().actions.size());
        auto fails_at = uint8_t(failing < sometimes ? 0 : 1 + (failing - sometimes) % 6);
        operations.push_back({action, uint8_t(1 + bytes[i + 1] % 4 % 3), fails_at});
    }
    if (std::string wrong = play(operations); !wrong.empty()) report(wrong);
    return 0;
}
