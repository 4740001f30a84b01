"""The command line: one subcommand per stage, each described beside the code that does the work."""

import argparse
import importlib
import io
import sys
from collections.abc import Sequence
from typing import Final

import sketchpose
from sketchpose.text import printable

COMMANDS: Final = {
    "estimate": "sketchpose.estimate.command",
    "synth": "sketchpose.synth.command",
    "lift": "sketchpose.lift.command",
    "dataset": "sketchpose.dataset.command",
    "evaluate": "sketchpose.evaluate.command",
    "train": "sketchpose.train.command",
    "average": "sketchpose.train.command",
    "promote": "sketchpose.evaluate.promote",
    "index": "sketchpose.retrieve.command",
    "gallery": "sketchpose.retrieve.command",
    "search": "sketchpose.retrieve.command",
}
"""Module of each command: its ``add_parser(subparsers)`` describes it; what is heavy is imported when it runs."""

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
    words = list(sys.argv[1:] if arguments is None else arguments)
    asked = [COMMANDS[word] for word in words[:1] if word in COMMANDS]
    for name in asked or dict.fromkeys(COMMANDS.values()):  # no command waits for the modules of the others
        importlib.import_module(name).add_parser(commands)
    chosen = parser.parse_args(words)
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
