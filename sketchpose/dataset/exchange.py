"""``sketchpose dataset import``, ``fetch`` and ``export``: drawings and annotations from elsewhere, and for others."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sketchpose.options import subcommand, whole
from sketchpose.progress import progress_bar
from sketchpose.text import amount, printable

if TYPE_CHECKING:
    from sketchpose.dataset.importers import ImportReport

_MOST_SAID: Final = 20


def add_parsers(actions: Any) -> None:
    """Add the subcommands to those of ``sketchpose dataset``."""
    for add in (_import, _fetch, _export):
        add(actions)


def _import(actions: Any) -> None:
    parser = subcommand(actions, "import", "read annotations and pictures from other tools", _run_import)
    parser.add_argument(
        "path",
        help="folder, zip file, or annotation file beside its pictures; Parquet file or hf://datasets/OWNER/NAME",
    )
    parser.add_argument("--format", default="auto", help="format of the annotations (default: recognised)")
    for name in ("source", "artist", "licence", "author"):
        parser.add_argument(f"--{name}", default="", help=f"{name} of drawings whose file names none")
    parser.add_argument("--consent", default="unknown", help="unknown, own, given, licence or refused")
    parser.add_argument("--status", default="submitted", help="draft, submitted (default), accepted or rejected")
    parser.add_argument("--skip-bad", action="store_true", help="leave out broken records, with their pictures")
    parser.set_defaults(resume="What was imported is kept; run the same command again to continue.")
    parser.add_argument("--config", default="", help="configuration of a Hugging Face dataset that has several")
    parser.add_argument("--split", default="", help="only this split of a Hugging Face dataset")
    parser.add_argument("--limit", type=whole(1), help="at most this many rows of a Hugging Face dataset")


def _run_import(arguments: argparse.Namespace) -> int:
    from sketchpose.dataset.importers import import_files
    from sketchpose.dataset.importers.huggingface import import_huggingface, is_huggingface
    from sketchpose.dataset.store import Dataset

    names = ("format", "source", "artist", "licence", "author", "consent", "status", "skip_bad")
    options = {name: getattr(arguments, name) for name in names}
    with progress_bar("drawing") as progress:
        if is_huggingface(arguments.path):
            options |= {name: getattr(arguments, name) for name in ("config", "split", "limit")}
            report = import_huggingface(Dataset(arguments.folder), arguments.path, progress=progress, **options)
        else:
            report = import_files(Dataset(arguments.folder), Path(arguments.path), progress=progress, **options)
    _print_import(report)
    return 1 if report.skipped else 0


def _print_import(report: "ImportReport") -> None:
    kinds = ", ".join(f"{count} {kind}" for kind, count in report.formats.items())
    print(
        f"{amount(report.drawings, 'drawing')} with {amount(report.people, 'person')} imported, "
        f"{report.known} already there ({kinds})."
    )
    for one, other in report.alike[:20]:
        print(printable(f"looks like another: {one} and {other}"))
    if len(report.alike) > 20:
        print(f"and {len(report.alike) - 20} more pairs; see `sketchpose dataset list --duplicates`")
    for what, count in sorted(report.dropped.items()):
        print(printable(f"dropped: {count} {what}"))
    for word, sentences in (("passed over", report.passed), ("changed", report.changed), ("left out", report.skipped)):
        for sentence in sentences[:_MOST_SAID]:
            print(printable(f"{word}: {sentence}"))
        if len(sentences) > _MOST_SAID:
            print(f"{word}: and {len(sentences) - _MOST_SAID} more")


def _fetch(actions: Any) -> None:
    parser = subcommand(actions, "fetch", "fetch open drawings, annotated by hand", _run_fetch)
    parser.add_argument(
        "name",
        choices=("starter", "sketches"),
        help="starter: 41 drawings that come with SketchPose; sketches: 693 real drawings, from their publishers",
    )
    parser.add_argument(
        "--splits",
        nargs="+",
        choices=("train", "val", "test"),
        default=("train", "val", "test"),
        help="only these (default: all)",
    )
    parser.add_argument("--workers", type=whole(1, 16), default=4, help="files requested at a time (default: 4)")
    parser.add_argument(
        "--mirror", default="", metavar="URL", help="address of a mirror of the servers, with the same paths below it"
    )
    parser.set_defaults(resume="What was fetched is kept; run the same command again to continue.")


def _run_fetch(arguments: argparse.Namespace) -> int:
    from sketchpose.dataset.sketches import fetch_sketches
    from sketchpose.dataset.starter import load_starter
    from sketchpose.dataset.store import Dataset

    if arguments.name == "starter":
        _print_import(load_starter(Dataset(arguments.folder)))
        return 0
    with progress_bar("file") as progress:
        report = fetch_sketches(
            Dataset(arguments.folder),
            splits=arguments.splits,
            mirror=arguments.mirror,
            workers=arguments.workers,
            progress=progress,
        )
    if report.imported is not None:
        _print_import(report.imported)
    print(f"{amount(report.known, 'drawing')} already there. {report.splits}")
    for sentence in report.missing:
        print(printable(f"left out: {sentence}"))
    return 1 if report.missing or (report.imported is not None and report.imported.skipped) else 0


def _export(actions: Any) -> None:
    parser = subcommand(actions, "export", "write COCO keypoints or a Hugging Face dataset", _run_export)
    parser.add_argument("target", help="a new folder, a name ending in .zip, or hf://datasets/OWNER/NAME (as Parquet)")
    parser.add_argument(
        "--format",
        choices=("coco", "huggingface", "parquet", "yolo"),
        default="coco",
        help="huggingface is an image folder, yolo is YOLO-pose (default: coco)",
    )
    parser.add_argument("--public", action="store_true", help="make a repository that is new public instead of private")
    parser.add_argument("--status", nargs="+", default=["accepted"], help="only these statuses (default: accepted)")
    parser.add_argument("--split", choices=("train", "val", "test"), help="only this split (COCO, YOLO)")
    parser.add_argument("--publish", action="store_true", help="only pictures with licence and consent")
    parser.add_argument("--title", default="Sketches with keypoints", help="heading of the card")


def _run_export(arguments: argparse.Namespace) -> int:
    from dataclasses import replace

    from sketchpose.dataset.exporters.coco import export_coco
    from sketchpose.dataset.exporters.huggingface import export_imagefolder, export_parquet, publish_parquet
    from sketchpose.dataset.exporters.yolo import export_yolo
    from sketchpose.dataset.hub.repository import Remote
    from sketchpose.dataset.importers.huggingface import HUB
    from sketchpose.dataset.store import Dataset

    dataset, status, title = Dataset(arguments.folder), tuple(arguments.status), arguments.title
    to_hub, target = arguments.target.startswith(HUB), Path(arguments.target)
    if arguments.split and (to_hub or arguments.format not in ("coco", "yolo")):
        raise ValueError("A Hugging Face dataset holds all splits side by side; leave out --split.")
    if to_hub and status != ("accepted",):
        raise ValueError("Only accepted drawings with licence and consent go into a repository; leave out --status.")
    with progress_bar("drawing") as progress:
        shared: dict[str, Any] = {"status": status, "publish": arguments.publish, "progress": progress}
        if to_hub:
            remote = replace(Remote.from_environment(arguments.target.removeprefix(HUB)), private=not arguments.public)
            done = publish_parquet(dataset, remote, title, progress)
        elif arguments.format in ("coco", "yolo"):
            write = export_coco if arguments.format == "coco" else export_yolo
            done = write(dataset, target, split=arguments.split, **shared)
        else:
            export = export_parquet if arguments.format == "parquet" else export_imagefolder
            done = export(dataset, target, title=title, **shared)
    parts = ", ".join(f"{count} {name}" for name, count in done.drawings.items() if count)
    print(f"{amount(done.people, 'person')} in {parts} drawings written to {arguments.target}")
    return 0
