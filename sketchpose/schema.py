"""JSON documents against their schemas: strict frozen dataclasses, and one sentence about what is wrong.

The types of a schema's fields say what is allowed (``Annotated[float, Field(gt=0)]``); its ``__post_init__`` says what
concerns several fields together.
"""

from pathlib import Path
from typing import Final, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

from sketchpose.text import printable

STRICT: Final = ConfigDict(extra="forbid", strict=True)
"""Configuration of every schema: no unknown field, no text in place of a number."""

_MOST: Final = 80
T = TypeVar("T")


def read_document(schema: type[T], path: Path, what: str) -> T:
    """Read a file as what a schema describes.

    Args:
        schema: A pydantic dataclass.
        path: The JSON file.
        what: What it should describe, for the errors.

    Raises:
        ValueError: The file cannot be read, is not JSON, or a field is missing, unknown or has another type or range.
    """
    try:
        content = path.read_bytes()
        return TypeAdapter(schema).validate_json(content)
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}.") from None
    except ValidationError as error:
        raise ValueError(_sentence(error, path, what)) from None


def _sentence(error: ValidationError, path: Path, what: str) -> str:
    """Return the first fault as one sentence: which field, its value, what is allowed."""
    fault = error.errors(include_url=False)[0]
    if fault["type"] == "json_invalid":
        return f"{path} cannot be read as JSON: {fault['ctx']['error']}."
    if fault["type"] == "value_error":
        return f"{path}: {fault['ctx']['error']}"
    place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in fault["loc"]).lstrip(".")
    if fault["type"] == "unexpected_keyword_argument":
        return f"{path} does not describe {what}: there is no field {place}; leave it out."
    if fault["type"] in ("missing", "missing_argument"):
        return f"{path} does not describe {what}: {place} is missing; add it."
    value, allowed = repr(fault["input"]), fault["msg"].replace("Input should", "must")
    shown = value if len(value) <= _MOST else f"{value[: _MOST - 3]}..."
    return printable(f"{path} does not describe {what}: {place or 'it'} is {shown} and {allowed}.")
