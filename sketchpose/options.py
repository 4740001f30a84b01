"""Numbers on the command line: one out of range is refused with the option, the value, the limits and what to give.

>>> threshold = parser.add_argument("--threshold", type=number(0, 1))
"""

import argparse
import math
from collections.abc import Callable

MOST_WORKERS = 256
"""Threads or processes of one machine; a larger number is a typing mistake."""
SEEDS = 2**31


def whole(low: int, high: int | None = None) -> Callable[[str], int]:
    """Return the ``type`` of an option that takes a whole number from ``low`` to ``high``, both included."""

    def read(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number: give {_limits(low, high)}.") from None
        if value < low or (high is not None and value > high):
            raise argparse.ArgumentTypeError(f"{value} is out of range: give a whole number {_limits(low, high)}.")
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
        limits = _limits(low, high, "above" if above else "from")
        try:
            value = float(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not a number: give one {limits}.") from None
        low_enough = value > low if above else value >= low
        if not math.isfinite(value) or not low_enough or (high is not None and value > high):
            raise argparse.ArgumentTypeError(f"{value:g} is out of range: give a number {limits}.")
        return value

    return read


def _limits(low: float, high: float | None, word: str = "from") -> str:
    if high is not None:
        return f"{word} {low:g} to {high:g}"
    return f"above {low:g}" if word == "above" else f"of at least {low:g}"
