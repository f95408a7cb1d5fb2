// legend.hh - what the signs in the picture mean: those that are on the screen now
#ifndef KINGLET_LEGEND_HH
#define KINGLET_LEGEND_HH

// begin_legend(), note_panel(row, rows)
//    Forget what was drawn; and take in what the panel shows that has just been drawn there.
void begin_legend();
void note_panel(int row, int rows);

// draw_upper_legend(row, column, end), draw_lower_legend(row, column, end)
//    Draw a sample and its meaning for each sign in the panels that were noted: those that physical
//    memory has, and those that have to do with a process. What does not fit before column `end` is
//    left out. Returns the column that follows.
int draw_upper_legend(int row, int column, int end);
int draw_lower_legend(int row, int column, int end);

#endif
