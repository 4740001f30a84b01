"""From sets of drawings to batches of crops, each a function of the seed and the number of the crop alone.

So a run that is resumed sees the same crops in the same order, whatever the number of worker processes.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from sketchpose.crop import head_box
from sketchpose.dataset.splits import refuse_test_images
from sketchpose.evaluate.truth import read_truth
from sketchpose.images import WORK_SIDE, read_image
from sketchpose.skeleton import FACE, SHOULDERS
from sketchpose.synth.shards import Shard, read_shard
from sketchpose.train.augment import Sample, vary
from sketchpose.train.config import AugmentConfig, SetConfig, TrainConfig
from sketchpose.train.crowd import CrowdBatch, CrowdMixture

_MAX_SIDE = 640
_AHEAD = 3
_TRIES = 20
_FACE_JOINTS = 3
"""Least number of joints in a view of a head."""


@dataclass(frozen=True, eq=False)
class Batch:
    """Crops to learn from.

    Attributes:
        images: (N, S, S, 3) uint8 RGB.
        joints: (N, 17, 2) float32 crop pixels.
        visibility: (N, 17) uint8.
    """

    images: NDArray[np.uint8]
    joints: NDArray[np.float32]
    visibility: NDArray[np.uint8]


class CropSource(Protocol):
    """A set of people."""

    def __len__(self) -> int:
        """Return how many people there are now."""
        ...

    def get(self, index: int) -> Sample:
        """Return a person by number."""
        ...

    def rescan(self) -> None:
        """Look for more."""
        ...


class CocoSource:
    """People of an annotated set; pictures are kept in memory, reduced to 640 px."""

    def __init__(self, config: SetConfig, *, skip_bad: bool = False) -> None:
        """Read the file; see ``read_truth`` for the errors, and ``refuse_test_images`` for what is refused."""
        truth = read_truth(Path(config.path), min_joints=config.min_joints, skip_bad=skip_bad)
        wanted = [im for im in truth.images if not config.sources or im.source in config.sources]
        self._people = [(im, person) for im in wanted for person in im.people if not person.ignore]
        if not self._people:
            raise ValueError(
                f"Set {config.name!r}: {config.path} has nobody to learn from; check sources and min_joints."
            )
        refuse_test_images((image.path for image, _ in self._people), beside=Path(config.path))
        self._photo = config.photo
        self._cache: dict[Path, tuple[NDArray[np.uint8], float]] = {}

    def __len__(self) -> int:
        """Return how many people there are."""
        return len(self._people)

    def get(self, index: int) -> Sample:
        """Return a person by number."""
        image, person = self._people[index]
        if image.path not in self._cache:
            picture = read_image(image.path, work_side=WORK_SIDE)
            pixels, scale = picture.pixels, min(1.0, _MAX_SIDE / max(picture.width, picture.height))
            if scale < 1:
                size = round(picture.width * scale), round(picture.height * scale)
                pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
            self._cache[image.path] = pixels, scale
        pixels, scale = self._cache[image.path]
        keypoints = (person.keypoints * scale).astype(np.float32)
        return Sample(pixels, keypoints, person.visibility, (person.box * scale).astype(np.float32), self._photo)

    def rescan(self) -> None:
        """Do nothing: a file does not grow."""


class ShardSource:
    """People of all shards in a folder; pictures are kept in memory, encoded."""

    def __init__(self, config: SetConfig) -> None:
        """Read the shards that are there.

        Raises:
            ValueError: There are none, or one is broken.
        """
        self._folder, self._least = Path(config.path), config.min_joints
        self._read: dict[Path, Shard] = {}
        self._people: list[tuple[Shard, int]] = []
        self.rescan()
        if not self._people:
            raise ValueError(
                f"Set {config.name!r}: {config.path} holds no shards; run sketchpose synth --shards first."
            )

    def __len__(self) -> int:
        """Return how many people there are now."""
        return len(self._people)

    def get(self, index: int) -> Sample:
        """Return a person by number."""
        shard, i = self._people[index]
        image = shard.image(int(shard.owner[i]))
        return Sample(image, shard.keypoints[i], shard.visibility[i], shard.boxes[i])

    def rescan(self) -> None:
        """Read shards that were written since."""
        for path in sorted(self._folder.glob("*.npz")):
            if path not in self._read:
                shard = self._read[path] = read_shard(path)
                enough = np.flatnonzero((shard.visibility > 0).sum(1) >= self._least)
                self._people += [(shard, int(i)) for i in enough]


class SynthSource:
    """Drawings made while training, one per number."""

    def __init__(self, config: SetConfig) -> None:
        """Remember the size; the generator loads when it is first used."""
        self._size = config.size

    def __len__(self) -> int:
        """Return a number that no run reaches."""
        return 2**31

    def get(self, index: int) -> Sample:
        """Draw a scene from its number and return one of its people."""
        from sketchpose.synth import generate

        scene = generate(index, size=self._size)
        person = scene.persons[index % len(scene.persons)]
        return Sample(scene.image, person.keypoints, person.visibility, person.box)

    def rescan(self) -> None:
        """Do nothing: there are always more."""


def open_source(config: SetConfig) -> CropSource:
    """Open a set by its kind."""
    if config.kind == "coco":
        return CocoSource(config)
    if config.kind == "synth":
        return SynthSource(config)
    return ShardSource(config)


class Mixture:
    """Several sets, drawn from at random by their weights."""

    def __init__(self, sets: Sequence[SetConfig], augment: AugmentConfig, seed: int) -> None:
        """Open the sets."""
        self.sources = [open_source(config) for config in sets]
        weights = np.array([config.weight for config in sets], np.float64)
        self._edges = np.cumsum(weights / weights.sum())
        self._floor = [config.min_joints for config in sets]
        self._augment, self._seed = augment, seed

    def sample(self, number: int, size: int) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.uint8]]:
        """Return the crop of a number: image, joints, visibility. A view that loses most joints is drawn again."""
        rng = np.random.default_rng((self._seed, number))
        chosen = min(int(np.searchsorted(self._edges, rng.random(), side="right")), len(self.sources) - 1)
        source = self.sources[chosen]
        near = self._augment.head > 0 and rng.random() < self._augment.head
        for attempt in range(_TRIES):
            person = source.get(int(rng.integers(len(source))))
            head = _head(person) if near else None
            crop, joints, visibility = vary(person, size, self._augment, rng, head)
            least = self._floor[chosen] if head is None else _FACE_JOINTS
            if int((visibility > 0).sum()) >= least or attempt == _TRIES - 1:
                break
        return crop, joints, visibility

    def batch(self, first: int, count: int, size: int) -> Batch:
        """Return crops ``first`` to ``first + count``."""
        parts = [self.sample(first + i, size) for i in range(count)]
        images, joints, visibility = (np.stack(column) for column in zip(*parts, strict=True))
        return Batch(images, joints, visibility)

    def rescan(self) -> None:
        """Let every set look for more."""
        for source in self.sources:
            source.rescan()


def _head(person: Sample) -> NDArray[np.float32] | None:
    """Return the square round a person's head (4,), or None where too little of the face is labelled."""
    face, shoulders = (person.keypoints[list(j)][person.visibility[list(j)] > 0] for j in (FACE, SHOULDERS))
    return head_box(face, shoulders) if len(face) > 1 else None


