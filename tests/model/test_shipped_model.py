"""The model that ships reads the example drawings, and better than the published weights it came from.

It has learnt from these drawings, so this guards against a broken model; how well it reads unseen ones stands in its
card.
"""

from pathlib import Path

import pytest

from sketchpose.estimate import load_estimator
from sketchpose.evaluate import Report, evaluate
from sketchpose.model import ModelFolder

ROOT = Path(__file__).parents[2]
DATASET = ROOT / "tests" / "golden" / "drawings" / "annotations.json"


def report(model: str) -> Report:
    return evaluate(load_estimator("sketch", model=model), DATASET, ROOT / "examples" / "drawings")


@pytest.mark.slow
def test_it_reads_drawings_better_than_the_published_weights() -> None:
    ours, published = report("sketch-thunder"), report("movenet-thunder")
    assert ours.overall.ar > published.overall.ar + 0.15
    assert ours.overall.pck10 > 0.9
    assert ours.sources["open-peeps"].ar >= published.sources["open-peeps"].ar


def test_its_card_says_where_it_comes_from_and_what_it_is_worth() -> None:
    card = ModelFolder.open("sketch-thunder").card
    assert card.training["averaged"]["with"] == "movenet-thunder"
    configs = ROOT / "sketchpose" / "train" / "configs"
    assert all((configs / run["config"]).is_file() and run["crops"] > 0 for run in card.training["runs"])
    assert any("unseen" in name or "everkinetic" in name for name in card.scores)
