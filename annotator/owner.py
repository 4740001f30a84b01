"""Who may administer (import, judge, train, promote) and sees private galleries and originals.

- Whoever has opened the link that the app prints when it starts: its token becomes a cookie of this start.
- Whoever types that token in, or sends it as the header ``X-SketchPose-Owner``.
- On a Space, the account it belongs to, or those of ``SKETCHPOSE_OWNERS`` (names with commas between), logged in.

``SKETCHPOSE_OWNER_TOKEN`` sets the token; otherwise each start has a new one. Where a request comes from proves
nothing: behind a proxy or a public link everybody comes from this machine.
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
"""What the cookie holds. It is random, so that a token which can be guessed cannot be guessed here, uncounted."""
COOKIE: Final = f"sketchpose-owner-{hashlib.sha256(PASS.encode()).hexdigest()[:8]}"
"""Cookies are shared by all servers of a machine, whatever their port: each start has a name of its own."""
SHORT: Final = 12
"""A token of fewer letters could be guessed in the end."""
_TOKEN: Final = secrets.token_urlsafe(24)
_ONE: Final = 10
_ALL: Final = 200
_GUESSES: Final = Quota(_ONE, 60, f"More than {_ONE} wrong tokens in a minute")
_LAST: Final[dict[str, bytes]] = {}
"""The last wrong token of each visitor, hashed: the page sends what stands in its box with every event."""
_EVERYBODYS_GUESSES: Final = Quota(_ALL, 60, f"More than {_ALL} wrong tokens in a minute")


def owner_token() -> str:
    """Return the token of the owner."""
    return os.environ.get("SKETCHPOSE_OWNER_TOKEN") or _TOKEN


def is_owner(request: Any, token: str | None = "") -> bool:
    """Whether a request comes from the owner.

    Args:
        request: A request of gradio or starlette; None, as in a background thread, is nobody's.
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
    """Refuse everybody else.

    Raises:
        gr.Error: The request comes from somebody who may not administer.
    """
    try:
        allowed, words = _is_owner(request, token), why_not()
    except QuotaError as error:
        allowed, words = False, str(error)
    if not allowed:
        raise refusal(words, "This is for the owner")


def right_token(request: Any, token: str) -> bool:
    """Whether a token is the owner's; wrong ones are counted, and the same wrong one counts once.

    Raises:
        QuotaError: Too many were wrong.
    """
    who, given = visitor(request), hashlib.sha256(token.encode("utf-8", "replace")).digest()
    _GUESSES.check(who)
    _EVERYBODYS_GUESSES.check("")
    if hmac.compare_digest(given, hashlib.sha256(owner_token().encode()).digest()):
        return True
    if _LAST.get(who) != given:
        _GUESSES.take(who)
        _EVERYBODYS_GUESSES.take("")
        if len(_LAST) > 10 * _ALL:
            _LAST.clear()
        _LAST[who] = given
    return False


def guarded(act: Callable[..., Any], *, quietly: bool = False) -> Callable[..., Any]:
    """Make an event handler that lets only the owner in and shows what goes wrong as a message.

    Args:
        act: What to do; gets the inputs after the first.
        quietly: Leave the page as it is for everybody else, instead of a message.

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
        except gr.Error:
            raise
        except Exception as error:
            words = f"{type(error).__name__}: {str(error)[:200]}. More is in the log of the app."
            raise refusal(words, "That did not work", paths=True) from error

    return handler


def why_not() -> str:
    """Return what a visitor can do to be let in."""
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
    given = token or headers.get(HEADER) or ""
    return bool(given) and right_token(request, given)


def _owners() -> set[str]:
    if not os.environ.get("SPACE_ID"):
        return set()
    names = [os.environ.get("SPACE_AUTHOR_NAME", ""), *os.environ.get("SKETCHPOSE_OWNERS", "").split(",")]
    return {name.strip() for name in names if name.strip()}


def _login(request: Any) -> str:
    """Return the Hub account that is logged in; empty for nobody."""
    scope: Mapping[str, Any] = getattr(getattr(request, "request", None) or request, "scope", None) or {}
    session = scope.get("session") or {}
    info = session.get("oauth_info") or {}
    if info.get("expires_at", 0) < time.time():
        return ""
    return str((info.get("userinfo") or {}).get("preferred_username") or "")