Batches = Mixture | CrowdMixture
_mixture: Batches | None = None


def _open(config: TrainConfig, people: int) -> Batches:
    chosen = Mixture if people == 1 else CrowdMixture
    return chosen(config.sets, config.augment, config.seed)


def _start(config: TrainConfig, people: int) -> None:
    global _mixture
    cv2.setNumThreads(1)
    _mixture = _open(config, people)


def _make(first: int, count: int, size: int) -> Batch | CrowdBatch:
    assert _mixture is not None
    return _mixture.batch(first, count, size)


class Loader:
    """Prepares batches ahead of the training, in one thread or several processes."""

    def __init__(self, config: TrainConfig, people: int = 1) -> None:
        """Open the sets of a run: of single people, or of whole pages for a network that finds several."""
        self._executor: Executor
        cv2.setNumThreads(1)
        self._mixture: Batches | None = None
        if config.workers:
            self._executor = ProcessPoolExecutor(config.workers, initializer=_start, initargs=(config, people))
        else:
            self._executor = ThreadPoolExecutor(1)
            self._mixture = _open(config, people)
        self._depth = max(_AHEAD, 2 * config.workers)

    def batches(self, requests: Iterator[tuple[int, int, int]]) -> Iterator[Batch | CrowdBatch]:
        """Yield the batch of each (first number, count, size) in order."""
        make: Callable[[int, int, int], Batch | CrowdBatch] = self._mixture.batch if self._mixture else _make
        waiting: list[Future[Batch | CrowdBatch]] = []
        for request in requests:
            waiting.append(self._executor.submit(make, *request))
            if len(waiting) > self._depth:
                yield waiting.pop(0).result()
        for future in waiting:
            yield future.result()

    def rescan(self) -> None:
        """Look for new shards; only without worker processes."""
        if self._mixture:
            self._executor.submit(self._mixture.rescan)

    def close(self) -> None:
        """Stop preparing."""
        self._executor.shutdown(cancel_futures=True)
