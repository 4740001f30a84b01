"""Finding the picture that an annotation means among those that are there.

Tools write a bare name, a path of their own machine, of Windows, or an address; they percent-encode, put a hash before
the name, and change the case of the suffix; the pictures may lie in any folder, and systems write é in two forms. So a
name is tried as it stands, then decoded. But the joints of a missing picture must not land on another of the same name:
where both sides name folders and these differ, only folders that say nothing (``images``, ``train2017``, those of
another machine) may.
"""

import os
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Final, TypeVar
from urllib.parse import unquote

from sketchpose.files import inside
from sketchpose.formats.common import AnnotatedImage, FormatError
from sketchpose.text import base_name, is_picture

_SUBSETS: Final = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation"), "val"),
    **dict.fromkeys(("test", "testing"), "test"),
}
_SUBSET: Final = re.compile(rf"({'|'.join(sorted(_SUBSETS, key=len, reverse=True))})(\d{{4}})?")
_ANY_FOLDER: Final = re.compile(
    r"images?|imgs?|pictures?|data|default|raw|uploads?|files|labels|annotations?|ann|json|keypoints|openpose|poses|\.{1,2}",
    re.IGNORECASE,
)
_ELSEWHERE: Final = re.compile(r"[A-Za-z]:|[A-Za-z][A-Za-z0-9+.-]+:/")
_HASH: Final = re.compile(r"[0-9a-f]{8}-(?=.)")
_Place = TypeVar("_Place", str, Path)


class Pictures:
    """The pictures that are there, by name with folders."""

    def __init__(self, names: Iterable[str]) -> None:
        """List them; what is no picture is left out."""
        self.names = [name for name in names if is_picture(name)]
        self._by_key: dict[str, list[str]] = {}
        for name in self.names:
            whole = _whole(PurePosixPath(name).name)
            for key in dict.fromkeys((whole, _HASH.sub("", whole), _stem(whole.rpartition(".")[0]))):
                self._by_key.setdefault(key, []).append(name)

    def find(self, wanted: str, where: str, beside: str = "") -> str:
        """Return the picture that an annotation means.

        Args:
            wanted: As the annotation gives it: a path, an address, a bare name, or a name without suffix.
            where: File and record, for the errors.
            beside: The annotation file; of equals, the one in its folder, or of its subset, wins.

        Raises:
            FormatError: It is missing, or there are several.
        """
        elsewhere: list[str] = []
        for form in _forms(wanted):
            base = PurePosixPath(form).name
            keys = (_whole(base), _HASH.sub("", _whole(base))) if is_picture(base) else (_stem(_plain(base)),)
            for key in dict.fromkeys(keys if base else ()):
                there = self._by_key.get(key, [])
                if candidates := [name for name in there if _may_be(name, form, beside)]:
                    return _best(candidates, form, where, beside)
                elsewhere += there
        raise _missing(wanted, where, elsewhere[0] if elsewhere else "")


def match_pictures(
    images: Sequence[AnnotatedImage], find: Callable[[AnnotatedImage], _Place]
) -> Iterator[tuple[AnnotatedImage, _Place | FormatError]]:
    """Yield annotated images, each with its picture or why it has none, so that no picture is given another's joints.

    Several may mean one picture. Where they say the same of it, the first stands for all; where they differ, the one
    that names the most of its path keeps it, and the picture of the others is missing; else it is nobody's.

    Args:
        images: As a file of poses describes them.
        find: Returns the picture of one, or raises FormatError.
    """
    found: dict[_Place, list[AnnotatedImage]] = {}
    for image in images:
        try:
            found.setdefault(find(image), []).append(image)
        except FormatError as error:
            yield image, error
    for place, several in found.items():
        if _differ(several):
            named = [_named(image.picture, str(place)) for image in several]
            most, wanted, several = max(named), several, []
            for image, parts in zip(wanted, named, strict=True):
                if parts == most:
                    several.append(image)
                else:
                    yield image, _missing(image.picture, image.where, PurePosixPath(place).name)
        yield several[0], _ambiguous(several, place) if _differ(several) else place


