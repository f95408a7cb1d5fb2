"""explain.py - how a run, or a build, went wrong, in words

A run that does not come to the check's next moment ended in one of a few ways: each has its own sentence, with where
the machine was: process, function, the last page fault. What the submission printed, and what its kernel believes, may
be told here; nothing is decided by it.
"""
import re

import memory
import qemu
from grading.machine import FLOOD
from grading.run import Moment, Wrong


### Builds

def first_error(output):
    """The compiler's or linker's first error, as one line, or None."""
    lines = output.splitlines()
    for pattern in (r"(?:fatal )?error: ", r"multiple definition of|undefined reference to|undefined symbol",
                    r"Error: ", r"\*\*\*"):
        found = next((line.strip() for line in lines if re.search(pattern, line)), None)
        if found:
            return found
    return lines[-1].strip() if lines else None


def around_error(output):
    """The first error with the compiler's line before it and what it shows of the source below."""
    lines = [line for line in output.splitlines() if line.strip()]
    first = first_error(output)
    at = next((index for index, line in enumerate(lines) if line.strip() == first), 0)
    start = at - 1 if at and lines[at - 1].endswith(":") else at
    return lines[start:at + 4]


# What compiler, assembler, linker, make and the system say when a limit of sandbox.BUILD_LIMITS is met
HUNGRY = re.compile(r"(?i)CPU time limit exceeded|out of memory|memory exhausted|cannot allocate memory|bad_alloc"
                    r"|file too large|no space left|killed signal|terminated signal|\bkilled\b|final close failed")


def is_hungry(output):
    """Whether a build ended since it wanted more than any build of a kernel does."""
    return bool(HUNGRY.search(output))


def _hungry(made, files):
    """The same as a Wrong: which file it was about, and what it can be."""
    target = re.search(r"\bobj/([\w./-]+?\.(?:cc|c|S))\.o", made.output)
    name = target[1] if target else next((file for file in files if file in made.output), "one of the lab's files")
    found = f"the compiler was given up: {name} took more time, memory or room than any kernel's file does"
    return Wrong(None, "the kernel to compile and link with the lab's files in place", found,
                 cause="something has no end, or is very large: an #include of what is no source file, templates or "
                 "constexpr functions that call themselves, an array or .rept of many millions",
                 notes=[line[:200] for line in made.output.splitlines() if HUNGRY.search(line)][:2])


# Headers that a C++ compiler has without a library below it (C++20, [compliance])
FREESTANDING = set("""cstddef cfloat climits limits version cstdint cstdlib new typeinfo source_location exception
    initializer_list compare coroutine cstdarg concepts type_traits bit atomic ranges utility tuple functional iterator
    memory ratio stdint.h stddef.h stdarg.h stdbool.h limits.h float.h""".split())


def hosted_header(files):
    """(file, header) of the first header of the standard library that a file of the submission includes, or None."""
    for file, data in files.items():
        for header in re.findall(rb"^\s*#\s*include\s*<([^>\n]{1,80})>", data, re.MULTILINE):
            name = header.decode("latin-1")
            if name not in FREESTANDING:
                return file, name
    return None


def failed_build(made, files):
    """A Wrong for a build that failed: `made` is its sandbox.Finished, `files` the submission's."""
    expected = "the kernel to compile and link with the lab's files in place"
    hosted = hosted_header(files)
    if not hosted and (made.timed_out or is_hungry(made.output)):
        return _hungry(made, files)
    if hosted:
        return Wrong(None, expected, f"{hosted[0]} includes <{hosted[1]}>: a kernel has no standard library",
                     cause="what the kernel has of such things is declared in lib/ and kernel/, and included with quotes",
                     notes=around_error(made.output))
    error = first_error(made.output) or f"make ended with status {made.status}"
    notes = around_error(made.output)
    twice = re.search(r"multiple definition of [`']([^']+)'", error)
    lacking = re.search(r"undefined (?:reference to|symbol:?) [`']?([^'\s]+(?:\([^)]*\))?)", error)
    if twice:
        found = f"{twice[1]} is defined twice: in a file of the submission, and in another that is the grader's"
        cause = "a function that belongs to another file was copied, or a name is used that the kernel uses already"
    elif lacking:
        found = f"{lacking[1]} is used, and nowhere defined"
        cause = "a function was removed or renamed, or its parameters differ from those that its header declares"
    else:
        found = f"it does not compile: {error}"
        inside = any(error.startswith(path) for path in files)
        cause = None if inside else "the error is not in a file of the lab: one of the lab's files differs from what " \
            "the others need of it"
    return Wrong(None, expected, found, cause=cause, notes=notes)


### Runs

