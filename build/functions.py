"""functions.py - finds functions in C++ source, and replaces them

A function is known by its qualified name, as `new_address_space::copy`; where several have that name, by its parameter
types too: `vmiter::try_map(void*, uint64_t)`. Its text is its definition and, with `first`, the comment lines directly
above. Universal Ctags finds them.

A bodies file holds definitions that replace those of the same name in another file (and their comments, where it has
any), `#include` lines that the other file is to have, and, each on a line of its own,
    // absent: NAME            that function is not there
    // function: NAME(types)   the definition below replaces this one, not the one with its own name and types
"""
import dataclasses
import json
import os
import pathlib
import re
import shutil
import subprocess

import scratch
from problem import Problem

DIRECTIVE = re.compile(r"\s*// (absent|function): (.+?)\s*$")
INCLUDE = re.compile(r"\s*#include\s")
TYPE_WORDS = {"unsigned", "signed", "int", "long", "short", "char", "bool", "double", "float", "void", "auto"}
QUALIFIERS = {"const", "volatile", "struct", "class", "enum", "typename"}


@dataclasses.dataclass(frozen=True)
class Function:
    """One definition: lines `[start, end)` of its file, counted from 0, and the comment above from `first`. `line` is
    the one with its name, counted from 1."""
    name: str
    types: str
    first: int
    start: int
    end: int
    line: int

    def __str__(self):
        return f"{self.name}({self.types})"


def parameter_type(parameter):
    """The type of a parameter, without its name and default value, with blanks only where they are needed."""
    words = re.findall(r"\w+(?:::\w+)*|\.\.\.|\S", parameter.split("=")[0])
    plain = [word for word in words if re.match(r"\w", word) and word not in QUALIFIERS]
    if len(plain) > 1 and words[-1] == plain[-1] and words[-1] not in TYPE_WORDS and words[-2] != "::":
        words.pop()
    elif words and len(plain) > 1 and words[-1] == "]":             # an array's name stands before its brackets
        del words[-words[::-1].index("[") - 2]
    return re.sub(r"(?<!\w) | (?!\w)", "", " ".join(words))


def parameter_types(signature):
    """The parameter types of a signature `(uintptr_t va, F f = nullptr) const`, as `uintptr_t, F`."""
    inside = signature[signature.index("(") + 1:signature.rindex(")")]
    parts, depth = [""], 0
    for character in inside:
        depth += (character in "(<[{") - (character in ")>]}")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    types = [parameter_type(part) for part in parts if part.strip()]
    return "" if types == ["void"] else ", ".join(types)


def run_ctags(path):
    """The function definitions in a file, as Ctags tells them."""
    if not shutil.which("ctags"):
        raise Problem("ctags is not installed: run build/setup check")
    command = ["ctags", "--options=NONE", "--output-format=json", "--language-force=C++", "--kinds-C++=f",
               "--fields=+neSKZ", "-o", "-", str(path)]
    with scratch.Folder("ctags") as place:                      # it writes a file there first, whatever `-o` says
        answer = subprocess.run(command, capture_output=True, text=True, check=False,
                                env={**os.environ, "TMPDIR": place})
    if answer.returncode != 0:
        raise Problem(f"this ctags is not Universal Ctags with JSON ({answer.stderr.strip().splitlines()[:1]}): "
                      "run build/setup check")
    return [json.loads(line) for line in answer.stdout.splitlines()]


def code_of(line):
    return line.split("//")[0].strip()


def is_comment(line):
    return line.strip().startswith("//")


def definition_start(lines, index):
    """Where a definition begins whose name stands in `lines[index]`: what belongs to it may stand on lines above."""
    while index > 0:
        above = lines[index - 1]
        code = code_of(above)
        if not code or is_comment(above) or code.startswith("#") or code[-1] in ";{}:":
            break
        index -= 1
    return index


def comment_start(lines, index):
    while index > 0 and is_comment(lines[index - 1]) and not DIRECTIVE.match(lines[index - 1]):
        index -= 1
    return index


found_before = {}                       # a file's text -> its functions


def find_functions(path):
    """All function definitions of a file, in their order; not those inside another."""
    try:
        text = pathlib.Path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise Problem(f"{path}: not a text in UTF-8") from None
    if text not in found_before:
        found_before[text] = find_in(path, text.splitlines())
    return found_before[text]


def find_in(path, lines):
    result = []
    for tag in sorted(run_ctags(path), key=lambda tag: tag["line"]):
        inside = result and tag["line"] <= result[-1].end and tag.get("end", 0) <= result[-1].end
        if "end" not in tag or tag["name"].startswith("__anon") or tag.get("scopeKind") == "function" or inside:
            continue
        start = definition_start(lines, tag["line"] - 1)
        scope = re.sub(r"__anon\w+(::)?", "", tag.get("scope", "")).rstrip(":")
        name = re.sub(r"^operator (?=\W)", "operator", tag["name"])
        result.append(Function(f"{scope}::{name}" if scope else name, parameter_types(tag.get("signature", "()")),
                               comment_start(lines, start), start, tag["end"], tag["line"]))
    return result