def _ambiguous(images: Sequence[AnnotatedImage], place: str | Path) -> FormatError:
    first = ", ".join(image.where for image in images[:3])
    more = f" and {len(images) - 3} more" if len(images) > 3 else ""
    name = place.name if isinstance(place, Path) else place
    return FormatError(f"{name} is annotated {len(images)} times in different ways ({first}{more}); keep one of them.")


def _differ(images: Sequence[AnnotatedImage]) -> bool:
    return len({_content(image) for image in images}) > 1


def _content(image: AnnotatedImage) -> tuple[object, ...]:
    people = tuple((p.pose.keypoints.tobytes(), p.pose.visibility.tobytes(), p.crowd) for p in image.people)
    return image.width, image.height, people


def _named(wanted: str, place: str) -> int:
    """Return how many parts of a path an annotation names rightly; 0 where it names a folder that is not there."""
    own = PurePosixPath(place).parts
    agreeing = [(_trailing(own, parts), len(parts)) for form in _forms(wanted) if (parts := PurePosixPath(form).parts)]
    return max((same for same, length in agreeing if same == length), default=0)


def shown_name(wanted: str) -> str:
    """Return how a message calls the picture of an annotation: with its folders, unless they are another machine's."""
    foreign = wanted.startswith("/") or _ELSEWHERE.match(wanted) or any(sign in wanted for sign in ("\\", "?", ".."))
    return (base_name(wanted) if foreign else wanted) or "without a name"


def _missing(wanted: str, where: str, alike: str) -> FormatError:
    hint = f"; {alike} has its name and is another one" if alike else ""
    return FormatError(f"{where}: the picture {shown_name(wanted)} is missing{hint}.")


def _best(candidates: list[str], form: str, where: str, beside: str) -> str:
    wanted, annotation = PurePosixPath(form), PurePosixPath(beside)
    subset = {_subset_of(beside), annotation.stem.removeprefix("person_keypoints_")}

    def likeness(name: str) -> tuple[int, bool, bool, bool]:
        own = PurePosixPath(name)
        folders = own.parent.parts
        ours = bool(subset & {*folders, *map(_subset, folders)} - {""})
        return _trailing(own.parts, wanted.parts), own.name == wanted.name, ours, own.is_relative_to(annotation.parent)

    ranked = sorted(dict.fromkeys(candidates), key=likeness, reverse=True)
    if len(ranked) > 1 and likeness(ranked[0]) == likeness(ranked[1]):
        raise FormatError(
            f"{where}: there are several pictures for {wanted.name} ({ranked[0]}, {ranked[1]}); leave one, or name its "
            "folder in the annotation."
        )
    return ranked[0]


def _may_be(name: str, form: str, beside: str) -> bool:
    """Whether nothing speaks against a picture whose base name fits: its hash, its subset, its folders."""
    own, wanted, annotation = PurePosixPath(name), PurePosixPath(form), PurePosixPath(beside)
    hashes = {match[0] for base in (own.name, wanted.name) if (match := _HASH.match(base))}
    if len(hashes) > 1:
        return False
    subset, others = _subset_of(beside), {_subset(part) for part in own.parent.parts} - {""}
    if subset and others and not any(map(partial(_agree, subset), others)):
        return False
    same = _trailing(own.parts, wanted.parts)
    theirs = wanted.parts[:-same]
    inner = own.relative_to(annotation.parent) if own.is_relative_to(annotation.parent) else own
    mine = inner.parts[:-same]
    if not mine or not theirs:
        return True
    foreign = form.startswith("/") or bool(_ELSEWHERE.match(form))
    return _says_nothing(mine[-1]) and (foreign or all(map(_says_nothing, theirs)))


