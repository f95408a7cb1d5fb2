// disk_driver.hh - what each kind of disk has for `disk.cc`
//
//    A driver begins requests and finds those that have ended. It knows a request by its number,
//    which is below `requests`; how long one may take, and whose it is, is not its affair.
#ifndef KINGLET_DISK_DRIVER_HH
#define KINGLET_DISK_DRIVER_HH
#include "device/disk.hh"

struct disk_driver {
    unsigned places;                                // where a disk may be
    unsigned requests;                              // how many are under way at most

    // Bring up the disk at a place, with `disk_memory_pages` pages of zeros at `memory`, which it
    // may keep. Returns the number of its sectors; 0 if there is no disk. `irq` is its interrupt.
    uint64_t (*start)(unsigned place, uint8_t* memory, int& irq);
    // It is not the one that is looked for: leave it alone from now on.
    void (*stop)();
    // Have it no longer ask for its interrupt.
    void (*accept)();
    // Begin a request: see `begin_transfer`.
    void (*begin)(unsigned number, transfer direction, uint64_t sector, void* memory,
                  unsigned size);
    // The number of a request that has ended, each once, and whether it is good; -1: none has.
    int (*ended)(bool& is_good);
};

extern const disk_driver virtio_disk, ata_disk;

#endif
