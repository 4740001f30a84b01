"""What all readers share: pictures and people as files describe them, and what was left out."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from sketchpose.pose import Pose, joints_box

Json = Mapping[str, Any]
Floats = NDArray[np.float64]
Scalar = str | int | float | bool | None
Joints = dict[str, tuple[float, float, int]]
"""x, y and visibility by COCO name."""

LACKING: Final = "joints that COCO-17 does not have"
VISIBILITIES: Final = frozenset({0, 1, 2})
_SHARE: Final = 2.0
"""Joints that all lie below this are shares of the picture: nobody is drawn in its first two pixels."""
_SHAPE_TOLERANCE: Final = 0.02


class FormatError(ValueError):
    """A file of poses that cannot be used, naming the record and what is wrong with it."""


class Files(Protocol):
    """Named files; names have forward slashes."""

    def names(self) -> list[str]:
        """Return all names, sorted."""
        ...

    def read(self, name: str) -> bytes:
        """Return a file's content."""
        ...


@dataclass(frozen=True)
class PosedImage:
    """A picture's poses with what is needed to write them down.

    Attributes:
        name: File name.
        width: Width in pixels.
        height: Height in pixels.
        poses: Its people.
    """

    name: str
    width: int
    height: int
    poses: tuple[Pose, ...]


@dataclass(frozen=True)
class AnnotatedPerson:
    """One person as a file describes it.

    Attributes:
        pose: The pose; joints that are not labelled lie at (0, 0). Without any, only the box is known.
        boxed: Whether the file gives a box; otherwise it is made from the joints.
        predicted: Whether a machine found the joints.
        area: Area in square pixels that the file gives and that is not the box's; None without.
        crowd: A group whose people are not annotated one by one.
        attributes: Anything else known of the person.
        id: Id of the record.
    """

    pose: Pose
    boxed: bool = False
    predicted: bool = False
    area: float | None = None
    crowd: bool = False
    attributes: Mapping[str, Scalar] = field(default_factory=dict)
    id: int | str | None = None

    def moved(self, scale: float, shift: Sequence[float] | Floats) -> "AnnotatedPerson":
        """Return the person with every coordinate p replaced by ``p * scale + shift``."""
        area = None if self.area is None else self.area * scale**2
        return replace(self, pose=self.pose.moved(scale, shift), area=area)


@dataclass(frozen=True)
class AnnotatedImage:
    """A picture and its people as a file describes them.

    Attributes:
        picture: What the file calls the picture: a path, an address, or a name without suffix; empty: nothing.
        where: File and record, for the messages.
        people: Its people, in the pixels of a picture of the size below.
        width: Width the file gives; 0 when it gives none.
        height: Height the file gives; 0 when it gives none.
        shares: Coordinates are shares of the picture (0..1), not pixels.
        cropped: (4,) x0, y0, x1, y1 that may have been cut out of the described picture to make the stored one.
        source: Where the drawing comes from, as far as the file says.
        artist: Who drew it, as far as the file says.
        licence: As far as the file says.
        name: File name to show; empty: that of the picture.
        record: The raw image record of this project's own COCO, whose people are ``records``.
        records: The raw annotations of this project's own COCO.
    """

    picture: str
    where: str
    people: tuple[AnnotatedPerson, ...]
    width: int = 0
    height: int = 0
    shares: bool = False
    cropped: tuple[float, float, float, float] | None = None
    source: str = ""
    artist: str = ""
    licence: str = ""
    name: str = ""
    record: Json | None = None
    records: tuple[Json, ...] = ()

    @property
    def poses(self) -> tuple[Pose, ...]:
        """The poses of the people who have a labelled joint; crowds are left out."""
        return tuple(p.pose for p in self.people if p.pose.labelled.any() and not p.crowd)

    def onto(self, width: int, height: int) -> tuple["AnnotatedImage", str]:
        """Bring the people onto the picture as it is.

        Args:
            width: Width of the upright picture in pixels.
            height: Its height.

        Returns:
            The same in pixels of that picture, and a sentence on what was done; empty when nothing had to be.

        Raises:
            FormatError: The picture has another shape, or most joints lie outside of it: they belong to another one.
        """
        people, note = self.people, ""
        size = np.array([width, height], np.float64)
        described = np.array([self.width or width, self.height or height], np.float64)
        done = replace(self, width=width, height=height, shares=False, cropped=None)
        if self.shares and (not self.width or _same_shape(size, described)):
            people = tuple(_of_shares(person, size, self.where) for person in people)
            note = f"{self.where}: joints given as shares of the picture were scaled to {width} x {height} pixels."
        elif (size == described).all():
            pass
        elif _same_shape(size, described):
            scale = float((size / described).mean())
            people = tuple(person.moved(scale, (0, 0)) for person in people)
            note = (
                f"{self.where}: joints were scaled from {self.width} x {self.height} to {width} x {height} pixels, "
                "the size of the picture."
            )
        elif self.cropped is not None and _same_shape(size, np.subtract(self.cropped[2:], self.cropped[:2])):
            corner = np.array(self.cropped[:2], np.float64)
            scale = float((size / np.subtract(self.cropped[2:], self.cropped[:2])).mean())
            people = tuple(person.moved(scale, -corner * scale) for person in people)
            note = f"{self.where}: joints were brought along into a picture that was cut to the figure."
        elif (size == described[::-1]).all():
            inside = [_inside(people, extent) for extent in (size, described)]
            if inside[0] < 1 or inside[1] == 1:
                raise FormatError(
                    f"{self.where}: it describes {self.width} x {self.height} pixels and the photo is stored turned "
                    f"({width} x {height} upright); save it upright and export its joints again."
                )
            note = (
                f"{self.where}: it gives the size of the photo as stored, {self.width} x {self.height}; its joints "
                "were taken as of the upright picture, since only there all of them lie inside."
            )
        else:
            raise FormatError(
                f"{self.where}: it describes a picture of {self.width} x {self.height} pixels and this one has "
                f"{width} x {height}, another shape; choose the file of this picture."
            )
        if _inside(people, size) < 0.5:
            raise FormatError(
                f"{self.where}: most of its joints lie outside the picture of {width} x {height} pixels; they were "
                "made on another picture or canvas."
            )
        return replace(done, people=people), note


