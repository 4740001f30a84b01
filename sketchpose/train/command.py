"""``sketchpose train`` and ``sketchpose average``: new weights, and points between old and new ones."""

import argparse
import json
from pathlib import Path
from typing import Any

from sketchpose.options import number


def add_parser(commands: Any) -> None:
    """Add the subcommands to the subparsers of the command line."""
    parser = commands.add_parser(
        "train",
        help="train the keypoint network",
        description="Train as a configuration says. The same command on the same folder resumes where it stopped.",
    )
    parser.add_argument(
        "config", type=Path, metavar="CONFIG", help="JSON; see sketchpose.train.config and sketchpose.train.rcnn.config"
    )
    parser.add_argument(
        "--minutes",
        type=number(0, above=True),
        help="stop after this many minutes; needed when CONFIG names no samples",
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder of the run (default: runs/NAME)")
    parser.set_defaults(run=run)

    parser = commands.add_parser(
        "average",
        help="average two models of one architecture",
        description="Write (1 - share) old + share new; with --sweep only measure points between them.",
    )
    parser.add_argument("old", help="name or folder of a model")
    parser.add_argument("new", help="name or folder of a model")
    parser.add_argument("--share", type=number(0, 1), default=0.7, help="share of the new weights, 0..1 (default: 0.7)")
    parser.add_argument("--out", type=Path, metavar="DIR", help="model folder to write")
    parser.add_argument("--sweep", type=Path, metavar="CONFIG", help="measure on the validation sets of a run instead")
    parser.add_argument(
        "--gate", type=number(0, above=True), help="with --sweep: another gate for the decoder, in cells"
    )
    parser.set_defaults(run=run_average)


def run(arguments: argparse.Namespace) -> int:
    """Train; 0 when the model is written."""
    if _is_rcnn(arguments.config):
        from sketchpose.train.rcnn.config import load_config as load_rcnn_config
        from sketchpose.train.rcnn.trainer import RcnnTrainer

        rcnn = load_rcnn_config(arguments.config)
        print(RcnnTrainer(rcnn, arguments.out or Path("runs") / rcnn.name, say=_say).run(arguments.minutes))
        return 0
    from sketchpose.train.loop import Trainer, load_config

    config = load_config(arguments.config)
    out = arguments.out or Path("runs") / config.name
    folder = Trainer(config, out, say=_say).run(arguments.minutes)
    print(folder.path)
    return 0


def _is_rcnn(path: Path) -> bool:
    """Whether a configuration names a library to train with; broken files are reported by whoever reads them."""
    try:
        record = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(record, dict) and "backend" in record


def run_average(arguments: argparse.Namespace) -> int:
    """Average or sweep; 0 when done."""
    from sketchpose.model import ModelFolder
    from sketchpose.train.average import average, sweep
    from sketchpose.train.loop import load_config
    from sketchpose.train.validate import read_validation

    old, new = ModelFolder.open(arguments.old), ModelFolder.open(arguments.new)
    if arguments.sweep is None:
        if arguments.out is None:
            raise ValueError("No folder given: add --out DIR, or --sweep CONFIG to measure only.")
        print(average(old, new, arguments.share, arguments.out).path)
        return 0
    sets = read_validation(load_config(arguments.sweep).validation, new.card.people, new.card.input_size)
    shares = [i / 10 for i in range(0, 11)]
    for i, (share, result) in enumerate(sweep(old, new, shares, sets, arguments.gate)):
        if i == 0:
            print("share of new  " + "  ".join(result))
        print(f"{share:12.1f}  " + "  ".join(f"{value:{len(name)}.3f}" for name, value in result.items()), flush=True)
    return 0


def _say(line: str) -> None:
    print(line, flush=True)
