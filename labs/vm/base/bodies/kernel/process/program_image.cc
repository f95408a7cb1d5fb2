int load_program(const program& image, address_space space, uintptr_t& entry) {
    if (check_program(image.begin, image.size)) return E_NOEXEC;
    uintptr_t segments_end = PROC_START_ADDR;
    for (auto& segment : elf_segments(image.begin)) {
        if (!is_loaded(segment)) continue;
        for (uint64_t offset = 0; offset < segment.p_memsz; offset += PAGESIZE) {
            if (int r = load_page(segment, image.begin, offset, space); r < 0) return r;
        }
        segments_end = max(segments_end, round_up(segment.p_va + segment.p_memsz, PAGESIZE));
    }
    start_heap(space, segments_end);
    entry = reinterpret_cast<const elf_header*>(image.begin)->e_entry;
    return 0;
}