@dataclass
class Notes:
    """Counts what is left out, and stops or skips at broken records.

    Attributes:
        skip_bad: Skip broken records instead of stopping at the first.
        dropped: What there is no place for, with counts.
        skipped: A sentence for each broken record.
    """

    skip_bad: bool = False
    dropped: Counter[str] = field(default_factory=Counter)
    skipped: list[str] = field(default_factory=list)

    def bad(self, message: str) -> None:
        """Report a broken record, or stop at it.

        Raises:
            FormatError: Broken records are not skipped.
        """
        if not self.skip_bad:
            raise FormatError(f"{message} Correct it, or skip such records (--skip-bad).")
        self.skipped.append(message)

    def drop(self, what: str, count: int = 1) -> None:
        """Count something that is left out."""
        if count:
            self.dropped[what] += count


@dataclass(frozen=True)
class Source:
    """A file to be read.

    Attributes:
        name: Its name, with folders.
        document: Its parsed content: JSON or YAML, the root of an XML tree, or lines of text.
        notes: Where broken records and what is left out are told.
        files: What lies around it.
    """

    name: str
    document: Any
    notes: Notes
    files: Files | None = None


Read = Callable[[Source], list[AnnotatedImage]]


def in_shares(people: Sequence[AnnotatedPerson]) -> bool:
    """Whether coordinates are shares of the picture: all labelled joints of all people lie in its first two pixels."""
    points = [person.pose.keypoints[person.pose.labelled] for person in people]
    return sum(map(len, points)) >= 3 and bool(np.abs(np.concatenate(points)).max() < _SHARE)


def _of_shares(person: AnnotatedPerson, size: Floats, where: str) -> AnnotatedPerson:
    pose = person.pose
    points = pose.keypoints[pose.labelled]
    if len(points) and points.min() < -0.5:
        raise FormatError(f"{where}: coordinates run from -1 to 1; export them in pixels, or from 0 to 1.")
    scale = size.astype(np.float32)
    if person.boxed and np.abs(pose.box).max() < _SHARE:
        box = pose.box * np.tile(scale, 2)
    elif person.boxed:
        box = pose.box
    else:
        box = joints_box(points * scale)
    # An area in shares is none in pixels.
    area = person.area if person.area is not None and person.area > _SHARE else None
    return replace(person, pose=replace(pose, keypoints=pose.keypoints * scale, box=box), area=area)


def _same_shape(size: Floats, other: Floats) -> bool:
    return min(other) > 0 and abs(float(np.log((size[0] / size[1]) / (other[0] / other[1])))) < _SHAPE_TOLERANCE


def _inside(people: Sequence[AnnotatedPerson], size: Floats) -> float:
    """Share of the labelled joints that lie in a picture of this size; 1 without any."""
    points = [person.pose.keypoints[person.pose.labelled] for person in people]
    joints = np.concatenate(points) if points else np.zeros((0, 2))
    # A joint on the edge, or a hair outside by rounding, is inside.
    return float(((joints >= -1) & (joints <= size + 1)).all(1).mean()) if len(joints) else 1.0
