"""The people found in a picture, as the *Pose* tab shows them and as files to download."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from annotator.pose.people import numbered
from annotator.turns import TURNS
from sketchpose import Estimator
from sketchpose.encode import data_url, encode
from sketchpose.formats import PosedImage, to_coco, to_openpose
from sketchpose.images import WORK_SIDE, Picture, read_image
from sketchpose.overlay import THRESHOLD, svg_over, to_pixels
from sketchpose.pose import Pose
from sketchpose.text import amount

EVERYONE: Final = 0
"""Instead of the number of a person, which begins at 1."""
DOWNLOADS: Final = {"coco": "COCO", "openpose": "OpenPose", "overlay": "Picture"}
"""The files that ``make_file`` makes, each with the word on its button."""
_LOOKED_S: Final = 0.05
"""What takes less time was remembered, not looked at; how long that took is of no interest."""
_VIEW_SIDE: Final = 1200
"""Longest side of the picture on the page in pixels."""


@dataclass(frozen=True)
class PoseResult:
    """A picture that one visitor looks at, and the people in it.

    Attributes:
        source: The path of its upload, or its bytes.
        name: File name.
        width: Pixels.
        height: Pixels.
        poses: The people, without those that were taken out.
        found: All that were found.
        model: What found them, as ``open_model`` takes it.
        summary: A sentence on what was found, as Markdown.
        image: The picture as the page shows it, a ``data:`` URL, so that other skeletons do not read it again.
    """

    source: str | bytes
    name: str
    width: int
    height: int
    poses: tuple[Pose, ...]
    found: tuple[Pose, ...]
    model: str
    summary: str
    image: str

    @property
    def files(self) -> tuple[str, ...]:
        """The path of the upload, which is kept as long as the page is open."""
        return (self.source,) if isinstance(self.source, str) else ()

    @property
    def status(self) -> str:
        """What is said of the people, as Markdown."""
        if len(self.poses) == len(self.found):
            return self.summary
        return (
            f"**{amount(len(self.poses), 'person')}** of the {len(self.found)} found; the rest is left out everywhere."
        )

    def without(self, person: int) -> "PoseResult":
        """Return the result without one person; the last one stays."""
        kept = self.poses[: person - 1] + self.poses[person:]
        return replace(self, poses=kept or self.poses)

    def shown(self, person: int) -> tuple[Pose, ...]:
        """Return one person, or everyone when nobody has this number."""
        return self.poses[person - 1 : person] if 1 <= person <= len(self.poses) else self.poses

    def view(self, person: int, threshold: float) -> str:
        """Return the picture with the skeletons of those who are shown and the numbers of all people as HTML."""
        size = (self.width, self.height)
        svg = svg_over(self.image, size, self.shown(person), name="Drawing", threshold=threshold)
        return numbered(svg, size, self.poses, person, len(self.found) - len(self.poses))

    def record(self, person: int) -> PosedImage:
        """Return the picture and the people who are shown as the writers of files take them."""
        return PosedImage(self.name, self.width, self.height, self.shown(person))


def estimate_people(source: str | bytes, estimator: Estimator, model: str) -> PoseResult:
    """Read a picture and find the people in it.

    Args:
        source: The path of an upload, or the bytes of a file.
        estimator: Finds them.
        model: Its name, as ``open_model`` takes it.

    Raises:
        ImageError: The picture cannot be read.
    """
    start = time.perf_counter()
    picture = read_image(source, work_side=WORK_SIDE)
    poses = tuple(estimator.estimate(picture))
    summary = _summary(picture, poses, time.perf_counter() - start)
    image = data_url(picture.pixels, "WEBP", _VIEW_SIDE)
    return PoseResult(source, picture.name, picture.width, picture.height, poses, poses, model, summary, image)


def make_file(kind: str, result: PoseResult, person: int, threshold: float) -> tuple[str, bytes]:
    """Return the name and the bytes of a file of the people that are shown.

    Args:
        kind: One of ``DOWNLOADS``.
        result: What is shown.
        person: Whom to write: a number, or ``EVERYONE``.
        threshold: Joints of lower confidence are drawn as uncertain.

    Raises:
        ImageError: The picture can no longer be read.
    """
    record, stem = result.record(person), Path(result.name).stem
    if kind == "coco":
        return f"{stem}_coco.json", json.dumps(to_coco([record]), indent=1).encode()
    if kind == "openpose":
        return f"{stem}_openpose.json", json.dumps(to_openpose(record), indent=1).encode()
    with TURNS.take(result.source):
        pixels = to_pixels(read_image(result.source), record.poses, threshold=threshold)
        return f"{stem}_pose.png", encode(pixels, compress_level=1)


def _summary(picture: Picture, poses: Sequence[Pose], seconds: float) -> str:
    people = amount(len(poses), "person")
    took = f" in {seconds:.2f} s" if seconds >= _LOOKED_S else ""
    sentences = [f"**{people}**{took}."]
    if poses and poses[0].origin == "given":
        sentences = [f"A picture of skeletons: **{people}**, read as they are drawn."]
    if poses and poses[0].origin == "picture":
        sentences = [f"No person stood out, so everything drawn was taken as **one person**{took}."]
    if poses and max(pose.score for pose in poses) < THRESHOLD:
        sentences.append("The model is unsure of this one: take the joints as a first guess.")
    return " ".join([*sentences, *picture.notes])
