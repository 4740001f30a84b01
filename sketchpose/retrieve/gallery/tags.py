"""Tags by what they tell, so that they can be chosen from groups: the view, the pose, the action, the source.

What this program makes says so itself: a mannequin's tags are what it is, the family of its pose, the names of the pose
and the view; a drawing's are where it comes from and what is drawn (see ``making.gallery`` and ``masters``). Anything
else is the user's own.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from sketchpose.retrieve.gallery.entry import GalleryEntry

VIEW: Final = "View"
POSE: Final = "Pose"
ACTION: Final = "Action and detail"
SOURCE: Final = "Source"
OWN: Final = "Your own"
GROUPS: Final = (VIEW, POSE, ACTION, SOURCE, OWN)
_VIEWS: Final = (
    *("front", "three-quarter", "side", "back three-quarter", "back", "facing left", "facing right"),
    *("from above", "from below", "close"),
)
_COLLECTIONS: Final = frozenset({"peeps", "stick", "blueman", "sm", "stickyman", "giuseppe"})


def made_tags(entries: Iterable[GalleryEntry]) -> dict[str, str]:
    """Return the tags that this program gave to pictures, and the group of each.

    Args:
        entries: Of any gallery; a user's own pictures among them tell nothing.
    """
    found: dict[str, set[str]] = {group: set() for group in GROUPS}
    for entry in entries:
        first, rest = set(entry.tags[:1]), set(entry.tags[1:])
        if entry.render:
            family = set(entry.tags[1:2])
            found[SOURCE if "as drawn" in family else POSE] |= family
            found[SOURCE] |= first
            found[ACTION] |= rest - family
        elif entry.path.startswith("drawings/"):
            found[SOURCE] |= first | rest & _COLLECTIONS
            found[ACTION] |= rest - _COLLECTIONS
        elif entry.path.startswith("masters/"):
            found[SOURCE] |= first | rest
    # A pose that is called as its family, or a source as a pose, stands once: where it is expected first.
    groups = {tag: group for group in reversed(GROUPS) for tag in found[group]}
    return groups | dict.fromkeys(_VIEWS, VIEW)


def grouped(tags: Iterable[str], made: Mapping[str, str]) -> dict[str, list[str]]:
    """Return tags by group, in the order of ``GROUPS``: views in turn, others as they come.

    Args:
        tags: The tags, for instance of ``Gallery.tag_counts``.
        made: As from ``made_tags``.
    """
    groups: dict[str, list[str]] = {group: [] for group in GROUPS}
    for tag in tags:
        groups[made.get(tag, OWN)].append(tag)
    groups[VIEW].sort(key=_VIEWS.index)
    return groups