def function_at(built, program, registers):
    """"function (file:line)" of where the processor was, or None."""
    rip = registers.get("rip", 0)
    is_user = registers.get("cs", 0) & 3 == 3
    elf = built.program(program) if is_user and program else None if is_user else built.kernel_elf
    name = elf.function(rip) if elf else None
    if not name:
        return None
    line = elf.line(rip)
    return f"{name} ({line})" if line else name


def program_at(recording, stop):
    """The name of the program that the processor was in at a stop, if it is one of the check's."""
    for name in recording.programs:
        elf, rip = recording.built.program(name), stop.registers.get("rip", 0)
        if any(va <= rip < va + memory.PAGESIZE for va, _ in elf.constant_pages):
            return name
    return None


def walk_in_words(moment, va, cr3=None):
    """The processor's walk to `va`, a line a level."""
    lines = []
    for level, at, entry in moment.levels(va, cr3):
        flags = "".join(letter for bit, letter in ((memory.PTE_P, "P"), (memory.PTE_W, "W"), (memory.PTE_U, "U"))
                        if entry & bit) or "not present"
        lines.append(f"level {level + 1} entry at {at:#x}: {entry:#018x} ({flags})")
    return lines


def expected_moment(names):
    return f'the program to come to its moment "{names[0]}"' if names else "the program to come to its next moment"


def wrong_ending(run, ending, names):
    """The Wrong for a run that ended before the moment that a property waited for."""
    tell = {"exit": _power_off, "reset": _reset, "limit": _limit, "flood": _flood, "overwritten": _overwritten, "died": _died}
    moment = Moment(run.recording, ending.stop) if ending.stop else None
    if moment:
        moment.program = program_at(run.recording, ending.stop)
    wrong = tell[ending.kind](run, ending, moment)
    wrong.expected, wrong.ending = expected_moment(names), ending
    last = run.recording.stops[run.position - 1] if run.position else None
    wrong.notes = [f'the last moment was "{last.name}" of {last.program}' if last else
                   "it did not even come to its first moment"] + list(wrong.notes)
    return wrong


# What a kernel prints is its own: enough of it to understand, too little to carry something out.
LONGEST_LINE = 160
LOOKS_LIKE_DATA = re.compile(r"[^\s/]{60,}|(?:\b[0-9a-fA-F]{2,16}\b[ ,]*){12,}")


def of_the_kernel(text):
    """What a kernel has printed, as far as a report has it."""
    text = LOOKS_LIKE_DATA.sub(lambda found: f"[{len(found[0])} characters that look like data are left out]", text)
    return text if len(text) <= LONGEST_LINE else f"{text[:LONGEST_LINE]} [{len(text) - LONGEST_LINE} more are left out]"


def log_lines(run, pattern):
    return [of_the_kernel(line) for line in run.log().splitlines() if re.search(pattern, line)]


def _power_off(run, ending, moment):
    if ending.status == qemu.EXIT_PANIC or log_lines(run, "^kernel panic: "):
        return _panic(run, moment)
    troubles = log_lines(run, "^(fault|panic) ")
    if ending.status == qemu.EXIT_FAULT or troubles:
        return _process_fault(run, moment, troubles)
    if ending.status == qemu.EXIT_NO_PROGRAM or log_lines(run, "^warning cannot start"):
        reason = (log_lines(run, "^warning cannot start") or ["the kernel does not say why"])[-1]
        return Wrong(moment, "", f"the program was not started: {reason.removeprefix('warning ')}",
                     cause="process_setup, or what it calls to make an address space, failed")
    gone = log_lines(run, "^(exit|kill) ")
    return Wrong(moment, "", "the kernel powered off before the program was done"
                 + (f" ({gone[-1]})" if gone else ""),
                 cause="no process was left that could run" if gone else
                 "the kernel found no process that can run, or powers off by itself",
                 function=function_at(run.built, None, moment.registers) if moment and moment.registers else None)


def _panic(run, moment):
    reason = (log_lines(run, "^kernel panic: ") or ["kernel panic: (the log does not say why)"])[0]
    trace = [line.removeprefix("kernel backtrace: ") for line in log_lines(run, "^kernel backtrace: ")]
    names = [line.split(" in ")[-1] for line in trace]
    function = next((name for name in names if not re.search("panic|assert|exception|interrupt_entry", name)), None)
    cause = "an assertion does not hold, or the kernel touched memory that its page table does not have"
    if "kfree" in names[:-1] and "kfree of page" in reason:
        giver = names[names.index("kfree") + 1]
        cause = f"`{giver}` gives back a page that nobody has: twice, or after it was shared without being counted"
    return Wrong(moment, "", f"the kernel panicked: {reason.removeprefix('kernel panic: ')}", function=function, cause=cause,
                 notes=[f"backtrace: {line}" for line in trace[:8]])


