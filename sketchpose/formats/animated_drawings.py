"""AnimatedDrawings' character file (Smith et al. 2023): ``char_cfg.yaml`` beside ``texture.png``.

``width`` and ``height`` of the picture, and ``skeleton``: a list of ``name``, ``loc`` (x, y) and ``parent``. Hands and
feet stand for wrists and ankles; root, hip, torso and neck are dropped, and there is no face. Left and right are the
figure's own.
"""

from collections.abc import Mapping
from pathlib import PurePosixPath

from sketchpose.formats.common import LACKING, AnnotatedImage, FormatError, Joints, Source, in_shares
from sketchpose.formats.names import coco_name
from sketchpose.formats.records import numbers, person_of, size_of


def knows(document: object) -> bool:
    """Whether a YAML document is a character of AnimatedDrawings."""
    return isinstance(document, Mapping) and {"skeleton", "width", "height"} <= set(document)


def read(source: Source) -> list[AnnotatedImage]:
    """Read a character.

    Raises:
        FormatError: Not that, or broken and not to be skipped.
    """
    name, document = source.name, source.document
    try:
        if not isinstance(document, Mapping) or not isinstance(document.get("skeleton"), list):
            raise FormatError(f"{name}: not a character file; it needs the list `skeleton`.")
        size = size_of(document, ("width", "height"), name)
        joints: Joints = {}
        for i, record in enumerate(document["skeleton"]):
            where = f"{name}: skeleton[{i}]"
            if not isinstance(record, Mapping) or not isinstance(record.get("name"), str):
                raise FormatError(f"{where} has no name.")
            joint = coco_name(record["name"])
            if joint is None:
                source.notes.drop(LACKING)
                continue
            if joint in joints:
                raise FormatError(f"{where}: {record['name'][:80]} appears twice.")
            x, y = numbers(record.get("loc"), 2, f"{where}.loc").tolist()
            joints[joint] = (x, y, 2)
        person = person_of(joints, None, source.notes)
    except FormatError as error:
        source.notes.bad(str(error))
        return []
    people = () if person is None else (person,)
    picture = str(PurePosixPath(name).with_name("texture.png"))
    return [AnnotatedImage(picture, name, people, *size, shares=in_shares(people))]
