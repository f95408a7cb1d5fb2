"""qemu_options.py - QEMU's options: what may be chosen of a run, and the command line that comes of it"""
import dataclasses
import os
import re

from problem import Problem

DISKS = {
    "virtio": ["-device", "virtio-blk-pci,drive=disk,bootindex=0,ioeventfd=off"],
    "ide": ["-device", "ide-hd,drive=disk,bootindex=0"],
    "ahci": ["-device", "ide-hd,drive=disk,bootindex=0,bus=ide.0"],         # on q35, whose controller this is
    "usb": ["-device", "qemu-xhci", "-device", "usb-storage,drive=disk,bootindex=0"],
    "sd": ["-device", "sdhci-pci", "-device", "sd-card,drive=disk"],        # of 2^n bytes
}

# The second disk, with files. The kernel drives the first two kinds.
FILES_DISKS = {
    "virtio": ["-device", "virtio-blk-pci,drive=files,ioeventfd=off"],
    "ide": ["-device", "ide-hd,drive=files,bus=ide.1"],                     # the second channel's first
    "ahci": ["-device", "ahci,id=ahci", "-device", "ide-hd,drive=files,bus=ahci.0"],
    "usb": ["-device", "qemu-xhci,id=usb", "-device", "usb-storage,drive=files,bus=usb.0"],
}

# More is not reserved on the host: what the machine does not touch costs nothing there, and may be more than there is.
MODEST_MEMORY = 1 << 30

# The displays that open a window, the best first; the picture is as large as the window.
WINDOWS = {"cocoa": "cocoa", "gtk": "gtk,zoom-to-fit=on", "sdl": "sdl"}


@dataclasses.dataclass
class Settings:
    """What may differ between two runs. The defaults are those of a deterministic run that nobody watches."""
    image: str
    words: str = ""                     # boot words, separated by blanks
    qemu: str = "qemu-system-x86_64"
    memory: str = "16M"
    disk: str = None                    # a key of DISKS; None: the fastest from which the run is the same each time
    files: str = None                   # a tar archive: the second disk; used itself, and may be written to
    files_disk: str = "virtio"          # its kind: a key of FILES_DISKS
    kvm: bool = False
    icount: object = 5                  # virtual nanoseconds an instruction, as a power of 2; None: real time
    display: str = "none"
    log: str = None                     # file of the parallel port; None: in the machine's own directory
    log_stream: int = None              # a descriptor open for writing (a pipe, a terminal), which gets it too
    debugcon: object = None             # port 0xE9's file, or a connected socket; None: no such port
    pause_at_end: bool = True           # stop before power-off and at a triple fault, to look at the screen
    paused: bool = False                # do not start until `cont`
    gdb: object = None                  # "private": for `Machine.gdb()`; or a listening socket for a real gdb
    extra: tuple = ()                   # further options
    wrap: object = None                 # wrap(command, directory): the command to start instead, confined, for instance


def memory_size(text):
    """A size of memory in bytes; without a unit it is in MiB, as QEMU has it."""
    match = re.fullmatch(r"([0-9]{1,12})([KMGkmg]?)", text)
    if not match:
        raise Problem(f"MEMORY={text}: not a size such as 16M or 1G")
    return int(match[1]) << {"K": 10, "M": 20, "G": 30}[match[2].upper() or "M"]


def escaped(text):
    """`text` as part of one of QEMU's comma-separated options."""
    return text.replace(",", ",,")


# From here on, an answer of io_uring may come later: so it was seen with QEMU 11.1 on a busy host, and not with 10.0.
FIRST_WITH_SLOW_DISKS = (10, 1)


def disk_of(settings, fast_disk):
    """The kind of disk that a run has. Reading from `sd` takes QEMU as long as it takes, but no time of the guest's.
    Reading from virtio is quicker, and does so too if what is in the host's memory is there before the guest's next
    instruction: `fast_disk`. Beside a disk with files the firmware would not start from `sd`."""
    is_repeatable = settings.icount is not None and not settings.kvm and settings.display == "none"
    is_sd = is_repeatable and not fast_disk and not settings.files
    return settings.disk or ("sd" if is_sd else "virtio")


