// panels.hh - the parts of the picture, and what can be moved and zoomed
//
//    Above, physical memory: a character a page, or in the big machine for many pages, where it
//    shows who has most of them, judged by a few, so that a drawing's cost does not depend on the
//    size of memory. Below, one process: its virtual memory (the big machine's is seen through a
//    window, zoomed in the same way), its regions, or its page tables. A virtual page looks as it
//    does above, but for what only the page table knows: pages that are copied when written to, the
//    page of zeros, promises; and for what was touched lately, by whoever has the page.
#ifndef KINGLET_PANELS_HH
#define KINGLET_PANELS_HH
#include "view/cells.hh"

// draw_physical(), draw_virtual(p)
//    Draw all of memory, and that of `p`; null: of nobody. Physical memory is drawn first.
void draw_physical();
void draw_virtual(const proc* p);

// mark_physical(pn), mark_virtual(va)
//    Mark that page, or the character that stands for it, if it is to be seen. `va` is an address
//    of whose memory was drawn by `draw_virtual`, and nothing was drawn over it since.
void mark_physical(size_t pn);
void mark_virtual(uintptr_t va);

// draw_regions(p, first), draw_tables(p, first)
//    Draw a line a region, and what came of the process's page faults; a line a page-table page,
//    parents before their children. `first` is the first line to show; both return how many there
//    are.
int draw_regions(const proc& p, int first);
int draw_tables(const proc& p, int first);

// physical_scale(), virtual_scale()
//    How many bytes a character stands for.
uint64_t physical_scale();
uint64_t virtual_scale();

// zoom_physical(direction), zoom_virtual(direction), move_physical(direction), move_virtual(rows)
//    Show more (1), or less and in more detail (-1); move by half a panel; move by so many rows.
//    Only in the big machine, as the next one.
void zoom_physical(int direction);
void zoom_virtual(int direction);
void move_physical(int direction);
void move_virtual(int rows);

// show_next_region(p)
//    Move to the next region of `p` (of a long stack to its end), after the last one to the
//    program.
void show_next_region(const proc& p);

#endif
