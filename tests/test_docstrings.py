"""The examples of the docstrings run as they stand, in a folder with the files that they name."""

import argparse
import doctest
import importlib
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sketchpose.dataset import Dataset
from sketchpose.pose import VISIBLE, Pose

ROOT = Path(__file__).parents[1]
DRAWING = ROOT / "examples" / "drawings" / "peeps_stand_PolkaDots.png"
FIXTURES = ROOT / "tests" / "dataset" / "fixtures"
POINTS = np.stack([np.linspace(10, 90, 17), np.linspace(20, 200, 17)], 1)
LOADS_FROM_THE_HUB = "sketchpose.dataset.exporters.huggingface"


def examples() -> list[str]:
    files = {path: path.read_text("utf-8") for path in sorted((ROOT / "sketchpose").rglob("*.py"))}
    names = [".".join(p.relative_to(ROOT).with_suffix("").parts) for p, text in files.items() if "\n>>> " in text]
    return [name.removesuffix(".__init__") for name in names if name != LOADS_FROM_THE_HUB]


@pytest.mark.parametrize("name", examples())
def test_the_examples_of_a_docstring_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(DRAWING, "drawing.png")
    shutil.copy(ROOT / "tests" / "formats" / "cases" / "coco_null_size.json", "export.json")
    shutil.make_archive("openpose_export", "zip", FIXTURES / "openpose")
    given: dict[str, Any] = {
        "dataset": Dataset(tmp_path / "dataset"),
        "pose": Pose.annotated(POINTS, np.full(17, VISIBLE)),
        "width": 300,
        "height": 400,
        "parser": argparse.ArgumentParser(),
        "Path": Path,
    }
    module = importlib.import_module(name)
    example = doctest.DocTestParser().get_doctest(module.__doc__ or "", vars(module) | given, name, None, None)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    said: list[str] = []
    result = runner.run(example, out=said.append)
    assert result.attempted > 0 and result.failed == 0, "".join(said)
