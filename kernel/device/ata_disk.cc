#include "device/disk_driver.hh"
#include "device/pci.hh"
#include "lib.hh"
#include "x86-64.hh"

// A disk at an IDE controller on PCI, which writes to memory itself ("bus master"), one request at
// a time. (ATA/ATAPI-6; Programming Interface for Bus Master IDE Controller 1.0)
constexpr uint32_t ide_controller = 0x0101;         // class
constexpr uint16_t first_ports[] = {0x1F0, 0x170};  // of each channel, which has two disks
constexpr uint16_t control_ports[] = {0x3F6, 0x376};
constexpr int interrupts[] = {14, 15};

// A disk's registers, from its channel's first port on
constexpr uint16_t data = 0, features = 1, count = 2, sector_low = 3, sector_middle = 4;
constexpr uint16_t sector_high = 5, device = 6, command = 7, status = 7;
constexpr uint8_t by_sectors = 0xE0, second_disk = 0x10;            // in `device`
constexpr uint8_t is_busy = 0x80, has_failed = 0x20 | 0x01, has_data = 0x08;    // in `status`
constexpr uint8_t identify = 0xEC, set_features = 0xEF, read_dma = 0xC8, write_dma = 0xCA;
constexpr uint8_t without_write_cache = 0x82;       // what is written is on the disk
constexpr uint8_t no_disk = 0xFF;                   // what ports say at which nothing is
constexpr int patience = 1'000'000;                 // looks at `status` while the kernel starts

// What the disk tells about itself, in words
constexpr unsigned capabilities = 49, sectors_low = 60, sectors_high = 61;
constexpr uint16_t has_dma = 0x100;

// The controller's registers: those of the second channel come 8 later
constexpr uint16_t master_command = 0, master_status = 2, master_table = 4;
constexpr uint8_t start_transfer = 0x01, to_memory = 0x08;
constexpr uint8_t has_master_failed = 0x02, has_interrupted = 0x04;

// What the controller transfers: one piece of memory
struct transfer_table {
    uint32_t address;
    uint16_t size;
    uint16_t flags;
};
constexpr uint16_t last_piece = 0x8000;

static uint16_t port, control, master;
static uint8_t disk;                                // what goes to `device`
static volatile transfer_table* table;              // at the start of a page; the next page is
static uint8_t* buffer;                             // where the controller gets at: below 4 GiB
static void* wanted;                                // where what is read goes; null: it is a write
static unsigned wanted_size;
static bool is_under_way;

// Whether the disk is ready, at last, and has not failed.
static bool comes_to_rest() {
    for (int i = 0; i < patience; ++i) {
        uint8_t found = inb(port + status);
        if (!(found & is_busy)) return !(found & has_failed);
    }
    return false;
}

// Turn to the disk. It needs 400 ns for that, which four looks take.
static void select(uint8_t what) {
    outb(port + device, what);
    for (int i = 0; i < 4; ++i) (void)inb(control);
}

// The number of its sectors; 0 if there is no disk, or none that can do what we want.
static uint64_t ask_disk() {
    uint16_t words[256];
    select(disk);
    if (inb(port + status) == no_disk) return 0;
    outb(port + command, identify);
    if (inb(port + status) == 0 || !comes_to_rest()) return 0;
    if (!(inb(port + status) & has_data)) return 0;
    for (uint16_t& word : words) word = inw(port + data);
    if (!(words[capabilities] & has_dma)) return 0;
    outb(port + features, without_write_cache);
    outb(port + command, set_features);
    (void)comes_to_rest();                          // an older disk does not know that
    return words[sectors_low] | uint32_t(words[sectors_high]) << 16;
}

// The ports of the controller's channel; 0 if there is no controller at the usual ports.
static uint16_t find_master(unsigned channel) {
    for (unsigned f = 0; f < pci_functions; ++f) {
        uint32_t kind = read_pci(f, pci_class);
        bool is_usual = !(kind >> 8 & (channel == 0 ? 0x1 : 0x4));
        uint16_t ports = uint16_t(read_pci(f, pci_bar4) & ~3U);
        if (kind >> 16 != ide_controller || !is_usual || ports == 0) continue;
        start_pci(f);
        return uint16_t(ports + 8 * channel);
    }
    return 0;
}

static uint64_t start(unsigned place, uint8_t* memory, int& irq) {
    unsigned channel = place / 2;
    master = find_master(channel);
    if (master == 0) return 0;
    port = first_ports[channel];
    control = control_ports[channel];
    disk = uint8_t(by_sectors | (place % 2 == 1 ? second_disk : 0));
    table = reinterpret_cast<transfer_table*>(memory);
    buffer = memory + PAGESIZE;
    irq = interrupts[channel];
    return ask_disk();
}

static void stop() {}

// The interrupt ends when `ended` looks at `status`.
static void accept() {}

static void begin(unsigned, transfer direction, uint64_t sector, void* memory, unsigned size) {
    bool is_write = direction == transfer::to_disk;
    wanted = is_write ? nullptr : memory;
    wanted_size = size;
    if (is_write) memcpy(buffer, memory, size);
    table->address = uint32_t(reinterpret_cast<uintptr_t>(buffer));
    table->size = uint16_t(size);
    table->flags = last_piece;
    outl(master + master_table, uint32_t(reinterpret_cast<uintptr_t>(table)));
    outb(master + master_status, has_interrupted | has_master_failed);  // ones clear them
    outb(master + master_command, is_write ? 0 : to_memory);
    select(uint8_t(disk | (sector >> 24 & 0xF)));
    outb(port + count, uint8_t(size / 512));
    outb(port + sector_low, uint8_t(sector));
    outb(port + sector_middle, uint8_t(sector >> 8));
    outb(port + sector_high, uint8_t(sector >> 16));
    outb(port + command, is_write ? write_dma : read_dma);
    outb(master + master_command, start_transfer | (is_write ? 0 : to_memory));
    is_under_way = true;
}

static int ended(bool& is_good) {
    if (!is_under_way) return -1;
    uint8_t masters = inb(master + master_status);
    if (!(masters & has_interrupted)) return -1;
    uint8_t disks = inb(port + status);
    outb(master + master_command, 0);
    is_good = !(masters & has_master_failed) && !(disks & (has_failed | is_busy));
    if (is_good && wanted) memcpy(wanted, buffer, wanted_size);
    is_under_way = false;
    return 0;
}

const disk_driver ata_disk = {4, 1, start, stop, accept, begin, ended};
