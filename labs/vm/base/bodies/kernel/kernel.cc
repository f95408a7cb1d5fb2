// What the audit finds is told only to those who ask for it: until all of it is built, there is much.
static void report_finding(const char* sentence) {
    if (!words.audit) return;
    log_printf("audit: %s", sentence);
    show_message(sentence, COLOR_ERROR);
}

static void finish() {
    audit_memory();
    if (!words.text) memshow();
    power_off(!anything_started ? run_status::nothing_started
              : audit_findings && words.audit ? run_status::audit_found
              : faulted_processes() ? run_status::process_faulted
              : run_status::clean);
}
