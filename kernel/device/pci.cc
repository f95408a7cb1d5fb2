#include "device/pci.hh"
#include "x86-64.hh"

constexpr uint16_t config_address = 0xCF8, config_data = 0xCFC;
constexpr uint32_t enable = 0x8000'0000, io_and_master = 0x5;

uint32_t read_pci(unsigned function, unsigned where) {
    outl(config_address, enable | function << 8 | where);
    return inl(config_data);
}

void write_pci(unsigned function, unsigned where, uint32_t value) {
    outl(config_address, enable | function << 8 | where);
    outl(config_data, value);
}

void start_pci(unsigned function) {
    // the upper half is a status, whose bits are cleared by ones
    uint32_t command = read_pci(function, pci_command) & 0xFFFF;
    write_pci(function, pci_command, command | io_and_master);
}
