"""House style of docstrings that no linter checks."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
SECTION = re.compile(r"^(\s*)(Args|Attributes|Raises):\s*$")
ENTRY = re.compile(r"^\s+(?P<name>\*{0,2}[\w.]+(?:, \*{0,2}\w+)*(?: \([^)]*\))?): (?P<text>.*)$")


def entries(docstring: str) -> Iterator[tuple[str, str]]:
    """Name and text of each entry in the sections of a docstring."""
    section: int | None = None
    for line in docstring.splitlines():
        indent = len(line) - len(line.lstrip())
        if SECTION.match(line):
            section = indent
        elif section is not None and line.strip():
            if indent <= section:
                section = None
            elif indent == section + 4 and (entry := ENTRY.match(line)):
                yield entry["name"], entry["text"]


def test_texts_of_arguments_attributes_and_errors_begin_with_a_capital() -> None:
    small, seen = [], 0
    for path in sorted([ROOT / "app.py", *(ROOT / "sketchpose").rglob("*.py"), *(ROOT / "annotator").rglob("*.py")]):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                for name, text in entries(ast.get_docstring(node) or ""):
                    seen += 1
                    if text[:1].islower():
                        small.append(f"{path.relative_to(ROOT)}: {name}: {text}")
    assert seen > 1000 and small == []
