"""classes.py - grades many submissions: tests/grade --lab LAB --all SUBMISSIONS --out OUT

SUBMISSIONS holds a folder or an archive (zip, tar) for each submission. In OUT come to lie

    grades.csv              the table: a line for each submission, a column for each check
    results/NAME.json       all that was found, as --json writes it, and `digest`
    results/NAME.txt        the same as text, for the instructor
    feedback/NAME.txt       without what students are not to see
    overview.txt            points by check, and the commonest mistakes (class_overview.py)

and all of it is whole after every submission. What is there is not done again: a grading that was stopped goes on,
and a submission is graded anew only if its files or the grader have changed (`digest`).

A submission is graded by a process of its own (class_job.py) with an end of its own; GNU parallel runs as many as
there are cores, here and on the machines that --sshlogin names. What goes wrong with one, goes wrong with one only.
"""
import base64
import csv
import dataclasses
import fcntl
import hashlib
import io
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import urllib.parse

from grading import ROOT, TESTS, build, class_job, class_overview, formats, sandbox, submission
from problem import Problem

LIMIT = 600                             # seconds of wall time for one submission, whatever happens
SETTINGS = ("OBJ", "QEMU", "CC", "TOOLPREFIX", "PYTHON")
METADATA = "submission_metadata.yml"    # beside the submissions that Gradescope exports
NO_SUBMISSIONS = (METADATA, "Thumbs.db", "desktop.ini")
GRADER_PARTS = ("boot", "build", "kernel", "lib", "user", "labs", "tests/grading", "tests/grade", "tests/problems.py")


@dataclasses.dataclass
class Entry:
    """One submission. `shown`: its name for people; `file`: its name for files; `problem`: why it cannot be graded."""
    path: str
    shown: str
    file: str
    contents: dict
    digest: str
    problem: str = ""
    notes: list = dataclasses.field(default_factory=list)
    report: dict = None


### What there is to grade

def shown_name(name):
    """A file's name as text that can be printed."""
    text = os.fsencode(name).decode(errors="backslashreplace")
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def file_name(name):
    """A name for result files, other for other names, whatever is in it."""
    quoted = urllib.parse.quote(os.fsencode(name), safe=" ()+,=@")
    if len(quoted) <= 200:
        return quoted
    return f"{quoted[:180]}-{hashlib.sha256(os.fsencode(name)).hexdigest()[:16]}"


def is_submission(folder, name):
    """Whether it is one, or was meant to be: a file of another kind is told, and counted."""
    path = os.path.join(folder, name)
    return not name.startswith((".", "__MACOSX")) and name not in NO_SUBMISSIONS and \
        (os.path.isdir(path) or os.path.isfile(path))


def grader_digest():
    """A digest of all that decides a grade beside the submission."""
    digest = hashlib.sha256()
    for part in GRADER_PARTS:
        top = os.path.join(ROOT, part)
        paths = [top] if os.path.isfile(top) else sorted(
            os.path.join(here, name) for here, _, names in os.walk(top) for name in names if "__pycache__" not in here)
        for path in paths:
            with open(path, "rb") as file:
                digest.update(f"{os.path.relpath(path, ROOT)}\0".encode() + hashlib.sha256(file.read()).digest())
    return digest.hexdigest()


def read_entry(folder, name, files, common, known=None):
    """The Entry of the submission `name`; its `problem` is set if nothing can be had of it. With `known`,
    {path: digest} of a hand-out's sources, its contents have what was changed beside the lab's files, too."""
    path, contents, problem, notes = os.path.join(folder, name), {}, "", []
    try:
        found = submission.collect(path, files, folders=submission.SOURCES if known else ())
        contents = {file: data for file, data in found.items() if file in files or file == "lab.json"}
        contents.update(submission.others(found, files, known) if known else {})
        notes = [f"{file} has changes that are not committed; it was graded as it lies there"
                 for file in submission.uncommitted(path, files)]
    except Problem as error:
        problem = str(error)
    except Exception as error:          # whatever it is that is wrong, it is this submission's alone
        problem = f"the submission cannot be read ({type(error).__name__}: {error})"
    digest = hashlib.sha256(common.encode())
    for file in sorted(contents):
        digest.update(f"{file}\0{len(contents[file])}\0".encode() + contents[file])
    digest.update(problem.encode(errors="replace"))
    return Entry(path, shown_name(name), file_name(name), contents, digest.hexdigest(), problem, notes)


