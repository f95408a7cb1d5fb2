// protection.hh - changing what a process may do with its memory
#ifndef KINGLET_PROTECTION_HH
#define KINGLET_PROTECTION_HH
#include "memory/address_space.hh"

// protect(space, start, end, prot)
//    Allow `prot` (`PROT_*`; not both to write and to execute) in `[start, end)`, page-aligned and
//    in a process's range, and promise the same where pages are still to come. Shared pages stay
//    shared: if writing is allowed, the first write makes a copy. Returns 0; `E_MORE`; or, with
//    nothing changed, `E_ACCES` if a file mapped there was not opened to be written to,
//    `E_NOPROMISE` if some page there is neither present nor promised or there
//    would be too many regions, `E_NOMEM`.
[[nodiscard]] int protect(address_space space, uintptr_t start, uintptr_t end, int prot);

#endif
