// pci.hh - configuration space of what is on PCI bus 0
//
//    (PCI Local Bus 3.0, 3.2.2.3.2 and 6.1)
#ifndef KINGLET_PCI_HH
#define KINGLET_PCI_HH
#include <stdint.h>

// A function is a device's number times 8, and which of its functions it is.
constexpr unsigned pci_functions = 256;

// Registers: the first two have two halves
constexpr unsigned pci_id = 0x00;                   // device, vendor; all ones: nothing is there
constexpr unsigned pci_command = 0x04, pci_class = 0x08, pci_bar0 = 0x10, pci_bar4 = 0x20;
constexpr unsigned pci_interrupt = 0x3C;            // lowest byte: which one, as the firmware says

// read_pci(function, where), write_pci(function, where, value)
//    A register of 4 bytes.
uint32_t read_pci(unsigned function, unsigned where);
void write_pci(unsigned function, unsigned where, uint32_t value);

// start_pci(function)
//    Let it answer at its ports, and read and write memory.
void start_pci(unsigned function);

#endif
