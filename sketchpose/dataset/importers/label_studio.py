"""Label Studio's JSON export: points in percent of the picture, grouped by the rectangle they lie in.

A list of tasks (labelstud.io/guide/export). ``annotations[].result[]`` holds ``rectanglelabels`` with ``value``
x, y, width, height and ``keypointlabels`` with x, y, all in percent of ``original_width`` and ``original_height``;
``parentID`` names the rectangle a point belongs to. A ``choices`` result with the id of a point that says hidden or
occluded makes it hidden. Of several annotations of a task the newest that was not cancelled counts.

Dropped: points outside any rectangle when a picture has several people, other shapes, relations, predictions.
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from sketchpose.dataset.archive import Files
from sketchpose.dataset.importers.common import Floats, Found, Json, Notes, key_of, numbers, person_of, picture_path
from sketchpose.dataset.importers.names import coco_name
from sketchpose.dataset.people import Person
from sketchpose.formats import FormatError, read_json
from sketchpose.images import SUFFIXES

_HIDDEN: Final = ("hidden", "occluded", "invisible", "not visible")


def is_label_studio(document: object) -> bool:
    """Whether a JSON document is a list of Label Studio tasks."""
    first = document[0] if isinstance(document, list) and document else None
    return isinstance(first, Mapping) and "data" in first and ("annotations" in first or "completions" in first)


def read(files: Files, name: str, notes: Notes) -> list[Found]:
    """Read the tasks.

    Raises:
        FormatError: Not a list of tasks, or a broken record that is not to be skipped.
    """
    document = read_json(files.read(name), source=name)
    if not isinstance(document, list) or not is_label_studio(document):
        raise FormatError(f"{name}: not a Label Studio JSON export; choose JSON there, not JSON-MIN or CSV.")
    found = []
    for i, task in enumerate(document):
        where = f"{name}: task {task.get('id', i) if isinstance(task, Mapping) else i}"
        try:
            drawing = _task(task, where, notes)
        except FormatError as error:
            notes.bad(str(error))
            continue
        if drawing is not None:
            found.append(drawing)
    return found


def _task(task: Any, where: str, notes: Notes) -> Found | None:
    if not isinstance(task, Mapping) or not isinstance(task.get("data"), Mapping):
        raise FormatError(f"{where} has no data.")
    given = task.get("annotations", task.get("completions")) or []
    if not isinstance(given, list) or not all(isinstance(a, Mapping) for a in given):
        raise FormatError(f"{where}: annotations must be a list.")
    usable = [a for a in given if not a.get("was_cancelled")]
    notes.drop("annotations that were cancelled", len(given) - len(usable))
    notes.drop("older annotations of the same task", max(len(usable) - 1, 0))
    if not usable:
        notes.drop("tasks without an annotation")
        return None
    newest = max(usable, key=lambda a: str(a.get("updated_at") or a.get("created_at") or ""))
    results = newest.get("result")
    if not isinstance(results, list) or not all(isinstance(r, Mapping) for r in results):
        raise FormatError(f"{where}: result must be a list.")
    picture = next((v for k, v in sorted(task["data"].items()) if isinstance(v, str) and _is_picture(v)), None)
    if picture is None:
        raise FormatError(f"{where}: its data names no picture.")
    width, height = _size(results, where)
    people = _people([r for r in results if not _is_rotated(r, where)], where, notes)
    shown = task.get("file_upload")
    return Found(picture, where, tuple(people), width, height, name=shown if isinstance(shown, str) else "")


def _people(results: list[Json], where: str, notes: Notes) -> list[Person]:
    for i, result in enumerate(results):
        for name in ("id", "parentID"):
            key_of(result.get(name), f"{where}: result[{i}].{name}")
    hidden = {r.get("id") for r in results if r.get("type") == "choices" and _says_hidden(r)}
    boxes: dict[Any, Floats] = {}
    points: dict[Any, dict[str, tuple[float, float, int]]] = {}
    loose: dict[str, tuple[float, float, int]] = {}
    for i, result in enumerate(results):
        here, kind = f"{where}: result[{i}]", result.get("type")
        if kind == "rectanglelabels":
            x, y, w, h = _pixels(result, ("x", "y", "width", "height"), here)
            boxes[result.get("id")] = np.array([x, y, x + w, y + h])
            points.setdefault(result.get("id"), {})
        elif kind == "keypointlabels":
            label = _label(result, here)
            joint = coco_name(label)
            if joint is None:
                notes.drop("joints that COCO-17 does not have")
                continue
            x, y = _pixels(result, ("x", "y"), here)
            place = loose if result.get("parentID") is None else points.setdefault(result["parentID"], {})
            if joint in place:
                raise FormatError(f"{here}: {label} is there twice for one person.")
            place[joint] = (x, y, 1 if result.get("id") in hidden else 2)
        elif kind != "choices":
            notes.drop(f"results of type {kind}")
    if unknown := [parent for parent in points if parent not in boxes]:
        raise FormatError(f"{where}: points belong to the rectangle {unknown[0]!r}, which is not there.")
    if loose and len(boxes) <= 1:
        only = next(iter(boxes), None)
        merged = points.setdefault(only, {})
        if only is not None and set(merged) & set(loose):
            raise FormatError(f"{where}: {sorted(set(merged) & set(loose))[0]} is there twice for one person.")
        merged.update(loose)
    else:
        notes.drop("points outside any rectangle in pictures with several people", len(loose))
    made = [person_of(f"p{i}", joints, boxes.get(key), notes) for i, (key, joints) in enumerate(points.items(), 1)]
    return [person for person in made if person is not None]


def _pixels(result: Json, names: tuple[str, ...], where: str) -> list[float]:
    value = result.get("value")
    if not isinstance(value, Mapping):
        raise FormatError(f"{where} has no value.")
    percent = numbers([value.get(name) for name in names], len(names), where)
    size = numbers([result.get("original_width"), result.get("original_height")] * 2, 4, f"{where}: original size")
    return [float(v) for v in percent * size[: len(names)] / 100]


def _label(result: Json, where: str) -> str:
    value = result.get("value")
    labels = value.get("keypointlabels") if isinstance(value, Mapping) else None
    if not isinstance(labels, list) or len(labels) != 1 or not isinstance(labels[0], str):
        raise FormatError(f"{where}: a point needs exactly one label.")
    return labels[0]


def _says_hidden(result: Json) -> bool:
    value = result.get("value")
    chosen = value.get("choices", []) if isinstance(value, Mapping) else []
    return any(isinstance(word, str) and word.lower() in _HIDDEN for word in chosen)


def _is_rotated(result: Json, where: str) -> bool:
    value = result.get("value")
    turned = result.get("image_rotation") or (value.get("rotation") if isinstance(value, Mapping) else None)
    if turned:
        raise FormatError(f"{where}: the picture or a rectangle was rotated by {turned} degrees; turn it back.")
    return False


def _size(results: list[Json], where: str) -> tuple[int, int]:
    given = [[r.get("original_width"), r.get("original_height")] for r in results if "original_width" in r]
    sizes = {tuple(numbers(pair, 2, f"{where}: original size").tolist()) for pair in given}
    if len(sizes) != 1:
        raise FormatError(f"{where}: its results give {len(sizes)} sizes of the picture; one is needed.")
    width, height = sizes.pop()
    return int(width), int(height)


def _is_picture(text: str) -> bool:
    return picture_path(text).lower().endswith(tuple(SUFFIXES))
