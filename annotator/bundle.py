"""One script from a component's JavaScript modules, without a build tool.

Gradio takes a component's script as one text and runs it inside a function, where ``import`` and ``export`` are not
allowed. The modules follow rules that make joining them trivial: each import is one line and names a module beside it,
each export begins a line, and no two modules declare the same name at the top level. Without the import lines and the
word ``export`` they are one script, while the tests load the very same files in Node.
"""

import json
import re
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).parent / "editor" / "js"
ENTRY: Final = "main.js"

_IMPORT = re.compile(r"^import \{[^}\n]*\} from '\./(?P<file>[a-z]+\.js)';\n", re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:const|let|function|class)\b)", re.MULTILINE)


def modules(folder: Path | None = None, entry: str = ENTRY) -> list[str]:
    """Return the names of the modules that the entry needs, each after those it imports, the entry last."""
    source = folder or FOLDER
    ordered: list[str] = []
    visited: set[str] = set()

    def visit(name: str) -> None:
        if name in visited:
            return
        visited.add(name)
        for match in _IMPORT.finditer((source / name).read_text("utf-8")):
            visit(match["file"])
        ordered.append(name)

    visit(entry)
    return ordered


def script(folder: Path | None = None, entry: str = ENTRY, **settings: Any) -> str:
    """Return the script for ``js_on_load``.

    Args:
        folder: Where the modules lie; by default the editor's.
        entry: The module whose ``start`` is called.
        settings: Constants for the script, which finds them in ``host.settings``. They are part of the script because
            Gradio forgets the properties of a component whose value is set while its tab is not on the page.

    Raises:
        ValueError: A module has an import or export that breaks the rules above.
    """
    parts = ["'use strict';\n"]
    for name in modules(folder, entry):
        text = _EXPORT.sub("", _IMPORT.sub("", ((folder or FOLDER) / name).read_text("utf-8")))
        if stray := re.search(r"^\s*(?:import|export)\b.*$", text, re.MULTILINE):
            raise ValueError(f"{name}: {stray[0].strip()!r} cannot be joined; keep imports and exports on one line.")
        parts.append(f"// {name}\n{text}")
    parts.append(f"start({{ element, trigger, props, server, upload, watch, settings: {json.dumps(settings)} }});\n")
    return "\n".join(parts)
