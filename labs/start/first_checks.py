"""first_checks.py - what the steps one and four of lab "start" are judged by

A student's own program comes to no moment: its memory is looked at when the machine's time is over.
"""
import re

from grading.run import Wrong
from memory import P_RUNNABLE, PROC_START_ADDR

NAMES = ("allocator", "allocator2", "allocator3", "allocator4")
SPAN = 0x40000                                      # bytes of memory that each of the four has
START = {"function": "start_processes"}


def first_moment(run):
    """The first moment of a check's program, which start_processes must have started."""
    try:
        return run.next("runs")
    except Wrong as wrong:
        raise Wrong(wrong.moment, "the program that was named at boot to run", wrong.found,
                    ending=wrong.ending,
                    notes=wrong.notes, function=wrong.function or START["function"],
                    cause="start_processes starts what `command` names: "
                    "process_setup(1, command)") from None


def runs_as_process_one(run):
    """The program that was named runs, as process 1, and alone."""
    moment = first_moment(run)
    if moment.args[0] != 1:
        run.wrong(moment, expected="the program to run as process 1", found="it is process "
                  f"{moment.args[0]}",
                  cause="process_setup(1, command) makes it process 1", **START)
    others = [process for process in moment.memory.processes().values() if process.pid != 1]
    if others:
        run.wrong(moment, expected="one process when one program is named",
                  found=f"process {others[0].pid} runs "
                  f"{others[0].program}, too", cause="only the word \"allocators\" stands for four "
                  "programs", **START)
    for _ in run.moments():
        pass


def hello_runs(run):
    """A program that is named ran as process 1, and ended by itself."""
    ended = run.until_idle()
    said = re.findall(r"^process pid=(\d+) program=(\S+)$", run.log(), re.MULTILINE)
    if ended.kind != "exit" or said != [("1", "hello")]:
        found = f"it started {', '.join(name for _, name in said)}" if said else "it started none"
        run.wrong(ended.moment, expected="the kernel to start the program \"hello\" as process 1, "
                  "which says hello and ends", found=found, cause="whatever word is given, but for "
                  "\"allocators\", is the name of a program", **START)


def one_is_named(run):
    """The word "allocator" starts that program alone."""
    moment = end_of(run)
    process_of(run, moment, 1)
    others = [process for process in moment.memory.processes().values() if process.pid != 1]
    if others:
        run.wrong(moment, expected="one process for the word \"allocator\"", found=f"process "
                  f"{others[0].pid} runs {others[0].program}, too", cause="the words are compared "
                  "only in part: all of \"allocators\" stands for four programs", **START)


def end_of(run):
    """The machine when its time is over."""
    ended = run.until_idle()
    if ended.moment is None:
        run.wrong(None, expected="four allocators that run on and on", found="the machine powered "
                  "off, as nobody ran",
                  cause="no process was started, or all have ended", **START)
    return ended.moment


def process_of(run, moment, pid):
    """The process with that pid, which must run its allocator."""
    process = moment.memory.processes().get(pid)
    started = re.search(rf"^process pid={pid} program={NAMES[pid - 1]}$", run.log(), re.MULTILINE)
    if not process and started:
        run.wrong(moment, expected=f"process {pid} to run on and on", found="it ran, and has ended",
                  function="process_main", cause="when there is nothing left to ask for, the "
                  "process yields for ever; it must not return or exit")
    if not process or process.program != NAMES[pid - 1]:
        found = f"it runs {process.program}" if process else "there is no such process"
        run.wrong(moment, expected=f"process {pid} to run {NAMES[pid - 1]}", found=found,
                  cause=f"process_setup({pid}, \"{NAMES[pid - 1]}\") is missing for the word "
                  "\"allocators\"", **START)
    return process


def four_are_loaded(run):
    moment = end_of(run)
    for pid, name in enumerate(NAMES, 1):
        process = process_of(run, moment, pid)
        for va, text in run.built.program(name).constant_pages:
            if moment.read(va, len(text), process.pagetable) != text:
                run.wrong(moment, expected=f"{name}'s instructions at {va:#x}", found="something "
                          "else", va=va,
                          cause="each of the four programs has its own place in memory, and is "
                          "loaded once", **START)


def four_run(run):
    moment = end_of(run)
    for pid in range(1, 5):
        process = process_of(run, moment, pid)
        start = PROC_START_ADDR + (pid - 1) * SPAN
        if process.state != P_RUNNABLE or not start <= process.registers["rip"] < start + SPAN:
            run.wrong(moment, expected=f"process {pid} to run in its program at {start:#x}",
                      found="it was stopped, or "
                      f"is at {process.registers['rip']:#x}", va=process.registers["rip"],
                      cause="the program that this process runs is another one's", **START)
    others = [process.pid for process in moment.memory.processes().values() if process.pid > 4]
    if others:
        run.wrong(moment, expected="four processes", found=f"there is a process {others[0]}",
                  cause="more are started",
                  **START)
