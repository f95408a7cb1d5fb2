// x86-64.hh - the machine: page-table entries, control registers, privileged instructions
//
//    Names follow the Intel 64 and IA-32 Architectures Software Developer's Manual ("SDM"), volumes
//    2 and 3A.
#ifndef KINGLET_X86_64_HH
#define KINGLET_X86_64_HH
#include <stdint.h>
#include "layout.h"

// Bits of page-table entries (SDM vol. 3A, 4.5.4); drawn in `page_table.hh`
constexpr uint64_t PTE_P = 0x1;                     // present
constexpr uint64_t PTE_W = 0x2;                     // writable
constexpr uint64_t PTE_U = 0x4;                     // accessible at user privilege
constexpr uint64_t PTE_PWT = 0x8;                   // write-through
constexpr uint64_t PTE_PCD = 0x10;                  // not cached
constexpr uint64_t PTE_A = 0x20;                    // accessed since this bit was cleared
constexpr uint64_t PTE_D = 0x40;                    // written since this bit was cleared
constexpr uint64_t PTE_PS = 0x80;                   // a large page (levels 2 and 3)
constexpr uint64_t PTE_XD = 0x8000000000000000UL;   // not executable
constexpr uint64_t PTE_PW = PTE_P | PTE_W;
constexpr uint64_t PTE_PU = PTE_P | PTE_U;
constexpr uint64_t PTE_PWU = PTE_P | PTE_W | PTE_U;
constexpr uint64_t PTE_PAMASK = 0x000FFFFFFFFFF000UL;

constexpr int PAGEOFFBITS = 12;                     // bits of a page offset
constexpr int PAGEINDEXBITS = 9;                    // bits of an index into a page table
constexpr int NPAGETABLEENTRIES = 512;
constexpr uint64_t PAGEOFFMASK = PAGESIZE - 1;
constexpr uint64_t LARGE_PAGESIZE = 0x200000;      // what one level-1 entry with `PTE_PS` maps

// The lower half of the address space ends here; above it no address is canonical until
// `VA_HIGHMIN`.
constexpr uintptr_t VA_LOWEND = 0x0000'8000'0000'0000UL;
constexpr uintptr_t VA_HIGHMIN = 0xFFFF'8000'0000'0000UL;

constexpr uint64_t PTE_ADDR(uint64_t entry) { return entry & PTE_PAMASK; }
constexpr uint64_t PTE_FLAGS(uint64_t entry) { return entry & ~PTE_PAMASK; }
constexpr uint64_t PAGENUMBER(uint64_t address) { return address >> PAGEOFFBITS; }
constexpr uint64_t PAGEADDRESS(uint64_t page_number) { return page_number << PAGEOFFBITS; }

// A page fault's error code (SDM vol. 3A, 4.7)
constexpr uint64_t PFERR_PRESENT = 0x1;             // the entry was present and refused the access
constexpr uint64_t PFERR_WRITE = 0x2;
constexpr uint64_t PFERR_USER = 0x4;
constexpr uint64_t PFERR_RESERVED = 0x8;            // a reserved bit was set in an entry
constexpr uint64_t PFERR_FETCH = 0x10;              // an instruction fetch

// Exceptions (SDM vol. 3A, 6.3.1)
constexpr int INT_NMI = 2;
constexpr int INT_BP = 3;                           // breakpoint
constexpr int INT_UD = 6;                           // invalid opcode
constexpr int INT_NM = 7;                           // no floating point
constexpr int INT_DF = 8;                           // double fault
constexpr int INT_TS = 10;                          // invalid task state
constexpr int INT_GP = 13;                          // general protection
constexpr int INT_PF = 14;                          // page fault
constexpr int INT_AC = 17;                          // alignment check
constexpr int INT_MC = 18;                          // machine check
constexpr int INT_IRQ = 32;                         // hardware interrupt 0; the others follow

// Segment selectors: the indices of `cpu.cc`'s table. `syscall` wants kernel data just after kernel
// code (SDM vol. 3A, 5.8.8).
constexpr uint16_t SEGSEL_KERN_CODE = 0x08;
constexpr uint16_t SEGSEL_KERN_DATA = 0x10;
constexpr uint16_t SEGSEL_USER_DATA = 0x18 | 3;
constexpr uint16_t SEGSEL_USER_CODE = 0x20 | 3;
constexpr uint16_t SEGSEL_TASKSTATE = 0x28;

// Flags (SDM vol. 1, 3.4.3)
constexpr uint64_t EFLAGS_RESERVED1 = 0x2;          // reads as one
constexpr uint64_t EFLAGS_TF = 0x100;               // trap after each instruction
constexpr uint64_t EFLAGS_IF = 0x200;               // interrupts on
constexpr uint64_t EFLAGS_DF = 0x400;               // string instructions go down
constexpr uint64_t EFLAGS_IOPL = 0x3000;
constexpr uint64_t EFLAGS_NT = 0x4000;              // nested task
constexpr uint64_t EFLAGS_RF = 0x10000;             // resume
constexpr uint64_t EFLAGS_VM = 0x20000;             // virtual-8086 mode
constexpr uint64_t EFLAGS_AC = 0x40000;             // alignment check; SMAP: user pages allowed

