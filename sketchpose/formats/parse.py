"""JSON, YAML and XML from strangers: parsing yields nothing but plain values and raises nothing but ``FormatError``."""

import json
import xml.etree.ElementTree as ET
from typing import Any, Final
from xml.parsers import expat

import yaml

from sketchpose.formats.common import FormatError

MAX_INTEGER: Final = 1 << 53
"""Whole numbers up to here are exact in the doubles of JavaScript and of COCO evaluators."""
_MAX_YAML: Final = 1 << 18


def read_json(data: str | bytes, *, source: str) -> object:
    """Parse JSON text.

    Raises:
        FormatError: The text is not JSON, or it holds NaN, infinities, or whole numbers that no tool keeps exactly.
    """

    def refuse(word: str) -> float:
        raise FormatError(f"{source}: it holds {word}, which is not a number; every coordinate must be finite.")

    def whole(word: str) -> int:
        if len(word) > 20 or abs(int(word)) > MAX_INTEGER:
            raise FormatError(f"{source}: it holds the number {word[:30]}, and whole numbers end at {MAX_INTEGER}.")
        return int(word)

    try:
        return json.loads(data, parse_constant=refuse, parse_int=whole)
    except FormatError:
        raise
    except (ValueError, RecursionError) as error:
        raise FormatError(f"{source}: not a JSON file.") from error


def read_yaml(data: bytes, *, source: str) -> object:
    """Parse YAML of plain values.

    Raises:
        FormatError: The text is not YAML, is over 256 kB, or holds more than plain values.
    """
    if len(data) > _MAX_YAML:
        raise FormatError(f"{source}: {len(data)} bytes of YAML, and the limit is {_MAX_YAML}.")
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(data, yaml.SafeLoader)):
            raise FormatError(f"{source}: it holds aliases, which can expand without limit; write the values out.")
        document: object = yaml.safe_load(data)
    except FormatError:
        raise
    except (yaml.YAMLError, ValueError, RecursionError, TypeError, KeyError, AttributeError, OverflowError) as error:
        raise FormatError(f"{source}: not a YAML file of plain values.") from error
    return document


def read_xml(data: bytes, *, source: str) -> ET.Element:
    """Parse XML; returns its root.

    Raises:
        FormatError: The text is not XML, or declares a document type, with which entity bombs are made.
    """

    def refuse(*_: Any) -> None:
        raise FormatError(f"{source}: it declares a document type, which annotations never need; leave it out.")

    try:
        gate = expat.ParserCreate()
        gate.StartDoctypeDeclHandler = refuse
        gate.Parse(data, True)
        return ET.fromstring(data)
    except FormatError:
        raise
    except (expat.ExpatError, ET.ParseError, ValueError, LookupError, RecursionError) as error:
        raise FormatError(f"{source}: not an XML file.") from error
