// fault.hh - page faults that become memory
//
//    The one door for them: `page_fault` in `kernel.cc` comes through it when a process faults,
//    `user_memory` when the kernel is about to touch what a process points to.
#ifndef KINGLET_FAULT_HH
#define KINGLET_FAULT_HH
#include "abi.hh"
#include "memory/address_space.hh"

enum class fault_outcome {
    permitted,                          // the page table permits the access: nothing was done
    resolved,                           // it is permitted now: do it again
    refused,                            // not permitted, and nothing promised
    null_pointer,                       // the same, in page 0
    stack_overflow,                     // the same, just below the stack
    out_of_memory,                      // promised, but there is no memory to keep the promise
    away,                               // promised; a page of a file has to come first:
                                        // `wanted_page` in `mapping.hh`
    beyond_file,                        // in a mapping, but behind the file's last page
    unreadable,                         // in a mapping, but the disk cannot read the page
};

struct fault_result {
    fault_outcome outcome;
    fault_kind kind = FAULT_ZERO;       // what was done, if `outcome` is `resolved`

    // Whether the access is possible now.
    bool is_possible() const {
        return outcome == fault_outcome::permitted || outcome == fault_outcome::resolved;
    }
};

// resolve_fault(space, va, access)
//    Make possible an access to `va`, described by the error code `access` (`PFERR_*`), if the page
//    table or a region permits it. With any outcome but `resolved` the process's memory is as it
//    was; a page table that others use too may have become the process's own, and an empty one
//    may be there.
[[nodiscard]] fault_result resolve_fault(const address_space& space, uintptr_t va, uint64_t access);

#endif
