"""What is typed in as text, on the command line and in the environment.

What cannot be used is refused with the name of the option or variable, the value, the limits and what to give.

>>> threshold = parser.add_argument("--threshold", type=number(0, 1))
>>> price = setting("SKETCHPOSE_PRICE_PER_HOUR")
"""

import argparse
import math
import os
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

MOST_WORKERS = 256
"""Threads or processes of one machine; a larger number is a typing mistake."""
SEEDS = 2**31


def cores() -> int:
    """Return the number of processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def whole(low: int, high: int | None = None) -> Callable[[str], int]:
    """Return the ``type`` of an option that takes a whole number from ``low`` to ``high``, both included."""

    def read(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number: give one {limits(low, high)}.") from None
        if value < low or (high is not None and value > high):
            raise argparse.ArgumentTypeError(f"{value} is out of range: give a whole number {limits(low, high)}.")
        return value

    return read


def number(low: float, high: float | None = None, *, above: bool = False) -> Callable[[str], float]:
    """Return the ``type`` of an option that takes a number from ``low`` to ``high``.

    Args:
        low: Lowest value.
        high: Highest value; None: any finite number.
        above: Whether ``low`` itself is too low.
    """

    def read(text: str) -> float:
        allowed = limits(low, high, "above" if above else "from")
        try:
            value = float(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not a number: give one {allowed}.") from None
        low_enough = value > low if above else value >= low
        if not math.isfinite(value) or not low_enough or (high is not None and value > high):
            raise argparse.ArgumentTypeError(f"{value:g} is out of range: give a number {allowed}.")
        return value

    return read


def subcommand(
    commands: Any, name: str, help: str, run: Callable[[argparse.Namespace], int]
) -> argparse.ArgumentParser:
    """Add a command to the subparsers of another one.

    Args:
        commands: The subparsers.
        name: What is typed in.
        help: What it does, in a few words.
        run: Does it; returns the exit code.
    """
    parser: argparse.ArgumentParser = commands.add_parser(name, help=help, description=help[0].upper() + help[1:] + ".")
    parser.set_defaults(run=run)
    return parser


def limits(low: float, high: float | None, word: str = "from") -> str:
    """Return which numbers are allowed, in words; ``high`` None: any that is large enough."""
    if high is not None:
        return f"{word} {low:g} to {high:g}"
    return f"above {low:g}" if word == "above" else f"of at least {low:g}"


def yes_or_no(text: str) -> bool:
    """Read a choice of two."""
    if text.lower() not in ("1", "yes", "true", "on", "0", "no", "false", "off"):
        raise argparse.ArgumentTypeError(f"{text!r} is neither yes nor no: give 1 or 0.")
    return text.lower() in ("1", "yes", "true", "on")


def address(text: str) -> str:
    """Read the address of a server."""
    try:
        parts = urlsplit(text)
        whole_address = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # of a port that is no number or too large
        whole_address = False
    if not whole_address:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not the address of a server: give one such as http://localhost:6333."
        )
    return text


SETTINGS: Final[dict[str, tuple[Callable[[str], Any], Any]]] = {
    "SKETCHPOSE_PRICE_PER_HOUR": (number(0), 0.0),
    "SKETCHPOSE_HUB_PUBLIC": (yes_or_no, False),
    "SKETCHPOSE_QDRANT": (address, ""),
    "HF_ENDPOINT": (address, ""),
    "WORLD_SIZE": (whole(1), 1),
}
"""Variables of the environment that are more than a text: what reads each, and what it is when it is not set."""


def setting(name: str) -> Any:
    """Return what a variable of ``SETTINGS`` is set to.

    Raises:
        ValueError: To something that it cannot be.
    """
    read, default = SETTINGS[name]
    text = os.environ.get(name, "").strip()
    try:
        return read(text) if text else default
    except argparse.ArgumentTypeError as error:
        raise ValueError(f"The environment variable {name} cannot be used: {error}") from None
