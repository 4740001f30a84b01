"""Lessons for assisted correction: what keypoint networks saw of people whose joints are known.

    nice python -m sketchpose.assist.making.lessons MIXTURE.json FOLDER [--crops 16384] [--seed 1] [--models NAME ...]

MIXTURE.json is a configuration of ``sketchpose train``, of which the sets and their variations count. Two networks are
better than one: the errors that weights make on the drawings they learnt from are rarer than those on drawings of other
hands, which weights that never saw them make. ``mixture.json`` is that of the shipped weights.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from sketchpose.estimate.joints import Evidence, View, evidence
from sketchpose.model import Network
from sketchpose.options import SEEDS, whole
from sketchpose.train.config import TrainConfig
from sketchpose.train.data import Mixture

SIZE: Final = 256
BATCH: Final = 16
PART: Final = 2048
"""Lessons in one file."""
OTHERS: Final = 0.4
"""Share of the batches that the later networks look at."""


@dataclass(frozen=True, eq=False)
class Lessons:
    """N people: the fields of ``Evidence``, and the truth, as shares of the square's side.

    Attributes:
        peaks: (N, 17, PEAKS, 2).
        heat: (N, 17, PEAKS, 17).
        rough: (N, 17, 2).
        joints: (N, 17, 2).
        scores: (N, 17).
        truth: (N, 17, 2) where the joints are.
        visibility: (N, 17) 0 where that is not known.
    """

    peaks: NDArray[np.float32]
    heat: NDArray[np.float32]
    rough: NDArray[np.float32]
    joints: NDArray[np.float32]
    scores: NDArray[np.float32]
    truth: NDArray[np.float32]
    visibility: NDArray[np.uint8]

    @classmethod
    def of(cls, seen: Sequence[Evidence], truth: Sequence[NDArray[Any]], visibility: Sequence[NDArray[Any]]) -> Self:
        """Put single people together."""
        parts = {field.name: np.stack([getattr(one, field.name) for one in seen]) for field in fields(Evidence)}
        return cls(**parts, truth=np.stack(truth).astype(np.float32), visibility=np.stack(visibility).astype(np.uint8))

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read all files of a folder.

        Raises:
            ValueError: There are none.
        """
        paths = sorted(folder.glob("*.npz"))
        if not paths:
            raise ValueError(f"{folder} holds no lessons; make them with python -m sketchpose.assist.making.lessons.")
        parts = [np.load(path) for path in paths]
        names = [field.name for field in fields(cls)]
        return cls(**{n: np.concatenate([part[n] for part in parts]).astype(_kind(n)) for n in names})

    def write(self, path: Path) -> None:
        """Write a file; what is not the truth is kept to half a thousandth."""
        kept = {name: value.astype(np.float16) if name == "heat" else value for name, value in vars(self).items()}
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(path, **kept)


def _kind(name: str) -> type:
    return np.uint8 if name == "visibility" else np.float32


def gather(mixture: Mixture, networks: Sequence[Network], first: int, count: int, seed: int) -> Lessons:
    """Return the lessons ``first`` to ``first + count``, each a function of the seed and its number alone."""
    seen, truth, visibility = [], [], []
    for start in range(first, first + count, BATCH):
        rng = np.random.default_rng((seed, start, 7))
        other, twice = rng.random() < OTHERS, rng.random() < 0.5
        network = networks[int(rng.integers(1, len(networks)))] if other and len(networks) > 1 else networks[0]
        crops, joints, seen_by_eye = zip(*(mixture.sample(start + i, SIZE) for i in range(BATCH)), strict=True)
        images = np.stack(crops)
        looks = [(View(), network.maps(images))]
        if twice:
            looks.append((View(mirrored=True), network.maps(images[:, :, ::-1])))
        seen += [evidence([(view, {n: a[i] for n, a in maps.items()}) for view, maps in looks]) for i in range(BATCH)]
        truth += [points / SIZE for points in joints]
        visibility += list(seen_by_eye)
    return Lessons.of(seen, truth, visibility)


def main(argv: list[str] | None = None) -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("mixture", type=Path, help="configuration of sketchpose train")
    parser.add_argument("out", type=Path, help="folder for the lessons; files that are there are not made again")
    parser.add_argument("--crops", type=whole(PART, 10**7), default=16_384)
    parser.add_argument("--seed", type=whole(0, SEEDS), default=1)
    parser.add_argument("--models", nargs="+", default=["sketch-thunder"], metavar="NAME")
    args = parser.parse_args(argv)
    cv2.setNumThreads(1)
    config, networks = TrainConfig.read(args.mixture), [Network(name) for name in args.models]
    mixture = Mixture(config.sets, config.augment, args.seed)
    for first in range(0, args.crops, PART):
        path = args.out / f"{args.seed}-{first:07d}.npz"
        if not path.exists():
            gather(mixture, networks, first, PART, args.seed).write(path)
            print(f"{first + PART} of {args.crops} crops", flush=True)


if __name__ == "__main__":
    main()
