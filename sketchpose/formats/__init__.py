"""Files of poses, one module per format; everything that reads poses reads them here and in the same way.

>>> images, kind = read_poses(Path("export.json").read_bytes(), "export.json", Notes())
>>> on_picture, notes = images[0].onto(width, height)

``dataset import``, the editor, ``search``, ``index`` and ``evaluate`` share these readers; finding the pictures is
``sketchpose.pictures``.
"""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import PurePosixPath
from typing import Any, Final

from sketchpose.formats import (
    animated_drawings,
    bizarre,
    coco,
    cvat_xml,
    label_studio,
    labelme,
    mpii,
    openpose,
    yolo,
)
from sketchpose.formats.coco import CATEGORY, coco_annotation, to_coco, to_coco_results
from sketchpose.formats.common import (
    AnnotatedImage,
    AnnotatedPerson,
    Files,
    FormatError,
    Notes,
    PosedImage,
    Read,
    Source,
)
from sketchpose.formats.openpose import OPENPOSE_SOURCES, to_openpose
from sketchpose.formats.parse import read_json, read_xml, read_yaml
from sketchpose.formats.yolo import to_yolo, yolo_data

__all__ = [
    "CATEGORY",
    "FORMATS",
    "OPENPOSE_SOURCES",
    "SUFFIXES",
    "AnnotatedImage",
    "AnnotatedPerson",
    "Files",
    "FormatError",
    "NotPosesError",
    "Notes",
    "PosedImage",
    "coco_annotation",
    "read_json",
    "read_poses",
    "to_coco",
    "to_coco_results",
    "to_openpose",
    "to_yolo",
    "yolo_data",
]

SUFFIXES: Final = frozenset({".json", ".xml", ".yaml", ".yml", ".txt"})
"""What files of poses end in."""

_JSON: Final[dict[str, tuple[Callable[[object], bool], Read]]] = {
    "coco-results": (coco.knows_results, coco.read_results),
    "label-studio": (label_studio.knows, label_studio.read),
    "mpii": (mpii.knows, mpii.read),
    "openpose": (openpose.knows, openpose.read),
    "openpose-editor": (openpose.knows_editor, openpose.read_editor),
    "labelme": (labelme.knows, labelme.read),
    "bizarre": (bizarre.knows, bizarre.read),
}
_OTHERS: Final[dict[str, tuple[Callable[[object], bool], Read]]] = {
    "cvat-xml": (cvat_xml.knows, cvat_xml.read),
    "animated-drawings": (animated_drawings.knows, animated_drawings.read),
    "yolo-pose": (yolo.knows, yolo.read),
}
FORMATS: Final = ("auto", *coco.FLAVOURS, *_JSON, *_OTHERS)
_WORDS_OF_OURS: Final = (b'"keypoints"', b'"pose_keypoints_2d"', b'"joints_vis"', b'"keypointlabels"', b'"shapes"')


class NotPosesError(FormatError):
    """A file that holds no poses; beside others it is passed over."""


def read_poses(
    data: bytes, name: str, notes: Notes, *, format: str = "auto", files: Files | None = None
) -> tuple[list[AnnotatedImage], str]:
    """Read a file of poses.

    Args:
        data: Its content.
        name: Its name, with folders where others lie around it.
        notes: Where broken records and what is left out are told.
        format: One of ``FORMATS``.
        files: What lies around it; YOLO's labels are explained by another file.

    Returns:
        The pictures that it describes, in its order, and its format.

    Raises:
        NotPosesError: The file holds no poses of a known format.
        FormatError: The file is not of the wanted format, or a broken record that is not to be skipped.
    """
    if format not in FORMATS:
        raise FormatError(f"There is no format {format!r}; choose one of {', '.join(FORMATS)}.")
    document = _parse(data, name)
    kind = _format_of(document, name) if format == "auto" else format
    if kind in coco.FLAVOURS:
        read: Read = partial(coco.read, flavour=kind)
    else:
        read = (_JSON | _OTHERS)[kind][1]
    return read(Source(name, document, notes, files)), kind


def _format_of(document: object, name: str) -> str:
    if coco.knows(document):
        assert isinstance(document, Mapping)
        return coco.flavour_of(document, name)
    for kind, (knows, _) in (_JSON | _OTHERS).items():
        if knows(document):
            return kind
    raise NotPosesError(f"{name}: no poses of a known format; known are {', '.join(FORMATS[1:])}.")


def _parse(data: bytes, name: str) -> Any:
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in (".yaml", ".yml"):
        return _parse_as(read_yaml, data, name)
    if suffix == ".txt":
        try:
            return data.decode("utf-8-sig").splitlines()
        except UnicodeDecodeError as error:
            raise NotPosesError(f"{name}: not a text file.") from error
    if suffix == ".xml" or (suffix != ".json" and data.lstrip()[:1] == b"<"):
        return _parse_as(read_xml, data, name)
    try:
        return read_json(data, source=name)
    except FormatError as error:
        # A broken file of poses is a fault to be told; a settings file with comments is none of ours.
        if any(word in data for word in _WORDS_OF_OURS):
            raise
        raise NotPosesError(str(error)) from error


def _parse_as(parse: Callable[..., object], data: bytes, name: str) -> object:
    try:
        return parse(data, source=name)
    except FormatError as error:
        raise NotPosesError(str(error)) from error
