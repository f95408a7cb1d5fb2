"""lab_handout.py - a lab as students get it: a tree that builds, runs and grades, in a git repository

A hand-out is a state of a lab (build/labs.py) with the lab's text as README.md, the grader, and those of its checks
that are visible. Its history is reproducible: the same sources make the same commits, whoever makes them and wherever.
Made again into the same folder after a correction, it gains one commit; a folder with anything else is refused.
"""
import ast
import contextlib
import functools
import json
import os
import pathlib
import re
import shutil
import subprocess

import lab_leaks
import labs
import scratch
from problem import Problem

AUTHOR = "Kinglet"
EMAIL = "kinglet@localhost"
NO_DATE = 946684800                     # of a finished tree without git: 2000-01-01
GRADER = ("tests/grade", "tests/grading/", "tests/problems.py")
NOT_FOR_STUDENTS = ("tests/grading/autograder.py", "tests/grading/class", "tests/grading/gradescope/")
WHERE = "<!-- where you work -->"       # in a lab's README.md: the table goes here


### What the hand-out has more than the state

def toml_value(value):
    """`value` as TOML, on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml_value(each)}" for key, each in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(toml_value, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def toml_tables(name, tables):
    """An array of tables, as TOML."""
    return "".join(f"\n[[{name}]]\n" + "".join(f"{key} = {toml_value(value)}\n" for key, value in table.items())
                   for table in tables)


def lab_toml(lab):
    """The lab.toml of the hand-out: what the grader needs, not how the tree is derived."""
    steps = [{"name": step.name, "title": step.title, "functions": [f"{path}:{name}" for path, name in step.functions],
              "program": step.program, "extra": step.extra} for step in lab.steps]
    head = f"title = {toml_value(lab.title)}\nfiles = {toml_value(lab.files)}\n"
    return head + (f"rooms = {toml_value(lab.rooms)}\n" if lab.rooms is not None else "") + toml_tables("step", steps)


def read_checks(lab):
    """The checks of a lab, hidden ones too, as checks.toml has them."""
    path = lab.folder / "checks.toml"
    return labs.read_toml(path, f"labs/{lab.name}/checks.toml") if path.is_file() else {}


def is_visible(check):
    return check.get("visibility", "visible") == "visible"


def visible_checks(lab):
    """The checks that students see; what these need of others is left out."""
    checks = read_checks(lab).get("check", [])
    seen = {check["id"] for check in checks if is_visible(check)}
    return [{**check, "needs": [need for need in check.get("needs", []) if need in seen]} for check in checks
            if check["id"] in seen]


@functools.cache
def parsed(text):
    """The syntax of a Python file."""
    return ast.parse(text)


def modules_used(folder, name):
    """The Python files of a lab that `name` imports, itself included."""
    found, left = [], [name]
    while left:
        path = folder / f"{left.pop()}.py"
        if not path.is_file() or path in found:
            continue
        found.append(path)
        for node in ast.walk(parsed(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                left += [each.name for each in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                left.append(node.module)
    return found


def check_properties(lab, paths):
    """What students get has no property of a hidden check alone, or Problem."""
    defined = {node.name: path for path in paths for node in parsed(path.read_text(encoding="utf-8")).body
               if isinstance(node, ast.FunctionDef)}
    checks = read_checks(lab).get("check", [])
    seen = {check.get("property") for check in checks if is_visible(check)}
    for check in checks:
        name = check.get("property")
        if not is_visible(check) and name in defined and name not in seen:
            raise Problem(f"{defined[name].relative_to(lab.root)} has {name}, of the hidden check {check['id']}: move "
                          "it to hidden_checks.py")


def copy_checks(lab, folder):
    """Put the visible checks into the hand-out: what they are, how they judge, and their programs."""
    target = folder / "labs" / lab.name
    target.mkdir(parents=True)
    (target / "lab.toml").write_text(lab_toml(lab), encoding="utf-8")
    checks = visible_checks(lab)
    if not checks:
        return
    rest = {key: value for key, value in read_checks(lab).items() if key not in ("check", "salt")}
    head = "".join(f"{key} = {toml_value(value)}\n" for key, value in rest.items())
    (target / "checks.toml").write_text(head + toml_tables("check", checks), encoding="utf-8")
    modules = modules_used(lab.folder, "checks")
    check_properties(lab, modules)
    for path in modules:
        shutil.copy2(path, target / path.name)
    for program in sorted({check["program"] for check in checks if "program" in check}):
        source = next((path for name in (program, re.sub(r"s$", "", program))
                       for end in ("cc", "c")
                       for path in (lab.folder / "check" / f"p-{name}.{end}", folder / "user" / f"p-{name}.{end}")
                       if path.is_file()), None)
        if not source:
            raise Problem(f"labs/{lab.name}/checks.toml: there is no program {program}")
        if source.parent != folder / "user":
            shutil.copy2(source, folder / "user" / source.name)
    for header in sorted((lab.folder / "check").glob("*.h*")):
        programs = (folder / "user").glob("p-check*.c*")
        if any(f'"{header.name}"' in path.read_text(encoding="utf-8") for path in programs):
            shutil.copy2(header, folder / "user" / header.name)


def hidden_words(lab):
    """What names a check that students do not see: ids (a single word can be any word), programs and properties."""
    checks = read_checks(lab).get("check", [])
    hidden = [check for check in checks if not is_visible(check)]
    found = {check["id"] for check in hidden if re.search(r"[-_]", check["id"])}
    for key in ("program", "property"):
        seen = {check.get(key) for check in checks if is_visible(check)}
        found |= {check[key] for check in hidden if check.get(key) and check[key] not in seen}
    return found


def check_names(lab, folder):
    """No file of the hand-out that the lab brings names a hidden check, or Problem."""
    words = hidden_words(lab)
    for path in labs.files_below(folder):
        if not path.startswith(("labs/", "README.md", "user/p-check", "user/u-", "docs/", *lab.files)):
            continue
        text = (folder / path).read_text(encoding="utf-8", errors="replace")
        if named := sorted(word for word in words if re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text)):
            raise Problem(f"this hand-out would name a hidden check: {named[0]} in {path}")


def copy_grader(lab, folder):
    for path in labs.source_files(lab.root, GRADER):
        if path.startswith(GRADER) and not path.startswith(NOT_FOR_STUDENTS):
            labs.copy_file(lab.root / path, folder / path)


def table_of_places(lab, n, folder):
    """Where a student works, as a table of Markdown."""
    rows = [f"| {step.number}. {step.title} | `{name}` | [{path}]({path}) | {line} |"
            for step, path, name, line in labs.places(lab, folder, lab.steps[n:])]
    if not rows:
        return "All steps of this lab are done here."
    return "\n".join(["| step | function | file | line |", "|---|---|---|---|", *rows])


def write_text(lab, n, folder):
    """Write README.md: the lab's text, with the table where it wants it, or else before its first section."""
    path = lab.folder / "README.md"
    text = path.read_text(encoding="utf-8") if path.is_file() else f"# {lab.title}\n\n{WHERE}\n"
    if WHERE not in text:
        first = re.search(r"^## ", text, re.MULTILINE)
        at = first.start() if first else len(text)
        text = f"{text[:at].rstrip()}\n\n## Where you work\n\n{WHERE}\n\n{text[at:]}".rstrip() + "\n"
    (folder / "README.md").write_text(text.replace(WHERE, table_of_places(lab, n, folder)), encoding="utf-8")
    for picture in sorted((lab.folder / "pictures").glob("*.png")):
        labs.copy_file(picture, folder / "pictures" / picture.name)


