"""The search behind the *References* tab: from a query to what the page shows of its results.

All that the page gets is plain JSON: pictures as data URLs, points in pixels of their picture. Of a result it sends
back the ``id`` alone (gallery, path and person), which is looked up again in that gallery: nothing else can be read.
"""

import base64
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np

from annotator.messages import shown
from annotator.owner import owner_asks
from sketchpose.encode import data_url
from sketchpose.images import Picture
from sketchpose.overlay import THRESHOLD
from sketchpose.pose import Pose
from sketchpose.retrieve.engines.base import Space
from sketchpose.retrieve.gallery.entry import GalleryEntry
from sketchpose.retrieve.gallery.gallery import SHIPPED, gallery_folder, gallery_names
from sketchpose.retrieve.gallery.library import Library, SearchResult, Shelf, engine_at
from sketchpose.retrieve.gallery.tags import grouped, made_tags
from sketchpose.retrieve.people import Filter, pose_scores
from sketchpose.retrieve.query import Options
from sketchpose.retrieve.sheet import view_square

RESULTS: Final = 12
MOST_RESULTS: Final = 120
"""How many the page shows in the end, twelve more at a time."""
VISIT: Final = "visit-"
"""A visitor's own gallery has a name that begins so and goes on with 128 random bits: nobody else can guess it."""
_PREVIEW: Final = 360
_MOST_TAGS: Final = 300
_TELLING: Final = 2000
"""So many pictures of a gallery tell which of its tags this program has made."""
_MOST_STEPS: Final = 20
"""Searches that can be gone back to; each holds a small picture."""
SHEET: Final = "The skeleton"
"""Label of the query of the blank sheet."""

Json = dict[str, Any]


def folder_of(name: str) -> Path:
    """Return where a gallery lies: a visitor's own in the temporary folder, any other where the library keeps it."""
    if name.startswith(VISIT):
        return Path(tempfile.gettempdir()) / "sketchpose-visits" / gallery_folder(name).name
    return gallery_folder(name)


def shelf(name: str) -> Shelf:
    """Return a gallery for searches: the shipped one, a visitor's own, and to the owner any there is.

    Raises:
        ValueError: No gallery has this name, or the visitor may not see it.
    """
    if name != SHIPPED and not name.startswith(VISIT) and not owner_asks():
        raise ValueError(f"There is no gallery {name[:60]!r} that you may see; choose another from the list.")
    try:
        return LIBRARY.shelf(name)
    except ValueError as error:
        if owner_asks() or not name.startswith(VISIT):
            raise
        raise ValueError("Your gallery is gone, because it is kept for a visit only: add the folder again.") from error


LIBRARY: Final = Library(folder_of, engine_at(os.environ.get("SKETCHPOSE_QDRANT", "")))
"""The galleries, shared by all visitors: in memory, or on the Qdrant server that the environment names."""


@dataclass(frozen=True)
class ReferenceQuery:
    """What a visitor looks for.

    Attributes:
        poses: The people to choose from.
        label: What it is called on the page.
        width: Width of its picture or sheet in pixels.
        height: Height of its picture or sheet in pixels.
        preview: The picture as a data URL; empty for a skeleton without one.
        gallery: The gallery whose picture this is, which is then left out of the results; empty for any other picture.
        path: The path of the picture in that gallery.
        trail: The searches that led here from one to the similar, the last one last.
    """

    poses: tuple[Pose, ...]
    label: str
    width: int
    height: int
    preview: str = ""
    gallery: str = ""
    path: str = ""
    trail: tuple["Step", ...] = ()

    @property
    def back(self) -> str:
        """Words for the way back, empty where there is none."""
        if not self.trail:
            return ""
        former = self.trail[-1].query
        return (
            "Back one step"
            if former.path
            else "Back to the skeleton"
            if former.label == SHEET
            else "Back to my drawing"
        )

    @classmethod
    def of_picture(cls, picture: Picture, poses: Sequence[Pose], label: str = "") -> "ReferenceQuery":
        """Return the query for the people in a picture."""
        return cls(tuple(poses), label or picture.name, picture.width, picture.height, preview(picture))


