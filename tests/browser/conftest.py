"""Real Chromium for the browser tests, and a server for the app under test.

Every page fails its test when the console reports an error or anything is asked of another machine.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

ROOT = Path(__file__).parents[2]
START_LIMIT_S = 600
PATIENCE_MS = 180_000
"""A page on a machine that does much else takes its time; only a test that fails waits so long."""
TOKEN = "the owner of the tests"
expect.set_options(timeout=PATIENCE_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert path, "the browser tests need Chromium: apt-get install chromium"
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=[*flags, "--disable-sync", "--no-first-run"])
        yield browser
        browser.close()


def watch(context: BrowserContext) -> list[str]:
    """Return a list that fills with what must not happen: console errors, page errors, requests to elsewhere."""
    faults: list[str] = []

    def console_seen(kind: str, text: str) -> None:
        # Gradio says this of its own streams when a page is left while one is open.
        if kind == "error" and not text.startswith("AbortError: signal is aborted"):
            faults.append(text)

    def error_seen(text: str) -> None:
        # Gradio's 3D view says this when it is taken off the page while its scene is still being made.
        if "(reading 'postProcessManager')" not in text:
            faults.append(f"page error: {text}")

    def request_seen(url: str) -> None:
        if not url.startswith(("http://127.0.0.1", "http://localhost", "ws://127.0.0.1", "data:", "blob:", "about:")):
            faults.append(f"request to {url}")

    context.on("request", lambda request: request_seen(request.url))
    context.on("console", lambda message: console_seen(message.type, message.text))
    context.on("weberror", lambda error: error_seen(str(error.error)))
    return faults


@pytest.fixture
def new_page(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Open a watched page with any browser context options (viewport, color_scheme, has_touch, ...).

    It is the owner's, unless ``extra_http_headers`` says otherwise.
    """
    owner = {"extra_http_headers": {"x-sketchpose-owner": TOKEN}}
    opened: list[tuple[BrowserContext, list[str]]] = []

    def open_page(**options: object) -> Page:
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 900}, **owner, **options})  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE_MS)
        opened.append((context, watch(context)))
        return context.new_page()

    yield open_page
    faults = [fault for _, found in opened for fault in found]
    for context, _ in opened:
        context.close()
    assert not faults, faults


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    return new_page()


def reserved_port() -> socket.socket:
    """A port that nobody else is given while the socket is open; a server that may reuse addresses can listen on it."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", 0))
    return sock


class Server:
    """A Python script that serves on ``GRADIO_SERVER_PORT``, started, restarted and stopped by a test."""

    def __init__(self, script: Path, args: tuple[str, ...], home: Path) -> None:
        self._reserved = reserved_port()
        self.port = int(self._reserved.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self._command = [sys.executable, str(script), *args]
        self._log = home / "server.log"
        self._environment = {
            **os.environ,
            "GRADIO_SERVER_PORT": str(self.port),
            "GRADIO_SERVER_NAME": "127.0.0.1",
            "GRADIO_ANALYTICS_ENABLED": "False",
            "HF_HUB_OFFLINE": "1",
            "SKETCHPOSE_HOME": str(home / "home"),
            "SKETCHPOSE_OWNER_TOKEN": TOKEN,
            "PYTHONPATH": str(ROOT),
        }
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(
            self._command, cwd=ROOT, env=self._environment, stdout=self._log.open("ab"), stderr=subprocess.STDOUT
        )
        limit = time.monotonic() + START_LIMIT_S
        while time.monotonic() < limit and self._process.poll() is None:
            try:
                urllib.request.urlopen(self.url, timeout=10).close()
                return
            except OSError:
                time.sleep(0.1)
        self.kill()
        raise AssertionError(f"the server did not answer:\n{self.log()}")

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def log(self) -> str:
        return self._log.read_text(errors="replace")


@pytest.fixture(scope="module")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Server]]:
    """Start ``serve(script, *args) -> Server`` (``.url``, ``.kill()``, ``.start()``, ``.log()``)."""
    running: list[Server] = []

    def start(script: Path | str, *args: str) -> Server:
        running.append(Server(ROOT / script, args, tmp_path_factory.mktemp("server")))
        return running[-1]

    yield start
    for server in running:
        server.kill()
