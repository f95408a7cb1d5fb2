// memviewer.hh - the picture of memory
//
//    Rows 1 to 8 show all of physical memory, rows 11 to 22 one process's virtual memory, 64 pages a row; row 9 is
//    the legend, row 10 the status. Drawn from `pageinfo`, `ptable` and the page tables each time; nothing else is
//    kept but whose memory is shown. Only `draw_memory` writes to the screen.
#ifndef KINGLET_MEMVIEWER_HH
#define KINGLET_MEMVIEWER_HH
#include "process/process.hh"

constexpr int COLOR_HELP = 0x0B00;

// show_process(pid)
//    Show this process's virtual memory from now on; 0: each process's in turn.
void show_process(pid_t pid);

// show_neighbour(direction)
//    Show the next (1) or the previous (-1) process that there is, and stay with it.
void show_neighbour(int direction);

// show_next_in_turn()
//    If processes are shown in turn, go on to the next one. Called every half second.
void show_next_in_turn();

// draw_memory()
//    Draw the whole picture.
void draw_memory();

#endif
