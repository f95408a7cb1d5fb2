"""lab_container.py - the steps of a hand-out's Dockerfile, in a clean Debian root instead of a container engine

Needs root, debootstrap and Debian's archive. Does in a new root what FROM, COPY, RUN, ENV and WORKDIR say, for this
machine's architecture, and then what a student does there: builds the hand-out, and grades one step.
"""
import os
import pathlib
import re
import shlex
import shutil
import subprocess

import lab_handout
import scratch
from problem import Problem

RELEASES = {"12": "bookworm", "13": "trixie"}
AFTERWARDS = ("make doctor", "make", "make run-headless TIME=1 || test $? -eq 1", "make grade STEP=1")


def instructions(path):
    """(instruction, its words) of a Dockerfile, one after the other."""
    text = re.sub(r"^\s*#.*\n", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE).replace("\\\n", " ")
    return [line.split(None, 1) for line in text.splitlines() if line.strip()]


def run(*command, **more):
    print("Kinglet:", shlex.join(map(str, command))[:100], flush=True)
    if subprocess.run(list(map(str, command)), check=False, stdin=subprocess.DEVNULL, **more).returncode != 0:
        raise Problem(f"the container's step failed: {shlex.join(map(str, command))[:200]}")


def inside(root, folder, command, environment):
    """Runs a shell's command in the new root, which has the machine's network, /proc and /dev."""
    settings = [f"{name}={value}" for name, value in environment.items()]
    chroot = shlex.join(["chroot", str(root), "env", "-i", *settings, "sh", "-c", f"cd {folder} && {command}"])
    mounts = " && ".join(f"mount --rbind {name} {shlex.quote(str(root) + name)}" for name in ("/proc", "/dev"))
    run("unshare", "--mount", "--propagation", "private", "sh", "-c", f"{mounts} && exec {chroot}")


def build(dockerfile, context, root):
    """Does what the Dockerfile says in the new folder `root`; returns the environment and the folder at its end."""
    environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"}
    folder = "/"
    for name, words in instructions(dockerfile):
        if name == "FROM":
            release = RELEASES[re.fullmatch(r"debian:(\d+)(-slim)?", words)[1]]
            run("debootstrap", "--variant=minbase", release, root)
            for path in ("etc/resolv.conf", "etc/apt/apt.conf.d", "etc/apt/sources.list"):
                copy_of_machines(path, root)
        elif name == "COPY":
            source, target = words.split()
            (root / target.lstrip("/")).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(context / source, root / target.lstrip("/"))
        elif name == "RUN":
            inside(root, folder, words, environment)
        elif name == "ENV":
            environment |= dict(word.split("=", 1) for word in shlex.split(words))
        elif name == "WORKDIR":
            folder = words
            (root / words.lstrip("/")).mkdir(parents=True, exist_ok=True)
    return environment, folder


def copy_of_machines(path, root):
    """How this machine reaches its network and Debian's archive, for the new root."""
    source, target = pathlib.Path("/", path), root / path
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    elif source.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source.read_bytes())


def check(lab):
    """Try a lab's container here; says what fails."""
    if os.geteuid() != 0 or not shutil.which("debootstrap"):
        raise Problem("check-container needs root and debootstrap")
    with scratch.Folder("container") as name:
        handout, root = pathlib.Path(name) / "handout", pathlib.Path(name) / "root"
        lab_handout.handout(lab, 0, handout)
        environment, folder = build(handout / "Dockerfile", handout, root)
        shutil.copytree(handout, root / folder.lstrip("/"), dirs_exist_ok=True)
        for command in AFTERWARDS:
            inside(root, folder, command, environment)
    print("Kinglet: the container's steps work here")
