"""Annotated pictures to learn from and to measure against: a COCO keypoint file with what scoring needs beside poses.

Read on top of plain COCO: ``images[].source`` (where a drawing comes from; results are given per source) and
``annotations[].attributes.difficulty``. A record that cannot be used stops the reading, or is counted and skipped.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sketchpose.formats import AnnotatedImage, AnnotatedPerson, FormatError, Notes, read_poses
from sketchpose.images import image_size
from sketchpose.pictures import PictureFolder, match_pictures
from sketchpose.pose import UNLABELLED

UNKNOWN: Final = "unknown"


@dataclass(frozen=True, eq=False)
class TruePerson:
    """One annotated person.

    Attributes:
        id: Annotation id.
        keypoints: (17, 2) float32 picture pixels; (0, 0) where not labelled.
        visibility: (17,) uint8 in {0, 1, 2}.
        box: (4,) float32 x0, y0, x1, y1.
        area: Square pixels, as annotated; sets the tolerance of OKS.
        ignore: A crowd, or somebody with too few labelled joints to be scored: neither a miss nor a false positive.
        difficulty: As annotated, or ``"unknown"``.
    """

    id: int
    keypoints: NDArray[np.float32]
    visibility: NDArray[np.uint8]
    box: NDArray[np.float32]
    area: float
    ignore: bool = False
    difficulty: str = UNKNOWN

    @property
    def labelled(self) -> NDArray[np.bool_]:
        """(17,) True where the joint carries a label."""
        return self.visibility > UNLABELLED


@dataclass(frozen=True)
class Annotated:
    """One picture of a set."""

    id: int
    path: Path
    width: int
    height: int
    source: str
    people: tuple[TruePerson, ...]


@dataclass(frozen=True)
class TruthSet:
    """An annotated set.

    Attributes:
        name: Of the file, for tables.
        images: In file order; pictures without people are kept, and a detection there is a false positive.
        skipped: Why each unusable record was left out, one sentence each.
        changed: What was scaled to its picture, one sentence each.
    """

    name: str
    images: tuple[Annotated, ...]
    skipped: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    @property
    def people(self) -> int:
        """Number of people that are scored."""
        return sum(not person.ignore for image in self.images for person in image.people)


def read_truth(dataset: Path, images: Path | None = None, *, min_joints: int = 1, skip_bad: bool = False) -> TruthSet:
    """Read an annotated set in any format of ``sketchpose.formats`` that names its pictures.

    Args:
        dataset: The file.
        images: Folder of the pictures; by default they are looked for around the file.
        min_joints: People with fewer labelled joints are ignored in scoring.
        skip_bad: Skip unusable records and pictures and say so in ``skipped``, instead of stopping at the first.

    Raises:
        FormatError: The file holds no poses; or a record is broken (wrong number of keypoints, NaN, visibility outside
            0..2, repeated id), or a picture is missing, unreadable or of another shape, and ``skip_bad`` is off.
    """
    if not dataset.is_file():
        raise FormatError(f"{dataset}: there is no such file; give a COCO keypoint .json.")
    notes, changed, found = Notes(skip_bad), [], []
    pictures = PictureFolder(dataset, images)
    annotated, _ = read_poses(dataset.read_bytes(), dataset.name, notes)
    identity = iter(_free_ids(annotated))
    placed = match_pictures(annotated, lambda image: pictures.find(image.picture, image.where))
    for number, (image, path) in enumerate(placed, 1):
        try:
            if isinstance(path, FormatError):
                raise path
            image, note = image.onto(*image_size(path))
        except ValueError as error:
            notes.bad(str(error) if image.where in str(error) else f"{image.where}: {error}")
            continue
        changed += [note] if note else []
        people = tuple(
            true_person(person, person.id if isinstance(person.id, int) else next(identity), min_joints)
            for person in image.people
        )
        found.append(Annotated(number, path, image.width, image.height, image.source or UNKNOWN, people))
    return TruthSet(dataset.name, tuple(found), tuple(notes.skipped), tuple(changed))


def _free_ids(images: Iterable[AnnotatedImage]) -> Iterator[int]:
    taken = {person.id for image in images for person in image.people}
    return (number for number in count(1) if number not in taken)


def true_person(person: AnnotatedPerson, id: int, min_joints: int = 1) -> TruePerson:
    """Return somebody as a file describes them, with what scoring needs.

    Args:
        person: As read.
        id: Id of the record.
        min_joints: With fewer labelled joints they are ignored.
    """
    pose = person.pose
    extent = (pose.box[2:] - pose.box[:2]).astype(np.float64)
    area = float(extent.prod()) if person.area is None else person.area
    ignore = person.crowd or int(pose.labelled.sum()) < max(1, min_joints)
    difficulty = str(person.attributes.get("difficulty", UNKNOWN))
    return TruePerson(id, pose.keypoints, pose.visibility, pose.box, area, ignore, difficulty)