def resolve(functions, name, where, types=None):
    """The one of `functions` that `name` means: a name, or `NAME(types)`. Of several, the one with `types`."""
    wanted = re.fullmatch(r"(.*operator\(\)|.*?[^\s(])\s*(\(.*\)[\s\w]*)?", name)
    plain, given = wanted[1], wanted[2]
    found = [each for each in functions if each.name == plain]
    if given:
        found = [each for each in found if each.types == parameter_types(given)]
    elif len(found) > 1 and types is not None:
        found = [each for each in found if each.types == types] or found
    if not found:
        near = [str(each) for each in functions if each.name.split("::")[-1] == plain.split("::")[-1]]
        raise Problem(f"{where}: there is no function {name}" + (f"; there is {', '.join(near)}" if near else ""))
    if len(found) > 1:
        raise Problem(f"{where}: {name} is ambiguous: write one of {', '.join(map(str, found))}")
    return found[0]


def named(functions, name):
    """Those of `functions` that `name` means, `NAME` or `NAME(types)`: several may have the name."""
    return [each for each in functions if name in (each.name, str(each))]


@dataclasses.dataclass
class Body:
    """A replacement: of the function `name` (or `name(types)`), by these lines; `lines` None: it is absent. `comment`
    None: the comment of the function it replaces stays."""
    name: str
    types: str
    comment: list
    lines: list
    origin: str


def check_nothing_else(path, lines, used):
    """A bodies file has nothing but functions, comments, `#include` lines, and the braces around."""
    for index, line in enumerate(lines):
        code = code_of(line)
        if index in used or is_comment(line) or INCLUDE.match(line) or re.fullmatch(
                r"|\}|#pragma once|(namespace.*|extern \"C\") \{", code):
            continue
        raise Problem(f"{path}:{index + 1}: neither a function nor an #include line; only those can be replaced")


def read_bodies(path):
    """The replacements and the `#include` lines in a bodies file."""
    found = find_functions(path)
    lines = pathlib.Path(path).read_text(encoding="utf-8").splitlines()
    bodies, used, names = [], set(), {}
    for function in found:
        above = DIRECTIVE.match(lines[function.first - 1]) if function.first > 0 else None
        name = above[2] if above and above[1] == "function" else function.name
        if above and above[1] == "function":
            names[function.first - 1] = name
        comment = lines[function.first:function.start] or None
        bodies.append(Body(name, function.types, comment, lines[function.start:function.end], str(path)))
        used.update(range(function.start, function.end))
    for index, line in enumerate(lines):
        directive = DIRECTIVE.match(line) if index not in used else None
        if directive and directive[1] == "absent":
            bodies.append(Body(directive[2], None, None, None, str(path)))
        elif directive and index not in names:
            raise Problem(f"{path}:{index + 1}: no function stands directly below")
    check_nothing_else(path, lines, used)
    return bodies, [line.strip() for line in lines if INCLUDE.match(line)]


def with_includes(lines, includes):
    """`lines` with those of `includes` that they lack, below the ones they have."""
    missing = [line for line in dict.fromkeys(includes) if line not in (each.strip() for each in lines)]
    last = max((index for index, line in enumerate(lines) if INCLUDE.match(line)), default=-1)
    return lines[:last + 1] + missing + lines[last + 1:]


def splice(lines, function, body):
    """Put `body` in the place of `function`."""
    if body.lines is not None:
        comment = lines[function.first:function.start] if body.comment is None else body.comment
        return lines[:function.first] + comment + body.lines + lines[function.end:]
    before, after = lines[:function.first], lines[function.end:]
    while after and not after[0].strip() and (not before or not before[-1].strip()):
        after = after[1:]
    return before + after


def replace_functions(path, bodies, includes=(), where=None):
    """Replace functions in the file `path` by `bodies`. Where several are for the same function, the first counts.
    Problem if one is missing or ambiguous there."""
    path = pathlib.Path(path)
    functions = find_functions(path)
    chosen = {}
    for body in bodies:
        try:
            function = resolve(functions, body.name, where or path, body.types)
        except Problem as problem:
            raise Problem(f"{body.origin}: {problem}") from None
        if function in chosen and chosen[function].origin == body.origin:
            raise Problem(f"{body.origin}: {function} is there twice")
        chosen.setdefault(function, body)
    lines = path.read_text(encoding="utf-8").splitlines()
    for function in sorted(chosen, key=lambda each: -each.start):
        lines = splice(lines, function, chosen[function])
    lines = with_includes(lines, includes)
    while lines and not lines[-1].strip():
        lines.pop()
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def merge_files(paths):
    """The text of several files as one: their header comment is the first's, their includes stand once at the top."""
    includes, parts = [], []
    for path in paths:
        lines = pathlib.Path(path).read_text(encoding="utf-8").splitlines()
        includes += [line.strip() for line in lines if INCLUDE.match(line)]
        parts.append("\n".join(line for line in lines if not INCLUDE.match(line)).strip("\n"))
    return "\n".join(dict.fromkeys(includes)) + "\n\n" + "\n\n".join(parts) + "\n"
