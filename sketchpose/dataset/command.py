"""``sketchpose dataset``: everything about the dataset that can be done without the app."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sketchpose.dataset.hub import command as hub_command
from sketchpose.options import number, whole
from sketchpose.progress import progress_bar
from sketchpose.text import printable

if TYPE_CHECKING:
    from sketchpose.dataset.importers import ImportReport
    from sketchpose.dataset.proposal import Proposal
    from sketchpose.dataset.store import Dataset

_MOST_SAID: Final = 20


def add_parser(commands: Any) -> None:
    """Add the subcommand to the subparsers of the command line."""
    parser = commands.add_parser(
        "dataset",
        help="import, review, split, export and check annotated drawings",
        description="The dataset of annotated drawings: immutable revisions, reviewed, split, exported.",
    )
    parser.add_argument("--folder", type=Path, metavar="DIR", help="the dataset (default: in the home folder)")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    for add in (_import, _fetch, _export, _check, _stats, _list, _review, _splits, _erase, _merge):
        add(actions)
    hub_command.add_parser(actions)


def open_dataset(arguments: argparse.Namespace) -> "Dataset":
    """Return the dataset that the arguments name."""
    from sketchpose.dataset.store import Dataset

    return Dataset(arguments.folder)


def _action(actions: Any, name: str, help: str, act: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(name, help=help, description=help[0].upper() + help[1:] + ".")
    parser.set_defaults(run=act)
    return parser


def _import(actions: Any) -> None:
    parser = _action(actions, "import", "read annotations and pictures from other tools", _run_import)
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
    parser.set_defaults(resume="The drawings done are in the dataset; the same command goes on from there.")
    parser.add_argument("--config", default="", help="configuration of a Hugging Face dataset that has several")
    parser.add_argument("--split", default="", help="only this split of a Hugging Face dataset")
    parser.add_argument("--limit", type=whole(1), help="at most this many rows of a Hugging Face dataset")


def _run_import(arguments: argparse.Namespace) -> int:
    from sketchpose.dataset.importers import import_files
    from sketchpose.dataset.importers.huggingface import import_huggingface, is_huggingface

    names = ("format", "source", "artist", "licence", "author", "consent", "status", "skip_bad")
    options = {name: getattr(arguments, name) for name in names}
    with progress_bar("drawing") as progress:
        if is_huggingface(arguments.path):
            options |= {name: getattr(arguments, name) for name in ("config", "split", "limit")}
            report = import_huggingface(open_dataset(arguments), arguments.path, progress=progress, **options)
        else:
            report = import_files(open_dataset(arguments), Path(arguments.path), progress=progress, **options)
    _print_import(report)
    return 1 if report.skipped else 0


def _print_import(report: "ImportReport") -> None:
    kinds = ", ".join(f"{count} {kind}" for kind, count in report.formats.items())
    print(
        f"{report.drawings} drawings with {report.people} people imported, {report.known} were there already ({kinds})."
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
    parser = _action(actions, "fetch", "fetch open drawings, annotated by hand", _run_fetch)
    parser.add_argument(
        "name",
        choices=("starter", "sketches"),
        help="starter: 41 drawings that come with SketchPose; sketches: 650 real drawings, from where they lie",
    )
    parser.add_argument(
        "--splits",
        nargs="+",
        choices=("train", "val", "test"),
        default=("train", "val", "test"),
        help="only these (default: all)",
    )
    parser.add_argument("--workers", type=whole(1, 16), default=4, help="files asked for at a time (default: 4)")
    parser.add_argument(
        "--mirror", default="", metavar="URL", help="a copy of the servers with the same paths below it"
    )
    parser.set_defaults(resume="What was fetched is kept; the same command goes on from there.")


def _run_fetch(arguments: argparse.Namespace) -> int:
    from sketchpose.dataset.sketches import fetch_sketches
    from sketchpose.dataset.starter import load_starter

    if arguments.name == "starter":
        _print_import(load_starter(open_dataset(arguments)))
        return 0
    with progress_bar("file") as progress:
        report = fetch_sketches(
            open_dataset(arguments),
            splits=arguments.splits,
            mirror=arguments.mirror,
            workers=arguments.workers,
            progress=progress,
        )
    if report.imported is not None:
        _print_import(report.imported)
    print(f"{report.known} drawings were there before. {report.splits}")
    for sentence in report.missing:
        print(printable(f"left out: {sentence}"))
    return 1 if report.missing or (report.imported is not None and report.imported.skipped) else 0


def _export(actions: Any) -> None:
    parser = _action(actions, "export", "write COCO keypoints or a Hugging Face dataset", _run_export)
    parser.add_argument("target", help="a new folder, a name ending in .zip, or hf://datasets/OWNER/NAME (as Parquet)")
    parser.add_argument(
        "--format",
        choices=("coco", "huggingface", "parquet", "yolo"),
        default="coco",
        help="huggingface is an image folder, yolo is YOLO-pose (default: coco)",
    )
    parser.add_argument("--public", action="store_true", help="make a new repository of the Hub public, not private")
    parser.add_argument("--status", nargs="+", default=["accepted"], help="wanted statuses (default: accepted)")
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

    dataset, status, title = open_dataset(arguments), tuple(arguments.status), arguments.title
    to_hub, target = arguments.target.startswith(HUB), Path(arguments.target)
    if arguments.split and (to_hub or arguments.format not in ("coco", "yolo")):
        raise ValueError("A Hugging Face dataset holds all splits side by side; leave out --split.")
    if to_hub and status != ("accepted",):
        raise ValueError("A repository gets accepted drawings with licence and consent; leave out --status.")
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
    print(f"{done.people} people in {parts} drawings written to {arguments.target}")
    return 0


def _check(actions: Any) -> None:
    parser = _action(actions, "check", "verify every file and the index", _run_check)
    parser.add_argument("--rebuild", action="store_true", help="rebuild the index from the files")


def _run_check(arguments: argparse.Namespace) -> int:
    from sketchpose.dataset.verify import check

    with progress_bar("file") as progress:
        report = check(open_dataset(arguments), rebuild=arguments.rebuild, progress=progress)
    print(f"{report.drawings} drawings, {report.revisions} revisions, {report.images} pictures")
    print(f"{report.conflicts} conflicts, {report.duplicates} near duplicates, {report.unused} unused pictures")
    print(f"index {'right' if report.index_right else 'was wrong and was rebuilt'}")
    if report.swept:
        print(f"{report.swept} half-written files of killed processes removed")
    for sentence in report.leaks:
        print(printable(f"look: {sentence}"))
    for sentence in report.problems:
        print(printable(f"problem: {sentence}"))
    return 0 if report.ok else 1


def _stats(actions: Any) -> None:
    parser = _action(actions, "stats", "count what is in the dataset", _run_stats)
    parser.add_argument("--json", action="store_true", help="everything as JSON")


def _run_stats(arguments: argparse.Namespace) -> int:
    from sketchpose.dataset.stats import statistics
    from sketchpose.skeleton import KEYPOINTS

    with progress_bar("drawing") as progress:
        stats = statistics(open_dataset(arguments), poses=False, progress=progress)
    if arguments.json:
        print(json.dumps(stats.as_json(), indent=1, allow_nan=False))
        return 0
    print(f"{stats.drawings} drawings, {stats.people} people, {stats.conflicts} conflicts")
    for name in ("status", "splits", "sources", "artists", "licences", "consents", "difficulty", "authors"):
        counts = list(getattr(stats, name).items())
        more = f", {len(counts) - 10} more" if len(counts) > 10 else ""
        print(printable(f"{name}: " + ", ".join(f"{key} {count}" for key, count in counts[:10]) + more))
    print(f"{'joint':15} {'visible':>8} {'hidden':>8} {'edited':>8}")
    for j, joint in enumerate(KEYPOINTS):
        print(f"{joint:15} {stats.visible[j]:8} {stats.hidden[j]:8} {stats.edited[j]:8}")
    return 0


def _list(actions: Any) -> None:
    parser = _action(actions, "list", "list drawings", _run_list)
    _add_filters(parser)
    parser.add_argument("--history", metavar="DRAWING", help="all revisions of one drawing, by the start of its hash")
    parser.add_argument("--duplicates", action="store_true", help="pairs of drawings that look alike")


def _add_filters(parser: argparse.ArgumentParser) -> None:
    for name in ("status", "author", "source", "artist", "licence", "consent", "tags"):
        parser.add_argument(f"--{name}", nargs="+", default=[], help=f"only with one of these ({name})")
    parser.add_argument("--text", default="", help="only drawings with this text in name, source, artist, tags or note")
    parser.add_argument("--conflicts", action="store_true", help="only drawings with several heads")
    parser.add_argument("--deleted", action="store_true", help="also list deleted drawings")
    parser.add_argument("--limit", type=whole(1), help="list at most this many")


def _run_list(arguments: argparse.Namespace) -> int:
    from sketchpose.dataset.query import Query

    dataset = open_dataset(arguments)
    if arguments.duplicates:
        for one, two, bits in dataset.duplicates():
            print(f"{one[:12]} {two[:12]} {bits} of 64 bits differ")
        return 0
    if arguments.history:
        dataset.sync()
        drawing = dataset.find(arguments.history)
        if drawing is None:
            raise ValueError(f"No drawing, or several, begin with {arguments.history!r}; give at least 8 digits.")
        _print_entries(dataset.history(drawing))
        return 0
    names = ("status", "author", "source", "artist", "licence", "consent", "tags")
    wanted: dict[str, Any] = {name: tuple(getattr(arguments, name)) for name in names}
    query = Query(
        text=arguments.text,
        conflict=True if arguments.conflicts else None,
        deleted=arguments.deleted,
        limit=arguments.limit,
        **wanted,
    )
    _print_entries(dataset.entries(query))
    return 0


def _print_entries(entries: Any) -> None:
    import time

    print(f"{'drawing':12} {'revision':8} {'saved':16} {'status':10} {'people':>6} {'author':12} {'source':16} name")
    for e in entries:
        saved = time.strftime("%Y-%m-%d %H:%M", time.localtime(e.time))
        status = "deleted" if e.deleted else e.status + ("!" if e.conflict else "")
        facts = f"{e.people:6} {e.author[:12]:12} {e.source[:16]:16}"
        print(printable(f"{e.drawing[:12]} {e.id[:8]} {saved} {status:10} {facts} {e.name}"))


def _review(actions: Any) -> None:
    parser = _action(actions, "review", "list submitted work, judge it, or compare annotators", _run_review)
    parser.add_argument("--accept", nargs="+", default=[], metavar="REVISION", help="ids, or `all`")
    parser.add_argument("--reject", nargs="+", default=[], metavar="REVISION")
    parser.add_argument("--author", default="", help="the reviewer")
    parser.add_argument("--note", default="", help="a remark for the annotator")
    parser.add_argument("--agreement", action="store_true", help="how well annotators agree, joint by joint")


def _run_review(arguments: argparse.Namespace) -> int:
    from sketchpose.dataset import review
    from sketchpose.skeleton import KEYPOINTS

    dataset = open_dataset(arguments)
    if arguments.agreement:
        agreement = review.agreement(dataset)
        print(f"OKS {agreement.oks:.3f} over {sum(len(pair.oks) for pair in agreement.pairs)} people annotated twice")
        for joint, value, count in zip(KEYPOINTS, agreement.joints, agreement.counts, strict=True):
            print(f"{joint:15} {value:6.3f} ({count})")
        return 0
    waiting = review.queue(dataset)
    if not arguments.accept and not arguments.reject:
        _print_entries(waiting)
        return 0
    if not arguments.author:
        raise ValueError("The reviewer is missing: give --author.")
    for ids, judge in ((arguments.accept, review.accept), (arguments.reject, review.reject)):
        for entry in _chosen(waiting, ids):
            judge(dataset, entry.id, arguments.author, arguments.note)
            print(printable(f"{judge.__name__}ed {entry.id[:8]} {entry.name}"))
    return 0


def _chosen(waiting: Any, ids: list[str]) -> list[Any]:
    if ids == ["all"]:
        return list(waiting)
    chosen = []
    for id in ids:
        fitting = [entry for entry in waiting if entry.id.startswith(id)]
        if len(fitting) != 1:
            raise ValueError(f"{len(fitting)} submitted revisions begin with {id!r}; list them and give more digits.")
        chosen += fitting
    return chosen


def _splits(actions: Any) -> None:
    parser = _action(actions, "splits", "show the splits, or freeze them once", _run_splits)
    parser.add_argument("--freeze", choices=("source", "artist"), help="what stays together")
    parser.add_argument(
        "--shares", nargs=3, type=number(0, 1), metavar=("TRAIN", "VAL", "TEST"), default=[0.8, 0.1, 0.1]
    )
    for name in ("train", "val", "test"):
        parser.add_argument(f"--{name}", nargs="+", default=[], metavar="NAME", help=f"sources or artists for {name}")
    parser.add_argument("--yes", action="store_true", help="freeze them for good: this cannot be undone")


def _run_splits(arguments: argparse.Namespace) -> int:
    from sketchpose.dataset.proposal import freeze, propose
    from sketchpose.dataset.splits import SPLITS, read_splits

    dataset = open_dataset(arguments)
    if arguments.freeze:
        assign: dict[str, Any] = {word: name for name in SPLITS for word in getattr(arguments, name)}
        train, val, test = arguments.shares
        wishes = arguments.freeze, (train, val, test), assign
        if read_splits(dataset) is None:
            proposal = propose(dataset, *wishes)
            _print_proposal(proposal)
            if not proposal.missing and not arguments.yes:
                raise ValueError("Nothing is frozen yet. Frozen splits cannot be changed: freeze these with --yes.")
        freeze(dataset, *wishes)
    splits = read_splits(dataset)
    if splits is None:
        print("The splits are not frozen yet; freeze them with --freeze source or --freeze artist.")
        return 0
    print(f"kept together by {splits.by}")
    for name in SPLITS:
        groups = [group for group, split in sorted(splits.groups.items()) if split == name]
        count = sum(split == name for split in splits.images.values())
        print(printable(f"{name}: {count} drawings from {', '.join(groups) or 'nowhere'}"))
    return 0


def _print_proposal(proposal: "Proposal") -> None:
    print(f"{'split':5} {'drawings':>8} {'people':>6} {'waiting':>7} {proposal.splits.by}")
    for row in proposal.rows:
        print(f"{row.split:5} {row.drawings:8} {row.people:6} {row.waiting:7} {row.group or '(unknown)'}")
    print(proposal.summary())


def _erase(actions: Any) -> None:
    parser = _action(actions, "erase", "remove for good, for a contributor who asks", _run_erase)
    one = parser.add_mutually_exclusive_group(required=True)
    one.add_argument("--image", default="", metavar="HASH", help="a picture with everything known about it")
    one.add_argument("--author", default="", metavar="NAME", help="all revisions of an annotator")
    one.add_argument("--artist", default="", metavar="NAME", help="all pictures of an artist")
    parser.add_argument("--yes", action="store_true", help="erase for good: this cannot be undone")


def _run_erase(arguments: argparse.Namespace) -> int:
    from sketchpose.dataset.erase import erase

    if not arguments.yes:
        raise ValueError("Erased files are gone for good; confirm it with --yes.")
    dataset = open_dataset(arguments)
    image = arguments.image
    if image and len(image) < 64:
        dataset.sync()
        image = dataset.find(image) or image
    done = erase(dataset, image=image, author=arguments.author, artist=arguments.artist)
    print(f"{done.revisions} revisions and {done.images} pictures erased. Other copies follow when they are merged.")
    return 0


def _merge(actions: Any) -> None:
    parser = _action(actions, "merge", "take over everything from another copy of the dataset", _run_merge)
    parser.add_argument("other", type=Path, help="folder of the other copy, which is only read")


def _run_merge(arguments: argparse.Namespace) -> int:
    from sketchpose.dataset.merge import merge

    with progress_bar("revision") as progress:
        done = merge(open_dataset(arguments), arguments.other, progress)
    print(f"{done.revisions} revisions and {done.images} pictures are new, {done.erased} revisions were erased there.")
    print(f"{done.conflicts} drawings have several heads.")
    for sentence in done.problems:
        print(printable(f"problem: {sentence}"))
    return 1 if done.problems else 0
