"""lab_leaks.py - is there anything of a solution in a hand-out?

Compares runs of tokens: of the bodies of functions (and the comments in and above them) as they are after later steps,
with every file of the hand-out, every object of its git history, and what is readable in binaries built from it. What
a function has in the hand-out's own state is no solution: the student sees it; nor is what functions of earlier steps
have, which the student has written.

The run is long enough that nothing in a kernel written in one style resembles a solution by chance, and short enough
that a few lines of one are found. A body that is shorter counts as a whole.
"""
import collections
import functools
import pathlib
import re
import subprocess
import sys

import functions
import labs
import scratch

RUN = 20                                # tokens
SHORTEST = 16                           # a body of fewer is no secret: `{ return 0; }`
COMMENT_RUN = 8                         # words of a comment
TOKEN = re.compile(r'"(?:\\.|[^"\\\n])*"|\w+|<<=|>>=|->|::|\+\+|--|&&|\|\||[-+*/%&|^=<>!]=|<<|>>|[^\s\w]')
MARKER = re.compile(r"^\s*(//+|#+(?!\s*include)|\*|>)|//")
BINARY_NAME = 6                         # characters of a name or string that is looked for in binaries
SKIPPED = {"kinglet.img"}               # what else holds is in kernel.elf


def tokens_of(text):
    """The tokens of a text, each different one once in memory: hand-outs have many in common."""
    return tuple(map(sys.intern, TOKEN.findall(text)))


@functools.cache
def code_tokens(text):
    """The tokens of C++ code, without its comments."""
    return tokens_of(re.sub(r"//[^\n]*", "", text))


@functools.cache
def all_tokens(text):
    """The tokens of any text, what is in comments too, without the signs that make comments."""
    return tokens_of("\n".join(MARKER.sub(" ", line) for line in text.splitlines()))


@functools.cache
def words_in(content):
    """The tokens of a file, its bytes given, as a set."""
    return frozenset(tokens_of(content.decode("utf-8", errors="replace")))


def comments(text):
    """The comments of C++ code, lines that follow each other as one, as lists of tokens."""
    found, last = [], None
    for number, line in enumerate(text.splitlines()):
        match = re.search(r"//+(.*)", line)
        if not match:
            continue
        if last != number - 1:
            found.append([])
        found[-1] += tokens_of(match[1])
        last = number
    return found


def runs(tokens, length):
    """All runs of `length` tokens."""
    return zip(*(tokens[start:] for start in range(length)))


def found_in(tokens, patterns):
    """The origins of those patterns that are in `tokens`."""
    return {table[run] for length, table in patterns.items() for run in runs(tokens, length) if run in table}


def function_texts(folder, paths):
    """{(path, function): (its text from the opening brace, all of its text)} for the functions of these files."""
    result = {}
    for path in paths:
        if not (folder / path).is_file() or not path.endswith((".cc", ".hh")):
            continue
        lines = (folder / path).read_text(encoding="utf-8").splitlines()
        for each in functions.find_functions(folder / path):
            text = "\n".join(lines[each.start:each.end])
            result[path, str(each)] = text[text.index("{"):], "\n".join(lines[each.first:each.end])
    return result


class States:
    """The trees of a lab's states, written when they are asked for; a context manager."""

    def __init__(self, lab):
        self.lab = lab
        self.folder = scratch.Folder("states")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.folder.remove()

    def tree(self, n):
        folder = pathlib.Path(self.folder.path) / str(n)
        return folder if folder.exists() else labs.state_tree(self.lab, n, folder)

    @functools.cache
    def files(self, n):
        """{path: bytes} of that state's tree."""
        folder = self.tree(n)
        return {path: (folder / path).read_bytes() for path in labs.files_below(folder)}


