"""What the tests of the *Correct* tab share."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from annotator.correct.dataset_store import DatasetStore
from annotator.correct.session import AnnotationSession
from annotator.editor.presets import PRESETS
from sketchpose.dataset import Dataset
from sketchpose.pose import Pose


@pytest.fixture
def drawing(tmp_path: Path) -> Path:
    path = tmp_path / "drawing.png"
    Image.new("RGB", (300, 400), "white").save(path)
    return path


@pytest.fixture
def pose() -> Pose:
    points = np.array(PRESETS["Running"], np.float32) * 333.3 + [150, 20]
    return replace(Pose.annotated(points, np.full(17, 2)), scores=np.full(17, 0.5, np.float32))


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return Dataset(tmp_path / "dataset")


@pytest.fixture
def session(dataset: Dataset) -> AnnotationSession:
    return AnnotationSession(DatasetStore(dataset), clock=lambda: 1234.5)