def students(folder):
    """{submission: {"name", "sid", "email"}} as Gradescope's export says, the first of a group; else empty."""
    path, found, current = os.path.join(folder, METADATA), {}, None
    if not os.path.isfile(path):
        return found
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            if match := re.match(r"([^\s:]+):\s*$", line):
                current = found.setdefault(match[1], {})
            elif current is not None and (match := re.match(r"\s+(?:- )?:(name|sid|email): *(.*?)\s*$", line)):
                current.setdefault(match[1], match[2].strip("'\""))
    return found


### What comes out

def write_text(path, text):
    formats.write_whole(path, text)


def feedback(report):
    """What a student may see of a report, as text."""
    shown = [check for check in report["checks"] if check["visibility"] == "visible"]
    lines = [f"Lab {report['lab']}: {report['submission']}"] + ([report["message"]] if report["message"] else []) + [""]
    for check in shown:
        lines.append(f"{check['earned']:>4g} of {check['points']:<4g} {check['title']}")
        lines += [f"             {line}".rstrip() for line in formats.explanation(check).splitlines()]
    earned, possible = (sum(check[key] for check in shown) for key in ("earned", "points"))
    return "\n".join([*lines, "", f"{earned:g} of {possible:g} points of the checks shown here", ""])


def cell(value):
    """A table's cell; a text that a spreadsheet would take for a formula gets an apostrophe before it."""
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return f"'{text}" if text[:1] in "=+-@\t\r" and text[:1] and not isinstance(value, (int, float)) else text


def table(entries, checks, names):
    """grades.csv as text: all entries, those without a result included."""
    people = [key for key in ("name", "sid", "email") if any(key in each for each in names.values())]
    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow(["submission", *people, "state", "points", "possible", "extra_points", "seconds", "message",
                     *(check.id for check in checks)])
    for entry in entries:
        report = entry.report or {}
        earned = {check["id"]: check["earned"] for check in report.get("checks", ())}
        person = names.get(os.path.basename(entry.path), {})
        row = [entry.shown, *(person.get(key, "") for key in people), report.get("state", "waiting"),
               *(report.get(key, "") for key in ("points", "possible", "extra_points", "seconds", "message")),
               *(earned.get(check.id, "") for check in checks)]
        writer.writerow([cell(value) for value in row])
    return output.getvalue()


class Class:
    """The grading of one class: `checks` of the lab, `entries`, and where results go."""

    def __init__(self, lab, checks, folder, out):
        self.lab, self.checks, self.out = lab, checks, out
        self.names = students(folder)
        self.entries = []
        self.done = 0
        for each in ("results", "feedback"):
            os.makedirs(os.path.join(out, each), exist_ok=True)

    def place(self, entry, kind, suffix):
        return os.path.join(self.out, kind, entry.file + suffix)

    def recall(self, entry):
        """Whether the result of `entry` is there already."""
        report = class_job.load(self.place(entry, "results", ".json"))
        if not formats.is_report(report) or report.get("digest") != entry.digest or report["state"] != "finished":
            return False
        entry.report = report
        return True

    def keep(self, entry, report, text, problem):
        """Writes the result of `entry`; `problem`: a sentence if its grading went wrong, which is tried again."""
        if not formats.is_report(report):
            report = self.empty_report(entry, "failed", problem or "the grader left no result")
        elif problem:
            report.update(state="failed", message=" ".join(filter(None, (report["message"], problem))))
        report.update(submission=entry.shown, digest=entry.digest,
                      message="\n".join([*entry.notes, *filter(None, [report["message"]])]))
        entry.report = report
        write_text(self.place(entry, "results", ".txt"), text or report["message"] + "\n")
        write_text(self.place(entry, "feedback", ".txt"), feedback(report))
        write_text(self.place(entry, "results", ".json"), formats.kinglet_json(report))
        self.write_table()
        self.tell(entry)

    def refuse(self, entry):
        """The result of what cannot be read."""
        self.keep(entry, self.empty_report(entry, "finished", entry.problem), f"Kinglet: {entry.problem}\n", "")

    def empty_report(self, entry, state, message):
        outputs = formats.Outputs(self.lab, entry.shown, confined=not sandbox.problem())
        outputs.begin(self.checks)
        outputs.message(message)
        for check in outputs.report["checks"]:
            check["status"] = "blocked"
            check["wrong"] = formats.wrong_record(message)
        return {**outputs.report, "state": state}

    def write_table(self):
        write_text(os.path.join(self.out, "grades.csv"), table(self.entries, self.checks, self.names))

    def write_overview(self):
        reports = [entry.report for entry in self.entries if entry.report]
        write_text(os.path.join(self.out, "overview.txt"), class_overview.overview(reports, self.checks))

    def tell(self, entry):
        self.done += 1
        report = entry.report
        extra = f" and {report['extra_points']:g} extra" if report["extra_points"] else ""
        note = f"  {report['message'].splitlines()[0]}" if report["message"] else ""
        print(f"{self.done:4} of {len(self.entries)}  {report['points']:5g}{extra}  {entry.shown}{note}", flush=True)


