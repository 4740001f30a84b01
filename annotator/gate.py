"""What every request passes before Gradio sees it: checks of the owner's link, of its origin, and of its size."""

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from typing import Final
from urllib.parse import urlencode, urlsplit

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from annotator.gradio_private import HEARTBEAT, Sessions, unfinished_uploads_erased, upload_folder
from annotator.kept import VISITS
from annotator.owner import COOKIE, MIN_TOKEN_LENGTH, PASS, is_owner, owner_token, right_token
from annotator.quota import Quota, QuotaError, visitor

FIELD: Final = "owner"
"""The parameter of the owner's link that carries the token."""
MAX_BODY: Final = 8 << 20
"""Bytes of a request that carries no files; the largest drawing of the page has 2 million."""
MAX_UPLOAD: Final = 256 << 20
"""Bytes of one request with files, from a visitor."""
MAX_OWN_UPLOAD: Final = 2 << 30
MAX_UPLOADS: Final = 4
"""Large uploads that are received at a time: their parts may lie in memory."""
_PER_HOUR: Final = 1 << 30
_MIN_FREE: Final = 1 << 30
"""Bytes of the disk that uploads must leave free."""
_RECORDING: Final = "/process_recording"
"""Where Gradio hands a video to ffmpeg."""
_CHANGING: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_UPLOADED: Final = Quota(_PER_HOUR, 3600, f"More than {_PER_HOUR >> 20} MB were uploaded in an hour")


class Gate:
    """An ASGI middleware: ``launch(app_kwargs={"middleware": [Middleware(Gate)]})``."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand before an application."""
        self._app = app
        self._uploads = threading.BoundedSemaphore(MAX_UPLOADS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or let it pass."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        if request.method == "GET" and FIELD in request.query_params:
            await _enter(request)(scope, receive, send)
            return
        if HEARTBEAT in request.url.path:
            sessions, id = Sessions.of(scope["app"]), request.url.path.rpartition("/")[2]
            VISITS.begin(sessions, id)
            try:
                await self._app(scope, receive, send)
            finally:
                VISITS.end(sessions, id)
            return
        if request.method not in _CHANGING:
            await self._app(scope, receive, send)
            return
        try:
            if foreign(request.headers):
                raise HTTPException(403, FOREIGN)
            if request.url.path.endswith(_RECORDING) and not is_owner(request):
                raise HTTPException(403, "Only the owner of the app may record it.")
            with self._room(request) as limit, unfinished_uploads_erased():
                _check_length(request, limit)
                await self._app(scope, _bounded(receive, limit), send)
        except HTTPException as error:
            await _refused(error.status_code, error.detail)(scope, receive, send)

    @contextmanager
    def _room(self, request: Request) -> Iterator[int]:
        """Yield how many bytes a request may have; of large uploads, only a few may be under way."""
        if not request.headers.get("content-type", "").startswith("multipart/"):
            yield MAX_BODY
            return
        own = is_owner(request)
        if not own:
            try:
                _UPLOADED.take(visitor(request), _length(request) or MAX_UPLOAD)
            except QuotaError as error:
                raise HTTPException(429, str(error)) from error
        place = upload_folder()
        place.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(place).free < _MIN_FREE:
            raise HTTPException(503, "The app's disk is nearly full, so nothing can be uploaded; try again later.")
        if 0 < _length(request) <= MAX_BODY:
            yield MAX_BODY
            return
        if not self._uploads.acquire(blocking=False):
            raise HTTPException(503, "Too many large uploads are under way; try again in a few seconds.")
        try:
            yield MAX_OWN_UPLOAD if own else MAX_UPLOAD
        finally:
            self._uploads.release()


FOREIGN: Final = (
    "This request comes from a page of another site and is refused; open the app itself. Behind a proxy, let the proxy "
    "pass on the header Host."
)


def owner_notice(local: str) -> str:
    """Return what is printed at the start, where only the owner reads it: the link that lets the owner in.

    Args:
        local: The address at which the app is served.
    """
    host = os.environ.get("SPACE_HOST")
    address = f"https://{host}/" if host else local
    secret = os.environ.get("SKETCHPOSE_OWNER_TOKEN", "")
    # A secret of the environment must not end up in a log.
    notice = f"* The owner's link: {address}?{FIELD}={'SKETCHPOSE_OWNER_TOKEN' if secret else owner_token()}"
    if secret and len(secret) < MIN_TOKEN_LENGTH:
        notice += f"\n* SKETCHPOSE_OWNER_TOKEN has fewer than {MIN_TOKEN_LENGTH} letters and could be guessed: "
        notice += "choose a longer one."
    return notice


def foreign(headers: Headers) -> bool:
    """Whether a browser sends a request for a page of another site, which must not act in its visitor's name.

    Browsers say so themselves, in a header that no script can set. Older ones, and all where a page is not encrypted,
    do not: there the origin must be the host. What is not a browser sends neither.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    if origin is None:
        return False
    asked = urlsplit(origin).netloc.lower()
    hosts = (headers.get("host"), (headers.get("x-forwarded-host") or "").partition(",")[0])
    return not asked or asked not in {host.strip().lower() for host in hosts if host}


def _enter(request: Request) -> Response:
    """Move the token of the owner's link from the address into a cookie."""
    private = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    try:
        if not right_token(request, request.query_params[FIELD]):
            raise HTTPException(403, "This is not the owner's link of this start: the app has printed a new one.")
    except QuotaError as error:
        return _page(429, str(error), private)
    except HTTPException as error:
        return _page(error.status_code, error.detail, private)
    others = urlencode([(name, value) for name, value in request.query_params.multi_items() if name != FIELD])
    answer = Response(status_code=303, headers={"Location": f"?{others}" if others else "./", **private})
    secure = "https" in (request.url.scheme, request.headers.get("x-forwarded-proto"))
    answer.set_cookie(COOKIE, PASS, httponly=True, samesite="strict", secure=secure)
    return answer


def _length(request: Request) -> int:
    length = request.headers.get("content-length", "")
    return int(length) if length.isdecimal() else 0


def _check_length(request: Request, limit: int) -> None:
    if _length(request) > limit:
        raise _too_large(limit)


def _bounded(receive: Receive, limit: int) -> Receive:
    """Return what receives no more than a number of bytes, whatever the headers promise."""
    left = limit

    async def bounded() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise _too_large(limit)
        return message

    return bounded


def _too_large(limit: int) -> HTTPException:
    return HTTPException(413, f"The request is larger than the maximum allowed size of {limit >> 20} MB; send less.")


def _refused(status: int, reason: str) -> Response:
    # Gradio's page reads one of the two, depending on what it asked for.
    return JSONResponse({"detail": reason, "error": reason}, status)


def _page(status: int, text: str, headers: dict[str, str]) -> Response:
    return HTMLResponse(f"<!doctype html><title>SketchPose</title><p>{escape(text)}</p>", status, headers)
