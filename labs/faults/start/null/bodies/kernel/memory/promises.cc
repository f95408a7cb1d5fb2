// STEP null: so far there is nothing below the stack.
int give_stack(address_space space) {
    return space.add_page(user_end - PAGESIZE, PTE_PWU | PTE_XD);
}