### Running them

def order_line(key, entry, grader, arguments, limit):
    environment = {name: os.environ[name] for name in SETTINGS if os.environ.get(name)}
    if "OBJ" in environment:
        environment["OBJ"] = os.path.abspath(environment["OBJ"])
    files = {path: base64.b64encode(data).decode() for path, data in entry.contents.items()}
    order = {"key": key, "grader": grader, "arguments": arguments, "environment": environment, "files": files,
             "limit": limit, "shown": shlex.quote(shown_name(os.path.abspath(entry.path)))}
    return json.dumps(order).encode() + b"\n"


def parallel_command(jobs, sshlogins, limit):
    """GNU parallel, which gives each line of its input to a class_job."""
    program = shutil.which("parallel")
    version = program and subprocess.run([program, "--version"], capture_output=True, text=True, check=False,
                                         stdin=subprocess.DEVNULL).stdout
    if not version or "GNU" not in version:
        raise Problem("GNU parallel is not installed: run build/setup check")
    # A machine may be slow to answer, but none keeps an order for ever.
    command = [program, "--plain", "--will-cite", "--pipe", "-N1", "--block", "64M", "--timeout", str(int(limit) + 120)]
    command += ["--jobs", str(jobs)] if jobs else []
    for login in sshlogins:
        command += ["--sshlogin", login]
    python = shlex.quote(sys.executable if not sshlogins else "python3")
    return [*command, f"env PYTHONPATH={shlex.quote(TESTS)} {python} -B -m grading.class_job"]


def feed(pipe, lines):
    """Gives parallel its orders."""
    try:
        with pipe:
            for line in lines:
                pipe.write(line)
    except BrokenPipeError:
        pass


def run_orders(command, lines, log):
    """Yields each answer as it comes. However this ends, what it has started ends, too."""
    reading, writing = os.pipe()
    os.set_inheritable(reading, True)
    environment = {**os.environ, class_job.LIFELINE: str(reading), "SHELL": "/bin/sh"}
    parallel = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, env=environment,
                                pass_fds=[reading], start_new_session=True)
    os.close(reading)
    feeder = threading.Thread(target=feed, args=(parallel.stdin, lines), daemon=True)
    feeder.start()
    try:
        for line in parallel.stdout:
            try:
                answer = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(answer, dict) and "key" in answer:
                yield answer
    finally:
        os.close(writing)
        if parallel.poll() is None:
            for _ in range(2):                          # the second makes it end those that run
                os.killpg(parallel.pid, signal.SIGTERM)
            try:
                parallel.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(parallel.pid, signal.SIGKILL)
        parallel.stdout.close()
        parallel.wait()
        feeder.join(5)