def _forms(wanted: str) -> Iterator[str]:
    """Yield what a text may mean, the literal first."""
    slashes = wanted.replace("\\", "/")
    path, _, query = slashes.partition("?")
    texts = [wanted, slashes, path]
    if query.startswith("d="):  # Label Studio's files that it does not keep itself: /data/local-files/?d=folder/1.png
        texts.append(query[2:])
    yield from dict.fromkeys([*texts, *(unquote(text).replace("\\", "/") for text in texts)])


def _whole(base: str) -> str:
    """Return a file name with its accents in one form and its suffix in lower case."""
    stem, dot, suffix = _plain(base).rpartition(".")
    return f"{stem}{dot}{suffix.lower()}"


def _stem(stem: str) -> str:
    """Return the key of a name without suffix; numbers of COCO results stand without the zeros of file names."""
    return f"{stem.lstrip('0') if stem.isdigit() else stem}/"


def _plain(part: str) -> str:
    return unicodedata.normalize("NFC", part)


def _trailing(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    """Return how many parts agree at the end of two paths whose last parts are known to fit."""
    same = 1
    while same < min(len(one), len(other)) and _plain(one[-1 - same]) == _plain(other[-1 - same]):
        same += 1
    return same


def _says_nothing(folder: str) -> bool:
    return bool(_ANY_FOLDER.fullmatch(folder) or _subset(folder))


def _subset(folder: str) -> str:
    """Return the subset that a folder is called for, with its year; empty for any other folder."""
    match = _SUBSET.fullmatch(folder.lower())
    return _SUBSETS[match[1]] + (match[2] or "") if match else ""


def _agree(one: str, other: str) -> bool:
    # `train` and `train2017` may be the same, `train2014` and `train2017` are not.
    kinds = {text.rstrip("0123456789") for text in (one, other)}
    return one == other or (len(kinds) == 1 and bool(kinds & {one, other}))


def _subset_of(beside: str) -> str:
    """Return the subset that an annotation file is about, by its name or the nearest folder called so."""
    path = PurePosixPath(beside)
    last = re.split(r"[^A-Za-z0-9]+", path.stem)[-1]
    return next((subset for part in (last, *reversed(path.parent.parts)) if (subset := _subset(part))), "")


def root_of(annotation: Path) -> Path:
    """Return the folder in which the pictures of an annotation file lie, at some depth."""
    folder = annotation.resolve().parent
    return folder.parent if folder.name.lower() in ("annotations", "labels", "json", "keypoints") else folder


class PictureFolder:
    """The pictures around an annotation file, as paths."""

    def __init__(self, annotation: Path, folder: Path | None = None) -> None:
        """Look around an annotation file.

        Args:
            annotation: The file.
            folder: Where its pictures lie; None looks in its folder, and above a folder called ``annotations``.
        """
        self._root = root_of(annotation) if folder is None else folder.resolve()
        here = annotation.resolve()
        self._beside = here.relative_to(self._root).as_posix() if here.is_relative_to(self._root) else here.name
        usual = [self._root / "images", self._root] if folder is None else [self._root]
        self._usual = usual if here.parent == self._root or folder is not None else []
        self._pictures: Pictures | None = None

    def find(self, wanted: str, where: str) -> Path:
        """Return the path of the picture that an annotation means.

        Raises:
            FormatError: It is missing, or there are several.
        """
        for folder in self._usual if is_picture(wanted) else ():
            try:
                if (path := inside(folder, wanted, links=True)).is_file():
                    return path
            except ValueError:
                break  # A path of another machine, or out of the folder: it is looked for by its end.
        if self._pictures is None:
            self._pictures = Pictures(file_names(self._root))
        return self._root / self._pictures.find(wanted, where, self._beside)


def file_names(folder: Path) -> list[str]:
    """Return the names of all files below a folder, sorted, with forward slashes.

    Hidden ones are left out, as are links that lead out of it.
    """
    inside, names = folder.resolve(), []
    for place, folders, files in os.walk(inside):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            path = Path(place, name)
            if not name.startswith(".") and (not path.is_symlink() or path.resolve().is_relative_to(inside)):
                names.append(path.relative_to(inside).as_posix())
    return sorted(names)
