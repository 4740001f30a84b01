"""The page is sent packed: it holds the layout of all tabs, 0.8 MB as text, a fifth of that with gzip.

Gradio packs its scripts and styles, not the page that names them.
"""

from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send


class PackedPage:
    """An ASGI middleware: ``launch(app_kwargs={"middleware": [Middleware(PackedPage)]})``."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand before an application."""
        self._app, self._packed = app, GZipMiddleware(app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request: packed if it is for the page, and whoever asks can unpack it."""
        page = scope["type"] == "http" and scope["path"] == "/"
        await (self._packed if page else self._app)(scope, receive, send)
