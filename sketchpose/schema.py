"""JSON documents against their schemas: strict frozen dataclasses, and one sentence about what is wrong.

The types of a schema's fields say what is allowed (``Annotated[float, Field(gt=0)]``); its ``__post_init__`` says what
concerns several fields together.
"""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import ConfigDict, GetPydanticSchema, TypeAdapter, ValidationError
from pydantic_core.core_schema import no_info_after_validator_function

from sketchpose.text import printable

STRICT: Final = ConfigDict(extra="forbid", strict=True)
"""Configuration of every schema: no unknown field, no text in place of a number."""

T = TypeVar("T")
_MAX_LENGTH: Final = 80
_SUBJECT: Final = re.compile(r"^\w+ should")
"""With which pydantic begins: 'Input should be', 'List should have'."""
_adapter: Callable[[Any], TypeAdapter[Any]] = cache(TypeAdapter)


def read_document(schema: type[T], path: Path, what: str) -> T:
    """Read a file as what a schema describes.

    Args:
        schema: A dataclass.
        path: The JSON file.
        what: What it should describe, for the errors.

    Raises:
        ValueError: The file cannot be read, is not JSON, or a field is missing, unknown or has another type or range.
    """
    try:
        return parse(schema, path.read_bytes(), f"{path} does not describe {what}")
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}.") from None


def parse(schema: type[T], content: str | bytes, where: str) -> T:
    """Return JSON text as what a schema describes.

    Args:
        schema: A dataclass whose configuration is ``STRICT``.
        content: The JSON text.
        where: Where it comes from, for the errors.

    Raises:
        ValueError: It is not JSON, or a field is missing, unknown or has another type or range.
    """
    try:
        value: T = _adapter(schema).validate_json(content)
    except ValidationError as error:
        raise ValueError(printable(f"{where}: {_sentence(error)}")) from None
    return value


def written_as(shape: Any, read: Callable[[Any], Any]) -> GetPydanticSchema:
    """Annotate a field that JSON holds in another shape.

    Args:
        shape: The type that the JSON is checked against.
        read: Makes the field's value of it.
    """
    return GetPydanticSchema(lambda _, handler: no_info_after_validator_function(read, handler.generate_schema(shape)))


def _sentence(error: ValidationError) -> str:
    """Return the first fault as one sentence: which field, its value, what is allowed."""
    fault = error.errors(include_url=False)[0]
    place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in fault["loc"]).lstrip(".")
    if fault["type"] == "json_invalid":
        return f"it cannot be read as JSON: {fault['ctx']['error']}."
    if fault["type"] == "value_error":
        return f"{place}: {fault['ctx']['error']}" if place else str(fault["ctx"]["error"])
    if fault["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
        return f"there is no field {place}; leave it out."
    if fault["type"] in ("missing", "missing_argument"):
        return f"{place} is missing; add it."
    allowed = _SUBJECT.sub("must", fault["msg"]).replace(" after validation", "")
    value = repr(fault["input"])
    shown = value if len(value) <= _MAX_LENGTH else f"{value[: _MAX_LENGTH - 3]}..."
    return f"{place or 'it'} is {shown} and {allowed}."
