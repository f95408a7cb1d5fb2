"""clean_debian.py - a system with nothing on it but Debian, in a folder, to try things in as on a new machine

    system = clean_debian.install(folder, "trixie")     # once; later calls take what is there
    with clean_debian.copy(system, "trixie") as copied: # to be changed; goes at the end, however that comes
        clean_debian.enter(copied, "sh", "-c", "apt-get update", folder="/root")

Needs root and debootstrap; packages come from where this machine's own come from. What runs in such a system sees its
files and no others, and processes and mounts of its own: they end with it, even if this process is killed.
"""
import contextlib
import glob
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from problem import Problem

# Starts a command, in the folder $2, with the folder $1 as its whole system, as a container does.
ENTER = """mount --make-rprivate / && mount --bind "$1" "$1" && cd "$1" && mkdir -p outside && mount --rbind /dev dev &&
pivot_root . outside && mount -t proc proc /proc && mount -t tmpfs tmpfs /tmp && umount -l /outside && cd "$2" &&
shift 2 && exec "$@" """
ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "TERM": "dumb"}
MARK = "etc/kinglet-clean"              # a file that says that the system is complete
PREFIX = "copy-"
SUITES = ("bookworm", "trixie", "testing")


def sources(folder="/etc/apt"):
    """[(URI, suite)] of a machine's package sources that are a Debian."""
    found = []
    for path in [*glob.glob(f"{folder}/sources.list.d/*.sources"), *glob.glob(f"{folder}/sources.list"),
                 *glob.glob(f"{folder}/sources.list.d/*.list")]:
        text = pathlib.Path(path).read_text(encoding="utf-8", errors="replace")
        for stanza in re.split(r"\n\s*\n", text) if path.endswith(".sources") else ():
            uri, suites = (re.search(rf"^{key}: *(\S.*)$", stanza, re.MULTILINE) for key in ("URIs", "Suites"))
            if uri and suites and not re.search(r"^Enabled: *no\b", stanza, re.MULTILINE):
                found += [(uri[1].split()[0], suite) for suite in suites[1].split()]
        found += re.findall(r"^deb (?:\[.*?\] )?(\S+) (\S+)", text, re.MULTILINE)
    return [(uri, suite) for uri, suite in found if "debian" in uri]


def mirror():
    """(URI, suite) of the first of them."""
    for uri, suite in sources():
        return uri, suite
    raise Problem("no Debian mirror is named in /etc/apt")


def chosen_suite():
    """The one that the variable SUITE names; else this machine's own."""
    suite = os.environ.get("SUITE") or mirror()[1]
    if suite not in (*SUITES, mirror()[1]):
        raise Problem(f"SUITE={suite}: not one of {' '.join(SUITES)}")
    return suite


def check_possible(what):
    """Problem if a clean system cannot be made here; `what` needs it."""
    lacking = [] if os.geteuid() == 0 else ["root"]
    lacking += [] if shutil.which("debootstrap") else ["debootstrap (apt-get install debootstrap)"]
    if lacking:
        raise Problem(f"{what} needs {' and '.join(lacking)}")


def install(folder, suite):
    """A small Debian in `folder`, made if it is not there yet. Returns `folder`."""
    folder = pathlib.Path(folder)
    if (folder / MARK).exists():
        return folder
    uri, _own = mirror()
    print(f"installing {suite} from {uri}", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    alone = ["unshare", "--mount"]              # what it mounts there goes with it, even if it is interrupted
    made = subprocess.run([*alone, "debootstrap", "--variant=minbase", suite, folder, uri], check=False, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if made.returncode:
        raise Problem(f"debootstrap failed: {(made.stdout.strip().splitlines() or [''])[-1]}")
    shutil.rmtree(folder / "dev")               # `enter` has this machine's; a copy of /dev/zero would have no end
    (folder / "dev").mkdir()
    (folder / MARK).write_text("", encoding="utf-8")
    return folder


def take_network(system, suite):
    """How this machine reaches its network and Debian's archive, security updates included, for `system`. An archive
    that is not renewed any more is taken as it is, with a sentence."""
    shutil.copy("/etc/resolv.conf", system / "etc/resolv.conf")
    shutil.copytree("/etc/apt/apt.conf.d", system / "etc/apt/apt.conf.d", dirs_exist_ok=True)
    _uri, own = mirror()
    lines = "".join(f"deb {uri} {suite}{each.removeprefix(own)} main\n" for uri, each in sources() if own in each)
    (system / "etc/apt/sources.list").write_text(lines, encoding="utf-8")
    dates = ("-o", "Acquire::Check-Valid-Until=true", "-o", "Acquire::Check-Date=true")
    asked = enter(system, "apt-get", *dates, "update", "-q")
    expired = re.search(r"Release file for (\S+) is (expired.*?|not valid.*?)[.]", asked.stdout)
    if expired:
        print(f"{expired[1]} is {expired[2]}: taken as it is", flush=True)
        (system / "etc/apt/apt.conf.d/90expired").write_text('Acquire::Check-Valid-Until "false";\n', encoding="utf-8")


@contextlib.contextmanager
def copy(system, suite):
    """A copy of `system` beside it, with this machine's network. Copies that a killed process left behind go first."""
    for old in system.parent.glob(f"{PREFIX}*"):
        shutil.rmtree(old, ignore_errors=True)
    place = pathlib.Path(tempfile.mkdtemp(prefix=PREFIX, dir=system.parent))
    try:
        subprocess.run(["cp", "-a", "--reflink=auto", f"{system}/.", place], check=True)
        take_network(place, suite)
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def enter(system, *command, folder="/", stdout=subprocess.PIPE, environment=None):
    """Runs `command` in `folder` of `system`; returns the CompletedProcess, whose `stdout` has all that was written."""
    return subprocess.run(["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--fork", "--kill-child",
                           "sh", "-c", ENTER, "enter", system, folder, *command], stdin=subprocess.DEVNULL,
                          env={**ENVIRONMENT, **(environment or {})}, stdout=stdout, stderr=subprocess.STDOUT,
                          text=True, errors="replace", check=False)
