"""What the open sketches are, where each is published, and how it was cut before its joints were set.

``sketches.json.xz`` is a COCO keypoint document whose images also have ``origin``, ``sha256`` (of the published file),
``crop`` and, for vector drawings, ``render``; ``python -m sketchpose.dataset.sketches.pack`` makes it.
"""

import json
import lzma
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

FILE: Final = Path(__file__).with_name("sketches.json.xz")
GIT_MIRROR: Final = "https://raw.githubusercontent.com"
PACKAGE_MIRROR: Final = "https://cdn.jsdelivr.net"
_BOOK: Final = re.compile(r"GITenberg/(?P<title>.+)_(?P<number>\d+)@")


@dataclass(frozen=True)
class Sketch:
    """One drawing of the open dataset.

    Attributes:
        file_name: Its name in the dataset, ``SOURCE/NAME``.
        source: The collection it comes from; what the splits keep together.
        artist: Who drew it.
        licence: Licence of the drawing.
        origin: Where it is published: ``OWNER/REPOSITORY@COMMIT:PATH`` or ``npm:PACKAGE==VERSION:PATH``, either with
            ``#NAME`` for one drawing of a file that holds many.
        sha256: Of the published file; empty where that holds many drawings.
        crop: Left, top, width and height of what was cut out, in pixels of the published (or rendered) picture.
        width: Width in pixels of the drawing as it was annotated, after the cut was reduced to it.
        height: Height of the same.
        render: Width in pixels to which a vector drawing is rendered; 0 for pictures made of pixels.
        split: ``train``, ``val`` or ``test``.
        people: COCO annotations, in pixels of the drawing as it was annotated.
        style: What it looks like: ``pen``, ``doodle``, ``flat`` and so on.
    """

    file_name: str
    source: str
    artist: str
    licence: str
    origin: str
    sha256: str
    crop: tuple[int, int, int, int]
    width: int
    height: int
    render: int
    split: str
    people: tuple[Mapping[str, Any], ...]
    style: str = ""

    @property
    def path(self) -> str:
        """Address of the published file below a mirror: the server's own, or a copy of it."""
        place, _, file = self.origin.partition("#")[0].partition(":")
        if place == "npm":
            package, _, file = file.partition(":")
            return quote(f"npm/{package.replace('==', '@')}/{file}", safe="/@")
        repository, _, commit = place.partition("@")
        return quote(f"{repository}/{commit}/{file}")

    @property
    def address(self) -> str:
        """Address of the published file."""
        return f"{PACKAGE_MIRROR if self.origin.startswith('npm:') else GIT_MIRROR}/{self.path}"

    @property
    def part(self) -> str:
        """Name of the drawing within its file; empty where the file holds only this."""
        return self.origin.partition("#")[2]

    @property
    def work(self) -> str:
        """What the drawing was published in: a book of Project Gutenberg, or a package or repository."""
        if book := _BOOK.match(self.origin):
            title = book["title"].replace("-s-", "'s-").replace("--amp--", " & ").replace("-", " ")
            return f"{' '.join(title.split())} (Project Gutenberg {book['number']})"
        place = self.origin.removeprefix("npm:").partition("==" if self.origin.startswith("npm:") else "@")[0]
        return f"{place}, {self.part}" if self.part else place


@cache
def read_sketches(path: Path = FILE) -> tuple[Sketch, ...]:
    """Return the drawings of the open dataset."""
    document = json.loads(lzma.decompress(path.read_bytes()))
    people: dict[int, list[Mapping[str, Any]]] = {}
    for person in document["annotations"]:
        people.setdefault(person["image_id"], []).append(person)
    return tuple(_sketch(image, people.get(image["id"], ())) for image in document["images"])


def _sketch(image: Mapping[str, Any], people: Sequence[Mapping[str, Any]]) -> Sketch:
    given = {name: value for name, value in image.items() if name not in ("id", "crop")}
    return Sketch(crop=tuple(image["crop"]), people=tuple(people), **given)