def _process_fault(run, moment, troubles):
    text = troubles[-1] if troubles else "fault: (the log does not say which)"
    kind, _, sentence = text.partition(": ")
    address, pid = re.search(r"\bon (0x[0-9a-f]+)", text), re.search(r"\bpid=(\d+)", kind)
    va = int(address[1], 16) if address else None
    wrong = Wrong(moment, "", f"a process was stopped: {sentence or text}", va=va,
                  process=f"process {pid[1]}" if pid else None, cause="the page table does not permit what the program "
                  "did there, or the program read something that is not what it wrote" if address else None)
    process = moment.processes().get(int(pid[1])) if moment and pid else None
    if process and va is not None:
        wrong.root = process.pagetable
        wrong.entry = moment.levels(va, wrong.root)[-1][2]
        wrong.notes = [f"walk to {va:#x}: {line}" for line in walk_in_words(moment, va, wrong.root)]
    return wrong


def _flood(_run, _ending, _moment):
    return Wrong(None, "", f"the log was flooded with more than {FLOOD >> 10} KiB", cause="a loop that prints")


def _limit(run, ending, moment):
    cause = "the program waits for something that does not happen: a process that is lost, a loop in the kernel, or " \
        "an error after which the program tries again"
    if ending.sentence:                     # stopped from outside, each time elsewhere: there is no more to tell
        return Wrong(None, "", ending.sentence, cause=cause)
    where = function_at(run.built, moment.program, moment.registers)
    limit = run.recording.scenario.seconds
    if not run.recording.is_stuck:
        found = f"{limit:g} s of the machine's time went by since then, and processes were still running"
    elif not moment.registers["eflags"] & 0x200 and _is_halt(moment):
        found = "the machine stands still: it waits with interrupts off"
    elif _is_halt(moment):
        found = "the machine waits, and no process can run"
    else:
        found = f"the kernel hangs: after {limit:g} s of the machine's time it is in {where or 'no known function'}"
    notes = [f"it is at rip {moment.rip:#x}" + (f", in {where}" if where else "")]
    return Wrong(moment, "", found, function=where, notes=notes, cause=cause)


def _is_halt(moment):
    """Whether the instruction just executed, or the next one, is `hlt`."""
    around = moment.read(moment.rip - 1, 2) or b""
    return b"\xf4" in around


def _reset(run, ending, moment):
    registers = moment.registers
    before = moment.read(moment.rip - 2, 2) or b""
    if before[1:] in (b"\xee", b"\xef") or before[:1] in (b"\xe6", b"\xe7"):
        return Wrong(moment, "", "the kernel reset the machine (by an I/O port)",
                     function=function_at(run.built, None, registers), cause="nothing in a kernel needs to reset it")
    where = function_at(run.built, moment.program, registers) or "no known function"
    cr2, root = registers["cr2"], registers["cr3"]
    notes = [f"it was at rip {moment.rip:#x} in {where}; the last page fault was on {cr2:#x}; cr3 {root:#x}"]
    unmapped = [(name, va) for name, va in (("the code itself", moment.rip), ("the stack", registers["rsp"] - 8))
                if moment.memory.address(root, va) is None]
    va = unmapped[0][1] if unmapped else cr2
    notes += [f"walk to {va:#x}: {line}" for line in walk_in_words(moment, va)]
    if unmapped and registers["cs"] & 3 != 3 and moment.cr3 != run.built.kernel_elf.symbols["kernel_pagetable"]:
        cause = f"{unmapped[0][0]} is not mapped in the page table that the kernel had just loaded, a process's: " \
            "whoever made that page table (its constructor, or what that calls to map the kernel) left out the " \
            "kernel's part"
        where = None                        # where it happened says nothing of who made the mistake
    elif unmapped:
        cause = f"{unmapped[0][0]} is not mapped in the page table that the processor had"
    else:
        cause = "the kernel's code, stack or tables of interrupts are not mapped, or not writable, in that page table"
    return Wrong(moment, "", "a triple fault: the processor could not even deliver an exception, and the machine reset",
                 va=va, pa=root, function=where, cause=cause, notes=notes)


def _overwritten(run, ending, moment):
    pa = moment.memory.address(moment.cr3, ending.va)
    return Wrong(moment, "", "the program's own text or constants have changed", va=ending.va, pa=pa,
                 entry=moment.levels(ending.va)[-1][2],
                 cause="its page is also somebody else's: two mappings of one physical page, or a page that was freed "
                 "while it was mapped")


def _died(run, ending, moment):
    return Wrong(moment, "", ending.sentence or "QEMU was closed", cause="this is the grader's "
                 "trouble, not the submission's; see whether it happens again")
