"""check_table.py - the table of what each check proves, at the end of docs/teaching.md

    python3 tests/grading/check_table.py            write it anew, after checks.toml or a property has changed

A test compares it with the labs, so that it is always true. A check's title says what holds when it passes; the first
paragraph of its property's docstring says how that is judged.
"""
import ast
import pathlib
import re
import sys
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
DOCUMENT = ROOT / "docs" / "teaching.md"
BEGIN = "<!-- from here on made by tests/grading/check_table.py -->\n"


def judgements(folder):
    """{function: the first paragraph of its docstring, on one line} of a lab's Python files."""
    found = {}
    for path in sorted(folder.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and ast.get_docstring(node):
                found[node.name] = " ".join(ast.get_docstring(node).split("\n\n")[0].split())
    return found


def row(check, judged):
    points = f"{check.get('points', 0):g}"
    seen = check.get("visibility", "visible").replace("_", " ")
    runs = len(check.get("scenario", [{}]))
    program = f"`{check['program']}`" + (f", {runs} runs" if runs > 1 else "")
    cells = (f"`{check['id']}`", points, seen, check["title"], judged.get(check["property"], ""), program)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def lab_table(folder):
    lab = tomllib.loads((folder / "lab.toml").read_text(encoding="utf-8"))
    checks = tomllib.loads((folder / "checks.toml").read_text(encoding="utf-8"))["check"]
    judged = judgements(folder)
    lines = [f"### Lab {folder.name}: {lab['title'].lower()}", ""]
    for number, step in enumerate(lab["step"], 1):
        own = [check for check in checks if check["step"] == step["name"]]
        points = sum(check.get("points", 0) for check in own)
        lines += [f"Step {number}, {step['name']}: {step['title']} ({points:g} points"
                  f"{', extra' if step.get('extra') else ''})", "",
                  "| check | points | seen | what holds if it passes | how it is judged | program |",
                  "|---|---|---|---|---|---|", *(row(check, judged) for check in own), ""]
    return lines


def tables(root=ROOT):
    """The part of the document that this makes."""
    folders = [path.parent for path in sorted((root / "labs").glob("*/checks.toml"))]
    order = {"start": 0, "vm": 1, "faults": 2}
    folders.sort(key=lambda folder: (order.get(folder.name, 3), folder.name))
    text = "\n".join(line for folder in folders for line in lab_table(folder))
    return re.sub(r"\n{3,}", "\n\n", text).rstrip() + "\n"


def main():
    head = DOCUMENT.read_text(encoding="utf-8").split(BEGIN)[0]
    DOCUMENT.write_text(f"{head}{BEGIN}\n{tables()}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
