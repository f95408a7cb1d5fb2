"""snapshot.py - the machine's memory at one moment

    kernel = memory.Kernel(path of kernel.elf)
    outcome, snapshot = run_to_end(machine, kernel)     # or at any moment: Snapshot(machine, kernel)
    for process in snapshot.processes().values():
        for mapping in snapshot.walk(process.pagetable): ...
    assert snapshot.problems() == []
"""
from memory import PAGESIZE, Memory
from problems import problems_of
from screen import ADDRESS, SIZE, Screen


class Snapshot(Memory):
    """All of memory at one moment. Of a big machine's, what lies above the program images is read when it is asked for:
    what `problems` and `walk` need is read at once, so that it is still there when the machine has gone."""

    def __init__(self, machine, kernel):
        super().__init__()
        self.kernel = kernel
        size = -(-kernel["_programs_end"] // PAGESIZE) * PAGESIZE
        self.bytes = machine.read_memory(0, size)
        self.screen = Screen(self.bytes[ADDRESS:ADDRESS + SIZE])
        self.machine, self.kept = None, {}
        if self.is_big:
            self._keep_big(machine)

    def _keep_big(self, machine):
        was_running = machine.command("query-status")["running"]
        if was_running:
            machine.stop()
            self.bytes = machine.read_memory(0, len(self.bytes))
        self.machine = machine
        self._sentences = problems_of(self)
        for process in self.processes().values():
            for pa, level, _ in self.tables(process.pagetable):
                if not level:
                    self.read(pa, PAGESIZE)
        if was_running:
            self.machine = None                 # what is read later would be of another moment
            machine.cont()

    def read(self, pa, size):
        if pa + size <= len(self.bytes):
            return self.bytes[pa:pa + size]
        return b"".join(self._page(pn) for pn in range(pa // PAGESIZE, -(-(pa + size) // PAGESIZE)))[
            pa % PAGESIZE:][:size]

    def _page(self, pn):
        if pn not in self.kept:
            if not self.machine:
                raise LookupError(f"page {pn * PAGESIZE:#x} was not read in time")
            self.kept[pn] = self.machine.read_memory(pn * PAGESIZE, PAGESIZE)
        return self.kept[pn]

    def read_array(self, pa, size):
        return self.machine.read_memory(pa, size) if self.is_big else self.read(pa, size)

    def problems(self):
        """Sentences about what does not agree; an empty list if all does."""
        return self._sentences if self.is_big else problems_of(self)


def run_to_end(machine, kernel, limit=60):
    """Lets the machine run to its end; returns its Outcome and the memory just before it powered off (None if it ended
    in another way). `limit`: seconds of virtual time."""
    snapshots = [None]
    outcome = machine.run(limit, at_end=lambda ending: snapshots.append(Snapshot(ending, kernel)))
    return outcome, snapshots[-1]
