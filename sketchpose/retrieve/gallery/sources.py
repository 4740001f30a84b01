"""What can be made a gallery of: a folder of pictures, a file of poses, or a dataset; and the tags of each picture."""

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from sketchpose.formats import SUFFIXES, AnnotatedImage, FormatError, Notes, read_poses
from sketchpose.home import home_folder
from sketchpose.images import find_images
from sketchpose.pictures import PictureFolder, match_pictures, shown_name
from sketchpose.pose import Pose

_WORD: Final = re.compile(r"[A-Z]?[a-z]{2,}|[A-Z]{3,}|[^\W\d_A-Za-z]{2,}")
_MEANINGLESS: Final = frozenset(
    {"img", "image", "images", "pic", "copy", "final", "untitled", "scan", "screenshot", "dsc"}
)
_HEADINGS: Final = frozenset({"file", "file_name", "filename", "name", "image", "path", "picture"})
MAX_TAG: Final = 40
DATASET: Final = "dataset"
"""Names the dataset of the home folder, where no folder is called so."""


@dataclass(frozen=True)
class Item:
    """A picture to be indexed.

    Attributes:
        path: The file.
        poses: Its people where they are known; None has them estimated.
        tags: In lower case, each once.
        credit: Who made it, under which licence.
        annotated: Its people as a file of poses describes them, who are brought onto the picture when it is read.
        error: Why it cannot be used, where that is known already.
    """

    path: Path
    poses: tuple[Pose, ...] | None = None
    tags: tuple[str, ...] = ()
    credit: str = ""
    annotated: AnnotatedImage | None = None
    error: str = ""

    def people(self, width: int, height: int) -> tuple[tuple[Pose, ...] | None, str]:
        """Return its people where they are known, and what had to be done to bring them onto the picture as it is read.

        Args:
            width: Of the picture as it is read, in pixels.
            height: The same.

        Raises:
            FormatError: They cannot be brought onto the picture.
        """
        if self.annotated is None:
            return self.poses, ""
        image, notes = self.annotated.onto(width, height)
        return tuple(image.poses), notes


def read_source(
    source: str | Path, tags: Mapping[str, tuple[str, ...]] | None = None, notes: Notes | None = None
) -> list[Item]:
    """List the pictures of a folder, a file of poses or a dataset.

    Args:
        source: The folder or file, or ``DATASET``. The pictures of a file of poses lie around it. Of a dataset, what
            was not rejected counts.
        tags: More tags, as from ``read_tags``.
        notes: Whether broken records are skipped, and what was left out; by default the first stops.

    Raises:
        ImageError: The folder holds no pictures.
        FormatError: The file holds no poses, or a broken record.
        ValueError: The source is neither a folder, nor a file of poses, nor a dataset.
    """
    place, more = source_place(source), tags or {}
    if (place / "revisions").is_dir() and (place / "images").is_dir():
        return _dataset(place, more)
    if place.is_dir():
        return [Item(path, tags=_tags(path.relative_to(place).as_posix(), more)) for path in find_images(place)]
    if place.suffix.lower() not in SUFFIXES or not place.is_file():
        raise ValueError(
            f"{source} cannot be indexed: give a folder of pictures, a file of poses (COCO .json and others), or "
            f"{DATASET!r} for what was saved in the editor."
        )
    pictures, items = PictureFolder(place), []
    images = read_poses(place.read_bytes(), place.name, notes or Notes())[0]
    for image, path in match_pictures(images, lambda image: pictures.find(image.picture, image.where)):
        if isinstance(path, FormatError):
            items.append(Item(place.parent / shown_name(image.picture), annotated=image, error=str(path)))
        else:
            items.append(Item(path, tags=_tags(_inside(image.picture, path), more), annotated=image))
    return items


def _inside(picture: str, path: Path) -> str:
    """Return the name as the file gives it; of a path of another machine or an address, only the base name."""
    plain = PurePosixPath(picture)
    foreign = plain.is_absolute() or ":" in picture or plain.name != path.name
    return path.name if foreign else picture


def source_place(source: str | Path) -> Path:
    """Return the folder or file that a source names."""
    if str(source) == DATASET and not Path(source).exists():
        return home_folder() / "dataset"
    return Path(source).resolve()


def _dataset(folder: Path, more: Mapping[str, tuple[str, ...]]) -> list[Item]:
    from sketchpose.dataset import Dataset, Query

    dataset, items = Dataset(folder), []
    for entry in dataset.entries(Query(status=("draft", "submitted", "accepted"), order="name")):
        revision = dataset.read(entry.id)
        poses = tuple(p.pose for p in revision.persons if p.pose.labelled.any() and not p.crowd)
        tags_of_revision = [*revision.tags, revision.source, revision.artist]
        tags = tuple(dict.fromkeys((*_tags(revision.image.name, more), *_clean(tags_of_revision))))
        if poses:
            credit = ", ".join(filter(None, (revision.artist, revision.licence)))
            items.append(Item(dataset.image_path(entry), poses, tags, credit))
    return items


def read_tags(path: str | Path) -> dict[str, tuple[str, ...]]:
    """Read tags from a CSV file: a file name (or path within the folder), then its tags in one or more columns.

    Several tags in one column are separated by ``;``. A first row of headings is left out.

    Raises:
        FormatError: The file is not text in UTF-8, or a row has tags and no file name.
    """
    place = Path(path)
    try:
        rows = list(csv.reader(io.StringIO(place.read_text("utf-8-sig"))))
    except (UnicodeDecodeError, csv.Error) as error:
        raise FormatError(f"{place.name}: not a CSV file in UTF-8; save it again as one.") from error
    if rows and rows[0] and rows[0][0].strip().lower() in _HEADINGS:
        rows = rows[1:]
    out: dict[str, tuple[str, ...]] = {}
    for number, row in enumerate(rows, 1):
        tags = [word for cell in row[1:] for word in cell.split(";")]
        if row and not row[0].strip() and any(word.strip() for word in tags):
            raise FormatError(f"{place.name}: row {number} has tags and no file name; put it in the first column.")
        if row and row[0].strip():
            name = PurePosixPath(row[0].strip().replace("\\", "/")).as_posix()
            out[name] = _clean([*out.get(name, ()), *tags])
    return out


def _tags(name: str, more: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Tags of a picture: its folders, the words of its name, and what a table says of its path or its name."""
    path = PurePosixPath(name.replace("\\", "/"))
    words = [word for word in _WORD.findall(path.stem) if word.lower() not in _MEANINGLESS]
    folders = [part for part in path.parts[:-1] if part.lower() not in _MEANINGLESS | {"..", "."}]
    return _clean([*folders, *words, *more.get(path.as_posix(), ()), *more.get(path.name, ())])


def _clean(tags: list[str]) -> tuple[str, ...]:
    short = [" ".join(word.replace("_", " ").lower().split())[:MAX_TAG] for word in tags]
    return tuple(dict.fromkeys(word for word in short if word))
