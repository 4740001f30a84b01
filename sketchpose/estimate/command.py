"""``sketchpose estimate``: poses of many pictures into COCO or OpenPose files and overlays."""

import argparse
import glob
import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sketchpose.encode import encode
from sketchpose.estimate.base import Estimator
from sketchpose.estimate.choose import HELP, VIEWS_HELP, open_model
from sketchpose.estimate.joints import VIEWS
from sketchpose.estimate.partial import Partial
from sketchpose.files import check_target, write_atomic
from sketchpose.formats import FormatError, PosedImage, read_json, to_coco, to_coco_results, to_openpose, to_yolo
from sketchpose.images import SUFFIXES, WORK_SIDE, ImageError, Picture, find_images, read_image
from sketchpose.options import MOST_WORKERS, number, whole
from sketchpose.overlay import THRESHOLD, to_pixels, to_svg
from sketchpose.pose import Pose
from sketchpose.skeleton_picture import draw_skeletons
from sketchpose.text import printable

Boxes = Mapping[str, NDArray[np.float64]]


def add_parser(commands: Any) -> None:
    """Add the subcommand to the subparsers of the command line."""
    parser = commands.add_parser(
        "estimate",
        help="estimate the poses in pictures and folders of pictures",
        description="Estimate the poses in pictures. An unreadable picture is reported and skipped (exit code 1). With "
        "--out, what is found is kept as it comes: a run that was stopped goes on when it is started again.",
    )
    parser.add_argument("paths", nargs="+", metavar="PATH", help="pictures, folders or glob patterns")
    parser.add_argument("--out", type=Path, help="where to write; a folder for openpose and yolo (default: print)")
    parser.add_argument(
        "--format",
        choices=("coco", "coco-results", "openpose", "yolo"),
        default="coco",
        help="a COCO document, the bare list of COCO results, one OpenPose-18 JSON a picture, or a folder of "
        "YOLO-pose labels (default: coco)",
    )
    parser.add_argument("--overlay", type=Path, metavar="DIR", help="also draw the skeletons into this folder")
    parser.add_argument("--overlay-format", choices=("png", "svg"), default="png")
    parser.add_argument(
        "--skeletons", type=Path, metavar="DIR", help="also draw coloured OpenPose skeletons on black, for ControlNet"
    )
    parser.add_argument(
        "--threshold", type=number(0, 1), default=THRESHOLD, help="confidence below which joints are shown as uncertain"
    )
    parser.add_argument(
        "--boxes",
        type=Path,
        metavar="FILE",
        help="boxes of the people: a COCO file, or {file name: [[x0, y0, x1, y1]]}",
    )
    parser.add_argument("--model", help=HELP)
    parser.add_argument("--views", type=int, choices=VIEWS, help=VIEWS_HELP)
    parser.add_argument("--threads", type=whole(1, MOST_WORKERS), help="CPU threads (default: the estimator's)")
    resume = "With --out, what was found is kept beside it in a file .partial: the same command goes on from there."
    parser.set_defaults(run=run, resume=resume)


def run(arguments: argparse.Namespace) -> int:
    """Estimate as the parsed arguments say; see ``cli.main`` for the exit code."""
    pictures = find_pictures(arguments.paths)
    boxes = None if arguments.boxes is None else read_boxes(arguments.boxes)
    options = {"threads": arguments.threads, "views": arguments.views}
    estimator = open_model(arguments.model, **{name: value for name, value in options.items() if value is not None})
    stems = _stems(pictures)
    _check_targets(arguments, len(pictures))
    question = {"model": str(arguments.model), "boxes": str(arguments.boxes), "overlay": str(arguments.overlay)}
    question |= {"overlay_format": arguments.overlay_format, "threshold": str(arguments.threshold)}
    question |= {"skeletons": str(arguments.skeletons), "views": str(arguments.views)}
    with Partial(arguments.out, question) as kept:
        done, failed = _estimate(arguments, pictures, boxes, estimator, stems, kept)
        drawn = arguments.overlay is not None or arguments.skeletons is not None
        _write(done, arguments.format, arguments.out, quiet=drawn)
    if failed:
        print(f"sketchpose: {failed} of {len(pictures)} pictures could not be used.", file=sys.stderr)
    return 1 if failed else 0


def _check_targets(arguments: argparse.Namespace, count: int) -> None:
    if arguments.out is not None:
        one = arguments.out.suffix == ".json" and count == 1
        many = arguments.format == "yolo" or (arguments.format == "openpose" and not one)
        check_target(arguments.out, folder=many)
    elif arguments.format == "yolo":
        raise ValueError("YOLO-pose labels are one file a picture: give a folder with --out.")
    for folder in (arguments.overlay, arguments.skeletons):
        if folder is not None:
            check_target(folder, folder=True)