def grade_entries(whole, waiting, grader, arguments, jobs=None, sshlogins=(), limit=LIMIT):
    """Grades `waiting`, entries of the Class `whole`."""
    with open(os.path.join(whole.out, "parallel.log"), "ab") as log:
        for logins in (sshlogins, ()):                  # what no machine has answered is tried again on this one
            command = parallel_command(jobs, logins, limit)
            orders = {str(number): entry for number, entry in enumerate(waiting)}
            lines = (order_line(key, entry, grader, arguments, limit) for key, entry in orders.items())
            for answer in run_orders(command, lines, log) if orders else ():
                if entry := orders.pop(str(answer["key"]), None):
                    whole.keep(entry, answer.get("report"), answer.get("text", ""), answer.get("problem", ""))
            waiting = list(orders.values())
    for entry in waiting:
        whole.keep(entry, None, "", "no answer came from what was to grade this; see parallel.log")


def grade_all(lab, checks, files, folder, out, grader, arguments=(), known=None, **how):
    """Grades all submissions in `folder` into `out`. `checks` and `files` are the lab's; `known`: see `read_entry`;
    `grader` is a command, which gets `arguments`, `--json FILE` and a folder. `how`: jobs, sshlogins, limit. Returns the
    Class."""
    if not os.path.isdir(folder):
        raise Problem(f"--all {folder}: there is no such folder")
    try:
        whole = Class(lab, checks, folder, out)
        lock = open(os.path.join(out, "lock"), "w", encoding="utf-8")
    except OSError as error:
        raise Problem(f"--out {out}: {error.strerror}") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Problem(f"--out {out}: another grading is at work there") from None
        common = f"{grader_digest()} {lab} {grader} {arguments}"
        names = sorted(name for name in os.listdir(folder) if is_submission(folder, name)
                       and os.path.realpath(os.path.join(folder, name)) != os.path.realpath(out))
        if not names:
            raise Problem(f"--all {folder}: there is no submission in it (a folder, or a zip or tar file, each)")
        whole.entries = [read_entry(folder, name, files, common, known) for name in names]
        waiting = [entry for entry in whole.entries if not whole.recall(entry)]
        whole.done = len(whole.entries) - len(waiting)
        if whole.done:
            print(f"{whole.done:4} of {len(whole.entries)}  are graded already")
        for entry in waiting:
            if entry.problem:
                whole.refuse(entry)
        grade_entries(whole, [entry for entry in waiting if not entry.problem], grader, list(arguments), **how)
        whole.write_table()
        whole.write_overview()
    return whole


def summary(whole):
    """A few lines about all of them."""
    reports = [entry.report for entry in whole.entries]
    points = sorted(report["points"] for report in reports)
    middle = (points[len(points) // 2] + points[(len(points) - 1) // 2]) / 2
    failed = sum(report["state"] != "finished" for report in reports)
    lines = [f"{len(points)} submissions: from {points[0]:g} to {points[-1]:g} of {reports[0]['possible']:g} points, "
             f"half of them {middle:g} or more; the table is {os.path.join(whole.out, 'grades.csv')}"]
    if failed:
        lines.append(f"Kinglet: {failed} could not be graded (state failed in the table); run this again to try again")
    return "\n".join(lines)


def main(arguments):
    """`tests/grade --all`: `arguments` has lab, step, check, all, out, jobs, sshlogin. Returns an exit status."""
    from grading.lab import Lab
    lab = Lab(arguments.lab)
    checks = lab.chosen(arguments.step, arguments.check)
    if not arguments.out:
        raise Problem("--all needs --out, the folder for the results")
    options = ["--lab", lab.name, "--no-color", "--jobs", "1"]
    options += ["--step", arguments.step] if arguments.step else []
    options += ["--check", arguments.check] if arguments.check else []
    sandbox.warn()
    grader = ["python3" if arguments.sshlogin else sys.executable, "-B", os.path.join(TESTS, "grade")]
    tree = build.Tree(lab, os.environ.get("OBJ") or os.path.join(lab.root, "obj"))
    with tree.lock():
        tree.update()               # once, so that not each submission has to
    whole = grade_all(lab.name, checks, lab.files, arguments.all, arguments.out, grader, options, tree.digests(),
                      jobs=arguments.jobs, sshlogins=arguments.sshlogin or ())
    print(summary(whole))
    return int(any(entry.report["state"] != "finished" for entry in whole.entries))
