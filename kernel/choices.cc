#include "choices.hh"
#include "device/panic.hh"
#include "memory/cow.hh"
#include "memory/owed.hh"
#include "memory/promises.hh"
#include "process/report.hh"

void apply_choices(const boot_words& words) {
    panic_stays = words.view;
    console_is_logged = words.log_console;
    poison_pages = words.audit;
    fork_copies |= words.fork_copies;               // without the rooms it cannot be otherwise
    heap_is_eager |= words.heap_is_eager;
    if (!words.commit) owed_mask = 0;
}
