"""Who may administer: import, judge, train, promote.

- Where ``SKETCHPOSE_OWNER_TOKEN`` is set, whoever gives it.
- On a Space, the account it belongs to, or those of ``SKETCHPOSE_OWNERS`` (names with commas between), logged in.
- Otherwise whoever sits at the machine: the page was asked for by a name of this machine, from this machine. A public
  link or another computer of the network reaches the same server under another name, and is nobody.
"""

import hmac
import os
import time
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import gradio as gr

_HERE: Final = {"localhost", "127.0.0.1", "::1"}


def token_wanted() -> bool:
    """Whether the page has to ask for the token."""
    return bool(os.environ.get("SKETCHPOSE_OWNER_TOKEN"))


def is_owner(request: gr.Request | None, token: str | None = "") -> bool:
    """Whether a request comes from somebody who may administer.

    Args:
        request: Of the event; None outside a server, as in a script.
        token: What was typed in as the owner's token.
    """
    if request is None:
        return True
    secret = os.environ.get("SKETCHPOSE_OWNER_TOKEN", "")
    if secret and hmac.compare_digest(secret.encode(), (token or "").encode()):
        return True
    login = _login(request)
    if login and login in _owners():
        return True
    return not secret and not os.environ.get("SPACE_ID") and _at_this_machine(request)


def require_owner(request: gr.Request | None, token: str | None = "") -> None:
    """Refuse everybody else.

    Raises:
        gr.Error: The request comes from somebody who may not administer.
    """
    if not is_owner(request, token):
        raise gr.Error(why_not(), title="This is for the owner", print_exception=False)


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
            raise gr.Error(str(error), print_exception=False) from error

    return handler


def why_not() -> str:
    """Return what a visitor can do to be let in."""
    if token_wanted():
        return "Type in the owner's token first."
    if os.environ.get("SPACE_ID"):
        return "Log in as the Space's owner, or set SKETCHPOSE_OWNER_TOKEN among the Space's secrets."
    return (
        "Open the app on the machine it runs on, under http://localhost; or start it with SKETCHPOSE_OWNER_TOKEN set, "
        "and type that token in."
    )


def _owners() -> set[str]:
    names = [os.environ.get("SPACE_AUTHOR_NAME", ""), *os.environ.get("SKETCHPOSE_OWNERS", "").split(",")]
    return {name.strip() for name in names if name.strip()}


def _login(request: gr.Request) -> str:
    """Return the Hub account that is logged in; empty for nobody."""
    scope: Mapping[str, Any] = getattr(getattr(request, "request", None), "scope", None) or {}
    session = scope.get("session") or {}
    info = session.get("oauth_info") or {}
    if info.get("expires_at", 0) < time.time():
        return ""
    return str((info.get("userinfo") or {}).get("preferred_username") or "")


def _at_this_machine(request: gr.Request) -> bool:
    headers = request.headers or {}
    named = urlsplit(f"//{headers.get('host', '')}").hostname
    client = getattr(request, "client", None)
    # A proxy on this machine speaks for somebody elsewhere.
    forwarded = any(headers.get(name) for name in ("x-forwarded-for", "forwarded", "x-real-ip"))
    return named in _HERE and getattr(client, "host", None) in _HERE and not forwarded
