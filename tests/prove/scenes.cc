#include "tests/prove/operation.hh"

#include <algorithm>

using enum action_kind;

namespace {

constexpr uintptr_t code = PROC_START_ADDR, data = code + PAGESIZE, heap = data + PAGESIZE;
constexpr uintptr_t page = 0x200000, next_page = page + PAGESIZE;       // in a table that `fork` may share
constexpr uintptr_t stack = MEMSIZE_VIRTUAL - PAGESIZE, more_stack = stack - PAGESIZE;
constexpr uintptr_t guard = MEMSIZE_VIRTUAL - 17 * PAGESIZE;
constexpr uintptr_t far_heap = LARGE_PAGESIZE, border = 0x60'0000;
constexpr uintptr_t far_page = 0x80'0000'0000;
constexpr uintptr_t far_stack = BIG_MEMSIZE_VIRTUAL - PAGESIZE, far_guard = BIG_MEMSIZE_VIRTUAL - 0x800000 - PAGESIZE;
constexpr int none = PROT_NONE, r = PROT_READ, w = PROT_WRITE, rw = r | w, rx = r | PROT_EXEC;

const std::vector<uintptr_t> near_places = {code, data, heap, heap + PAGESIZE, page, next_page, guard, more_stack,
                                            stack};
const std::vector<uintptr_t> far_places = {code, data, far_heap, far_heap + PAGESIZE, border - 2 * PAGESIZE,
                                           border - PAGESIZE, border, far_page, far_guard, far_stack - PAGESIZE,
                                           far_stack};

const std::vector<scene> small_scenes = {
    // Pages that are mapped one by one, in a table that can be shared and in one that cannot
    {"pages", false, 24, near_places, {
        {sys_page_alloc, page}, {sys_page_alloc, next_page}, {sys_page_alloc, data}, {sys_page_free, page},
        {sys_page_free, data}, {sys_mprotect, page, PAGESIZE, r}, {sys_mprotect, page, 2 * PAGESIZE, rw},
        {sys_mprotect, next_page, PAGESIZE, none}, {sys_mprotect, page, PAGESIZE, rx},
        {sys_mprotect, data, PAGESIZE, r}, {sys_mprotect, data, PAGESIZE, w}, {writes, page}, {writes, next_page},
        {writes, data}, {executes, page}, {sys_fork}, {sys_exit}, {sys_wait},
    }},
    // Promises: a heap, and a stack that grows
    {"promises", false, 24, near_places, {
        {sys_sbrk, 0, PAGESIZE}, {sys_sbrk, 0, -PAGESIZE}, {sys_sbrk, 0, PAGESIZE + 100}, {sys_sbrk, 0, too_much},
        {sys_sbrk, 0, 2 * too_much}, {reads, heap}, {writes, heap}, {writes, heap + PAGESIZE}, {sys_page_free, heap},
        {sys_mprotect, heap, PAGESIZE, r}, {sys_mprotect, heap, 2 * PAGESIZE, rw}, {reads, more_stack},
        {writes, more_stack}, {writes, guard}, {sys_page_free, more_stack}, {sys_page_alloc, guard},
        {sys_mprotect, guard, PAGESIZE, r}, {sys_mprotect, more_stack, 2 * PAGESIZE, r},
        {sys_mprotect, more_stack, PAGESIZE, rw}, {sys_fork}, {sys_exit}, {sys_wait},
    }},
    // The kernel reads and writes a process's memory
    {"copies", false, 24, near_places, {
        {sys_page_alloc, page}, {sys_page_alloc, next_page}, {copy_in, page}, {copy_out, page}, {log, page},
        {copy_in, more_stack}, {copy_out, more_stack}, {log, more_stack}, {sys_mprotect, next_page, PAGESIZE, r},
        {sys_mprotect, stack, PAGESIZE, none}, {writes, page}, {writes, stack}, {sys_fork}, {sys_exit}, {sys_wait},
    }},
    // Processes come and go
    {"processes", false, 28, near_places, {
        {sys_fork}, {sys_exec}, {sys_exit}, {sys_wait}, {sys_kill, 0, 1}, {sys_kill, 0, 2}, {sys_kill, 0, 3},
        {sys_page_alloc, page}, {writes, page}, {writes, stack}, {writes, data}, {writes, 0},
    }},
    // So little memory that it runs out by itself
    {"scarce", false, 14, near_places, {
        {sys_page_alloc, page}, {sys_page_alloc, data}, {sys_page_free, page}, {sys_sbrk, 0, 2 * PAGESIZE},
        {writes, heap}, {writes, page}, {writes, data}, {writes, stack}, {writes, more_stack}, {copy_out, heap},
        {sys_mprotect, page, PAGESIZE, rw}, {sys_fork}, {sys_exec}, {sys_exit}, {sys_wait},
    }},
    // A big machine's addresses: tables of every level come and go
    {"far", true, 40, far_places, {
        {sys_page_alloc, far_page}, {sys_page_free, far_page}, {writes, far_page}, {sys_sbrk, 0, PAGESIZE},
        {sys_sbrk, 0, -PAGESIZE}, {reads, far_heap}, {writes, far_heap}, {sys_mprotect, far_heap, PAGESIZE, r},
        {reads, far_stack - PAGESIZE}, {writes, far_stack}, {sys_page_free, far_stack}, {writes, far_guard},
        {sys_mprotect, far_page, PAGESIZE, rx}, {sys_fork}, {sys_exit}, {sys_wait},
    }},
    // The border between two tables that can be shared
    {"border", true, 40, far_places, {
        {sys_page_alloc, border}, {sys_page_alloc, border - PAGESIZE}, {sys_page_alloc, border - 2 * PAGESIZE},
        {sys_page_free, border}, {sys_page_free, border - PAGESIZE}, {writes, border}, {writes, border - PAGESIZE},
        {sys_mprotect, border - PAGESIZE, 2 * PAGESIZE, r}, {sys_mprotect, border - PAGESIZE, 2 * PAGESIZE, rw},
        {copy_in, border - PAGESIZE}, {copy_out, border - PAGESIZE}, {log, border}, {executes, border}, {sys_fork},
        {sys_exit}, {sys_wait},
    }},
};

// All that the scenes of one machine have, together
scene everything(const char* name, bool is_far) {
    scene all = {name, is_far, is_far ? 44UL : 28UL, is_far ? far_places : near_places, {}};
    for (const scene& s : small_scenes) {
        if (s.is_far != is_far) continue;
        for (const action& a : s.actions) {
            if (std::find(all.actions.begin(), all.actions.end(), a) == all.actions.end()) all.actions.push_back(a);
        }
    }
    return all;
}

const std::vector<scene>& scenes() {
    static const std::vector<scene> all = [] {
        std::vector<scene> result = small_scenes;
        result.push_back(everything("everything", false));
        result.push_back(everything("everywhere", true));
        return result;
    }();
    return all;
}

}

const scene* find_scene(const std::string& name) {
    for (const scene& s : scenes()) {
        if (name == s.name) return &s;
    }
    return nullptr;
}

std::string all_scenes() {
    std::string names;
    for (const scene& s : scenes()) names += (names.empty() ? "" : " ") + std::string(s.name);
    return names;
}