// Control registers (SDM vol. 3A, 2.5) and model-specific registers (vol. 4, 2.1)
constexpr uint64_t CR0_PE = 0x1;
constexpr uint64_t CR0_MP = 0x2;                    // `wait` obeys `TS`
constexpr uint64_t CR0_TS = 0x8;                    // floating point traps
constexpr uint64_t CR0_NE = 0x20;
constexpr uint64_t CR0_WP = 0x10000;                // the kernel, too, obeys `PTE_W`
constexpr uint64_t CR0_AM = 0x40000;                // `EFLAGS_AC` checks alignment
constexpr uint64_t CR0_PG = 0x80000000;
constexpr uint64_t CR4_PAE = 0x20;
constexpr uint64_t CR4_OSFXSR = 0x200;              // SSE is there, and obeys `CR0_TS`
constexpr uint64_t CR4_UMIP = 0x800;                // descriptor tables are not read by users
constexpr uint64_t CR4_SMEP = 0x100000;             // the kernel does not execute user pages
constexpr uint64_t CR4_SMAP = 0x200000;             // nor reads or writes them

constexpr uint32_t MSR_IA32_EFER = 0xC0000080;
constexpr uint32_t MSR_IA32_STAR = 0xC0000081;
constexpr uint32_t MSR_IA32_LSTAR = 0xC0000082;
constexpr uint32_t MSR_CSTAR = 0xC0000083;          // as `MSR_IA32_LSTAR`, from 32-bit code
constexpr uint32_t MSR_IA32_FMASK = 0xC0000084;
constexpr uint64_t IA32_EFER_SCE = 0x1;             // `syscall`
constexpr uint64_t IA32_EFER_NXE = 0x800;           // `PTE_XD`

inline uint64_t rdcr2() {
    uint64_t x;
    asm volatile("movq %%cr2, %0" : "=r"(x));
    return x;
}
inline uint64_t rdcr3() {
    uint64_t x;
    asm volatile("movq %%cr3, %0" : "=r"(x));
    return x;
}
inline void wrcr0(uint64_t x) { asm volatile("movq %0, %%cr0" : : "r"(x) : "memory"); }
inline void wrcr3(uint64_t x) { asm volatile("movq %0, %%cr3" : : "r"(x) : "memory"); }
inline void wrcr4(uint64_t x) { asm volatile("movq %0, %%cr4" : : "r"(x) : "memory"); }

inline uint64_t rdmsr(uint32_t msr) {
    uint32_t low, high;
    asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
    return low | uint64_t(high) << 32;
}
inline void wrmsr(uint32_t msr, uint64_t x) {
    asm volatile("wrmsr" : : "c"(msr), "a"(uint32_t(x)), "d"(uint32_t(x >> 32)) : "memory");
}

struct cpuid_result {
    uint32_t eax, ebx, ecx, edx;
};
inline cpuid_result cpuid(uint32_t leaf, uint32_t subleaf = 0) {
    cpuid_result r;
    asm volatile("cpuid"
                 : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
                 : "a"(leaf), "c"(subleaf));
    return r;
}

inline uint64_t rdtsc() {
    uint32_t low, high;
    asm volatile("rdtsc" : "=a"(low), "=d"(high));
    return low | uint64_t(high) << 32;
}
inline uintptr_t rdrsp() {
    uintptr_t x;
    asm volatile("movq %%rsp, %0" : "=r"(x));
    return x;
}

inline uint8_t inb(uint16_t port) {
    uint8_t x;
    asm volatile("inb %1, %0" : "=a"(x) : "Nd"(port));
    return x;
}
inline uint16_t inw(uint16_t port) {
    uint16_t x;
    asm volatile("inw %1, %0" : "=a"(x) : "Nd"(port));
    return x;
}
inline uint32_t inl(uint16_t port) {
    uint32_t x;
    asm volatile("inl %1, %0" : "=a"(x) : "Nd"(port));
    return x;
}
inline void outb(uint16_t port, uint8_t x) {
    asm volatile("outb %0, %1" : : "a"(x), "Nd"(port) : "memory");
}
inline void outw(uint16_t port, uint16_t x) {
    asm volatile("outw %0, %1" : : "a"(x), "Nd"(port) : "memory");
}
inline void outl(uint16_t port, uint32_t x) {
    asm volatile("outl %0, %1" : : "a"(x), "Nd"(port) : "memory");
}
inline void pause() { asm volatile("pause" : : : "memory"); }

#endif
