"""lab_sentences.py - what a lab's text demands, sentence by sentence, and which check judges it

labs/NAME/sentences.toml lists each sentence of the parts that say what to build, and each other one
that says "must", with the checks that judge it; or as one that explains, or advises. It lists the
commands, boot words and keys that the text names, too. No hand-out has that file: it names hidden
checks.
"""
import pathlib
import re
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = re.compile(r"^\*\*(Build|What to build)\.\*\*")
PART = re.compile(r"^(\*\*[A-Z][^*]*\*\*|#)")
NOT_JUDGED = ("explains", "advice")
COMMAND = re.compile(r"make run(?:-[a-z]+)*(?: (?:MEMORY|TIME|D)=\w+| BOOT=\"[^\"]*\")*")
BOOT_WORD = re.compile(r"\b(?:audit|fork|heap|log|machine|commit|keys)=[\w:,]+")
KEY = re.compile(r"\bkeys? `([a-z0-9+-])`|\bpress `([a-z0-9])`")


def paragraphs(text):
    """The text's paragraphs and list items, one line each, with whether it is of a part that says
    what to build."""
    build, found = False, []
    text = re.sub(r"^(?:    |\||!\[|<!--)[^\n]*$", "", text, flags=re.M)
    for block in re.split(r"\n\s*\n|\n(?=- |\d+\. )", text):
        line = " ".join(block.split())
        if PART.match(line):
            build = bool(BUILD.match(line))
        if line and not line.startswith("#"):
            found.append((re.sub(r"^(\*\*[^*]+\*\*|- |\d+\. )\s*", "", line), build))
    return found


def sentences(lab):
    """The sentences of a lab's text that have to be listed, in order."""
    text = (ROOT / "labs" / lab / "README.md").read_text(encoding="utf-8")
    found = []
    for line, build in paragraphs(text):
        for each in re.split(r"(?<=[.?!:)])\s+(?=[A-Z`(*])", line):
            if each and (build or re.search(r"\bmust\b", each)):
                found.append(each.strip())
    return found


def commands(lab):
    """The commands, boot words and keys that a lab's text names."""
    text = (ROOT / "labs" / lab / "README.md").read_text(encoding="utf-8")
    plain = " ".join(text.split())
    keys = {f"key {a or b}" for a, b in KEY.findall(plain)}
    return sorted({each.strip() for each in COMMAND.findall(plain)} | set(BOOT_WORD.findall(plain))
                  | keys)


def listed(lab):
    """What the list has: {sentence or command: its checks, as text}."""
    path = ROOT / "labs" / lab / "sentences.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def checks_of(lab):
    path = ROOT / "labs" / lab / "checks.toml"
    return {each["id"] for each in tomllib.loads(path.read_text(encoding="utf-8"))["check"]}


def main():
    """Prints what the lists lack, in their form."""
    for lab in ("start", "vm", "faults"):
        path = ROOT / "labs" / lab / "sentences.toml"
        have = listed(lab) if path.exists() else {"sentences": {}, "commands": {}}
        for part, wanted in (("sentences", sentences(lab)), ("commands", commands(lab))):
            for each in wanted:
                if each not in have[part]:
                    print(f"{lab} {part}: {each}")


if __name__ == "__main__":
    main()
