"""environment.py - what make's variables and the environment ask for: how the machine is to be, and to be shown"""
import os
import re
import shutil
import subprocess
import sys

from files import files_disk
from problem import Problem
from qemu import kvm_problem
from qemu_options import DISKS, FILES_DISKS, WINDOWS, memory_size
from words import setting

LEAST_MEMORY = 2 << 20                  # with less, a PC's firmware does not come as far as the boot sector


def number(name, default, low, high, whole=False):
    """The variable `name` as a number, or Problem."""
    text = setting(name, default)
    if not re.fullmatch(r"[0-9]+" if whole else r"[0-9]+(\.[0-9]+)?", text) or not low <= float(text) <= high:
        raise Problem(f"{name}={text}: not a {'whole ' if whole else ''}number from {low} to {high}")
    return int(text) if whole else float(text)


def common(image, words):
    """Settings that all modes share, from the environment, for a run with these boot words."""
    disk = setting("DISK", "") or None
    if disk and disk not in DISKS:
        raise Problem(f"DISK={disk}: not one of {' '.join(DISKS)}")
    kind = setting("DATADISK", "virtio")
    if kind not in FILES_DISKS:
        raise Problem(f"DATADISK={kind}: not one of {' '.join(FILES_DISKS)}")
    memory = setting("MEMORY", "16M")
    if memory_size(memory) < LEAST_MEMORY:
        raise Problem(f"MEMORY={memory} is too little: at least 4M will do")
    kvm = setting("KVM", "0") != "0"
    qemu = setting("QEMU", "qemu-system-x86_64")
    if kvm:
        problem = kvm_problem(qemu, image, memory)
        if problem:
            raise Problem(f"KVM=1 does not work here: {problem}")
    files = files_disk() if "files=on" in words.split() else None
    return {"image": image, "qemu": qemu, "memory": memory, "disk": disk, "kvm": kvm, "files": files,
            "files_disk": kind}


def icount(default):
    if setting("ICOUNT") == "off":
        return None
    return number("ICOUNT", str(default), 0, 10, whole=True) if setting("ICOUNT") or default is not None else None


def displays(qemu):
    """The displays this QEMU offers."""
    if not shutil.which(qemu):
        return []                       # said when it is to start
    answer = subprocess.run([qemu, "-display", "help"], capture_output=True, text=True, check=False)
    return answer.stdout.split()


def window(qemu):
    """A display that opens a window here, or None."""
    if not has_display() and sys.platform != "darwin":
        return None
    offered = displays(qemu)
    return next((WINDOWS[name] for name in WINDOWS if name in offered), None)


def has_display():
    """Whether the environment names one. It may be gone all the same."""
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
