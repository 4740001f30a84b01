"""The app, which writes the name of every picture that it estimates to a file, for the tests.

python tests/browser/counting_app.py FILE
"""

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

import app
from sketchpose.estimate.live import LiveEstimator
from sketchpose.images import Picture
from sketchpose.pose import Pose

FILE = Path(sys.argv.pop())
ESTIMATE = LiveEstimator.estimate


def counted(self: LiveEstimator, image: Any, boxes: Any = None) -> list[Pose]:
    with FILE.open("a") as lines:
        lines.write(f"{image.name if isinstance(image, Picture) else image}\n")
    return ESTIMATE(self, image, boxes)


if __name__ == "__main__":
    LiveEstimator.estimate = counted  # type: ignore[method-assign]
    app.main()
