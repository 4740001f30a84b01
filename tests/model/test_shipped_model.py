"""The model that ships reads the example drawings, and better than the published weights it came from.

It has learnt from these drawings, so this guards against a broken model; how well it reads unseen ones stands in its
card.
"""

from pathlib import Path

import pytest

from sketchpose.estimate import load_estimator
from sketchpose.evaluate import EvaluationReport, evaluate
from sketchpose.model import ModelFolder
from sketchpose.model.folder import list_models

ROOT = Path(__file__).parents[2]
DATASET = ROOT / "tests" / "golden" / "drawings" / "annotations.json"


def report(model: str) -> EvaluationReport:
    return evaluate(load_estimator("sketch", model=model), DATASET, ROOT / "examples" / "drawings")


@pytest.mark.slow
def test_it_reads_drawings_better_than_the_published_weights() -> None:
    ours, published = report("sketch-thunder"), report("movenet-thunder")
    assert ours.overall.ar > published.overall.ar + 0.15
    assert ours.overall.pck10 > 0.9
    assert ours.sources["open-peeps"].ar >= published.sources["open-peeps"].ar


@pytest.mark.parametrize("name", [name for name in list_models() if name.startswith("sketch-")])
def test_a_card_says_where_its_weights_come_from_and_what_they_are_worth(name: str) -> None:
    card = ModelFolder.open(name).card
    configs = ROOT / "sketchpose" / "train" / "configs"
    assert card.training["runs"] and card.scores
    for run in card.training["runs"]:
        assert (configs / run["config"]).is_file() and run.get("crops", run.get("pages")) > 0


def test_the_fast_model_is_smaller_and_reads_drawings_better_than_the_large_published_one() -> None:
    fast, large = (ModelFolder.open(name).weights.stat().st_size for name in ("sketch-lightning", "sketch-thunder"))
    assert 2 * fast < large
    assert report("sketch-lightning").overall.ar > report("movenet-thunder").overall.ar
