"""What was found in the last pictures: the drawings that every page begins with are not looked at for every visitor."""

import hashlib
import threading
from collections import OrderedDict
from typing import Final

from numpy.typing import ArrayLike

from sketchpose.estimate import Estimator
from sketchpose.images import ImageSource, Picture, read_image
from sketchpose.model.current import stamp
from sketchpose.pose import Pose

REMEMBERED: Final = 16


class Remembering:
    """An ``Estimator`` that remembers the poses of the last pictures, not the pictures; threads may share it.

    It forgets them when another model is promoted.
    """

    def __init__(self, estimator: Estimator, last: int = REMEMBERED) -> None:
        """Remember what an estimator finds.

        Args:
            estimator: Threads must be able to share it.
            last: How many pictures.
        """
        self._estimator, self._last = estimator, last
        self._found: OrderedDict[tuple[object, ...], tuple[Pose, ...]] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """Name of the model that estimates now."""
        return self._estimator.name

    def estimate(self, image: ImageSource | Picture, boxes: ArrayLike | None = None) -> list[Pose]:
        """Return the poses of the people in a picture; see ``Estimator.estimate``. With boxes nothing is remembered."""
        if boxes is not None:
            return self._estimator.estimate(image, boxes)
        picture = read_image(image)
        key = stamp(), picture.full, picture.pixels.shape, hashlib.sha256(picture.pixels.tobytes()).digest()
        with self._lock:
            found = self._found.get(key)
        if found is None:
            found = tuple(self._estimator.estimate(picture))
        with self._lock:
            self._found[key] = found
            self._found.move_to_end(key)
            while len(self._found) > self._last:
                self._found.popitem(last=False)
        return list(found)
