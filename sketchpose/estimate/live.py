"""The default estimator of a running app, which follows promotions and rollbacks without a restart."""

import threading
import warnings
from typing import Any

from numpy.typing import ArrayLike

from sketchpose.crop import Crop
from sketchpose.estimate.joints import Evidence
from sketchpose.estimate.sketch import SketchEstimator
from sketchpose.images import ImageSource, Picture
from sketchpose.model.current import stamp
from sketchpose.pose import Pose


class LiveEstimator:
    """An ``Estimator`` that looks at the pointer file before each picture (one ``stat``) and reloads when it changed.

    Callers that are waiting while the model changes get the old one's answer. An instance may be shared by threads.
    """

    def __init__(self, **options: Any) -> None:
        """Load the default model; the options are those of ``SketchEstimator``."""
        self._options = options
        self._lock = threading.Lock()
        self._stamp = stamp()
        self._estimator = SketchEstimator(**options)

    @property
    def name(self) -> str:
        """Name of the model that answers now."""
        return self._current().name

    def estimate(self, image: ImageSource | Picture, boxes: ArrayLike | None = None) -> list[Pose]:
        """Return the poses of the people in a picture; see ``Estimator.estimate``."""
        return self._current().estimate(image, boxes)

    def evidence(self, image: ImageSource | Picture, box: ArrayLike) -> tuple[Evidence, Crop]:
        """Return what the choice of one person's joints rests on; see ``SketchEstimator.evidence``."""
        return self._current().evidence(image, box)

    def _current(self) -> SketchEstimator:
        if stamp() != self._stamp:
            with self._lock:
                now = stamp()
                if now != self._stamp:
                    # Taken before loading: a pointer that moves meanwhile is noticed by the next picture.
                    self._stamp = now
                    try:
                        self._estimator = SketchEstimator(**self._options)
                    except (ValueError, OSError) as error:
                        warnings.warn(f"The model in use stays: {error}", RuntimeWarning, stacklevel=2)
        return self._estimator
