#include "device/disk.hh"
#include "abi.hh"
#include "device/interrupts.hh"
#include "lib.hh"
#include "x86-64.hh"

// PCI configuration space (PCI Local Bus 3.0, 3.2.2.3.2 and 6.1)
constexpr uint16_t config_address = 0xCF8, config_data = 0xCFC;
constexpr unsigned pci_devices = 32;                // on bus 0, each with one function for us
constexpr unsigned pci_id = 0x00, pci_command = 0x04, pci_bar0 = 0x10, pci_interrupt = 0x3C;
constexpr uint32_t pci_io_and_master = 0x5;
constexpr uint32_t virtio_disk = 0x1001'1AF4;       // device, vendor

// The device's registers, from BAR 0 on
constexpr uint16_t guest_features = 4, queue_page = 8, queue_size = 12, queue_select = 14;
constexpr uint16_t queue_notify = 16, device_status = 18, interrupt_status = 19, capacity = 20;
constexpr uint8_t has_driver = 1 | 2, is_driven = 1 | 2 | 4;

// The queue, as memory that the device reads too: descriptors, what we offer, what it has used
constexpr unsigned largest_queue = 1024;
constexpr uint16_t has_next = 1, device_writes = 2;
struct descriptor {
    uint64_t address;
    uint32_t size;
    uint16_t flags;
    uint16_t next;
};
struct used_element {
    uint32_t id, size;
};
struct request_header {
    uint32_t type;                                  // 0: read, 1: write
    uint32_t reserved;
    uint64_t sector;
};
constexpr uint8_t no_answer = 0xFF;                 // 0: the request has succeeded

struct request {
    request_header header;
    uint8_t answer;
    bool is_under_way;
    unsigned key;
    uint64_t deadline;                              // a tick
};

static uint16_t port;                               // 0: no disk
static int disk_irq = -1;
static bool is_dead;
static descriptor* descriptors;
static volatile uint16_t* offered;                  // flags, index, then the queue's size of them
static volatile uint16_t* used;                     // flags, index, then `used_element`s
static request* requests;
static unsigned queue_length;
static uint16_t nused;                              // of `used`, how many we have seen

