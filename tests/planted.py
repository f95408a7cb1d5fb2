"""planted.py - kernels with one wrong line each, to see that fuzzing and the model find it

    planted.py FINDER...        each kernel is built in a folder of its own, and run by these finders (fuzz, model)
                                until it fails: what was found is printed, and how short a run shows it

`make check-planted` does both for all. PLANTED="wedge,isolation": for those only.
"""
import dataclasses
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "build"))
import scratch                                                  # noqa: E402


@dataclasses.dataclass(frozen=True)
class Bug:
    """`right`, which stands once in `file`, becomes `wrong`."""
    file: str
    right: str
    wrong: str
    finders: str = "fuzz model"


BUGS = {
    "isolation": Bug("kernel/syscall.cc", " || !is_own_address(va)) return E_INVAL;\n    if (vmiter",
                     ") return E_INVAL;\n    if (vmiter", "fuzz"),
    "page leaked": Bug("kernel/memory/address_space.cc", "    page.release();\n    release_page(old);",
                       "    page.release();"),
    "count not raised": Bug("kernel/memory/cow.cc", "    share_page(PTE_ADDR(entry));\n", ""),
    "table's count not lowered": Bug("kernel/memory/shared_tables.hh", "    --info.refcount;\n", ""),
    "error never given": Bug("kernel/syscall.cc", "    if (!victim.pagetable) return E_SRCH;\n", ""),
    "panic": Bug("kernel/memory/address_space.cc", "    page.release();\n    release_page(old);",
                 "    page.release();\n    release_page(old);\n    release_page(old);"),
    "wedge": Bug("kernel/memory/protection.cc", "            va = r->end;\n", "            va = max(va, r->start);\n"),
    "error number": Bug("kernel/syscall.cc", "!is_in_slot) return E_CHILD",
                        "!is_in_slot) return E_SRCH"),
    "register": Bug("kernel/syscall.cc", "    return p.parent;\n", "    p.regs->reg_r9 = 0;\n    return p.parent;\n"),
    "written by both": Bug("kernel/memory/cow.cc",
                            "    if (may_write) set_flags(entry, (PTE_FLAGS(entry) & ~PTE_W) | PTE_COW);\n", ""),
    "not cleared": Bug("kernel/memory/address_space.cc", "    clear_page(page.get());\n", ""),
    "promise kept as it was": Bug("kernel/memory/protection.cc", "    *space.regions = regions;  ", "    ", "model"),
    "one page too few": Bug("kernel/memory/heap.cc", "space.free_pages(end, old_end)",
                            "space.free_pages(end + PAGESIZE, old_end)", "model"),
    "changed, and then failed": Bug(
        "kernel/memory/heap.cc",
        "    if (int r = space.free_pages(end, old_end); r < 0) return r;\n    *space.regions = kept;\n",
        "    *space.regions = kept;\n    if (int r = space.free_pages(end, old_end); r < 0) return r;\n", "model"),
    "the newest child": Bug("kernel/process/process.cc", "child.ended < first->ended)) first",
                            "child.ended > first->ended)) first", "model"),
    "executable data": Bug("kernel/memory/address_space.cc", "add_page(va, PTE_PWU | PTE_XD)", "add_page(va, PTE_PWU)"),
    "owner who has gone": Bug("kernel/memory/shared_tables.cc",
                              "        if (page.owner == owner) page.owner = PO_SHARED;\n",
                              "        static_cast<void>(page);\n"),
}


def build(bug, folder, built, target):
    """Builds `target` of these sources with one wrong line, in a copy whose outputs start as those in `built`. Returns
    the folder of its outputs."""
    tree = pathlib.Path(folder) / "tree"
    for name in "boot", "build", "kernel", "lib", "tests", "user":
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "Makefile", tree)
    left = shutil.ignore_patterns("unit", "grader", "without-*", "*.img", "san", "coverage*", "ccache", "clean", "labs",
                                  "prove*", "python")
    shutil.copytree(built, tree / "obj", ignore=left)
    if bug.file.endswith(".hh"):                    # who depends on it is noted by the outputs' old names
        for source in (tree / "kernel").rglob("*.cc"):
            source.touch()
    path = tree / bug.file
    source = path.read_text()
    assert source.count(bug.right) == 1, f"{bug.file} has changed: tests/planted.py must follow"
    path.write_text(source.replace(bug.right, bug.wrong))
    environment = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "OBJ")}
    subprocess.run(["make", "-C", str(tree), "-s", f"obj/{target}"], env=environment, check=True, timeout=200,
                   stdout=subprocess.DEVNULL)
    image = (tree / "obj" / target).read_bytes()
    assert image != pathlib.Path(built, target).read_bytes(), f"{bug.file}: its image is the right one"
    return tree / "obj"


def find(finder, name):
    """Whether `make fuzz` or `make model` finds the bug, within a minute."""
    print(f"--- {finder}: {name}", flush=True)
    with scratch.Folder("planted") as folder:
        image = "failing.img" if finder == "model" else "kinglet-test.img"
        built = build(BUGS[name], folder, ROOT / (os.environ.get("OBJ") or "obj"), image)
        settings = {"SEED": "1", "MINUTES": "1", "OBJ": str(built)}
        return subprocess.run([sys.executable, f"{ROOT}/tests/{finder}.py", "run"], check=False,
                              env={**os.environ, **settings}).returncode != 0


def main():
    names = list(filter(None, os.environ.get("PLANTED", "").split(","))) or list(BUGS)
    missed = [f"{finder}: {name}" for finder in sys.argv[1:] for name in names
              if finder in BUGS[name].finders and not find(finder, name)]
    print(f"missed: {', '.join(missed)}" if missed else "all found")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
