"""Whole pictures with everybody on them, for networks that find people and joints at once."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from sketchpose.estimate.rcnn.network import TrainingPage
from sketchpose.evaluate.truth import read_truth
from sketchpose.images import WORK_SIDE, read_image
from sketchpose.skeleton import NUM_KEYPOINTS
from sketchpose.synth.shards import read_shard
from sketchpose.train.config import SetConfig

_AHEAD = 4


class PageSource(Protocol):
    """A set of pictures."""

    def __len__(self) -> int:
        """Return how many there are."""
        ...

    def get(self, index: int) -> TrainingPage:
        """Return one by number."""
        ...


class CocoPages:
    """Pictures of an annotated set with at least one person to learn from."""

    def __init__(self, config: SetConfig) -> None:
        """Read the file; see ``read_truth`` for the errors."""
        truth = read_truth(Path(config.path), min_joints=config.min_joints)
        self._images = [
            image
            for image in truth.images
            if (not config.sources or image.source in config.sources) and not all(p.ignore for p in image.people)
        ]
        if not self._images:
            raise ValueError(f"Set {config.name!r}: {config.path} has nobody to learn from; check sources, min_joints.")

    def __len__(self) -> int:
        """Return how many pictures there are."""
        return len(self._images)

    def get(self, index: int) -> TrainingPage:
        """Return a picture by number."""
        image = self._images[index]
        people = [person for person in image.people if not person.ignore]
        picture = read_image(image.path, work_side=WORK_SIDE)
        height, width = picture.pixels.shape[:2]
        scale = np.array([width / picture.width, height / picture.height], np.float32)
        return TrainingPage(
            picture.pixels,
            np.stack([person.keypoints for person in people]) * scale,
            np.stack([person.visibility for person in people]),
            np.stack([person.box for person in people]) * np.tile(scale, 2),
        )


class ShardPages:
    """Pictures of the shards that lie in a folder now."""

    def __init__(self, config: SetConfig) -> None:
        """Read the shards.

        Raises:
            ValueError: There are none, or one is broken.
        """
        shards = [read_shard(path) for path in sorted(Path(config.path).glob("*.npz"))]
        self._pages = [(shard, int(i)) for shard in shards for i in np.unique(shard.owner)]
        if not self._pages:
            raise ValueError(f"Set {config.name!r}: {config.path} holds no shards; run sketchpose synth --shards.")

    def __len__(self) -> int:
        """Return how many pictures there are."""
        return len(self._pages)

    def get(self, index: int) -> TrainingPage:
        """Return a picture by number."""
        shard, image = self._pages[index]
        here = shard.owner == image
        return TrainingPage(shard.image(image), shard.keypoints[here], shard.visibility[here], shard.boxes[here])


class SynthPages:
    """Drawings made while training, one per number."""

    def __init__(self, config: SetConfig) -> None:
        """Remember the size; the generator loads when it is first used."""
        self._size = config.size

    def __len__(self) -> int:
        """Return a number that no run reaches."""
        return 2**31

    def get(self, index: int) -> TrainingPage:
        """Draw a scene from its number."""
        from sketchpose.synth import generate

        scene = generate(index, size=self._size)
        people = scene.persons
        return TrainingPage(
            scene.image,
            np.array([person.keypoints for person in people], np.float32).reshape(-1, NUM_KEYPOINTS, 2),
            np.array([person.visibility for person in people], np.uint8).reshape(-1, NUM_KEYPOINTS),
            np.array([person.box for person in people], np.float32).reshape(-1, 4),
        )


_KINDS: dict[str, Callable[[SetConfig], PageSource]] = {"coco": CocoPages, "shards": ShardPages, "synth": SynthPages}


def open_pages(config: SetConfig) -> PageSource:
    """Open a set by its kind."""
    return _KINDS[config.kind](config)


class PageMixture:
    """Several sets, drawn from at random by their weights; a picture is a function of seed and number alone."""

    def __init__(self, sets: Sequence[SetConfig], seed: Sequence[int]) -> None:
        """Open the sets."""
        self._sources = [open_pages(config) for config in sets]
        weights = np.array([config.weight for config in sets], np.float64)
        self._shares, self._seed = weights / weights.sum(), tuple(seed)

    def get(self, number: int) -> tuple[TrainingPage, np.random.Generator]:
        """Return the picture of a number, and the generator that decides how it is varied."""
        random = np.random.default_rng((*self._seed, number))
        source = self._sources[int(random.choice(len(self._sources), p=self._shares))]
        return source.get(int(random.integers(len(source)))), random


def batches(make: Callable[[int], Any], first: int, last: int, size: int) -> Iterator[list[Any]]:
    """Yield what ``make`` returns for the numbers of each step from ``first`` to ``last``, made ahead in a thread."""

    def batch(step: int) -> list[Any]:
        return [make(step * size + i) for i in range(size)]

    with ThreadPoolExecutor(1) as executor:
        waiting: list[Future[list[Any]]] = []
        try:
            for step in range(first, last):
                waiting.append(executor.submit(batch, step))
                if len(waiting) > _AHEAD:
                    yield waiting.pop(0).result()
            while waiting:
                yield waiting.pop(0).result()
        finally:
            for future in waiting:
                future.cancel()