def options(settings, disk, monitor_fd, gdb_fd, fast_disk):
    """QEMU's options. Chosen so that the firmware has little to do: no ACPI tables, HPET or SMM to set up, no network,
    no menu. Isolated from the user's own configuration.

    `disk` is a copy of the image that belongs to this run; `fast_disk`: see `disk_of`."""
    kind = disk_of(settings, fast_disk)
    chipset = "q35" if kind == "ahci" else "pc"
    result = ["-name", "Kinglet", "-M", f"{chipset},acpi=off,hpet=off,smm=off", "-m", settings.memory,
              "-nodefaults", "-no-user-config", "-vga", "std", "-display", settings.display,
              "-action", "reboot=shutdown"]
    if memory_size(settings.memory) > MODEST_MEMORY:
        result += ["-object", f"memory-backend-ram,id=memory,size={settings.memory},reserve=off",
                   "-machine", "memory-backend=memory"]
    if settings.kvm:
        result += ["-accel", "kvm", "-cpu", "max,arch-capabilities=off"]
    else:
        result += ["-accel", "tcg", "-cpu", "max"]
    if settings.icount is not None and not settings.kvm:
        # Time flies while the machine waits. For a disk that takes the host some time, it must not.
        is_quick = settings.display == "none" and (fast_disk or not settings.files)
        sleep = "off" if is_quick else "on"
        result += ["-icount", f"shift={settings.icount},sleep={sleep}"]
    if settings.display == "none":
        result += ["-rtc", "clock=vm,base=2000-01-01"]
    result += ["-drive", f"if=none,id=disk,format=raw,cache=unsafe,aio={'io_uring' if fast_disk else 'threads'},"
               f"file={escaped(disk)}"]
    if settings.files:
        result += ["-drive", f"if=none,id=files,format=raw,cache=unsafe,aio={'io_uring' if fast_disk else 'threads'},"
                   f"file={escaped(settings.files)}", *FILES_DISKS[settings.files_disk]]
    result += DISKS[kind] + ["-boot", "menu=off" if kind == "sd" else "menu=off,strict=on"]
    log = f"path={escaped(settings.log)}"
    if settings.log_stream is not None:
        result += ["-add-fd", f"fd={settings.log_stream},set=1"]
        log = f"path=/dev/fdset/1,append=on,logfile={escaped(settings.log)}"
    result += ["-chardev", f"file,id=log,{log}", "-device", "isa-parallel,chardev=log"]
    result += ["-device", "isa-debug-exit,iobase=0x501,iosize=2"]
    if settings.debugcon:
        is_file = isinstance(settings.debugcon, str)
        to = f"file,path={escaped(settings.debugcon)}" if is_file else f"socket,fd={settings.debugcon.fileno()}"
        result += ["-chardev", f"{to},id=debugcon",
                   "-device", "isa-debugcon,iobase=0xe9,chardev=debugcon"]
    if settings.pause_at_end:
        result += ["-device", "pvpanic", "-action", "panic=pause", "-action", "shutdown=pause"]
    if settings.words:
        result += ["-fw_cfg", f"name=opt/kinglet/boot,string={escaped(settings.words)}"]
    result += ["-chardev", f"socket,id=monitor,fd={monitor_fd}", "-qmp", "chardev:monitor"]
    if gdb_fd is not None:
        listening = ",server=on,wait=off,nodelay=on" if settings.gdb != "private" else ""
        result += ["-chardev", f"socket,id=gdb,fd={gdb_fd}{listening}", "-gdb", "chardev:gdb"]
    result += ["-S"]                    # until somebody listens to its events
    counted = os.environ.get("KINGLET_COVERAGE")        # tests/coverage/: a folder; each machine adds a file to it
    if counted and not settings.kvm and not settings.wrap:
        result += ["-plugin", f"{escaped(counted)}/plugin.so,folder={escaped(counted)}"]
    return result + list(settings.extra)


### What else is relied on in QEMU, 6.0 to 11; tests/test_qemu.py asks the QEMU that is found.
#
# - `isa-debug-exit` gives QEMU's exit status. Up to 9.0 QEMU ends when the kernel writes to it. Since 9.1 that is a
#   request to shut down: with `-action shutdown=pause` the machine stands still after the event SHUTDOWN, reason
#   guest-shutdown, and QEMU ends with the same status once it is told to `quit`.
# - With `-action panic=pause` a write to `pvpanic` is the event GUEST_PANICKED, action pause, then STOP, before the
#   kernel writes to the former: time to look.
# - A triple fault and a reset are the event SHUTDOWN, reason guest-reset, after which the machine stands still.
# - With display "none", the machine's property rtc-time is its own time; `info registers` has RIP= or EIP=, RFL= or
#   EFL=, and HLT=; `screendump` writes PPM.
# - `-qmp chardev:...` is the monitor (`-mon` is deprecated in 11). Nothing is written to standard error if all is well;
#   where the host lacks io_uring, the last line there says uring.
# - Plugins: tests/coverage/plugin.cc.
COMMANDS = {                            # of the monitor
    "cont", "human-monitor-command", "inject-nmi", "pmemsave", "qmp_capabilities", "qom-get", "query-chardev",
    "query-commands", "query-cpu-model-expansion", "query-status", "quit", "screendump", "send-key", "stop",
}
