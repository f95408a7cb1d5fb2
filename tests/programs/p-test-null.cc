// p-test-null - who follows a null pointer is stopped, even if the compiler knows that it is one
//
//    Outside: `ok` from pid 1; a null pointer access for each `try`.
#include "u-test.hh"

#pragma GCC diagnostic ignored "-Warray-bounds"
#pragma GCC diagnostic ignored "-Wnonnull"

struct node {
    int value;
    node* next;
    int words[100];
    int third() const { return words[3]; }
};
struct shape {
    virtual int corners() const { return 4; }
};
static volatile int found;

static void write_word(uintptr_t) { *static_cast<int*>(nullptr) = 61; }
static void write_member(uintptr_t) { static_cast<node*>(nullptr)->next = nullptr; }
static void read_word(uintptr_t) {
    const int* p = nullptr;
    found = *p;
}
static void read_member(uintptr_t) {
    const node* p = nullptr;
    found = p->third();
}
static void read_volatile(uintptr_t) { *static_cast<volatile int*>(nullptr); }
static void write_array(uintptr_t) {
    int* p = nullptr;
    for (int i = 0; i < 10; ++i) p[i] = i;
}
static void call_function(uintptr_t) {
    void (*function)() = nullptr;
    function();
}
static void call_virtual(uintptr_t) {
    const shape* p = nullptr;
    found = p->corners();
}
static void copy_to(uintptr_t) {
    static const node filled = {1, nullptr, {}};
    *static_cast<node*>(nullptr) = filled;
}
static void test_late(uintptr_t) {      // that it is read does not show that it is not null
    node* volatile hidden = nullptr;
    node* p = hidden;
    found = p->value;
    if (!p) found = 61;
}
static void end_of_branch(uintptr_t) {  // nor that what comes after it is never reached
    if (found != 61) *static_cast<int*>(nullptr) = found;
}

void process_main() {
    constexpr attempt attempts[] = {
        {"writing a word: null pointer access", write_word},
        {"writing a member: null pointer access", write_member},
        {"reading a word: null pointer access", read_word},
        {"reading a member: null pointer access", read_member},
        {"reading for nothing: null pointer access", read_volatile},
        {"writing an array: null pointer access", write_array},
        {"calling: null pointer access", call_function},
        {"calling a virtual function: null pointer access", call_virtual},
        {"copying: null pointer access", copy_to},
        {"asking afterwards: null pointer access", test_late},
        {"in a branch: null pointer access", end_of_branch},
    };
    for (auto& each : attempts) try_in_child(each);
    pass();
}
