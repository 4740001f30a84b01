"""Scenes as COCO keypoint records, with the extras that other tools ignore."""

from typing import Any

import numpy as np

from sketchpose.formats import CATEGORY
from sketchpose.synth.scene import DrawnPerson, Scene

BODY_SHARE = 0.6
"""A person's ``area`` as a share of the box, for want of a mask; the same for all of SketchPose's drawings."""
_MANY = 100
"""Annotation ids leave room for this many persons per seed."""


def file_name(seed: int) -> str:
    """Return the stable name of a seed's picture within ``images/``."""
    return f"{seed:012d}.jpg"


def records(seed: int, scene: Scene) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the image record and the annotation records of a scene; ids follow from the seed alone."""
    height, width = scene.image.shape[:2]
    image = {
        "id": seed + 1,
        "file_name": file_name(seed),
        "width": width,
        "height": height,
        "style": scene.style,
        "source": f"synth/{scene.style}",
        "meta": scene.meta,
    }
    people = [_annotation(seed, k, person) for k, person in enumerate(scene.persons)]
    return image, people


def _annotation(seed: int, index: int, person: DrawnPerson) -> dict[str, Any]:
    x0, y0, x1, y1 = (float(v) for v in person.box)
    triples = [
        value
        for (x, y), v in zip(person.keypoints, person.visibility, strict=True)
        for value in (float(x), float(y), int(v))
    ]
    view = person.camera
    return {
        "id": (seed * _MANY) + index + 1,
        "image_id": seed + 1,
        "category_id": CATEGORY["id"],
        "keypoints": triples,
        "num_keypoints": int((person.visibility > 0).sum()),
        "bbox": [x0, y0, x1 - x0, y1 - y0],
        "area": (x1 - x0) * (y1 - y0) * BODY_SHARE,
        "iscrowd": 0,
        "pose": person.pose,
        "joints3d": np.round(person.joints3d, 5).tolist(),
        "camera": {
            "rotation": np.round(view.rotation, 8).tolist(),
            "centre": np.round(view.centre, 6).tolist(),
            "distance": view.distance,
            "focal": view.focal,
            "offset": np.round(view.offset, 4).tolist(),
        },
    }


def document(images: list[dict[str, Any]], annotations: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a whole COCO document, records in order of their ids."""
    return {
        "info": {"description": "SketchPose synthetic sketches", "license": "CC0-1.0"},
        "images": sorted(images, key=lambda r: r["id"]),
        "annotations": sorted(annotations, key=lambda r: r["id"]),
        "categories": [CATEGORY],
    }
