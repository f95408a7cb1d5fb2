// reading.hh - whether the functions that only read memory's state read what is there
//
//    Those of vmiter.hh and pageinfo.hh, for every process, against page tables read as the hardware does.
#ifndef KINGLET_PROVE_READING_HH
#define KINGLET_PROVE_READING_HH
#include "tests/prove/host.hh"

// check_reading(places)
//    What is wrong, in a sentence; empty if nothing is.
std::string check_reading(const std::vector<uintptr_t>& places);

#endif
