"""Reading JSON strictly: a value of the wrong type is refused with the name of the file and the field."""

import math
from collections.abc import Mapping
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from sketchpose.formats import FormatError

T = TypeVar("T", str, int, bool)
MAX_TEXT: Final = 4000


class RecordError(FormatError):
    """A stored record that cannot be used, naming the file and the field."""


def member(data: Mapping[str, Any], name: str, kind: type[T], where: str) -> T:
    """Return a field of exactly this type.

    Raises:
        RecordError: The field is missing or of another type.
    """
    value = data.get(name)
    if type(value) is not kind:
        raise RecordError(f"{where}: {name} is {_short(value)} and must be {_WORDS[kind]}.")
    return value


def number(data: Mapping[str, Any], name: str, where: str) -> float:
    """Return a finite number.

    Raises:
        RecordError: The field is missing, not a number, NaN or infinite.
    """
    value = data.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise RecordError(f"{where}: {name} is {_short(value)} and must be a finite number.")
    return float(value)


def texts(data: Mapping[str, Any], name: str, where: str) -> tuple[str, ...]:
    """Return a list of texts.

    Raises:
        RecordError: The field is missing or not a list of texts.
    """
    value = data.get(name)
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise RecordError(f"{where}: {name} is {_short(value)} and must be a list of texts.")
    return tuple(value)


def table(value: Any, shape: tuple[int, ...], where: str) -> NDArray[np.float64]:
    """Return nested lists of finite numbers as an array.

    Raises:
        RecordError: The lists have another shape, or hold something other than finite numbers.
    """
    try:
        array = np.array(value)
    except ValueError:  # rows of different lengths
        array = np.array(None)
    if array.dtype.kind not in "iuf" or array.shape != shape or not np.isfinite(array).all():
        words = " x ".join(map(str, shape))
        raise RecordError(f"{where} must be {words} finite numbers, not {_short(value)}.")
    return array.astype(np.float64)


def only(data: Mapping[str, Any], names: frozenset[str], where: str) -> None:
    """Refuse unknown and missing fields.

    Raises:
        RecordError: A field is unknown or missing.
    """
    if set(data) != names:
        extra, missing = sorted(set(data) - names), sorted(names - set(data))
        raise RecordError(f"{where}: unknown fields {extra}, missing fields {missing}.")


def mapping(data: Any, where: str) -> None:
    """Refuse everything but an object with named fields.

    Raises:
        RecordError: The value is not an object.
    """
    if not isinstance(data, Mapping):
        raise RecordError(f"{where}: it must be an object with named fields.")


def hexadecimal(text: str, digits: int, what: str) -> None:
    """Refuse everything but an id, which becomes part of a path.

    Raises:
        RecordError: The text is not exactly this many lower-case hex digits.
    """
    if len(text) != digits or not set(text) <= set("0123456789abcdef"):
        raise RecordError(f"{what} is {text[:80]!r} and must be {digits} hex digits.")


def plain_text(text: str, what: str) -> None:
    """Refuse texts that files and the index cannot store.

    Raises:
        RecordError: The text is too long or holds half a character.
    """
    if len(text) > MAX_TEXT:
        raise RecordError(f"{what} has {len(text)} characters and the limit is {MAX_TEXT}; shorten it.")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise RecordError(f"{what} is {_short(text)}, which is not valid text; type it again.") from error


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


_WORDS: Final[dict[type, str]] = {str: "a text", int: "a whole number", bool: "true or false"}