class Solutions:
    """What a hand-out of state `n` must not have: `later` are functions as later steps have them, `seen` the same as
    the student sees them, `done` the bodies of those that the student has written."""

    def __init__(self, states, n):
        lab, own = states.lab, states.tree(n)
        self.later = collections.defaultdict(dict)      # (path, function) -> {body: all of its text}
        self.seen = {}
        for later in range(n + 1, lab.last + 1):
            differing = {path for path, _content in states.files(n).items() ^ states.files(later).items()}
            self.compare(own, states.tree(later), sorted(differing))
        done = {(path, name) for _step, path, name, _line in labs.places(lab, own, lab.steps[:n])}
        self.done = [body for (path, name), (body, _text) in function_texts(own, lab.files).items()
                     if (path, name.split("(")[0]) in done]
        self.known_words = set().union(*map(words_in, states.files(n).values()))

    def compare(self, own, later, paths):
        self.seen |= function_texts(own, paths)
        for key, (body, text) in function_texts(later, paths).items():
            if key not in self.seen or self.seen[key][1] != text:
                self.later[key][body] = text

    @functools.cached_property
    def patterns(self):
        """{length: {run: where it is from}} of code, and the same of comments."""
        code, words = collections.defaultdict(dict), collections.defaultdict(dict)
        started = {run for key in self.later for comment in comments(self.seen.get(key, ("", ""))[1])
                   for run in runs(comment, COMMENT_RUN)}       # what lab authors say where a student is to work
        for (path, name), texts in self.later.items():
            seen_body = self.seen.get((path, name), ("", ""))[0]
            for body, text in texts.items():
                tokens = code_tokens(body)
                length = min(RUN, len(tokens))
                if length >= SHORTEST:
                    given = {run for each in [seen_body, *self.done] for run in runs(code_tokens(each), length)}
                    code[length].update({run: f"{path}: {name}" for run in runs(tokens, length) if run not in given})
                for comment in comments(text):
                    words[COMMENT_RUN].update({run: f"{path}: a comment of {name}" for run in runs(comment, COMMENT_RUN)
                                               if run not in started})
        return code, words

    @functools.cached_property
    def secret_words(self):
        """Names of functions, and strings, that only later states have: {bytes: where from}."""
        result = {}
        for (path, name), texts in self.later.items():
            plain = re.findall(r"\w+", name.split("(")[0])[-1]
            words = {plain} | {token for body in texts for token in code_tokens(body) if token.startswith('"')}
            for word in words - self.known_words:
                text = word.strip('"').split("%")[0].split("\\")[0]
                if len(text) >= BINARY_NAME:
                    result[text.encode()] = f"{path}: {name}"
        return result

    def origins(self, content):
        """Of which functions something is in these bytes."""
        if b"\0" in content:
            return {f"{origin} (by its name or a string)" for secret, origin in self.secret_words.items()
                    if secret in content}
        code, words = self.patterns
        text = content.decode("utf-8", errors="replace")
        everything = all_tokens(text)
        return found_in(everything, code) | found_in(code_tokens(text), code) | found_in(everything, words)


def git_objects(folder):
    """(name, bytes) of every blob, commit and tag in a repository, unreachable ones too."""
    answer = subprocess.run(["git", "-C", folder, "cat-file", "--batch-all-objects", "--batch"], capture_output=True,
                            check=True).stdout
    at = 0
    while at < len(answer):
        end = answer.index(b"\n", at)
        name, kind, size = answer[at:end].decode().split()
        if kind != "tree":
            yield f"git's {kind} {name[:12]}", answer[end + 1:end + 1 + int(size)]
        at = end + 1 + int(size) + 1


def documents(folder):
    """(name, bytes) of every file in a folder and every object of its git history."""
    for path in labs.files_below(folder):
        if not path.startswith(".git/"):
            yield path, (folder / path).read_bytes()
    if (folder / ".git").is_dir():
        yield from git_objects(folder)


def leaks(lab, n, folder, root=labs.ROOT):
    """What of the solutions of later steps than `n` is in `folder`: sentences, none if all is well."""
    lab = lab if isinstance(lab, labs.Lab) else labs.read_lab(lab, root)
    with States(lab) as states:
        return leaks_of(Solutions(states, lab.step_number(n)), folder)


def leaks_of(solutions, folder):
    """What of these solutions is in `folder`: sentences."""
    checked, result = {}, []
    for name, content in documents(pathlib.Path(folder)):
        if content not in checked and pathlib.PurePath(name).name not in SKIPPED:
            checked[content] = name
            result += [f"{name} has some of {origin}" for origin in sorted(solutions.origins(content))]
    return result
