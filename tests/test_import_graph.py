"""Arrows between the folders point one way: a stage knows only what comes before it in the order of the data."""

from typing import Final

from tests.support.import_graph import floors, read_graph

STAGES: Final = (
    ("model",),
    ("estimate", "synth"),
    ("lift",),
    ("dataset",),
    ("evaluate", "train"),
    ("assist",),
    ("retrieve",),
    ("cli", "__main__"),
)
"""Parts of ``sketchpose/`` in the order of the data; what is not named comes before them all."""


def stage(module: str) -> int:
    top, *inner = module.split(".")
    if top != "sketchpose":
        return len(STAGES) + 1 + (top == "app")
    return next((number for number, names in enumerate(STAGES, 1) if inner[0] in names), 0)


def test_no_import_goes_in_a_circle_or_to_a_later_stage() -> None:
    graph = read_graph()
    assert len(graph) > 200 and floors(graph) > 10  # raises where imports go in a circle
    graph.pop("sketchpose")  # it hands on what the stages offer
    upwards = [(name, used) for name in graph for used in graph[name] & graph.keys() if stage(used) > stage(name)]
    assert upwards == []
