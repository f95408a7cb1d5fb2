// absent: give_stack