static uint32_t read_config(unsigned device, unsigned where) {
    outl(config_address, 0x8000'0000U | device << 11 | where);
    return inl(config_data);
}

static void write_config(unsigned device, unsigned where, uint32_t value) {
    outl(config_address, 0x8000'0000U | device << 11 | where);
    outl(config_data, value);
}

// Three descriptors for each request: the header, the data, the answer.
static void link_descriptors() {
    for (unsigned i = 0; i < disk_requests; ++i) {
        descriptor* d = descriptors + 3 * i;
        auto header = reinterpret_cast<uintptr_t>(&requests[i].header);
        auto answer = reinterpret_cast<uintptr_t>(&requests[i].answer);
        d[0] = {header, sizeof(request_header), has_next, uint16_t(3 * i + 1)};
        d[1].next = uint16_t(3 * i + 2);
        d[2] = {answer, 1, device_writes, 0};
    }
}

// Bring up the device whose registers are at `base`. False if its queue is none that we can use.
static bool start_device(uint16_t base, uint8_t* memory) {
    outb(base + device_status, 0);                  // reset
    outb(base + device_status, has_driver);
    outl(base + guest_features, 0);
    outw(base + queue_select, 0);
    queue_length = inw(base + queue_size);
    if (queue_length < 3 * disk_requests || queue_length > largest_queue) return false;
    size_t before_used = queue_length * sizeof(descriptor) + (3 + queue_length) * sizeof(uint16_t);
    memset(memory, 0, disk_memory_pages * PAGESIZE);
    descriptors = reinterpret_cast<descriptor*>(memory);
    offered = reinterpret_cast<uint16_t*>(descriptors + queue_length);
    used = reinterpret_cast<uint16_t*>(memory + round_up(before_used, PAGESIZE));
    requests = reinterpret_cast<request*>(memory + (disk_memory_pages - 1) * PAGESIZE);
    nused = 0;
    link_descriptors();
    outl(base + queue_page, uint32_t(PAGENUMBER(reinterpret_cast<uintptr_t>(memory))));
    outb(base + device_status, is_driven);
    port = base;
    return true;
}

// Whether the disk's first sector is a boot sector, or cannot be read. This waits.
static bool is_boot_disk() {
    static uint8_t sector[512];
    if (!read_and_wait(0, sector, sizeof(sector))) return true;
    return sector[510] == 0x55 && sector[511] == 0xAA;
}

uint64_t start_disk(void* memory) {
    for (unsigned device = 0; device < pci_devices; ++device) {
        if (read_config(device, pci_id) != virtio_disk) continue;
        write_config(device, pci_command, read_config(device, pci_command) | pci_io_and_master);
        auto base = uint16_t(read_config(device, pci_bar0) & ~3U);
        if (!start_device(base, static_cast<uint8_t*>(memory))) continue;
        if (!is_boot_disk()) {
            disk_irq = int(read_config(device, pci_interrupt) & 0xFF);
            allow_interrupt(disk_irq);
            return inl(base + capacity) | uint64_t(inl(base + capacity + 4)) << 32;
        }
        outb(base + device_status, 0);
        port = 0;
    }
    return 0;
}

bool is_disk_interrupt(int irq) {
    if (port == 0 || irq != disk_irq) return false;
    (void)inb(port + interrupt_status);             // else it would not end
    return true;
}
bool disk_is_dead() { return is_dead; }

static request* free_request() {
    for (unsigned i = 0; i < disk_requests; ++i) {
        if (!requests[i].is_under_way) return &requests[i];
    }
    return nullptr;
}

bool can_transfer() { return port != 0 && !is_dead && free_request() != nullptr; }

void begin_transfer(transfer direction, uint64_t sector, void* memory, unsigned size, unsigned key,
                    uint64_t now) {
    request* r = free_request();
    bool is_write = direction == transfer::to_disk;
    auto first = uint16_t(3 * (r - requests));
    r->header = {is_write, 0, sector};
    r->answer = no_answer;
    r->is_under_way = true;
    r->key = key;
    r->deadline = now + disk_time_limit * HZ;
    descriptor& data = descriptors[first + 1];
    data.address = reinterpret_cast<uintptr_t>(memory);
    data.size = size;
    data.flags = has_next | (is_write ? 0 : device_writes);
    offered[2 + offered[1] % queue_length] = first;
    asm volatile("" : : : "memory");                // x86-64 keeps the order of stores
    offered[1] = uint16_t(offered[1] + 1);
    asm volatile("mfence" : : : "memory");
    outw(port + queue_notify, 0);
}

// A request whose time is over; null if there is none.
static request* late_request(uint64_t now) {
    for (unsigned i = 0; i < disk_requests; ++i) {
        bool is_late = is_dead || now >= requests[i].deadline;
        if (requests[i].is_under_way && is_late) return &requests[i];
    }
    return nullptr;
}

bool ended_transfer(uint64_t now, unsigned& key, bool& is_good) {
    if (port == 0) return false;
    request* r;
    if (nused != used[1]) {
        asm volatile("" : : : "memory");
        auto elements = reinterpret_cast<volatile used_element*>(used + 2);
        uint32_t id = elements[nused++ % queue_length].id / 3;
        if (id >= disk_requests) return false;
        r = &requests[id];
        is_good = r->answer == 0 && !is_dead;
    } else {
        r = late_request(now);
        if (!r) return false;
        is_dead = true;
        is_good = false;
    }
    r->is_under_way = false;
    key = r->key;
    return true;
}

bool read_and_wait(uint64_t sector, void* memory, unsigned size) {
    unsigned key;
    bool is_good = false;
    begin_transfer(transfer::from_disk, sector, memory, size, 0, 0);
    for (int i = 0; i < disk_patience && !ended_transfer(0, key, is_good); ++i) pause();
    return is_good;
}