def handout_tree(states, n, folder, over=None):
    """Write the hand-out of state `n` into `folder`, which is made; without a history."""
    lab = states.lab
    if over:
        labs.state_tree(lab, n, folder, over)
    else:
        shutil.copytree(states.tree(n), folder)
    copy_grader(lab, folder)
    copy_checks(lab, folder)
    write_text(lab, n, folder)
    labs.write_mark(lab, n, folder)


### Its history

def git(folder, *arguments, date=None, check=True):
    """Runs git in `folder`, untouched by the user's configuration; returns what it prints."""
    isolated = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    isolated |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}
    if date is not None:
        for who in ("AUTHOR", "COMMITTER"):
            isolated |= {f"GIT_{who}_NAME": AUTHOR, f"GIT_{who}_EMAIL": EMAIL, f"GIT_{who}_DATE": f"{date} +0000"}
    command = ["git", "-c", "core.autocrlf=false", "-c", "core.fileMode=true", "-C", str(folder), *arguments]
    answer = subprocess.run(command, capture_output=True, text=True, env=isolated, check=False)
    if check and answer.returncode != 0:
        raise Problem(f"git {arguments[0]} in {folder}: {answer.stderr.strip().splitlines()[-1:]}")
    return answer.stdout.strip()


def source_date(lab):
    """When what a hand-out is made of was last changed, by its repository, in seconds since 1970."""
    paths = ["Makefile", "boot", "build", "docs", "kernel", "lib", "user", "tests/grading", "labs"]
    text = git(lab.root, "log", "-1", "--format=%ct", "--", *paths, check=False)
    return int(text) if text.isdigit() else NO_DATE


