// STEP freeing: so far what was taken once is taken for ever.
void kfree(void*) {
}
