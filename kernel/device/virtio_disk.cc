#include "abi.hh"
#include "device/disk_driver.hh"
#include "device/pci.hh"
#include "lib.hh"
#include "x86-64.hh"

// A disk that is virtio (Virtual I/O Device 1.1, 2.6 "Split Virtqueues", 4.1.4.8 "Legacy
// Interfaces", 5.2 "Block Device")
constexpr uint32_t virtio_id = 0x1001'1AF4;         // device, vendor

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

struct virtio_request {
    request_header header;
    uint8_t answer;
};

static uint16_t port;
static descriptor* descriptors;
static volatile uint16_t* offered;                  // flags, index, then the queue's size of them
static volatile uint16_t* used;                     // flags, index, then `used_element`s
static virtio_request* requests;
static unsigned queue_length;
static uint16_t nused;                              // of `used`, how many we have seen

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
    descriptors = reinterpret_cast<descriptor*>(memory);
    offered = reinterpret_cast<uint16_t*>(descriptors + queue_length);
    used = reinterpret_cast<uint16_t*>(memory + round_up(before_used, PAGESIZE));
    requests = reinterpret_cast<virtio_request*>(memory + (disk_memory_pages - 1) * PAGESIZE);
    nused = 0;
    link_descriptors();
    outl(base + queue_page, uint32_t(PAGENUMBER(reinterpret_cast<uintptr_t>(memory))));
    outb(base + device_status, is_driven);
    port = base;
    return true;
}

static uint64_t start(unsigned place, uint8_t* memory, int& irq) {
    if (read_pci(place, pci_id) != virtio_id) return 0;
    start_pci(place);
    auto base = uint16_t(read_pci(place, pci_bar0) & ~3U);
    if (!start_device(base, memory)) return 0;
    irq = int(read_pci(place, pci_interrupt) & 0xFF);
    return inl(base + capacity) | uint64_t(inl(base + capacity + 4)) << 32;
}

static void stop() {
    outb(port + device_status, 0);
}

static void accept() {
    (void)inb(port + interrupt_status);
}

static void begin(unsigned number, transfer direction, uint64_t sector, void* memory,
                  unsigned size) {
    virtio_request& r = requests[number];
    bool is_write = direction == transfer::to_disk;
    auto first = uint16_t(3 * number);
    r.header = {is_write, 0, sector};
    r.answer = no_answer;
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

static int ended(bool& is_good) {
    if (nused == used[1]) return -1;
    asm volatile("" : : : "memory");
    auto elements = reinterpret_cast<volatile used_element*>(used + 2);
    uint32_t number = elements[nused++ % queue_length].id / 3;
    if (number >= disk_requests) return -1;
    is_good = requests[number].answer == 0;
    return int(number);
}

const disk_driver virtio_disk = {pci_functions, disk_requests, start, stop, accept, begin, ended};