def check_repository(lab, n, out):
    """`out` has the hand-out of this state with nothing else in its branch and its files, or Problem."""
    mark = out / labs.MARK
    if not (out / ".git").exists() or not mark.is_file():
        raise Problem(f"OUT={out}: is not empty, nor a hand-out; give another folder")
    try:
        held = json.loads(mark.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        held = {}
    held = held if isinstance(held, dict) else {}
    if (held.get("lab"), held.get("step")) != (lab.name, n):
        raise Problem(f"OUT={out}: holds step {held.get('step')} of lab {held.get('lab')}; give another folder")
    if git(out, "symbolic-ref", "--short", "HEAD", check=False) != "main":
        raise Problem(f"OUT={out}: its branch is not main; check that out first, or give another folder")
    if set(git(out, "log", "--format=%an <%ae>").splitlines()) != {f"{AUTHOR} <{EMAIL}>"}:
        raise Problem(f"OUT={out}: has commits of somebody else; give another folder, and pull from it")
    if git(out, "status", "--porcelain"):
        raise Problem(f"OUT={out}: has changes that are not committed; give another folder")


def check_leaks(states, n, folder):
    """Problem if anything of a later step's solution is in `folder`."""
    found = lab_leaks.leaks_of(lab_leaks.Solutions(states, n), folder)
    if found:
        raise Problem(f"this hand-out would leak a solution: {'; '.join(found)}")


def handout(lab, n, out, over=None, states=None, root=labs.ROOT):
    """Make, or correct, the hand-out of state `n` in the folder `out`. Returns a sentence that says what was done.
    `states`: the lab's, if they are there already, as lab_leaks.States."""
    lab = lab if isinstance(lab, labs.Lab) else labs.read_lab(lab, root)
    n, out = lab.step_number(n), pathlib.Path(out)
    if out.exists() and not out.is_dir():
        raise Problem(f"OUT={out}: is a file; give a folder")
    inside = out.resolve().is_relative_to(lab.root.resolve())
    if inside and not git(lab.root, "check-ignore", out.resolve(), check=False):
        raise Problem(f"OUT={out}: lies in this tree, of which it would become a part; give a folder elsewhere")
    is_new = not out.exists() or not any(out.iterdir())
    if not is_new:
        check_repository(lab, n, out)
    with (scratch.Folder("handout") as name,
          contextlib.nullcontext(states) if states else lab_leaks.States(lab) as states):
        fresh = pathlib.Path(name) / "tree"
        handout_tree(states, n, fresh, over)
        check_leaks(states, n, fresh)
        check_names(lab, fresh)
        out.mkdir(parents=True, exist_ok=True)
        labs.synchronize(fresh, out)
    if is_new:
        git(out, "-c", "init.defaultBranch=main", "init", "--quiet", "--template=")
    git(out, "add", "--all")
    if not is_new and not git(out, "status", "--porcelain"):
        return f"{out} holds this hand-out already"
    title = f"Lab {lab.name}, {'as it begins' if n == 0 else f'after step {n}'}" + ("" if is_new else ", corrected")
    git(out, "commit", "--quiet", "--no-verify", "-m", title, date=source_date(lab))
    return f"{out}: {title[0].lower()}{title[1:]} ({git(out, 'rev-parse', '--short', 'HEAD')})"
