"""The app as a process of its own: with the variables of a Space, and light until something heavy is asked for."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from sketchpose.dataset import Dataset, Revision
from tests.benchmarks.bench_start import HEAVY, stages
from tests.dataset.fake_hub import TOKEN, fake_hub

ROOT = Path(__file__).parents[1]


class Provider(BaseHTTPRequestHandler):
    """What describes itself as the Hub's login."""

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        here = f"http://{self.headers['host']}"
        names = {"issuer": "", "authorization_endpoint": "/authorize", "token_endpoint": "/token", "jwks_uri": "/jwks"}
        known = self.path == "/.well-known/openid-configuration"
        body = json.dumps({name: here + path for name, path in names.items()} if known else {}).encode()
        self.send_response(200 if known else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def provider() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def running(home: Path, *start: str, **variables: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Serve the app in a child process until the block ends; yields it and where it answers.

    Args:
        home: For its files.
        start: How Python is to start it, if not as a script.
        variables: Added to its environment.
    """
    foreign = re.compile("SPACE|OAUTH|OPENID|HF_|SKETCHPOSE")
    kept = {name: value for name, value in os.environ.items() if not foreign.match(name)}
    fixed = {"SKETCHPOSE_HOME": str(home), "HF_HOME": str(home / "hf"), "GRADIO_ANALYTICS_ENABLED": "False"}
    fixed |= {"PYTHONUNBUFFERED": "1", "GRADIO_TEMP_DIR": str(home / "temp")}
    log = home / "log"
    home.mkdir(parents=True, exist_ok=True)
    with log.open("w") as out:
        app = subprocess.Popen(
            [sys.executable, *(start or ("app.py",))],
            cwd=ROOT,
            env={**kept, **fixed, **variables},
            stdout=out,
            stderr=out,
            text=True,
        )
    try:
        limit = time.monotonic() + 240
        while not (found := re.search(r"URL:\s+(http://\S+:\d+)", log.read_text())):
            assert app.poll() is None and time.monotonic() < limit, log.read_text()
            time.sleep(0.2)
        yield app, f"http://127.0.0.1:{urlsplit(found[1]).port}"
    finally:
        app.kill()
        app.wait()


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def test_a_space_starts_offline_with_its_login(tmp_path: Path) -> None:
    with provider() as login:
        variables = {
            "SPACE_ID": "ada/sketchpose",
            "SPACE_HOST": "ada-sketchpose.hf.space",
            "SPACE_AUTHOR_NAME": "ada",
            "SYSTEM": "spaces",
            "OAUTH_CLIENT_ID": "client",
            "OAUTH_CLIENT_SECRET": "secret",
            "OAUTH_SCOPES": "openid profile",
            "OPENID_PROVIDER_URL": login,
            "HF_HUB_OFFLINE": "1",
        }
        with running(tmp_path / "home", **variables) as (_, url):
            page = urllib.request.urlopen(url, timeout=60).read().decode()
            assert "SketchPose" in page
            config = json.loads(urllib.request.urlopen(f"{url}/config", timeout=60).read())
            words = [component["props"].get("value") for component in config["components"]]
            assert "Sign in with Hugging Face" in words
            try:
                urllib.request.build_opener(Stay).open(f"{url}/login/huggingface", timeout=60)
                raise AssertionError("The login leads nowhere.")
            except urllib.error.HTTPError as answer:
                assert answer.code == 302
                there = urlsplit(answer.headers["location"])
    assert f"{there.scheme}://{there.netloc}{there.path}" == f"{login}/authorize"
    asked = parse_qs(there.query)
    assert asked["client_id"] == ["client"] and asked["scope"] == ["openid profile"]
    assert asked["redirect_uri"][0].startswith("https://ada-sketchpose.hf.space/login/callback")


_PATIENT = """
import sys
import app
sys.argv = ["app.py"]
# On a loaded machine a push can take longer than whoever ends a container would wait.
app.HubSync.stop.__defaults__ = (300.0,)
app.main()
"""


def test_the_last_minute_reaches_the_hub_when_the_app_is_ended(tmp_path: Path) -> None:
    dataset = Dataset(tmp_path / "home" / "dataset")
    with fake_hub() as hub:
        variables = {"SKETCHPOSE_HUB_REPO": "ada/sketches", "HF_TOKEN": TOKEN, "HF_ENDPOINT": hub.url}
        with running(tmp_path / "home", "-c", _PATIENT, **variables) as (app, _):
            image = dataset.add_image(ROOT / "examples" / "drawings" / "peeps_stand_PolkaDots.png")
            saved = dataset.save(Revision.make(image, author="Ada"))
            app.send_signal(signal.SIGTERM)
            assert app.wait(timeout=400) == 0, (tmp_path / "home" / "log").read_text()
        assert f"revisions/{saved.id[:2]}/{saved.id}.json" in hub.repos["ada/sketches"]


def test_a_space_and_a_container_get_the_torch_of_the_pins_without_cuda() -> None:
    wanted = re.search(r"^torch==\S+$", (ROOT / "requirements.txt").read_text(), re.M)
    first = [line for line in (ROOT / "pre-requirements.txt").read_text().splitlines() if not line.startswith("#")]
    assert wanted and first == ["--index-url https://download.pytorch.org/whl/cpu", wanted[0]]
    steps = re.findall(r"pip install (.*?)(?: &&|$)", (ROOT / "Dockerfile").read_text(), re.M)
    assert steps[:2] == ["-r pre-requirements.txt", "-r requirements.txt"]


def test_the_page_does_its_work_without_what_trains_draws_or_reads_datasets() -> None:
    reached = stages(ROOT, "page")
    names = ["the page answers", "a pose is estimated", "references are found and shown"]
    assert [row["stage"] for row in reached] == names
    assert {row["stage"]: sorted(set(HEAVY) & set(row["loaded"])) for row in reached} == {name: [] for name in names}


def test_the_command_line_says_what_there_is_without_them() -> None:
    code = """
import sys
from sketchpose.cli import main
for words in (["--help"], ["dataset", "export", "--help"], ["train", "--help"]):
    try:
        main(words)
    except SystemExit:
        pass
print(*sys.modules, file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {*HEAVY, "gradio", "pandas", "pyarrow"} & set(done.stderr.split())
