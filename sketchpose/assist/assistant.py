"""Where the other joints of a person belong once some are fixed."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sketchpose.assist.network import PERSON, AssistNetwork, load_assist_network
from sketchpose.crop import Crop
from sketchpose.estimate.joints import Evidence
from sketchpose.images import ImageSource, Picture
from sketchpose.skeleton import NUM_KEYPOINTS, SIGMAS

NEAR: Final = 0.005
"""Share of the square's side that a joint moves at least; less is not worth a look."""
CLEAR: Final = 0.5
"""It moves by this share of how exactly its place is known at least: nearer moves are as often wrong as right."""
_KEPT: Final = 256
"""People whose evidence is kept, 6 kB each, so that the next fix is answered in milliseconds."""


class EvidenceSource(Protocol):
    """An estimator that shows what its choice of joints rests on."""

    @property
    def name(self) -> str:
        """Name of the model."""
        ...

    def evidence(self, image: ImageSource | Picture, box: ArrayLike) -> tuple[Evidence, Crop]:
        """See ``SketchEstimator.evidence``."""
        ...


@dataclass(frozen=True)
class Move:
    """A joint that belongs elsewhere.

    Attributes:
        joint: Its index.
        x: Where it belongs, in picture pixels.
        y: The same, downwards.
        score: How sure that is, in 0..1: what the joint is expected to add to the OKS.
    """

    joint: int
    x: float
    y: float
    score: float


class Assistant:
    """Answers from the picture; threads may share it."""

    def __init__(self, source: EvidenceSource, network: AssistNetwork | None = None) -> None:
        """Use an estimator.

        Args:
            source: Shows what it saw.
            network: Chooses among it; None takes the one shipped with the package.
        """
        self._source = source
        self._network = network or load_assist_network()
        self._evidence = lru_cache(_KEPT)(self._look)

    def follow(
        self, image: str | Path, box: Sequence[float], keypoints: NDArray[np.floating], fixed: NDArray[np.bool_]
    ) -> list[Move]:
        """Return where joints belong that nobody has fixed, and that are not there yet.

        Args:
            image: The picture's file.
            box: (4,) x0, y0, x1, y1 in picture pixels, round the person as it was found.
            keypoints: (17, 2) the joints as they stand, in picture pixels.
            fixed: (17,) those that somebody has set or confirmed.

        Raises:
            ValueError: The picture or the box cannot be used.
        """
        seen, crop = self._evidence(str(image), tuple(float(value) for value in box), self._source.name)
        return moves(self._network, seen, crop, keypoints, fixed)

    def _look(self, image: str, box: tuple[float, ...], name: str) -> tuple[Evidence, Crop]:
        del name  # part of the key: another model sees something else
        return self._source.evidence(image, box)


def moves(
    network: AssistNetwork, seen: Evidence, crop: Crop, keypoints: NDArray[np.floating], fixed: NDArray[np.bool_]
) -> list[Move]:
    """Return what ``Assistant.follow`` does, from evidence that is at hand."""
    now = np.asarray(crop.to_crop(keypoints) / crop.size, np.float32)
    places, spread = network(seen, fixed, now)
    points = crop.to_picture(places * crop.size)
    far = np.hypot(*(places - now).T) > np.maximum(NEAR, CLEAR * spread)
    scores = 1 / (1 + 2 * (spread / (2 * SIGMAS * PERSON)) ** 2)
    return [
        Move(i, float(points[i, 0]), float(points[i, 1]), float(scores[i]))
        for i in range(NUM_KEYPOINTS)
        if far[i] and not fixed[i]
    ]
