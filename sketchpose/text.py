"""Texts to show: counts, and strangers' names that may hold terminal escapes, Markdown, paths or lone surrogates."""

import re
import unicodedata
from typing import Final
from urllib.parse import unquote, urlsplit

from sketchpose.images import SUFFIXES

_MARKUP: Final = re.compile(r"[!-/:-@\[-`{-~]")
_MAX_NAME: Final = 200


def printable(text: str) -> str:
    """Return text for a terminal or a message: control characters, escapes and lone surrogates are spelled out."""
    return "".join(c if _is_plain(c) else c.encode("unicode_escape", "backslashreplace").decode() for c in text)


def markdown(text: str) -> str:
    """Return text that Markdown and HTML show as it is: every sign that could be markup is written as its number."""
    plain = printable(" ".join(text.split()))
    return _MARKUP.sub(lambda sign: sign[0] if sign[0] in ",-'/." else f"&#{ord(sign[0])};", plain)


def base_name(text: str) -> str:
    """Return the last part of what a tool calls a picture, a path of any system or an address, as one clean line.

    Folders, the parameters of an address (signatures among them), control characters and lone surrogates are left out.
    """
    path = text
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", text):
        try:
            path = unquote(urlsplit(text).path)
        except ValueError:
            path = text.partition("?")[0]
    elif "?" in text and is_picture(text.partition("?")[0]):
        path = text.partition("?")[0]
    last = re.split(r"[/\\]", path.rstrip("/\\"))[-1]
    clean = "".join(c if _is_plain(c) else "_" for c in unicodedata.normalize("NFC", last)).strip()
    stem, dot, suffix = clean.rpartition(".")
    return clean if len(clean) <= _MAX_NAME else f"{stem[: _MAX_NAME - 1 - len(suffix)]}{dot}{suffix}"[:_MAX_NAME]


def amount(count: int, what: str) -> str:
    """Return a count with what it counts: "1 person", "2 people", "1 drawing", "2 drawings"."""
    return f"{count} {what if count == 1 else {'person': 'people'}.get(what, what + 's')}"


def is_picture(name: str) -> bool:
    """Whether a name ends as those of pictures do."""
    return name.lower().endswith(tuple(SUFFIXES))


def _is_plain(sign: str) -> bool:
    # Cc control, Cf format (bidirectional overrides), Cs lone surrogates, Co and Cn without agreed meaning.
    return unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
