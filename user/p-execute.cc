// p-execute - memory that may be written is never executed
//
//    Boot words: pace=0
#include "u-attempt.hh"

static void* const page = reinterpret_cast<void*>(0x180000);

static void write_function() {
    static constexpr uint8_t code[] = {0xB8, 61, 0, 0, 0, 0xC3};        // movl $61, %eax; ret
    memcpy(page, code, sizeof(code));
}

static int call_function() {
    return reinterpret_cast<int (*)()>(hidden(page))();
}

void process_main() {
    say("A page of data, and in it the bytes of a function that returns 61.");
    sys_page_alloc(page);
    write_function();
    attempt("calls it where it is", [] { call_function(); });
    attempt("writes to its own text",
            [] { *hidden(reinterpret_cast<volatile char*>(call_function)) = 0; });
    attempt("writes to a constant", [] { *hidden(const_cast<volatile char*>("constant")) = 0; });
    say("To be written and executed together is refused.");
    check("sys_mprotect refused it",
          sys_mprotect(page, PAGESIZE, PROT_READ | PROT_WRITE | PROT_EXEC) == E_INVAL);
    say("First written, then made executable: it can be called, and not be changed.");
    check("sys_mprotect did it", sys_mprotect(page, PAGESIZE, PROT_READ | PROT_EXEC) == 0);
    check("the function returns 61", call_function() == 61);
    attempt("writes to it", [] { write_function(); });
}
