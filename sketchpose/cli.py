"""The command line: one subcommand per stage, each described beside the code that does the work."""

import argparse
import importlib
import io
import sys
from collections.abc import Sequence
from typing import Final

import sketchpose
from sketchpose.text import printable

COMMANDS: Final = (
    "sketchpose.estimate.command",
    "sketchpose.synth.command",
    "sketchpose.dataset.command",
    "sketchpose.evaluate.command",
    "sketchpose.train.command",
    "sketchpose.evaluate.promote",
    "sketchpose.retrieve.command",
)
"""Modules with ``add_parser(subparsers)``; they import what is heavy only when run."""

_WRONG_USAGE: Final = (ValueError, FileNotFoundError, FileExistsError, IsADirectoryError, NotADirectoryError)
"""What another command mends; a full disk or a broken network is none of these."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: Words after the program's name; None takes them from ``sys.argv``.

    Returns:
        Exit code: 0 all well, 1 something failed and was reported, 2 wrong usage, 130 stopped by hand.
    """
    parser = argparse.ArgumentParser("sketchpose", description=sketchpose.__doc__, allow_abbrev=False)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--version", action="version", version=f"sketchpose {sketchpose.__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name in COMMANDS:
        importlib.import_module(name).add_parser(commands)
    chosen = parser.parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):  # A file name that is not UTF-8 must not end a run when it is printed.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        return int(chosen.run(chosen))
    except (ValueError, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.filename is None else None
        lines = map(printable, (reason or str(error)).split("\n"))
        print("sketchpose: " + "\n".join(lines), file=sys.stderr)
        return 2 if isinstance(error, _WRONG_USAGE) else 1
    except KeyboardInterrupt:
        print(f"sketchpose: stopped. {getattr(chosen, 'resume', '')}".rstrip(), file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