@dataclass(frozen=True)
class Step:
    """A search that the visitor left for pictures like one of its results.

    Attributes:
        query: What was looked for.
        person: Which of its people, from 0.
        must: Limbs that had to match.
        count: Results shown.
        at: Id of the result that was asked for more.
    """

    query: ReferenceQuery
    person: int = 0
    must: tuple[str, ...] = ()
    count: int = RESULTS
    at: tuple[str, str, int] | None = None


@dataclass(frozen=True)
class SearchChoices:
    """How a visitor looks for it.

    Attributes:
        gallery: Name.
        any_camera: Whether the pose counts from any side.
        mirror: Whether mirror images count.
        parts: Names of ``PARTS``; all of the body when empty.
        drawn: Whether only joints that are surely drawn count.
        tags: All of them must be on the picture.
        people: How many people are in the picture; 0 for any number.
        single: Whether a picture or pose is shown once at most, however many of its people or views fit.
        must: Names of ``NAMED_LIMBS`` that a result must hold as the query does.
        person: Which person of the query, from 0.
    """

    gallery: str
    any_camera: bool = False
    mirror: bool = True
    parts: tuple[str, ...] = ()
    drawn: bool = False
    tags: tuple[str, ...] = ()
    people: int = 0
    single: bool = True
    must: tuple[str, ...] = ()
    person: int = 0


def search_gallery(query: ReferenceQuery, choices: SearchChoices, k: int = RESULTS) -> tuple[Shelf, list[SearchResult]]:
    """Search a gallery.

    Returns:
        The gallery, and its best matches, best first.

    Raises:
        ValueError: No such gallery may be seen, or too few joints of the pose count; the sentence says what to change.
    """
    gallery = shelf(choices.gallery)
    itself: tuple[int, ...] = ()
    if query.path and query.gallery == choices.gallery:
        itself = (gallery.gallery.picture(query.path),)
    passing = Filter(choices.tags, choices.people or None, itself)
    camera: Space = "any" if choices.any_camera else "same"
    min_score = THRESHOLD if choices.drawn else 0.0
    options = Options(k, camera, choices.mirror, choices.parts, min_score, passing, choices.single, must=choices.must)
    pose = query.poses[min(choices.person, len(query.poses) - 1)]
    return gallery, gallery.find(pose, options, one_per_pose=choices.single)


def answer(query: ReferenceQuery, choices: SearchChoices, k: int = RESULTS) -> Json:
    """Search, and return what the page shows: query, up to k results, best first, whether there are more, a message."""
    pose = query.poses[min(choices.person, len(query.poses) - 1)]
    asked = {
        "label": query.label, "thumb": query.preview, "width": query.width, "height": query.height,
        "view": _view(pose), "points": _points(pose.keypoints, pose_scores(pose)), "must": list(choices.must),
        "back": query.back,
    }  # fmt: skip
    try:
        gallery, matches = search_gallery(query, choices, k)
    except ValueError as error:
        return {"query": asked, "results": [], "more": False, "message": shown(error)}
    message = ""
    if not matches and choices.must:
        message = "No picture of this gallery holds these limbs so: click one of them to let it go."
    elif not matches:
        message = "No picture of this gallery passes: choose fewer tags, or any number of people."
    results = [to_page(gallery, match, choices) for match in matches]
    return {"query": asked, "results": results, "more": len(results) == k < MOST_RESULTS, "message": message}


def to_page(shelf: Shelf, result: SearchResult, choices: SearchChoices) -> Json:
    """Return one result as the page shows it.

    From the same camera the query's skeleton is laid over the result. From another one it would not fit, so the
    result's own skeleton is drawn; either way its limbs are coloured by how well they agree.
    """
    match, pose = result.match, result.pose
    seen = np.asarray(match.compared) & (pose_scores(pose) > 0 if choices.any_camera else True)
    points = pose.keypoints if choices.any_camera else match.overlay
    return describe(shelf, match.image, int(shelf.gallery.number[match.row])) | {
        "mirrored": match.mirrored,
        "skeleton": _points(points, seen),
        "agreement": [None if np.isnan(share) else round(float(share), 2) for share in match.agreement],
    }


