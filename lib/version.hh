// version.hh - which Kinglet this is; `make version` prints it, docs/CHANGELOG.md says what is new
// in it
#ifndef KINGLET_VERSION_HH
#define KINGLET_VERSION_HH

#define KINGLET_VERSION "1.0"

#endif
