"""Filling a gallery: what is new is estimated, what is unchanged skipped, what is gone dropped.

Each picture is safe as soon as it is done (see ``gallery.IndexRun``), so a killed run goes on where it stopped.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Final
from zlib import crc32

from sketchpose.encode import encode
from sketchpose.estimate import Estimator
from sketchpose.formats import coco_annotation
from sketchpose.images import WORK_SIDE, Picture, read_image
from sketchpose.options import cores
from sketchpose.pose import Pose
from sketchpose.retrieve.gallery.columns import open_columns
from sketchpose.retrieve.gallery.entry import GalleryEntry
from sketchpose.retrieve.gallery.gallery import IndexRun, Known
from sketchpose.retrieve.gallery.logs import Logs
from sketchpose.retrieve.gallery.sources import Item, source_place
from sketchpose.text import amount

THUMBNAIL: Final = 256
_PAGE_THUMBNAIL: Final = 512
"""Pages on which people are small need more pixels: results show one person at a time."""
_QUALITY: Final = 74
_MIN_PERSON: Final = 0.15
"""A figure made of all that is drawn, for want of a person, counts from this mean joint score."""

PictureProgress = Callable[[int, int, str], None]
"""Called with how many pictures are done, how many there are, and the name of the last."""


@dataclass
class IndexReport:
    """What a run did.

    Attributes:
        added: Pictures read, people estimated or taken from the document.
        updated: Pictures whose tags or place changed; nothing was estimated.
        unchanged: Pictures left as they are.
        dropped: Pictures that were there and are gone.
        people: People in the added pictures.
        problems: Pictures that cannot be used, path -> why; old ones too.
        changed: How the people of a file of poses were brought onto their picture, a sentence each.
    """

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    dropped: int = 0
    people: int = 0
    problems: dict[str, str] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)

    def summary(self) -> str:
        """Return the report in one sentence."""
        read = f"{amount(self.added, 'picture')} read with {amount(self.people, 'person')}"
        return (
            f"{read}, {self.updated} updated, {self.unchanged} unchanged, {self.dropped} dropped, "
            f"{len(self.problems)} cannot be used."
        )


def index(
    folder: str | Path,
    items: Sequence[Item],
    source: str | Path,
    estimator: Callable[[], Estimator],
    *,
    workers: int | None = None,
    again: bool = False,
    shard: tuple[int, int] = (1, 1),
    progress: PictureProgress | None = None,
) -> IndexReport:
    """Bring a gallery into step with a source.

    Args:
        folder: The gallery's; made when missing.
        items: The pictures of the source, as from ``sources.read_source``.
        source: The folder or file they come from: what the gallery has from it and is not among them is dropped.
        estimator: Gives the estimator, which threads must be able to share; called only when a picture needs it.
        workers: Pictures read at a time; by default one per processor core.
        again: Estimate unchanged pictures as well, for instance with a better model.
        shard: Which part of how many to do, from 1: machines that each do one have done all of it together.
        progress: Called after every picture.

    Returns:
        What was done.
    """
    run, place = IndexRun(folder), Path(folder)
    known = Known(Logs(place))
    origin = str(source_place(source))
    items = [item for item in items if _in_shard(_key(item.path, place), shard)]
    report, total = IndexReport(), len(items)
    paths = {_key(item.path, place) for item in items}
    for path, indexed in known.sources.items():
        of_source = indexed == origin or Path(path).is_relative_to(origin)
        if path not in paths and of_source and _in_shard(path, shard):
            run.drop(path)
            report.dropped += 1

    def work(item: Item) -> tuple[GalleryEntry, bytes, str]:
        return _read(item, _key(item.path, place), origin, known, estimator, again, report.changed.append)

    for done, (entry, thumbnail, what) in enumerate(_parallel(work, items, workers or cores()), 1):
        if what != "unchanged":
            run.add(entry, thumbnail)
        if entry.error:
            report.problems[entry.path] = entry.error
        if what != "failed":
            setattr(report, what, getattr(report, what) + 1)
        if what == "added":
            report.people += len(entry.poses)
        if progress is not None:
            progress(done, total, entry.name)
    open_columns(Logs(place))  # now rather than when somebody searches
    return report


def thumbnail(picture: Picture, poses: Sequence[Pose]) -> bytes:
    """Return a picture as a small WebP file."""
    extent = max((float((pose.box[2:] - pose.box[:2]).max()) for pose in poses), default=0.0)
    small = extent < 0.6 * max(picture.width, picture.height)
    return encode(picture.pixels, "WEBP", _PAGE_THUMBNAIL if small else THUMBNAIL, quality=_QUALITY, method=4)


def _read(
    item: Item,
    path: str,
    source: str,
    known: Known,
    estimator: Callable[[], Estimator],
    again: bool,
    say: Callable[[str], None],
) -> tuple[GalleryEntry, bytes, str]:
    """Return a picture's entry, its thumbnail if that is new, and its count in the report, or "failed"."""
    old = known.get(path)
    entry = GalleryEntry(path, 0, 0, tags=item.tags, source=source, credit=item.credit)
    try:
        entry = replace(entry, stamp=_stamp(item))
        if old is not None and old.stamp == entry.stamp and not again:
            return _renewed(old, entry)
        if item.error:
            raise ValueError(item.error)
        data = item.path.read_bytes()
        entry = replace(entry, hash=sha256(data).hexdigest()[:24])
        moved = None if again else known.with_bytes(entry.hash)
        if not _is_given(item) and moved is not None and not moved.error:
            relocated = replace(moved, path=path, stamp=entry.stamp)
            return replace(relocated, tags=entry.tags, source=source, credit=item.credit), b"", "updated"
        picture = replace(read_image(data, work_side=WORK_SIDE), name=item.path.name)
        given, notes = item.people(picture.width, picture.height)
        if notes:
            say(notes)
        poses = _people(estimator().estimate(picture)) if given is None else given
        entry = replace(entry, width=picture.width, height=picture.height, poses=tuple(poses))
        if poses:
            return entry, thumbnail(picture, poses), "added"
        problem = "nobody was found in it"
    except FileNotFoundError:
        problem = item.error or "there is no such file"
    except (ValueError, OSError) as error:
        problem = str(error).removeprefix("picture: ").removeprefix(f"{item.path.name}: ")
    entry = replace(entry, error=problem)
    return (entry, b"", "failed") if old is None or old.error != problem else _renewed(old, entry)


