"""Poses as text: COCO keypoint documents and OpenPose-18 JSON, written and read without loss of a digit.

COCO (Lin et al. 2014, cocodataset.org/#format-data): ``images``, ``annotations`` with ``keypoints`` as 17 times
x, y, v, ``bbox`` as x, y, width, height, and one ``person`` category. A pose that was estimated also carries ``score``
and ``keypoint_scores``, which readers of plain COCO ignore.

OpenPose-18 (Cao et al. 2017, "COCO" body model; what ControlNet tools exchange): 18 times x, y, confidence, with the
neck between the shoulders and right before left; 0, 0, 0 where a joint is missing.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from sketchpose.pose import Pose, joints_box
from sketchpose.skeleton import EDGES, INDEX, KEYPOINTS, NUM_KEYPOINTS

Json = dict[str, Any]

_OPENPOSE: Final = (
    *("nose", "neck", "right_shoulder", "right_elbow", "right_wrist", "left_shoulder", "left_elbow", "left_wrist"),
    *("right_hip", "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle"),
    *("right_eye", "left_eye", "right_ear", "left_ear"),
)
_NECK: Final = _OPENPOSE.index("neck")
OPENPOSE_SOURCES: Final = tuple(
    (INDEX["left_shoulder"], INDEX["right_shoulder"]) if name == "neck" else (INDEX[name],) for name in _OPENPOSE
)
"""Of each joint of OpenPose-18, the joints of COCO-17 that it is the middle of."""
CATEGORY: Final[Json] = {
    "id": 1,
    "name": "person",
    "supercategory": "person",
    "keypoints": list(KEYPOINTS),
    "skeleton": [[a + 1, b + 1] for a, b in EDGES],
}


class FormatError(ValueError):
    """A file of poses that cannot be used, naming the record and what is wrong with it."""


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


def to_coco(images: Iterable[PosedImage]) -> Json:
    """Return a COCO keypoint document; ids count from 1 in the order given."""
    records: list[Json] = []
    annotations: list[Json] = []
    for image_id, image in enumerate(images, 1):
        records.append({"id": image_id, "file_name": image.name, "width": image.width, "height": image.height})
        for pose in image.poses:
            annotations.append({"id": len(annotations) + 1, "image_id": image_id, **coco_annotation(pose)})
    return {"images": records, "annotations": annotations, "categories": [CATEGORY]}


def to_coco_results(images: Iterable[PosedImage]) -> list[Json]:
    """Return the list that COCO evaluation servers and ``COCO.loadRes`` take; image ids count from 1."""
    wanted = ("image_id", "category_id", "keypoints", "score", "bbox")
    return [{key: a[key] for key in wanted} for a in to_coco(images)["annotations"]]


def coco_annotation(pose: Pose) -> Json:
    """Return a pose's COCO annotation without the ids of the annotation and its image."""
    x0, y0, x1, y1 = pose.box.tolist()
    labelled = pose.labelled
    points = np.where(labelled[:, None], pose.keypoints, 0).tolist()
    return {
        "category_id": 1,
        "keypoints": [value for (x, y), v in zip(points, pose.visibility.tolist(), strict=True) for value in (x, y, v)],
        "num_keypoints": int(labelled.sum()),
        "bbox": [x0, y0, x1 - x0, y1 - y0],
        "area": pose.area,
        "iscrowd": 0,
        "score": float(pose.score),
        "keypoint_scores": pose.scores.tolist(),
    }


def from_coco(document: object, *, source: str = "COCO document") -> list[PosedImage]:
    """Read a COCO keypoint document.

    Args:
        document: The parsed JSON.
        source: File name for the errors.

    Returns:
        One entry per image record, in file order, with its annotated people (crowds and people without a labelled
        joint are left out).

    Raises:
        FormatError: Not a COCO keypoint document, or a record that is broken: it is named.
    """
    if not isinstance(document, Mapping) or not {"images", "annotations"} <= set(document):
        raise FormatError(f"{source}: not a COCO keypoint document; it needs the lists `images` and `annotations`.")
    for category in document.get("categories", []):
        names = category.get("keypoints") if isinstance(category, Mapping) else None
        if names is not None and list(names) != list(KEYPOINTS):
            raise FormatError(
                f"{source}: its category has {len(names)} keypoints and not the {NUM_KEYPOINTS} of COCO in their order."
            )
    images: dict[object, Json] = {}
    people: dict[object, list[Pose]] = {}
    for i, record in enumerate(document["images"]):
        where = f"{source}: images[{i}]"
        if not isinstance(record, Mapping) or not {"id", "file_name", "width", "height"} <= set(record):
            raise FormatError(f"{where} needs id, file_name, width and height.")
        if record["id"] in images:
            raise FormatError(f"{where} repeats the id {record['id']}.")
        images[record["id"]], people[record["id"]] = dict(record), []
    for i, record in enumerate(document["annotations"]):
        where = f"{source}: annotations[{i}]"
        if not isinstance(record, Mapping) or record.get("image_id") not in people:
            raise FormatError(f"{where} has no image_id that is listed in images.")
        pose = None if record.get("iscrowd") else pose_from_coco(record, where)
        if pose is not None:
            people[record["image_id"]].append(pose)
    return [
        PosedImage(str(r["file_name"]), int(r["width"]), int(r["height"]), tuple(people[i])) for i, r in images.items()
    ]