def describe(shelf: Shelf, image: int, person: int) -> Json:
    """Return one person of a gallery as the page shows and keeps it."""
    entry = shelf.gallery.entries[image]
    pose = entry.poses[person]
    return {
        "id": [_named(shelf), entry.path, person],
        "name": entry.name,
        "thumb": _data_url(shelf.gallery.thumbnail(image)),
        "width": entry.width,
        "height": entry.height,
        "view": _view(pose),
        "points": _points(pose.keypoints, pose_scores(pose)),
        "tags": list(entry.tags),
        "credit": entry.credit or ("SketchPose, CC0 1.0" if entry.render else ""),
    }


def look_up(reference: object) -> tuple[Shelf, GalleryEntry, int]:
    """Return the gallery, the picture and the number of the person of an ``id`` that the page sent.

    Raises:
        ValueError: The page sent no id, or what the id names has gone from the gallery.
    """
    if not (isinstance(reference, list) and len(reference) == 3 and isinstance(reference[2], int)):
        raise ValueError("This is not a reference of a gallery; reload the page and search again.")
    place = shelf(str(reference[0]))
    entry = place.gallery.entries[place.gallery.picture(str(reference[1]))]
    if not 0 <= reference[2] < len(entry.poses):
        raise ValueError(f"{entry.name} has {len(entry.poses)} people; search again.")
    return place, entry, reference[2]


def like(reference: object, step: Step | None = None) -> ReferenceQuery:
    """Return the query for more pictures like one of a gallery.

    Args:
        reference: Its id.
        step: The search that found it, to which the visitor can go back; its ``at`` is filled in.

    Raises:
        ValueError: As in ``look_up``.
    """
    place, entry, person = look_up(reference)
    thumb = _data_url(place.gallery.thumbnail(place.gallery.picture(entry.path)))
    at = (_named(place), entry.path, person)
    trail = () if step is None else (*step.query.trail, replace(step, at=at))[-_MOST_STEPS:]
    return ReferenceQuery(
        (entry.poses[person],), f"More like {entry.name}", entry.width, entry.height, thumb, *at[:2], trail,
    )  # fmt: skip


def tags_of(name: str) -> dict[str, list[str]]:
    """Return the most common tags of a gallery by group, in the order of ``GROUPS``."""
    gallery = shelf(name).gallery
    made = made_tags([*LIBRARY.shelf(SHIPPED).gallery.entries, *islice(gallery.entries, _TELLING)])
    return {group: tags[:_MOST_TAGS] for group, tags in grouped(gallery.tag_counts(), made).items()}


def names(visit: str = "") -> list[str]:
    """Return the galleries that whoever asks can choose from: for the owner all of them, and that of the visit."""
    return [*(gallery_names() if owner_asks() else [SHIPPED]), *([visit] if visit else [])]


def keeps_uploads() -> bool:
    """Whether a folder that is dropped becomes a gallery that stays: only the owner's does."""
    return owner_asks()


def preview(picture: Picture) -> str:
    """Return a picture as a small WebP data URL."""
    return data_url(picture.pixels, "WEBP", _PREVIEW, quality=80)


def _named(shelf: Shelf) -> str:
    return shelf.gallery.folder.name


def _data_url(webp: bytes) -> str:
    return "data:image/webp;base64," + base64.b64encode(webp).decode() if webp else ""


def _view(pose: Pose) -> list[float]:
    return [round(v, 1) for v in view_square(pose.box)]


def _points(points: Any, scores: Any) -> list[list[float]]:
    rows = np.concatenate([np.asarray(points, float), np.asarray(scores, float)[:, None]], 1)
    return [[round(x, 1), round(y, 1), round(s, 2)] for x, y, s in np.where(rows[:, 2:] > 0, rows, 0).tolist()]
