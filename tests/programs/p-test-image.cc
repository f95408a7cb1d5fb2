// p-test-image - a program starts with the memory its file describes, with the permissions it
// describes
//
//    Outside: `ok` from pid 1; three page faults: write protected, write protected, execute.
#include "u-test.hh"

const uint64_t constants[1500] = {1, 2, 3};
uint64_t data[1500] = {4, 5, 6};
uint64_t zeros[1500];

template <typename T>
static void expect_words(const char* what, T& words, uint64_t first, uint64_t last) {
    volatile const uint64_t* word = words;
    for (unsigned i = 0; i < arraysize(words); ++i) {
        expect(what, int64_t(i < 3 && first ? first + i : last), int64_t(word[i]));
    }
}

void process_main() {
    expect_words("a constant", constants, 1, 0);
    expect_words("data", data, 4, 0);
    expect_words("a zero", zeros, 0, 0);
    expect("the program's start", reinterpret_cast<uintptr_t>(process_main) >= PROC_START_ADDR);
    expect("the stack's page", round_down(rdrsp(), PAGESIZE) == MEMSIZE_VIRTUAL - PAGESIZE);
    auto last = reinterpret_cast<uint8_t*>(round_up(reinterpret_cast<uintptr_t>(end), PAGESIZE));
    for (uint8_t* byte = end; byte < last; ++byte) expect("the byte behind the data", 0, *byte);

    try_in_child({"a write to constants", write_byte, reinterpret_cast<uintptr_t>(constants)});
    try_in_child({"a write to text", write_byte, reinterpret_cast<uintptr_t>(process_main)});
    data[0] = 0xC3;
    try_in_child({"to run data", call_byte, reinterpret_cast<uintptr_t>(data)});
    pass();
}
