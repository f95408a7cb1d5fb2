"""Grading: full marks for this kernel, and a kernel with one mistake loses the points of that mistake alone."""
import re
import shutil
import subprocess
import sys

import pytest
from conftest import QEMU, ROOT, clean_environment

MISTAKES = {                            # what is lost: the file, what is right there, what is wrong
    "isolation": ("memory/kernel_map.cc", "    leaf->entry[PAGENUMBER(CONSOLE_ADDR)] |= PTE_U;\n",
                  "    leaf->entry[PAGENUMBER(CONSOLE_ADDR)] |= PTE_U;\n"
                  "    leaf->entry[PAGENUMBER(KERNEL_LIMIT_ADDR) - 1] |= PTE_U;\n"),
    "pages": ("memory/address_space.cc", "if (va % PAGESIZE != 0 || !is_own_address(va)) return E_INVAL;\n",
              "if (va % PAGESIZE != 0 || !is_own_address(va + 32 * PAGESIZE)) return E_INVAL;\n"),
    "fork": ("memory/cow.cc", "        entry = (entry & ~PTE_W) | PTE_COW;\n", ""),
    "freeing": ("memory/address_space.cc", "    kfree(table);\n}\n\nnew_address_space::~", "}\n\nnew_address_space::~"),
    "sharing": ("memory/cow.cc", "    share_page(PTE_ADDR(entry));\n",
                "    if (!(entry & PTE_COW)) return copy_of_page(entry, owner);\n    share_page(PTE_ADDR(entry));\n"),
}


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A copy of the sources to make mistakes in. tree(file, right, wrong): builds and grades it with one."""
    folder = tmp_path_factory.mktemp("tree")
    for name in ("boot", "build", "kernel", "lib", "tests", "user"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "Makefile", folder)

    def run(file, right, wrong):
        path = folder / "kernel" / file
        text = path.read_text()
        assert text.count(right) == 1, f"{file} has changed: this test's mistake must be made anew"
        path.write_text(text.replace(right, wrong))
        try:
            return subprocess.run(["make", "-C", str(folder), "--no-print-directory", f"PYTHON={sys.executable}",
                                   f"QEMU={QEMU}", "grade"], text=True, timeout=300, env=clean_environment(),
                                  stdin=subprocess.DEVNULL, capture_output=True, check=False)
        finally:
            path.write_text(text)
    return run


def verdict(output):
    """{property: (points, of, the lines below)} from the grader's output."""
    parts = re.findall(r"^ *(\d+) of +(\d+)  (\w+) .*\n((?: {8}.*\n)*)", output, re.MULTILINE)
    return {name: (int(found), int(of), reasons) for found, of, name, reasons in parts}


def test_this_kernel_has_full_marks(make):
    result = make("grade")
    assert result.returncode == 0, result.stdout + result.stderr
    assert verdict(result.stdout)["in"] == (100, 100, "")


@pytest.mark.parametrize("name", MISTAKES)
def test_one_mistake_loses_its_own_points_alone(tree, name):
    result = tree(*MISTAKES[name])
    assert result.returncode != 0
    marks = verdict(result.stdout)
    marks.pop("in")
    lost = [each for each, (found, of, reasons) in marks.items() if found < of and f"without {name}" not in reasons]
    assert lost == [name], result.stdout + result.stderr
    assert re.search(r"expected .*, found .*\n +again: make run-headless", marks[name][2])
