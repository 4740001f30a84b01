"""Label Studio's JSON export: points in percent of the picture, grouped by the rectangle they lie in.

A list of tasks (labelstud.io/guide/export). ``annotations[].result[]`` holds ``rectanglelabels`` with ``value``
x, y, width, height and ``keypointlabels`` with x, y, all in percent of ``original_width`` and ``original_height``;
``parentID`` names the rectangle a point belongs to, and a point without belongs to the only rectangle that it lies in.
Where a project parts shape and label (``KeyPoint`` with ``Labels``), a second result of type ``labels`` has the id of
the point and its label. A ``choices`` result with the id of a point that says hidden or occluded makes it hidden. Of
several annotations of a task the newest that was not cancelled counts. Of several pictures in ``data`` the one that
was labelled counts, not its thumbnail.

Dropped: other shapes, relations, predictions, tasks in which nothing was labelled. Refused: points in no rectangle, or
in two, when a picture has several people.
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from sketchpose.formats.common import (
    LACKING,
    AnnotatedImage,
    AnnotatedPerson,
    Floats,
    FormatError,
    Joints,
    Json,
    Notes,
    Source,
)
from sketchpose.formats.names import coco_name, is_person
from sketchpose.formats.records import key_of, numbers, person_of
from sketchpose.text import base_name, is_picture

_SMALL: Final = ("thumb", "preview", "icon", "small", "mini")
_HIDDEN: Final = ("hidden", "occluded", "invisible", "not visible")


def knows(document: object) -> bool:
    """Whether a JSON document is a list of Label Studio tasks."""
    first = document[0] if isinstance(document, list) and document else None
    return isinstance(first, Mapping) and "data" in first and ("annotations" in first or "completions" in first)


def read(source: Source) -> list[AnnotatedImage]:
    """Read the tasks.

    Raises:
        FormatError: Not a list of tasks, or a broken record that is not to be skipped.
    """
    name, document = source.name, source.document
    if not isinstance(document, list) or not knows(document):
        raise FormatError(f"{name}: not a Label Studio JSON export; choose JSON there, not JSON-MIN or CSV.")
    images = []
    for i, task in enumerate(document):
        where = f"{name}: task {str(task.get('id', i))[:40] if isinstance(task, Mapping) else i}"
        try:
            image = _task(task, where, source.notes)
        except FormatError as error:
            source.notes.bad(str(error))
            continue
        images += [] if image is None else [image]
    return images


def _task(task: Any, where: str, notes: Notes) -> AnnotatedImage | None:
    if not isinstance(task, Mapping) or not isinstance(task.get("data"), Mapping):
        raise FormatError(f"{where} has no data.")
    given = task.get("annotations", task.get("completions")) or []
    if not isinstance(given, list) or not all(isinstance(a, Mapping) for a in given):
        raise FormatError(f"{where}: annotations must be a list.")
    usable = [a for a in given if not a.get("was_cancelled")]
    notes.drop("annotations that were cancelled", len(given) - len(usable))
    notes.drop("older annotations of the same task", max(len(usable) - 1, 0))
    newest: Json = max(
        usable, key=lambda a: str(a.get("updated_at") or a.get("created_at") or ""), default={"result": []}
    )
    results = newest.get("result")
    if not isinstance(results, list) or not all(isinstance(r, Mapping) for r in results):
        raise FormatError(f"{where}: result must be a list.")
    if not results:
        notes.drop("tasks without an annotation")
        return None
    picture = _picture(task["data"], results, where)
    width, height = _size(results, where)
    for result in results:
        _refuse_turned(result, where)
    people = _people(results, where, notes)
    shown = task.get("file_upload")
    name = base_name(shown) if isinstance(shown, str) else ""
    return AnnotatedImage(picture, where, tuple(people), width, height, name=name)


def _picture(data: Json, results: list[Json], where: str) -> str:
    """Return the picture that was labelled: the one the results name, or the only one that is no thumbnail."""
    pictures = {str(k): v for k, v in sorted(data.items()) if isinstance(v, str) and _is_picture(v)}
    targets = {str(r.get("to_name")) for r in results} & set(pictures)
    chosen = [v for k, v in pictures.items() if k in targets] or [
        v for k, v in pictures.items() if not any(word in k.lower() for word in _SMALL)
    ]
    usual = [v for k, v in pictures.items() if k.lower() in ("image", "img")]
    chosen = usual if len(chosen) > 1 and len(usual) == 1 else chosen
    if not chosen:
        raise FormatError(f"{where}: its data names no picture.")
    if len(set(chosen)) > 1:
        raise FormatError(f"{where}: its data names {len(chosen)} pictures; call the one that was labelled `image`.")
    return chosen[0]


def _people(results: list[Json], where: str, notes: Notes) -> list[AnnotatedPerson]:
    for i, result in enumerate(results):
        for name in ("id", "parentID"):
            key_of(result.get(name), f"{where}: result[{i}].{name}")
    hidden = {r.get("id") for r in results if r.get("type") == "choices" and _says_hidden(r)}
    labels = {r["id"]: r for r in results if r.get("type") == "labels" and r.get("id") is not None}
    boxes: dict[Any, Floats] = {}
    points: dict[Any, Joints] = {}
    loose: list[tuple[str, tuple[float, float, int], str]] = []
    for i, result in enumerate(results):
        here, kind = f"{where}: result[{i}]", result.get("type")
        label = labels.get(result.get("id"), result)
        if kind in ("rectanglelabels", "rectangle"):
            if is_person(" ".join(_words(label))) is False:
                notes.drop("rectangles of what is no person")
                continue
            x, y, w, h = _pixels(result, ("x", "y", "width", "height"), here)
            boxes[result.get("id")] = np.array([x, y, x + w, y + h])
            points.setdefault(result.get("id"), {})
        elif kind in ("keypointlabels", "keypoint"):
            if len(_words(label)) != 1:
                raise FormatError(f"{here}: a point needs exactly one label.")
            joint = coco_name(_words(label)[0])
            if joint is None:
                notes.drop(LACKING)
                continue
            x, y = _pixels(result, ("x", "y"), here)
            place = (x, y, 1 if result.get("id") in hidden else 2)
            if result.get("parentID") is None:
                loose.append((joint, place, here))
            else:
                _put(points.setdefault(result["parentID"], {}), joint, place, here)
        elif kind not in ("choices", "labels"):
            notes.drop(f"results of type {str(kind)[:40]}")
    if unknown := [parent for parent in points if parent not in boxes]:
        raise FormatError(f"{where}: points belong to the rectangle {str(unknown[0])[:80]!r}, which is not there.")
    for joint, place, here in loose:
        owners = [key for key, box in boxes.items() if (box[:2] <= place[:2]).all() and (place[:2] <= box[2:]).all()]
        owners = list(boxes) if len(boxes) == 1 else owners
        if len(boxes) > 1 and len(owners) != 1:
            raise FormatError(
                f"{here}: {joint} lies in {len(owners)} rectangles of people; group it with its rectangle there."
            )
        _put(points.setdefault(owners[0] if boxes else None, {}), joint, place, here)
    made = [person_of(joints, boxes.get(key), notes, id=key) for key, joints in points.items()]
    return [person for person in made if person is not None]


def _put(joints: Joints, joint: str, place: tuple[float, float, int], where: str) -> None:
    if joint in joints:
        raise FormatError(f"{where}: {joint} appears twice for one person.")
    joints[joint] = place


def _pixels(result: Json, names: tuple[str, ...], where: str) -> list[float]:
    value = result.get("value")
    if not isinstance(value, Mapping):
        raise FormatError(f"{where} has no value.")
    percent = numbers([value.get(name) for name in names], len(names), where)
    size = numbers([result.get("original_width"), result.get("original_height")] * 2, 4, f"{where}: original size")
    return [float(v) for v in percent * size[: len(names)] / 100]


def _words(result: Json) -> list[str]:
    """Return the labels of a result, under whichever of the names its type has for them."""
    value = result.get("value")
    lists = [
        value[key]
        for key in ("keypointlabels", "rectanglelabels", "labels")
        if isinstance(value, Mapping) and isinstance(value.get(key), list)
    ]
    return [word for labels in lists for word in labels if isinstance(word, str)]


def _says_hidden(result: Json) -> bool:
    value = result.get("value")
    chosen = value.get("choices") if isinstance(value, Mapping) else None
    words = chosen if isinstance(chosen, list) else []
    return any(isinstance(word, str) and word.lower() in _HIDDEN for word in words)


def _refuse_turned(result: Json, where: str) -> None:
    value = result.get("value")
    turned = result.get("image_rotation") or (value.get("rotation") if isinstance(value, Mapping) else None)
    if turned:
        raise FormatError(
            f"{where}: the picture or a rectangle was rotated by {str(turned)[:20]} degrees; turn it back."
        )


def _size(results: list[Json], where: str) -> tuple[int, int]:
    given = [[r.get("original_width"), r.get("original_height")] for r in results if "original_width" in r]
    sizes = {tuple(numbers(pair, 2, f"{where}: original size").tolist()) for pair in given}
    if len(sizes) != 1:
        raise FormatError(f"{where}: its results give {len(sizes)} sizes of the picture; one is needed.")
    width, height = sizes.pop()
    if min(width, height) < 1:
        raise FormatError(f"{where}: the original size is {width:g} x {height:g}, which is not the size of a picture.")
    return int(width), int(height)


def _is_picture(text: str) -> bool:
    return is_picture(base_name(text)) or is_picture(text.rpartition("?")[2])
