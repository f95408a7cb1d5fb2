#include "view/checks.hh"
#include "device/log.hh"
#include "device/screen.hh"
#include "lib.hh"
#include "page/pageinfo.hh"
#include "view/audit.hh"

unsigned audit_findings;
static uint64_t audited_changes;                    // `page_changes` at the last check of memory
static uint64_t audit_time;                         // time-stamp counts spent on checks

static void report_finding(const char* sentence) {
    log_printf("audit: %s", sentence);
    show_message(sentence, COLOR_ERROR);
}

void audit_memory() {
    uint64_t start = rdtsc();
    audited_changes = page_changes;
    audit_findings += audit(report_finding);
    audit_time += rdtsc() - start;
}

void check_changes(uint64_t elapsed) {
    if (page_changes == audited_changes || audit_time > elapsed / 4) return;
    audit_memory();
}
