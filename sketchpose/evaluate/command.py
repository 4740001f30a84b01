"""``sketchpose evaluate``: how well a model reads an annotated set."""

import argparse
import dataclasses
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sketchpose.estimate.choose import HELP, VIEWS_HELP, open_model
from sketchpose.estimate.joints import VIEWS
from sketchpose.files import check_target, write_atomic
from sketchpose.options import MOST_WORKERS, whole
from sketchpose.progress import progress_bar
from sketchpose.skeleton import NUM_KEYPOINTS
from sketchpose.text import printable

if TYPE_CHECKING:
    from sketchpose.estimate import Estimator
    from sketchpose.evaluate.report import EvaluationReport


def add_parser(commands: Any) -> None:
    """Add the subcommand to the subparsers of the command line."""
    parser = commands.add_parser(
        "evaluate",
        help="score models on an annotated set",
        description="Score models on COCO keypoints: OKS average precision, PCK, swaps, detection, per source.",
    )
    parser.add_argument(
        "--model", action="append", metavar="MODEL", help=f"{HELP}. Give it several times to compare in one table"
    )
    parser.add_argument("--detector", help="name or folder of a person detector for our own models")
    parser.add_argument("--views", type=int, choices=VIEWS, help=VIEWS_HELP)
    parser.add_argument("--dataset", type=Path, required=True, metavar="COCO.json")
    parser.add_argument(
        "--labels", type=Path, metavar="COCO.json", help="measure no model: how well this second labelling agrees"
    )
    parser.add_argument("--images", type=Path, metavar="DIR", help="folder of the pictures (default: images beside it)")
    parser.add_argument(
        "--boxes",
        choices=("true", "found"),
        default="true",
        help="whether the boxes of the people are given or have to be found",
    )
    parser.add_argument(
        "--min-joints",
        type=whole(1, NUM_KEYPOINTS),
        default=1,
        metavar="N",
        help="leave people with fewer labelled joints unscored",
    )
    parser.add_argument("--skip-bad", action="store_true", help="leave out broken records and count them")
    parser.add_argument("--json", type=Path, metavar="OUT", help="also write everything as JSON")
    parser.add_argument("--card", action="store_true", help="also write the scores into the card of the model")
    parser.add_argument(
        "--worst", type=whole(0, 500), default=0, metavar="N", help="draw the N worst people on a sheet"
    )
    parser.add_argument(
        "--sheet", type=Path, default=Path("worst.png"), metavar="PNG", help="file of the sheet (default: worst.png)"
    )
    parser.add_argument("--threads", type=whole(1, MOST_WORKERS), default=1, help="CPU threads (default: 1)")
    parser.set_defaults(run=run, resume="Nothing was written; a measurement starts anew.")


def run(arguments: argparse.Namespace) -> int:
    """Evaluate as the parsed arguments say; 0 when done."""
    from sketchpose.evaluate.versus import as_json, versus

    if arguments.labels is not None:
        from sketchpose.evaluate.labellings import compare_labellings

        print(compare_labellings(arguments.dataset, arguments.labels).table())
        return 0
    models = arguments.model or [None]
    if len(models) > 1 and (arguments.card or arguments.worst):
        raise ValueError("--card and --worst are about one model: give --model once with them.")
    if arguments.card and arguments.model is None:
        raise ValueError("--card needs a model: give --model with it.")
    for path in [arguments.json, arguments.sheet if arguments.worst else None]:
        if path is not None:
            check_target(path)
    # All are opened first, so that a missing one is known before hours of measuring.
    estimators = [_open(model, arguments) for model in models]
    reports = [_measure(estimator, arguments) for estimator in estimators]
    report = reports[0]
    for sentence in report.changed:
        print(printable(f"changed: {sentence}"), file=sys.stderr)
    print(report.table() if len(reports) == 1 else versus(reports))
    if arguments.json is not None:
        content = report.as_json() if len(reports) == 1 else as_json(reports)
        write_atomic(arguments.json, (json.dumps(content, indent=1) + "\n").encode())
    if arguments.card:
        _write_card(arguments.model[0], report)
    if arguments.worst:
        from sketchpose.encode import encode
        from sketchpose.evaluate.sheet import worst_sheet

        write_atomic(arguments.sheet, encode(worst_sheet(report.worst), optimize=True))
        print(f"\n{len(report.worst)} worst cases on {arguments.sheet}")
    return 0


def _open(model: str | None, arguments: argparse.Namespace) -> "Estimator":
    options = {"detector": arguments.detector, "views": arguments.views}
    given = {name: value for name, value in options.items() if value is not None}
    return open_model(model, threads=arguments.threads, **given)


def _measure(estimator: "Estimator", arguments: argparse.Namespace) -> "EvaluationReport":
    from sketchpose.evaluate.report import evaluate

    with progress_bar("picture", estimator.name) as progress:
        return evaluate(
            estimator,
            arguments.dataset,
            arguments.images,
            boxes=arguments.boxes,
            min_joints=arguments.min_joints,
            skip_bad=arguments.skip_bad,
            worst=arguments.worst,
            progress=progress,
        )


def _write_card(model: str, report: "EvaluationReport") -> None:
    """Add the scores per source to the card of the model that was measured."""
    from sketchpose.model import ModelFolder

    folder = ModelFolder.open(model)
    fields = ("people", "ap", "ar", "body_ap", "body_ar", "pck10", "swaps")
    record = report.as_json()["sources"]
    scores = {
        f"{source}, {report.boxes} boxes": {field: result[field] for field in fields}
        for source, result in record.items()
    }
    card = dataclasses.replace(folder.card, scores={**folder.card.scores, **scores})
    card.write(folder.path)
