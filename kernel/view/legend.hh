// legend.hh - what the signs in the picture mean: those that are on the screen now
#ifndef KINGLET_LEGEND_HH
#define KINGLET_LEGEND_HH

// begin_legend(), note_panel(row, rows)
//    `begin_legend` forgets what was drawn. `note_panel` notes what the panel in these rows, which
//    has just been drawn, shows.
void begin_legend();
void note_panel(int row, int rows);

// draw_upper_legend(row, column, end), draw_lower_legend(row, column, end)
//    Draw a sample and its meaning for each sign in the panels that were noted: signs for physical
//    memory (`upper`), and signs that have to do with a process (`lower`). What does not fit before
//    column `end` is left out. Returns the column that follows.
int draw_upper_legend(int row, int column, int end);
int draw_lower_legend(int row, int column, int end);

#endif
