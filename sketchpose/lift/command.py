"""``sketchpose lift``: the person of a drawing as a mannequin, in files for other tools."""

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from sketchpose.estimate.choose import HELP, open_model
from sketchpose.files import check_target, write_atomic
from sketchpose.lift.body_types import AS_DRAWN, TYPES
from sketchpose.options import number, whole


def add_parser(commands: Any) -> None:
    """Add the subcommand to the subparsers of the command line."""
    parser = commands.add_parser(
        "lift",
        help="turn a drawing of a person into a mannequin: GLB, BVH, views, depth map",
        description="Turn a drawing of a person into a mannequin in its pose. Into the folder of --out go the views of "
        "it on one sheet, the figure on transparent ground, GLB, BVH, OpenPose joints and skeleton, and a depth map.",
    )
    parser.add_argument("drawing", type=Path, metavar="FILE", help="a picture")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where to write")
    parser.add_argument("--person", type=whole(1), default=1, metavar="N", help="which of its people (default: 1)")
    parser.add_argument(
        "--reading",
        type=whole(1),
        default=1,
        metavar="N",
        help="which body of those it may show (default: the likeliest)",
    )
    parser.add_argument("--body", choices=(AS_DRAWN, *TYPES), default=AS_DRAWN, help="whose body (default: as drawn)")
    parser.add_argument(
        "--turn", type=number(-180, 180), default=0.0, metavar="DEGREES", help="go about the figure for the pictures"
    )
    parser.add_argument(
        "--light", type=number(-180, 180), default=0.0, metavar="DEGREES", help="turn the light about the figure"
    )
    parser.add_argument(
        "--size", type=whole(64, 2048), default=768, metavar="PX", help="side of a picture (default: 768)"
    )
    parser.add_argument("--model", help=HELP)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Lift as the parsed arguments say; see ``cli.main`` for the exit code."""
    from sketchpose.lift import lift
    from sketchpose.lift.files import make_files
    from sketchpose.lift.mannequin import drawn_still, mannequin, stills

    check_target(arguments.out, folder=True)
    stem, light = arguments.drawing.stem, arguments.light
    poses = open_model(arguments.model).estimate(arguments.drawing)
    pose = _chosen(poses, arguments.person, "person", "--person")
    readings = lift(pose, stem)
    one = _chosen(readings, arguments.reading, "reading", "--reading")
    actor = mannequin(one, arguments.body)
    still = drawn_still(one, actor, arguments.size, arguments.turn, light)
    for name, make in make_files(actor, still, lambda: stills(one, actor, lamp=light)).items():
        write_atomic(arguments.out / f"{stem}_{name}", make())
    off = float(np.round(100 * one.error, 1))
    print(f"{stem}: reading {arguments.reading} of {len(readings)} ({one.chance:.0%}), joints {off:g} % of the box off")
    return 0


def _chosen(many: list[Any], wanted: int, what: str, option: str) -> Any:
    if wanted > len(many):
        raise ValueError(f"The drawing has no {what} {wanted}: give {option} a number from 1 to {len(many)}.")
    return many[wanted - 1]
