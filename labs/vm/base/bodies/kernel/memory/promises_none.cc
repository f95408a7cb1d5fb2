// absent: give_stack
// absent: keep_promise
