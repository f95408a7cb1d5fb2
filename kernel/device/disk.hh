// disk.hh - the disk with files: the machine's second one
//
//    The one door to disks of two kinds, virtio and ATA (IDE); each has a file, and is driven as
//    `disk_driver.hh` says. The first disk holds the kernel, which never writes to it. Requests are
//    begun and end later, with an interrupt; nothing here waits, except while the kernel starts.
#ifndef KINGLET_DISK_HH
#define KINGLET_DISK_HH
#include <stdint.h>

constexpr unsigned disk_memory_pages = 9;           // what `start_disk` wants
constexpr unsigned disk_requests = 16;              // how many are under way at most
constexpr uint64_t disk_time_limit = 30;            // seconds for one request

constexpr int disk_patience = 100'000'000;          // looks at the disk by who has no clock

enum class transfer : uint8_t {
    from_disk,
    to_disk
};

// start_disk(memory)
//    Find the disk: the first whose first sector is not a boot sector, virtio before ATA. `memory`
//    is `disk_memory_pages` pages of zeros, one after the other, which are the disk's from then on.
//    Returns the number of its sectors; 0 if there is none.
[[nodiscard]] uint64_t start_disk(void* memory);

// is_disk_interrupt(irq)
//    Whether this interrupt may come from the disk, which then no longer asks for it.
bool is_disk_interrupt(int irq);

// can_transfer()
//    Whether one more request can be begun.
bool can_transfer();

// begin_transfer(direction, sector, memory, size, key, now)
//    Begin a request for `size` bytes, a multiple of 512, from `sector` on. `memory`, which is in
//    one piece, belongs to the disk until the request has ended. `key` is the caller's; `now` the
//    current tick.
void begin_transfer(transfer direction, uint64_t sector, void* memory, unsigned size, unsigned key,
                    uint64_t now);

// ended_transfer(now, key, is_good)
//    If a request has ended, or its time is over at tick `now`, tell its key and how it ended, and
//    return true. After a request whose time is over there is no disk any more: all others end
//    likewise, and their memory may still be written to.
[[nodiscard]] bool ended_transfer(uint64_t now, unsigned& key, bool& is_good);

// read_and_wait(sector, memory, size)
//    Read before there are processes, and wait for it: as `begin_transfer`, with no other request
//    under way. False if it failed.
[[nodiscard]] bool read_and_wait(uint64_t sector, void* memory, unsigned size);

// disk_is_dead()
//    Whether that has happened.
bool disk_is_dead();

#endif
