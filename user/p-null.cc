// p-null - nothing is mapped at page 0, so whoever follows a null pointer is stopped
//
//    Boot words: pace=0
#include "u-attempt.hh"

struct node {
    int value;
    node* next;
};

void process_main() {
    say("Page 0 is mapped nowhere, so a null pointer leads to nothing. Children try.");
    attempt("reads what a null pointer points to",
            [] { read_byte(&hidden<node*>(nullptr)->value); });
    attempt("writes to a member of nothing", [] { hidden<node*>(nullptr)->next = nullptr; });
    attempt("calls a null function", [] { hidden<void (*)()>(nullptr)(); });
    say("A null pointer given to the kernel is an error, and nobody is stopped.");
    check("sys_log refused it", sys_log(hidden<const char*>(nullptr)) == E_FAULT);
}
