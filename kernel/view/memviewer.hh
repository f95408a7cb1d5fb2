// memviewer.hh - the picture of memory
//
//    Above, all of physical memory (`physical_panel`); below, one process: its virtual memory
//    (`virtual_panel`), or its regions or page tables (`text_panels`). Drawn from `pageinfo`,
//    `ptable` and the page tables each time. It remembers only whose memory is shown, which part,
//    and at which scale. Only `memshow` writes to the screen.
#ifndef KINGLET_MEMVIEWER_HH
#define KINGLET_MEMVIEWER_HH
#include "process/process.hh"

constexpr int COLOR_HELP = 0x0B00;

// show_process(pid)
//    Show this process's virtual memory from now on; 0: each process's in turn.
void show_process(pid_t pid);

// shown_process()
//    Whose memory is shown; 0 if there is no process.
pid_t shown_process();

// show_neighbour(direction)
//    Show the next (1) or the previous (-1) process that there is, and stay with it.
void show_neighbour(int direction);

// show_next_in_turn()
//    If processes are shown in turn, go on to the next one.
void show_next_in_turn();

// keep_somebody_shown()
//    If processes are shown in turn, and the one that is shown has ended, go on to the next one.
void keep_somebody_shown();

// show_next_panel(), move_lower(rows), show_next_part()
//    `show_next_panel` changes the lower panel: virtual memory, then regions, then page tables.
//    `move_lower` moves it down by `rows`, or up if negative. `show_next_part` moves to the next
//    region (see `show_next_region`).
void show_next_panel();
void move_lower(int rows);
void show_next_part();

// memshow(all)
//    Draw the picture. If `all` is false, and since the last drawing no page was taken or given
//    back and nothing was noted (`is_news`), draw only the row with the time.
void memshow(bool all = true);

#endif
