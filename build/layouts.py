"""layouts.py - where the members of the kernel's structures lie; runs inside gdb, which reads debug information"""
import gdb

STRUCTURES = ("proc physical_pageinfo regstate epitaph_record program region region_list heap_bounds page_range "
              "boot_words").split()


def members(kind, start=0):
    """(name, [offset, size]) of each member of a structure; an unnamed member's own members are its."""
    for field in kind.fields():
        if field.name:
            yield field.name, [start + field.bitpos // 8, field.type.sizeof]
        else:
            yield from members(field.type, start + field.bitpos // 8)


def structures():
    """{structure: [its size, {member: [offset, size]}]}"""
    types = {name: gdb.lookup_type(name) for name in STRUCTURES}
    return {name: [kind.sizeof, dict(members(kind))] for name, kind in types.items()}
