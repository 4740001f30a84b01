"""Who imports whom, as a table: ``python tests/support/import_graph.py``.

A room is a module, an arrow an import of another module of the project, wherever in the file it stands; imports for
the type checker alone do not count. Floors are the rooms of the longest chain of arrows within a folder.
"""

import ast
from collections.abc import Collection, Iterator, Mapping
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[2]
Graph = Mapping[str, set[str]]


def read_graph(root: Path = ROOT) -> dict[str, set[str]]:
    """Return the modules of the project and what each imports of it, packages by the names of their folders."""
    files = [root / "app.py", *(root / "sketchpose").rglob("*.py"), *(root / "annotator").rglob("*.py")]
    names = {".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): path for path in files}
    trees = {name: ast.parse(path.read_text("utf-8")) for name, path in names.items()}
    return {name: {used for used in _imports(tree, names) if used in names} - {name} for name, tree in trees.items()}


def within(graph: Graph, folder: str) -> dict[str, set[str]]:
    """Return the part of the graph that lies below a folder, the folder's own ``__init__`` left out."""
    inside = {name for name in graph if name.startswith(f"{folder}.")}
    return {name: graph[name] & inside for name in inside}


def floors(graph: Graph) -> int:
    """Return the number of rooms of the longest chain of arrows.

    Raises:
        graphlib.CycleError: The imports go in a circle.
    """
    height: dict[str, int] = {}
    for name in TopologicalSorter(graph).static_order():
        height[name] = 1 + max((height[used] for used in graph[name]), default=0)
    return max(height.values(), default=0)


def _imports(tree: ast.AST, names: Collection[str]) -> Iterator[str]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            parts = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (part if part in names else node.module for part in parts)
        yield from _imports(node, names)


def main() -> None:
    """Print the table."""
    graph = read_graph()
    print("| folder | rooms | arrows | floors |\n|---|---|---|---|")
    for folder in ["", "annotator", *sorted({".".join(name.split(".")[:2]) for name in graph if name.count(".") > 1})]:
        part = within(graph, folder) if folder else dict(graph)
        arrows = sum(map(len, part.values()))
        print(f"| {folder.replace('.', '/') or 'all'} | {len(part)} | {arrows} | {floors(part)} |")


if __name__ == "__main__":
    main()
