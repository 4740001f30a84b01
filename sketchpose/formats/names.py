"""Names in other tools: joints that are spelled differently or that COCO-17 does not have, and categories of people."""

import re
from collections.abc import Sequence
from typing import Final

_PARTS: Final = ("eye", "ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle")
_SAME: Final = {
    **{"sho": "shoulder", "elb": "elbow", "wri": "wrist", "kne": "knee", "ank": "ankle"},
    # Rigs for drawn figures end in hands and feet and have no wrists and ankles.
    **{"hand": "wrist", "foot": "ankle"},
}
_PEOPLE: Final = frozenset(
    "person persons people human humans man men woman women child children kid kids boy girl baby body figure figures "
    "character characters actor player skeleton pose stickman".split()
)
_ANIMALS: Final = frozenset(
    "animal animals bird cat dog horse sheep cow elephant bear zebra giraffe monkey lion tiger rabbit mouse rat fox "
    "wolf deer pig fish pet quadruped mammal".split()
)
_ONLY_ANIMALS: Final = re.compile(r"(?<![a-z])(tail|paw|hoof|hooves|wing|snout|muzzle|beak|withers)", re.IGNORECASE)
_SIDES: Final = {"l": "left", "r": "right", "left": "left", "right": "right"}


def coco_name(name: str) -> str | None:
    """Return the COCO name of a joint, or None for a joint that COCO-17 does not have.

    Understood are ``left_knee``, ``Left Knee``, ``leftKnee``, ``lKnee``, ``l_knee``, ``knee_left``, ``LKnee``,
    MPII's ``l_kne`` and the like. The person's own left is meant everywhere.
    """
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=\b[LR])(?=[A-Z][a-z])", "_", name.strip())
    parts = [part for part in re.split(r"[^A-Za-z]+", words.lower()) if part]
    if parts == ["nose"]:
        return "nose"
    if len(parts) == 1 and parts[0][:1] in "lr" and _part(parts[0][1:]):
        parts = [parts[0][0], parts[0][1:]]
    for prefix in ("left", "right"):
        if len(parts) == 1 and parts[0].startswith(prefix) and _part(parts[0][len(prefix) :]):
            parts = [prefix, parts[0][len(prefix) :]]
    if len(parts) != 2:
        return None
    sides = [_SIDES[part] for part in parts if part in _SIDES]
    places = [_part(part) for part in parts if part not in _SIDES]
    if len(sides) != 1 or len(places) != 1 or places[0] is None:
        return None
    return f"{sides[0]}_{places[0]}"


def coco_names(names: list[str]) -> list[str | None]:
    """Return the COCO name of each joint of a skeleton; two with the same one leave only the more exact.

    A skeleton with wrists and hands, or ankles and feet, means the wrists and ankles.
    """
    translated = [coco_name(name) for name in names]
    exact = {coco for name, coco in zip(names, translated, strict=True) if coco and not _is_stand_in(name)}
    return [
        None if coco in exact and _is_stand_in(name) else coco for name, coco in zip(names, translated, strict=True)
    ]


def is_person(name: str, family: str = "", joints: Sequence[str] = ()) -> bool | None:
    """Whether a category is people, from its name, the name of its family and its joints; None where nothing tells."""
    words, more = (set(re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", t).lower())) for t in (name, family))
    if words & _PEOPLE:
        return True
    if (words | more) & _ANIMALS or any(_ONLY_ANIMALS.search(joint) for joint in joints):
        return False
    return True if more & _PEOPLE else None


def _part(word: str) -> str | None:
    plain = _SAME.get(word, word)
    return plain if plain in _PARTS else None


def _is_stand_in(name: str) -> bool:
    return bool(re.search("hand|foot", name, re.IGNORECASE))
