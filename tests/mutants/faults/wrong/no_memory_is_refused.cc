// A promise that cannot be kept is answered as if nothing were promised.
// fails: heap-short
// broken: result_of resolve_fault keep_promise
// why: without memory the answer is `out_of_memory`: a system call says E_NOMEM then, not E_FAULT
// file: kernel/memory/promises.cc
static fault_result result_of(int kind) {
    if (kind < 0) return {fault_outcome::refused};
    return {fault_outcome::resolved, fault_kind(kind)};
}
