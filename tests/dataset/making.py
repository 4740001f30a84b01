"""Drawings and revisions for the tests of the dataset."""

from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from sketchpose.dataset import Dataset, Person, Revision
from sketchpose.pose import Pose


def drawing_bytes(seed: int, size: tuple[int, int] = (96, 128)) -> bytes:
    """A small picture of random strokes, another for every seed."""
    rng = np.random.default_rng(seed)
    image = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(image)
    for _ in range(6):
        pen.line([tuple(map(float, rng.uniform((0, 0), size))) for _ in range(3)], fill="black", width=2)
    buffer = BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def make_pose(seed: int = 0) -> Pose:
    """A pose of random joints, some of them hidden or not labelled."""
    rng = np.random.default_rng(seed)
    visibility = rng.choice([0, 1, 2], 17, p=[0.1, 0.2, 0.7])
    visibility[5] = 2
    return Pose.annotated(rng.uniform((5, 5), (90, 120), (17, 2)), visibility)


def add(dataset: Dataset, seed: int = 0, **rest: Any) -> Revision:
    """Store a drawing with a person."""
    image = dataset.add_image(drawing_bytes(seed), f"drawing {seed}.png")
    people = rest.pop("persons", [Person.of_pose("p1", make_pose(seed))])
    return dataset.save(Revision.make(image, people, **rest))
