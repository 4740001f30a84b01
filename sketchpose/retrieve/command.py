"""``sketchpose index``, ``gallery`` and ``search``: galleries of references, and the references in a pose."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from sketchpose.files import check_target
from sketchpose.formats import SUFFIXES, FormatError, Notes, read_poses
from sketchpose.images import Picture, Pixels, image_size, read_image
from sketchpose.options import MOST_WORKERS, subcommand, whole
from sketchpose.pictures import PictureFolder
from sketchpose.pose import Pose
from sketchpose.progress import progress_bar
from sketchpose.retrieve.gallery.gallery import SHIPPED, gallery_folder
from sketchpose.retrieve.parts import NAMED_LIMBS, PARTS
from sketchpose.text import amount, printable


def add_parser(commands: Any) -> None:
    """Add the three subcommands to the subparsers of the command line."""
    parser = commands.add_parser(
        "index",
        help="make a gallery of references from a folder, a file of poses or the dataset",
        description="Find the people in pictures and keep their poses in a gallery. Run again, it reads only what is "
        "new and drops what is gone. Pictures that cannot be used are listed (exit code 1).",
    )
    parser.add_argument(
        "source",
        metavar="DIR|POSES.json|dataset",
        help="a folder of pictures, a file of poses (COCO and others), or what was saved in the editor",
    )
    parser.add_argument("--gallery", required=True, metavar="NAME", help="name of the gallery; made when missing")
    parser.add_argument(
        "--tags",
        type=Path,
        metavar="CSV",
        help="CSV of file name and tags, in addition to those from folders and names",
    )
    parser.add_argument(
        "--workers", type=whole(1, MOST_WORKERS), help="pictures read at a time (default: one per core)"
    )
    parser.add_argument("--again", action="store_true", help="estimate unchanged pictures too, as with a better model")
    parser.add_argument(
        "--shard", type=_shard, default=(1, 1), metavar="K/N", help="do part K of N, as on one of N machines"
    )
    parser.add_argument("--model", help="name or folder of another keypoint model for the estimator")
    parser.add_argument("--skip-bad", action="store_true", help="leave out broken records of the file and list them")
    resume = "The pictures done are in the gallery; the same command goes on from there."
    parser.set_defaults(run=run_index, resume=resume)

    parser = commands.add_parser("gallery", help="bring open drawings into a gallery of references")
    _add_from_elsewhere(parser.add_subparsers(title="actions", metavar="ACTION", required=True))

    parser = commands.add_parser(
        "search",
        help="find references in the pose of a drawing",
        description="Find the pictures of a gallery that show the pose of a drawing or of a file of poses.",
    )
    parser.add_argument("query", metavar="IMAGE|POSE.json", help="a picture, or a file of poses (COCO, OpenPose, ...)")
    parser.add_argument("--gallery", default=SHIPPED, metavar="NAME", help=f"default: {SHIPPED}, which is built in")
    parser.add_argument(
        "--person", type=whole(1), default=1, metavar="N", help="which person of the query (default: 1)"
    )
    parser.add_argument("-k", type=whole(1, 1000), default=12, help="number of results (default: 12)")
    parser.add_argument("--any-camera", action="store_true", help="the same pose seen from any side")
    parser.add_argument("--no-mirror", action="store_true", help="leave mirror images out")
    parser.add_argument(
        "--parts", nargs="+", default=[], metavar="PART", help=f"what counts: {', '.join(PARTS)}, joints"
    )
    parser.add_argument(
        "--must", nargs="+", default=[], metavar="LIMB", help=f"must match within 45 degrees: {', '.join(NAMED_LIMBS)}"
    )
    parser.add_argument("--tags", nargs="+", default=[], metavar="TAG", help="only pictures that carry all of these")
    parser.add_argument("--people", type=whole(1, 1000), metavar="N", help="only pictures with this many people")
    parser.add_argument(
        "--qdrant", default="", metavar="URL", help="search on a Qdrant server, to which the gallery is uploaded"
    )
    parser.add_argument("--json", action="store_true", help="print the results as JSON, best first")
    parser.add_argument("--sheet", type=Path, metavar="OUT.png", help="draw the results on one picture")
    parser.add_argument("--save", type=Path, metavar="DIR", help="copy the results into a folder, in full size")
    parser.set_defaults(run=run_search)


def _shard(text: str) -> tuple[int, int]:
    """Read the part of ``--shard``."""
    number, slash, count = text.partition("/")
    if not (slash and number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a part: give for instance 3/16, for the third of 16.")
    return int(number), int(count)


def _add_from_elsewhere(actions: Any) -> None:
    parser = subcommand(actions, "add", "fetch drawings from their publishers, with artist, work and licence", run_add)
    parser.add_argument(
        "name", choices=("masters",), help="masters: the drawings of the open dataset, with the joints set by hand"
    )
    parser.add_argument("--gallery", default="masters", metavar="NAME", help="made when missing (default: masters)")
    parser.add_argument("--workers", type=whole(1, 16), default=4, help="files requested at a time (default: 4)")
    parser.add_argument(
        "--mirror", default="", metavar="URL", help="address of a mirror of the servers, with the same paths below it"
    )
    parser.set_defaults(resume="What was fetched is kept; run the same command again to continue.")


def _own_gallery(name: str) -> Path:
    """Return the folder of a gallery that may be written."""
    if name == SHIPPED:
        raise ValueError(f"{SHIPPED!r} is the built-in gallery; give yours another name.")
    return gallery_folder(name)


def run_add(arguments: argparse.Namespace) -> int:
    """Fetch open drawings into a gallery as the parsed arguments say; see ``cli.main`` for the exit code."""
    from sketchpose.retrieve.gallery.masters import add_masters

    folder = _own_gallery(arguments.gallery)
    with progress_bar("file") as progress:
        report = add_masters(folder, mirror=arguments.mirror, workers=arguments.workers, progress=progress)
    for sentence in report.missing:
        print(printable(f"left out: {sentence}"), file=sys.stderr)
    for path, message in report.indexed.problems.items():
        print(printable(f"{path}: {message}"), file=sys.stderr)
    if report.missing:
        remedy = "run the same command again later, or name a copy of the servers with --mirror"
        print(f"{amount(len(report.missing), 'drawing')} could not be fetched: {remedy}.", file=sys.stderr)
    if report.closed:
        print(f"{amount(report.closed, 'drawing')} left out, whose licence is not an open one.", file=sys.stderr)
    print(printable(f"{arguments.gallery}: {report.indexed.summary()}"))
    return 1 if report.missing or report.indexed.problems else 0


def run_index(arguments: argparse.Namespace) -> int:
    """Index as the parsed arguments say; see ``cli.main`` for the exit code."""
    from functools import cache

    from sketchpose.estimate import load_estimator
    from sketchpose.retrieve.gallery.indexing import index
    from sketchpose.retrieve.gallery.sources import read_source, read_tags

    folder = _own_gallery(arguments.gallery)
    notes = Notes(arguments.skip_bad)
    items = read_source(arguments.source, None if arguments.tags is None else read_tags(arguments.tags), notes)
    options = {} if arguments.model is None else {"model": arguments.model}
    estimator = cache(lambda: load_estimator(**options))
    with progress_bar("picture") as show:
        report = index(
            folder, items, arguments.source, estimator, workers=arguments.workers, again=arguments.again,
            shard=arguments.shard, progress=lambda done, total, name: show(done, total),
        )  # fmt: skip
    for what, count in sorted(notes.dropped.items()):
        print(printable(f"dropped: {count} {what}"), file=sys.stderr)
    for sentence in notes.skipped:
        print(printable(f"skipped: {sentence}"), file=sys.stderr)
    for sentence in sorted(report.changed):
        print(printable(f"changed: {sentence}"), file=sys.stderr)
    for path, message in report.problems.items():
        print(printable(f"{path}: {message}"), file=sys.stderr)
    print(printable(f"{arguments.gallery}: {report.summary()}"))
    return 1 if report.problems or notes.skipped else 0


def run_search(arguments: argparse.Namespace) -> int:
    """Search as the parsed arguments say; see ``cli.main`` for the exit code."""
    from sketchpose.retrieve.engines.base import Space
    from sketchpose.retrieve.gallery.library import Library, engine_at
    from sketchpose.retrieve.people import Filter
    from sketchpose.retrieve.query import Options

    if arguments.sheet is not None:
        check_target(arguments.sheet)
    if arguments.save is not None:
        check_target(arguments.save, folder=True)
    shelf = Library(engine=engine_at(arguments.qdrant)).shelf(arguments.gallery)
    picture, poses = read_query(Path(arguments.query))
    if not 1 <= arguments.person <= len(poses):
        raise ValueError(f"--person is {arguments.person} and {arguments.query} has people 1 to {len(poses)}.")
    if unknown := [tag for tag in arguments.tags if tag.lower() not in shelf.gallery.people.tagged]:
        raise ValueError(f"No picture of {arguments.gallery!r} carries the tag {unknown[0]!r}.")
    where = Filter(tuple(tag.lower() for tag in arguments.tags), arguments.people)
    camera: Space = "any" if arguments.any_camera else "same"
    options = Options(
        arguments.k, camera, not arguments.no_mirror, tuple(arguments.parts), where=where, must=tuple(arguments.must)
    )
    pose = poses[arguments.person - 1]
    results = shelf.find(pose, options, one_per_pose=True)
    if arguments.json:
        print(json.dumps([result.to_json() for result in results], indent=1))
    else:
        for result in results:
            mark = " mirrored" if result.match.mirrored else ""
            print(f"{result.match.score:5.1f}  {printable(result.entry.path)}{mark}")
    if arguments.sheet is not None:
        from sketchpose.encode import write_picture
        from sketchpose.retrieve.sheet import result_sheet

        write_picture(arguments.sheet, result_sheet(shelf.gallery, _drawn(picture, pose), results))
    if arguments.save is not None:
        from sketchpose.encode import write_picture
        from sketchpose.retrieve.gallery.originals import original

        for number, result in enumerate(results, 1):
            path = arguments.save / f"{number:02d} {Path(result.entry.name).stem}.png"
            write_picture(path, original(shelf.gallery, result.entry).pixels)
    return 0


def read_query(path: Path) -> tuple[Picture | None, list[Pose]]:
    """Return the people of a file of poses, or those estimated in a picture, and the picture.

    Raises:
        ImageError: The picture cannot be read, or nothing is drawn on it.
        FormatError: The file holds no poses, or those of several pictures, or only shares of a picture that is not
            beside it.
    """
    if path.suffix.lower() not in SUFFIXES:
        from sketchpose.estimate import load_estimator

        picture = read_image(path)
        return picture, load_estimator().estimate(picture)
    images = [image for image in read_poses(path.read_bytes(), path.name, Notes())[0] if image.poses]
    if not images:
        raise FormatError(f"{path.name} holds no person with a labelled joint; choose another file.")
    if len(images) > 1:
        raise FormatError(f"{path.name} holds {len(images)} pictures; give a file with one, or the picture itself.")
    [image] = images
    size = image.width, image.height
    if image.shares and not all(size):
        size = image_size(PictureFolder(path).find(image.picture, image.where))
    return None, list(image.onto(*size)[0].poses if all(size) else image.poses)


def _drawn(picture: Picture | None, pose: Pose) -> Pixels:
    """The query with its skeleton, on blank paper where there is no picture."""
    import numpy as np

    from sketchpose.overlay import to_pixels

    if picture is None:
        corner, extent = pose.box[:2], float((pose.box[2:] - pose.box[:2]).max())
        pose = pose.moved(600 / extent, -corner * 600 / extent)
        picture = Picture(np.full((600, 600, 3), 255, np.uint8))
    return to_pixels(picture, [pose])
