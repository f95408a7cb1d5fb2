static void finish() {
    audit_memory();
    if (!words.text) memshow();
    power_off(!anything_started ? run_status::nothing_started
              : audit_findings && words.audit ? run_status::audit_found
              : faulted_processes() ? run_status::process_faulted
              : run_status::clean);
}
