// What the audit finds is told only to those who ask for it: until all of it is built, there is much.
static void report_finding(const char* sentence) {
    if (!poison_pages) return;                      // as the boot word audit=on has it
    log_printf("audit: %s", sentence);
    show_message(sentence, COLOR_ERROR);
}
