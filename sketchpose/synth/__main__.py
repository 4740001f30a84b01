"""``python -m sketchpose.synth``: the subcommand on its own, with the options of ``sketchpose synth``."""

import argparse
import sys

from sketchpose.synth.command import add_parser


def main(arguments: list[str]) -> int:
    """Run the subcommand with the words that follow its name; return its exit code."""
    parser = argparse.ArgumentParser("sketchpose")
    add_parser(parser.add_subparsers())
    args = parser.parse_args(["synth", *arguments])
    try:
        return int(args.run(args))
    except (ValueError, OSError) as error:
        print(f"sketchpose: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