def _estimate(
    arguments: argparse.Namespace,
    pictures: Mapping[str, Path],
    boxes: Boxes | None,
    estimator: Estimator,
    stems: Mapping[str, str],
    kept: Partial,
) -> tuple[list[PosedImage], int]:
    from tqdm import tqdm

    done: list[PosedImage] = []
    failed = 0
    if len(kept):
        print(f"sketchpose: going on with {len(kept)} pictures of an earlier run.", file=sys.stderr)
    progress = tqdm(pictures.items(), unit="picture", disable=None)
    for name, path in progress:
        try:
            if (before := kept.find(name, path)) is not None:
                done.append(before)
                continue
            picture = read_image(path, work_side=WORK_SIDE if arguments.overlay is None else None)
            if boxes is not None and name not in boxes:
                raise ImageError(f"{name}: {arguments.boxes.name} holds no boxes for it; add them or leave it out.")
            poses = estimator.estimate(picture, None if boxes is None else boxes[name])
        except (ValueError, OSError) as error:
            failed += 1
            progress.write(printable(_with_name(name, str(error))), file=sys.stderr)
            continue
        for note in _notes(picture, poses, boxes):
            progress.write(printable(f"{name}: {note}"), file=sys.stderr)
        done.append(PosedImage(name, picture.width, picture.height, tuple(poses)))
        if arguments.skeletons is not None:
            write_atomic(arguments.skeletons / f"{stems[name]}.png", encode(draw_skeletons(done[-1])))
        if arguments.overlay is not None:
            kind = arguments.overlay_format
            write_atomic(
                arguments.overlay / f"{stems[name]}.{kind}", _overlay(picture, poses, kind, arguments.threshold)
            )
        kept.add(done[-1], path)
    return done, failed


def find_pictures(patterns: Iterable[str]) -> dict[str, Path]:
    """Return the pictures that paths, folders and glob patterns name, in order, by a name unique among them.

    A picture in a folder is named by its path within that folder, any other by its file name; where two names meet, the
    whole path is used.

    Raises:
        ImageError: A pattern matches nothing, or a folder holds no pictures.
    """
    pictures: dict[str, Path] = {}
    for pattern in patterns:
        matches = [pattern] if Path(pattern).exists() else sorted(glob.glob(pattern, recursive=True))
        if not matches:
            raise ImageError(f"{pattern}: no such file or folder, and no file matches it as a pattern.")
        for match in map(Path, matches):
            inside = find_images(match) if match.is_dir() else [match]
            for path in inside:
                name = path.relative_to(match).as_posix() if match.is_dir() else path.name
                if name in pictures and pictures[name].resolve() != path.resolve():
                    name = path.resolve().as_posix().lstrip("/")
                pictures[name] = path
    return pictures


def read_boxes(path: Path) -> Boxes:
    """Read boxes per file name as (n, 4) arrays of x0, y0, x1, y1 from a COCO document or a plain mapping.

    Raises:
        FormatError: Neither of the two.
    """
    document = read_json(path.read_bytes(), source=path.name)
    wanted = f"{path.name}: boxes are a COCO document with bbox, or {{file name: [[x0, y0, x1, y1], ...]}}."
    if not isinstance(document, dict):
        raise FormatError(wanted)
    rows: dict[str, list[list[float]]] = document
    try:
        if "annotations" in document:
            names = {image["id"]: str(image["file_name"]) for image in document["images"]}
            rows = {name: [] for name in names.values()}
            for record in document["annotations"]:
                x, y, width, height = record["bbox"]
                rows[names[record["image_id"]]].append([x, y, x + width, y + height])
        return {str(name): np.array(boxes, np.float64).reshape(-1, 4) for name, boxes in rows.items()}
    except (KeyError, TypeError, ValueError) as error:
        raise FormatError(wanted) from error


def _notes(picture: Picture, poses: Sequence[Pose], boxes: object) -> list[str]:
    notes = list(picture.notes)
    if boxes is None and any(pose.origin == "given" for pose in poses):
        notes.append("it shows coloured skeletons, which were read as they are.")
    if any(pose.origin == "picture" for pose in poses):
        notes.append("no person was found, so all that is drawn was taken as one; --boxes says where people are.")
    return notes


def _with_name(name: str, message: str) -> str:
    return message if name.rpartition("/")[2] in message.partition(": ")[0] else f"{name}: {message}"


def _write(images: list[PosedImage], kind: str, out: Path | None, *, quiet: bool) -> None:
    if kind == "yolo" and out is not None:
        by_name = {image.name: image for image in images}
        for name, stem in _stems(by_name).items():
            write_atomic(out / f"{stem}.txt", to_yolo(by_name[name]).encode())
        return
    if kind == "openpose":
        documents = {image.name: to_openpose(image) for image in images}
        if out is not None and not (out.suffix == ".json" and len(documents) == 1):
            for name, stem in _stems(documents).items():
                write_atomic(out / f"{stem}_keypoints.json", _json(documents[name]))
            return
        content: Any = next(iter(documents.values())) if len(documents) == 1 else documents
    else:
        content = to_coco(images) if kind == "coco" else to_coco_results(images)
    if out is not None:
        write_atomic(out, _json(content))
    elif not quiet:
        sys.stdout.write(_json(content).decode())


def _json(content: Any) -> bytes:
    return (json.dumps(content, indent=1) + "\n").encode()


def _stems(names: Iterable[str]) -> dict[str, str]:
    """Give each name without its picture suffix, or whole where two pictures differ only in that."""
    names = list(names)
    short = {name: str(Path(name).with_suffix("")) if Path(name).suffix.lower() in SUFFIXES else name for name in names}
    common = Counter(short.values())
    return {name: stem if common[stem] == 1 else name for name, stem in short.items()}


def _overlay(picture: Picture, poses: Sequence[Pose], kind: str, threshold: float) -> bytes:
    if kind == "svg":
        return to_svg(picture, poses, threshold=threshold).encode()
    return encode(to_pixels(picture, poses, threshold=threshold))
