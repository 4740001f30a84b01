"""What the Pose tab keeps of an estimate."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from annotator.pose.result import EVERYONE, estimate_people
from sketchpose.pose import Pose


class OneRunner:
    """Finds one person, sure of half the joints."""

    name = "one runner"

    def estimate(self, image: object, boxes: Sequence[Sequence[float]] | None = None) -> list[Pose]:
        points = np.linspace((20, 30), (180, 90), 17, dtype=np.float32)
        return [Pose(points, np.linspace(0, 1, 17), np.full(17, 2), [10, 10, 190, 100])]  # type: ignore[arg-type]


def test_another_threshold_does_not_read_the_picture_again(tmp_path: Path) -> None:
    path = tmp_path / "drawing.png"
    Image.new("RGB", (200, 120), "white").save(path)
    result = estimate_people(str(path), OneRunner(), "")  # type: ignore[arg-type]
    path.unlink()
    views = [result.view(EVERYONE, threshold) for threshold in (0.0, 0.5, 1.0)]
    assert len({re.search(r'href="data:image/webp[^"]+"', view)[0] for view in views}) == 1  # type: ignore[index]
    assert [view.count('fill="#fff"') for view in views] == [0, 8, 16]
