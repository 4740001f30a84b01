"""Galleries of random figures for the tests."""

import numpy as np

from sketchpose.pose import Pose
from sketchpose.retrieve import People


def crowd(count: int, seed: int = 0) -> People:
    """Random figures, three in a picture, tagged odd or even."""
    rng = np.random.default_rng(seed)
    keypoints = rng.normal(0, 60, (count, 17, 2)) + np.linspace(0, 300, 17)[:, None] + 200
    image = np.arange(count) // 3
    tags = [("odd" if i % 2 else "even", "all") for i in range(image.max(initial=-1) + 1)]
    return People(
        keypoints.astype(np.float32), np.ones((count, 17), np.float32), image, np.tile([0, 0, 9, 9], (count, 1)), tags
    )


def pose(people: People, row: int) -> Pose:
    return Pose.annotated(people.keypoints[row], np.full(17, 2))
