"""What all stored records share: how they are read, and errors that name the file and the field."""

from typing import Annotated, Any, Final, TypeVar

from pydantic import Field

from sketchpose.formats import FormatError
from sketchpose.formats.parse import MAX_INTEGER
from sketchpose.schema import parse

Json = dict[str, Any]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Whole = Annotated[int, Field(ge=0, le=MAX_INTEGER)]
T = TypeVar("T")
MAX_TEXT: Final = 4000


class RecordError(FormatError):
    """A stored record that cannot be used, naming the file and the field."""


def read_record(schema: type[T], content: str | bytes, where: str) -> T:
    """Read a stored record.

    Args:
        schema: A dataclass whose configuration is ``sketchpose.schema.STRICT``.
        content: The JSON text.
        where: File name for the errors.

    Raises:
        RecordError: It is not JSON, or a field is missing, unknown, or has another type, shape or range.
    """
    try:
        return parse(schema, content, where)
    except ValueError as error:
        raise RecordError(str(error)) from None


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
        RecordError: The text is too long or holds a lone surrogate.
    """
    if len(text) > MAX_TEXT:
        raise RecordError(f"{what} has {len(text)} characters and the limit is {MAX_TEXT}; shorten it.")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise RecordError(f"{what} is {text[:80]!r}, which is not valid text; type it again.") from error
