"""``sketchpose evaluate``: how well a model reads an annotated set."""

import argparse
import dataclasses
import json
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sketchpose.files import write_atomic

if TYPE_CHECKING:
    from sketchpose.evaluate.report import Report


def add_parser(commands: Any) -> None:
    """Add the subcommand to the subparsers of the command line."""
    parser = commands.add_parser(
        "evaluate",
        help="score a model on an annotated set",
        description="Score a model on COCO keypoints: OKS average precision, PCK, swaps, detection, per source.",
    )
    parser.add_argument("--model", help="name or folder of a keypoint model (default: the estimator's own)")
    parser.add_argument("--estimator", default="sketch", help="name of the estimator (default: sketch)")
    parser.add_argument("--detector", help="name or folder of a person detector (default: the estimator's own)")
    parser.add_argument("--dataset", type=Path, required=True, metavar="COCO.json")
    parser.add_argument("--images", type=Path, metavar="DIR", help="folder of the pictures (default: images beside it)")
    parser.add_argument("--boxes", choices=("true", "found"), default="true", help="give the boxes, or have them found")
    parser.add_argument(
        "--min-joints", type=int, default=1, metavar="N", help="leave people with fewer labelled joints unscored"
    )
    parser.add_argument("--skip-bad", action="store_true", help="leave out broken records and count them")
    parser.add_argument("--json", type=Path, metavar="OUT", help="also write everything as JSON")
    parser.add_argument("--card", action="store_true", help="also write the scores into the card of --model")
    parser.add_argument("--worst", type=int, default=0, metavar="N", help="draw the N worst people on a sheet")
    parser.add_argument(
        "--sheet", type=Path, default=Path("worst.png"), metavar="PNG", help="where (default: worst.png)"
    )
    parser.add_argument("--threads", type=int, default=1, help="CPU threads (default: 1)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Evaluate as the parsed arguments say; 0 when done."""
    from tqdm import tqdm

    from sketchpose.estimate import load_estimator
    from sketchpose.evaluate.report import evaluate

    options = {name: getattr(arguments, name) for name in ("model", "detector") if getattr(arguments, name) is not None}
    estimator = load_estimator(arguments.estimator, threads=arguments.threads, **options)
    with tqdm(unit="picture", disable=None) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        report = evaluate(
            estimator,
            arguments.dataset,
            arguments.images,
            boxes=arguments.boxes,
            min_joints=arguments.min_joints,
            skip_bad=arguments.skip_bad,
            worst=arguments.worst,
            progress=progress,
        )
    print(report.table())
    if arguments.json is not None:
        write_atomic(arguments.json, (json.dumps(report.as_json(), indent=1) + "\n").encode())
    if arguments.card:
        _write_card(arguments, report)
    if arguments.worst:
        from PIL import Image

        from sketchpose.evaluate.sheet import worst_sheet

        buffer = BytesIO()
        Image.fromarray(worst_sheet(report.worst)).save(buffer, "PNG", optimize=True)
        write_atomic(arguments.sheet, buffer.getvalue())
        print(f"\n{len(report.worst)} worst cases on {arguments.sheet}")
    return 0


def _write_card(arguments: argparse.Namespace, report: "Report") -> None:
    """Add the scores per source to the card of the model that was measured."""
    from sketchpose.model import ModelFolder

    if arguments.model is None:
        raise ValueError("Whose card? Give --model with --card.")
    folder = ModelFolder.open(arguments.model)
    fields = ("people", "ap", "ar", "body_ap", "body_ar", "pck10", "swaps")
    record = report.as_json()["sources"]
    scores = {
        f"{source}, {report.boxes} boxes": {field: result[field] for field in fields}
        for source, result in record.items()
    }
    card = dataclasses.replace(folder.card, scores={**folder.card.scores, **scores})
    card.write(folder.path)
