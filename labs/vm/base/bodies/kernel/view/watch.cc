// What the audit finds is told only to those who ask for it: until all of it is built, there is much.
static void report_finding(const char* sentence) {
    if (!asked->audit) return;
    ++audit_findings;
    log_printf("audit: %s", sentence);
    show_message(sentence, COLOR_ERROR);
}
