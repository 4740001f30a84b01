"""Who may administer (import, review, train, promote), and see private galleries and originals.

- Whoever has opened the link that the app prints when it starts: its token becomes a cookie of this start.
- Whoever types in that token, or sends it as the header ``X-SketchPose-Owner``.
- On a Space, whoever is logged in as its owner or as one of ``SKETCHPOSE_OWNERS`` (names, separated by commas).

``SKETCHPOSE_OWNER_TOKEN`` sets the token; otherwise each start has a new one. Where a request comes from proves
nothing: behind a proxy or a public link, everybody comes from this machine.
"""

import hashlib
import hmac
import os
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import gradio as gr
from starlette.requests import cookie_parser

from annotator.gradio_private import current_request
from annotator.messages import refusal
from annotator.quota import Quota, QuotaError, visitor

HEADER: Final = "x-sketchpose-owner"
PASS: Final = secrets.token_urlsafe(32)
"""What the cookie holds: random, because guesses at it are not counted as guesses at the token are."""
COOKIE: Final = f"sketchpose-owner-{hashlib.sha256(PASS.encode()).hexdigest()[:8]}"
"""All servers of a machine share cookies, whatever their ports: each start has a name of its own."""
MIN_TOKEN_LENGTH: Final = 12
"""A token of fewer letters could be guessed sooner or later."""
_TOKEN: Final = secrets.token_urlsafe(24)
_MAX_GUESSES: Final = 10
_MAX_GUESSES_OF_ALL: Final = 200
_GUESSES: Final = Quota(_MAX_GUESSES, 60, f"More than {_MAX_GUESSES} wrong tokens in a minute")
_LAST_WRONG: Final[dict[str, bytes]] = {}
"""The last wrong token of each visitor, hashed: the page sends the contents of its box with every event."""
_EVERYBODYS_GUESSES: Final = Quota(_MAX_GUESSES_OF_ALL, 60, f"More than {_MAX_GUESSES_OF_ALL} wrong tokens in a minute")


def owner_token() -> str:
    """Return the token of the owner."""
    return os.environ.get("SKETCHPOSE_OWNER_TOKEN") or _TOKEN


def is_owner(request: Any, token: str | None = "") -> bool:
    """Whether a request comes from the owner.

    Args:
        request: A request of Gradio or Starlette; None, as in a background thread, comes from nobody.
        token: What was typed in as the owner's token.
    """
    try:
        return _is_owner(request, token)
    except QuotaError:
        return False


def owner_asks() -> bool:
    """Whether the event that is being handled was sent by the owner."""
    return is_owner(current_request())


def require_owner(request: Any, token: str | None = "") -> None:
    """Refuse everybody but the owner.

    Raises:
        gr.Error: The request does not come from the owner.
    """
    try:
        allowed, reason = _is_owner(request, token), how_to_enter()
    except QuotaError as error:
        allowed, reason = False, str(error)
    if not allowed:
        raise refusal(reason, "This is for the owner")


def right_token(request: Any, token: str) -> bool:
    """Whether a token is the owner's. Wrong ones are counted; a wrong one that is sent again is not.

    Raises:
        QuotaError: There were too many wrong ones.
    """
    sender, digest = visitor(request), hashlib.sha256(token.encode("utf-8", "replace")).digest()
    _GUESSES.check(sender)
    _EVERYBODYS_GUESSES.check("")
    if hmac.compare_digest(digest, hashlib.sha256(owner_token().encode()).digest()):
        return True
    if _LAST_WRONG.get(sender) != digest:
        _GUESSES.take(sender)
        _EVERYBODYS_GUESSES.take("")
        if len(_LAST_WRONG) > 10 * _MAX_GUESSES_OF_ALL:
            _LAST_WRONG.clear()
        _LAST_WRONG[sender] = digest
    return False


def guarded(act: Callable[..., Any], *, quietly: bool = False) -> Callable[..., Any]:
    """Return an event handler that lets in only the owner, and shows what goes wrong as a message.

    Args:
        act: What to do; it gets the inputs after the first.
        quietly: For everybody else, leave the page as it is instead of showing a message.

    Returns:
        A handler whose first input is the component with the owner's token.
    """

    def handler(secret: str, request: gr.Request, *inputs: Any) -> Any:
        if quietly and not is_owner(request, secret):
            return gr.skip()
        require_owner(request, secret)
        try:
            return act(*inputs)
        except (ValueError, OSError) as error:
            raise refusal(error, "That did not work", paths=True) from error

    return handler


def how_to_enter() -> str:
    """Return what a visitor can do to be let in as the owner."""
    ways = "Open the app by the owner's link, which it printed where it was started, or type in that link's token."
    return f"{ways} On this Space its owner can log in instead." if os.environ.get("SPACE_ID") else ways


def _is_owner(request: Any, token: str | None) -> bool:
    if request is None:
        return False
    headers = getattr(request, "headers", None) or {}
    shown = cookie_parser(headers.get("cookie") or "").get(COOKIE, "")
    if hmac.compare_digest(shown.encode("utf-8", "replace"), PASS.encode()):
        return True
    login = _login(request)
    if login and login in _owners():
        return True
    candidate = token or headers.get(HEADER) or ""
    return bool(candidate) and right_token(request, candidate)


def _owners() -> set[str]:
    if not os.environ.get("SPACE_ID"):
        return set()
    names = [os.environ.get("SPACE_AUTHOR_NAME", ""), *os.environ.get("SKETCHPOSE_OWNERS", "").split(",")]
    return {name.strip() for name in names if name.strip()}


def _login(request: Any) -> str:
    """Return the Hub account that is logged in; empty when nobody is."""
    scope: Mapping[str, Any] = getattr(getattr(request, "request", None) or request, "scope", None) or {}
    session = scope.get("session") or {}
    info = session.get("oauth_info") or {}
    if info.get("expires_at", 0) < time.time():
        return ""
    return str((info.get("userinfo") or {}).get("preferred_username") or "")
