// choices.hh - what a person may choose by boot words, made known to the rooms that it concerns
#ifndef KINGLET_CHOICES_HH
#define KINGLET_CHOICES_HH
#include "device/boot_words.hh"

// apply_choices(words)
//    Have memory, panics and the log be as these words say. Called once, before there is a process.
void apply_choices(const boot_words& words);

#endif
