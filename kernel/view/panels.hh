// panels.hh - the parts of the picture, and what can be moved and zoomed
//
//    Above, physical memory: a character stands for a page. In the big machine it stands for many
//    pages, and shows who has most of them, judged by a few, so that a drawing's cost does not
//    depend on the size of memory. Below, one process: its virtual memory (the big machine's is
//    seen through a window, zoomed in the same way), its regions, or its page tables. A virtual
//    page looks like its physical page above, except for what only the page table knows (pages that
//    are copied when written to, the page of zeros, promises) and for pages that were touched
//    lately, by any process that has them.
#ifndef KINGLET_PANELS_HH
#define KINGLET_PANELS_HH
#include "view/cells.hh"

// draw_physical(), draw_virtual(p)
//    `draw_physical` draws all of memory, `draw_virtual` that of `p` (null: an empty panel).
//    Physical memory is drawn first.
void draw_physical();
void draw_virtual(const proc* p);

// mark_physical(pn), mark_virtual(va)
//    Mark that page, or the character that stands for it, if it is to be seen. `va` is an address
//    of the process that `draw_virtual` has drawn, and nothing was drawn over it since.
void mark_physical(size_t pn);
void mark_virtual(uintptr_t va);

// draw_regions(p, first), draw_tables(p, first)
//    `draw_regions` draws a line for each region, and counts of the process's page faults.
//    `draw_tables` draws a line for each page-table page, parents before their children. `first` is
//    the first line to show; both return how many lines there are.
int draw_regions(const proc& p, int first);
int draw_tables(const proc& p, int first);

// physical_scale(), virtual_scale()
//    How many bytes a character stands for.
uint64_t physical_scale();
uint64_t virtual_scale();

// zoom_physical(direction), zoom_virtual(direction), move_physical(direction), move_virtual(rows)
//    The first two show more (1), or less in more detail (-1); `move_physical` moves by half a
//    panel, `move_virtual` by `rows`. All these, and `show_next_region`, are only for the big
//    machine.
void zoom_physical(int direction);
void zoom_virtual(int direction);
void move_physical(int direction);
void move_virtual(int rows);

// show_next_region(p)
//    Move to the next region of `p` (if it is a long stack, to its end), and from the last one to
//    the program.
void show_next_region(const proc& p);

#endif
