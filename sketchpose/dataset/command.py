"""``sketchpose dataset``: everything about the dataset that can be done without the app."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sketchpose.dataset import exchange
from sketchpose.dataset.hub import command as hub_command
from sketchpose.options import number, subcommand, whole
from sketchpose.progress import progress_bar
from sketchpose.text import amount, printable

if TYPE_CHECKING:
    from sketchpose.dataset.proposal import Proposal
    from sketchpose.dataset.store import Dataset


def add_parser(commands: Any) -> None:
    """Add the subcommand to the subparsers of the command line."""
    parser = commands.add_parser(
        "dataset",
        help="import, review, split, export and check annotated drawings",
        description="The dataset of annotated drawings: immutable revisions, reviewed, split, exported.",
    )
    parser.add_argument("--folder", type=Path, metavar="DIR", help="the dataset (default: in the home folder)")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    exchange.add_parsers(actions)
    for add in (_check, _stats, _list, _sheet, _review, _splits, _erase, _merge):
        add(actions)
    hub_command.add_parser(actions)


def open_dataset(arguments: argparse.Namespace) -> "Dataset":
    """Return the dataset that the arguments name."""
    from sketchpose.dataset.store import Dataset

    return Dataset(arguments.folder)


def _check(actions: Any) -> None:
    parser = subcommand(actions, "check", "verify every file and the index", _run_check)
    parser.add_argument("--rebuild", action="store_true", help="rebuild the index from the files")


def _print_counts(counts: dict[str, int]) -> None:
    print(", ".join(amount(count, what) for what, count in counts.items()))


def _run_check(arguments: argparse.Namespace) -> int:
    from sketchpose.dataset.verify import check

    with progress_bar("file") as progress:
        report = check(open_dataset(arguments), rebuild=arguments.rebuild, progress=progress)
    _print_counts({"drawing": report.drawings, "revision": report.revisions, "picture": report.images})
    _print_counts({"conflict": report.conflicts, "near duplicate": report.duplicates, "unused picture": report.unused})
    print(f"index {'right' if report.index_right else 'was wrong and was rebuilt'}")
    if report.swept:
        print(f"{report.swept} half-written files of killed processes removed")
    for sentence in report.leaks:
        print(printable(f"worth a look: {sentence}"))
    for sentence in report.problems:
        print(printable(f"problem: {sentence}"))
    return 0 if report.ok else 1


def _stats(actions: Any) -> None:
    parser = subcommand(actions, "stats", "count what is in the dataset", _run_stats)
    parser.add_argument("--json", action="store_true", help="everything as JSON")


def _run_stats(arguments: argparse.Namespace) -> int:
    from sketchpose.dataset.stats import statistics
    from sketchpose.skeleton import KEYPOINTS

    with progress_bar("drawing") as progress:
        stats = statistics(open_dataset(arguments), poses=False, progress=progress)
    if arguments.json:
        print(json.dumps(stats.as_json(), indent=1, allow_nan=False))
        return 0
    _print_counts({"drawing": stats.drawings, "person": stats.people, "conflict": stats.conflicts})
    for name in ("status", "splits", "sources", "artists", "licences", "consents", "difficulty", "authors"):
        counts = list(getattr(stats, name).items())
        more = f", {len(counts) - 10} more" if len(counts) > 10 else ""
        print(printable(f"{name}: " + ", ".join(f"{key} {count}" for key, count in counts[:10]) + more))
    print(f"{'joint':15} {'visible':>8} {'hidden':>8} {'edited':>8}")
    for j, joint in enumerate(KEYPOINTS):
        print(f"{joint:15} {stats.visible[j]:8} {stats.hidden[j]:8} {stats.edited[j]:8}")
    return 0


def _list(actions: Any) -> None:
    parser = subcommand(actions, "list", "list drawings", _run_list)
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


def _sheet(actions: Any) -> None:
    parser = subcommand(actions, "sheet", "draw all people with their labels, one picture per source", _run_sheet)
    parser.add_argument("target", type=Path, metavar="DIR", help="folder for the pictures, which are named SOURCE.png")
    parser.add_argument("--source", nargs="+", default=[], help="only these sources")


def _run_sheet(arguments: argparse.Namespace) -> int:
    from sketchpose.dataset.query import Query
    from sketchpose.dataset.sheets import write_sheets

    dataset = open_dataset(arguments)
    for path in write_sheets(dataset, dataset.entries(Query(source=tuple(arguments.source))), arguments.target):
        print(printable(str(path)))
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
    parser = subcommand(actions, "review", "list submitted work, judge it, or compare annotators", _run_review)
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
    parser = subcommand(actions, "splits", "show the splits, or freeze them once", _run_splits)
    parser.add_argument("--freeze", choices=("source", "artist"), help="what is kept together in one split")
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
        print(printable(f"{name}: {amount(count, 'drawing')} from {', '.join(groups) or 'nowhere'}"))
    return 0


def _print_proposal(proposal: "Proposal") -> None:
    print(f"{'split':5} {'drawings':>8} {'people':>6} {'waiting':>7} {proposal.splits.by}")
    for row in proposal.rows:
        print(f"{row.split:5} {row.drawings:8} {row.people:6} {row.waiting:7} {row.group or '(unknown)'}")
    print(proposal.summary())


def _erase(actions: Any) -> None:
    parser = subcommand(actions, "erase", "erase for good what a contributor wants removed", _run_erase)
    one = parser.add_mutually_exclusive_group(required=True)
    one.add_argument("--image", default="", metavar="HASH", help="a picture with everything known about it")
    one.add_argument("--author", default="", metavar="NAME", help="all revisions of an annotator")
    one.add_argument("--artist", default="", metavar="NAME", help="all pictures of an artist")
    parser.add_argument("--yes", action="store_true", help="erase for good: this cannot be undone")


def _run_erase(arguments: argparse.Namespace) -> int:
    from sketchpose.dataset.erase import erase

    if not arguments.yes:
        raise ValueError("Erased files are gone for good; confirm with --yes.")
    dataset = open_dataset(arguments)
    image = arguments.image
    if image and len(image) < 64:
        dataset.sync()
        image = dataset.find(image) or image
    done = erase(dataset, image=image, author=arguments.author, artist=arguments.artist)
    print(f"{done.revisions} revisions and {done.images} pictures erased. Other copies follow when they are merged.")
    return 0


def _merge(actions: Any) -> None:
    parser = subcommand(actions, "merge", "merge another copy of the dataset into this one", _run_merge)
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
