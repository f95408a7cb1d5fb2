#include "memory/mapping.hh"

file_page wanted_page;

fault_result resolve_mapping(const address_space&, region&, vmiter&, uint64_t) {
    panic("a mapping in a kernel without mappings");
}

int64_t map_memory(address_space, region, bool, uint64_t&) {
    return E_NOSYS;
}

int unmap_memory(address_space, uintptr_t, uintptr_t) {
    return E_NOSYS;
}

int forget_memory(address_space, uintptr_t, uintptr_t) {
    return E_NOSYS;
}

int check_memory(address_space, uintptr_t, uintptr_t) {
    return E_NOSYS;
}

bool is_resident(address_space, uintptr_t) {
    return false;
}