def _is_given(item: Item) -> bool:
    return item.poses is not None or item.annotated is not None


def _renewed(old: GalleryEntry, new: GalleryEntry) -> tuple[GalleryEntry, bytes, str]:
    if (old.tags, old.source, old.credit) == (new.tags, new.source, new.credit):
        return old, b"", "unchanged"
    return replace(old, tags=new.tags, source=new.source, credit=new.credit), b"", "updated"


def _people(poses: Sequence[Pose]) -> list[Pose]:
    return [pose for pose in poses if pose.origin != "picture" or pose.score >= _MIN_PERSON]


def _key(path: Path, gallery: Path) -> str:
    whole = path.resolve()
    return whole.relative_to(gallery.resolve()).as_posix() if whole.is_relative_to(gallery.resolve()) else str(whole)


def _in_shard(path: str, shard: tuple[int, int]) -> bool:
    number, count = shard
    return crc32(path.encode("utf-8", "surrogatepass")) % count == number - 1


def _stamp(item: Item) -> str:
    """Changes whenever the file or the poses given with it do."""
    status = item.path.stat()
    poses = item.poses if item.annotated is None else item.annotated.poses
    given = "" if poses is None else sha256(repr([coco_annotation(p) for p in poses]).encode()).hexdigest()[:8]
    return f"{status.st_size}-{status.st_mtime_ns}-{given}"


def _parallel(
    work: Callable[[Item], tuple[GalleryEntry, bytes, str]], items: Sequence[Item], workers: int
) -> Iterator[tuple[GalleryEntry, bytes, str]]:
    """Yield what each piece of work returns as soon as it is done, with a few pieces under way at a time."""
    with ThreadPoolExecutor(workers) as pool:
        under_way: set[Future[tuple[GalleryEntry, bytes, str]]] = set()
        try:
            for item in items:
                under_way.add(pool.submit(work, item))
                if len(under_way) >= 3 * workers:
                    finished, under_way = wait(under_way, return_when=FIRST_COMPLETED)
                    yield from (future.result() for future in finished)
            while under_way:
                finished, under_way = wait(under_way, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in finished)
        finally:
            for future in under_way:
                future.cancel()
