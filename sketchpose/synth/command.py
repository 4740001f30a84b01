"""``sketchpose synth``: synthetic drawings as a COCO dataset, as training shards or as a contact sheet."""

import argparse
from pathlib import Path

from sketchpose.options import MOST_WORKERS, SEEDS, cores, number, whole
from sketchpose.progress import progress_bar


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the subcommand."""
    parser = commands.add_parser(
        "synth", help="draw synthetic sketches with exact keypoints", description=__doc__, allow_abbrev=False
    )
    parser.add_argument(
        "--count", type=whole(1, 10_000_000), default=1000, metavar="N", help="pictures to draw (default 1000)"
    )
    parser.add_argument(
        "--seed", type=whole(0, SEEDS), default=0, metavar="S", help="first seed; picture i has seed S + i"
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder of the dataset or the shards")
    parser.add_argument(
        "--size", type=whole(64, 2048), default=256, metavar="PX", help="side of a picture (default 256)"
    )
    parser.add_argument("--style", metavar="NAME", help="draw in one style only")
    parser.add_argument(
        "--drawn-poses",
        type=number(0, 1),
        default=0.0,
        metavar="SHARE",
        help="share of the figures whose pose was lifted from a drawing (default 0)",
    )
    parser.add_argument("--shards", action="store_true", help="write training shards instead of a COCO dataset")
    parser.add_argument("--workers", type=whole(1, MOST_WORKERS), default=cores(), metavar="W", help="processes")
    parser.add_argument("--sheet", type=Path, metavar="FILE", help="write one contact sheet instead")
    parser.add_argument("--keypoints", action="store_true", help="show the labels on the contact sheet")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run the subcommand and return its exit code."""
    from sketchpose.synth.produce import finish, jobs, produce
    from sketchpose.synth.styles.table import STYLES

    if args.style is not None and args.style not in STYLES:
        raise ValueError(f"style is {args.style!r}; choose one of {', '.join(STYLES)}")
    if args.sheet is not None:
        return _sheet(args)
    if args.out is None:
        raise ValueError("no folder given; add --out DIR, or --sheet FILE for a contact sheet")
    todo = jobs(args.count, args.seed, args.out, args.size, args.style, args.shards, args.drawn_poses)
    with progress_bar("picture") as progress:
        produce(todo, args.workers, progress)
    if args.shards:
        print(f"{len(todo)} shards in {args.out}")
    else:
        print(f"{args.count} pictures, annotations in {finish(todo)}")
    return 0


def _sheet(args: argparse.Namespace) -> int:
    from sketchpose.encode import write_picture
    from sketchpose.sheet import contact_sheet
    from sketchpose.synth import generate
    from sketchpose.synth.sheet import with_labels

    scenes = [
        generate(args.seed + i, args.size, args.style, drawn_poses=args.drawn_poses)
        for i in range(min(args.count, 120))
    ]
    tiles = [with_labels(s) if args.keypoints else s.image for s in scenes]
    write_picture(args.sheet, contact_sheet(tiles, columns=10 if len(tiles) > 24 else 6))
    print(f"{len(tiles)} pictures on {args.sheet}")
    return 0
