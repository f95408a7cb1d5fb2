#include "device/disk.hh"
#include "abi.hh"
#include "device/disk_driver.hh"
#include "device/interrupts.hh"
#include "lib.hh"
#include "x86-64.hh"

struct request {
    bool is_under_way;
    unsigned key;
    uint64_t deadline;                              // a tick
};

static const disk_driver* driver;                   // null: no disk
static int disk_irq = -1;
static bool is_dead;
static request requests[disk_requests];

// Whether the disk's first sector is a boot sector, or cannot be read. This waits.
static bool is_boot_disk() {
    static uint8_t sector[512];
    if (!read_and_wait(0, sector, sizeof(sector))) return true;
    return sector[510] == 0x55 && sector[511] == 0xAA;
}

static uint64_t start_disk_of(const disk_driver& kind, void* memory) {
    for (unsigned place = 0; place < kind.places; ++place) {
        memset(memory, 0, disk_memory_pages * PAGESIZE);
        uint64_t sectors = kind.start(place, static_cast<uint8_t*>(memory), disk_irq);
        if (sectors == 0) continue;
        driver = &kind;
        if (!is_boot_disk()) {
            allow_interrupt(disk_irq);
            return sectors;
        }
        kind.stop();
        driver = nullptr;
    }
    return 0;
}

uint64_t start_disk(void* memory) {
    uint64_t sectors = start_disk_of(virtio_disk, memory);
    return sectors > 0 ? sectors : start_disk_of(ata_disk, memory);
}

bool is_disk_interrupt(int irq) {
    if (!driver || irq != disk_irq) return false;
    driver->accept();
    return true;
}

bool disk_is_dead() { return is_dead; }

// The number of a request that is not under way; -1 if there is none.
static int free_request() {
    for (unsigned i = 0; i < driver->requests; ++i) {
        if (!requests[i].is_under_way) return int(i);
    }
    return -1;
}

bool can_transfer() { return driver && !is_dead && free_request() >= 0; }

void begin_transfer(transfer direction, uint64_t sector, void* memory, unsigned size, unsigned key,
                    uint64_t now) {
    int number = free_request();
    requests[number] = {true, key, now + disk_time_limit * HZ};
    driver->begin(unsigned(number), direction, sector, memory, size);
}

// A request whose time is over; -1 if there is none.
static int late_request(uint64_t now) {
    for (unsigned i = 0; i < driver->requests; ++i) {
        bool is_late = is_dead || now >= requests[i].deadline;
        if (requests[i].is_under_way && is_late) return int(i);
    }
    return -1;
}

bool ended_transfer(uint64_t now, unsigned& key, bool& is_good) {
    if (!driver) return false;
    int number = driver->ended(is_good);
    if (number < 0) {
        number = late_request(now);
        if (number < 0) return false;
        is_dead = true;
    }
    request& r = requests[number];
    if (!r.is_under_way) return false;              // its time was over already
    is_good = is_good && !is_dead;
    r.is_under_way = false;
    key = r.key;
    return true;
}

bool read_and_wait(uint64_t sector, void* memory, unsigned size) {
    unsigned key;
    bool is_good = false;
    begin_transfer(transfer::from_disk, sector, memory, size, 0, 0);
    for (int i = 0; i < disk_patience && !ended_transfer(0, key, is_good); ++i) pause();
    return is_good;
}