def pose_from_coco(record: Mapping[str, Any], where: str) -> Pose | None:
    """Read one annotation; None when it labels no joint.

    Raises:
        FormatError: Not 51 finite numbers with visibilities 0, 1 or 2, or a box without extent.
    """
    flat = _numbers(record.get("keypoints"), NUM_KEYPOINTS * 3, f"{where}.keypoints").reshape(-1, 3)
    points, visibility = flat[:, :2], flat[:, 2]
    if not np.isin(visibility, (0, 1, 2)).all():
        raise FormatError(f"{where}: visibility must be 0, 1 or 2, not {sorted(set(visibility.tolist()))}.")
    labelled = visibility > 0
    if not labelled.any():
        return None
    if "bbox" in record:
        x, y, width, height = _numbers(record["bbox"], 4, f"{where}.bbox").tolist()
        box = np.array([x, y, x + width, y + height])
    else:
        box = joints_box(points[labelled].astype(np.float32))
    scores = record.get("keypoint_scores")
    values = labelled.astype(float) if scores is None else _numbers(scores, NUM_KEYPOINTS, f"{where}.keypoint_scores")
    origin = "annotation" if scores is None else "given"
    try:
        return Pose(points, values, visibility, box, float(record.get("score", 1.0)), origin)  # type: ignore[arg-type]
    except (ValueError, TypeError) as error:
        raise FormatError(f"{where}: {error}") from error


def to_openpose(image: PosedImage) -> Json:
    """Return a picture's poses as OpenPose-18 JSON with the canvas size, as ControlNet tools read it."""
    people = []
    for pose in image.poses:
        row: list[float] = []
        for at in map(list, OPENPOSE_SOURCES):
            if pose.labelled[at].all():
                x, y = pose.keypoints[at].astype(np.float64).mean(0).tolist()
                row += [x, y, float(pose.scores[at].min())]
            else:
                row += [0.0, 0.0, 0.0]
        people.append({"pose_keypoints_2d": row})
    return {"people": people, "canvas_width": image.width, "canvas_height": image.height}


def from_openpose(document: object, *, name: str = "OpenPose document") -> PosedImage:
    """Read OpenPose-18 JSON: one picture's ``people``, or the one-element list some ControlNet tools write.

    A missing joint comes back as not labelled. Coordinates given as shares of the canvas (all below 2) are scaled up.

    Raises:
        FormatError: Not an OpenPose document, or a person without 54 finite numbers.
    """
    if isinstance(document, list) and len(document) == 1:
        document = document[0]
    if not isinstance(document, Mapping) or not isinstance(document.get("people"), list):
        raise FormatError(f"{name}: not an OpenPose document; it needs the list `people`.")
    try:
        width, height = int(document.get("canvas_width", 0)), int(document.get("canvas_height", 0))
    except (TypeError, ValueError) as error:
        raise FormatError(f"{name}: canvas_width and canvas_height must be whole numbers.") from error
    poses = []
    for i, person in enumerate(document["people"]):
        where = f"{name}: people[{i}]"
        found = person.get("pose_keypoints_2d") if isinstance(person, Mapping) else None
        rows = _numbers(found, len(_OPENPOSE) * 3, f"{where}.pose_keypoints_2d").reshape(-1, 3)
        by_name = {part: row for j, (part, row) in enumerate(zip(_OPENPOSE, rows, strict=True)) if j != _NECK}
        values = np.array([by_name[part] for part in KEYPOINTS])
        labelled = values[:, 2] > 0
        if not labelled.any():
            continue
        points = values[:, :2].astype(np.float32)
        if width and height and points[labelled].max() < 2:
            points = points * np.array([width, height], np.float32)
        scores, visibility = np.clip(values[:, 2], 0, 1), np.where(labelled, 2, 0)
        box = joints_box(points[labelled])
        poses.append(Pose(points, scores.astype(np.float32), visibility.astype(np.uint8), box, 1.0, "given"))
    return PosedImage(name, width, height, tuple(poses))


def read_json(data: str | bytes, *, source: str) -> object:
    """Parse JSON text.

    Raises:
        FormatError: Not JSON, or it holds NaN or infinities, which are none of JSON's numbers.
    """

    def refuse(word: str) -> float:
        raise FormatError(f"{source}: it holds {word}, which is not a number; every coordinate must be finite.")

    try:
        return json.loads(data, parse_constant=refuse)
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FormatError(f"{source}: not a JSON file.") from error


def _numbers(value: object, count: int, where: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    if not isinstance(value, Sequence) or isinstance(value, (str, bytes)) or len(value) != count:
        found = len(value) if isinstance(value, Sequence) else "none"
        raise FormatError(f"{where} must hold {count} numbers; it has {found}.")
    if not all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in value):
        raise FormatError(f"{where} must hold {count} numbers; some are not numbers.")
    array = np.array(value, np.float64)
    if not np.isfinite(array).all():
        raise FormatError(f"{where} holds NaN or infinite numbers; every value must be finite.")
    return array
