"""Many visitors at once: how long they wait, whether anybody gets another's answer, and the server's memory.

    python tests/benchmarks/bench_load.py [--users 20] [--seconds 240] [--before CHECKOUT [--sent 2]]

Starts the app and sends it, over 127.0.0.1 only, what a page sends: an upload, its estimate, a slider step. Every
user has a drawing of an own size, so that an answer meant for somebody else is noticed by its view. ``--before``
measures another checkout afterwards; ``--sent 2`` does there as pages did that sent each upload twice at once: the
visitor waits for the first answer, and the server for both.
"""

import argparse
import json
import os
import random
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import httpx
from machine import save
from PIL import Image

ROOT = Path(__file__).parents[2]
DRAWINGS = sorted((ROOT / "examples" / "drawings").glob("*.png"))
START_LIMIT_S = 240
PAUSE_S = 1.0
"""What a user looks at an answer before the next drawing, at least; twice that at most."""


def drawing(user: int) -> bytes:
    """Return a user's drawing: its width, 400 plus the user's number, is nobody else's."""
    image = Image.open(DRAWINGS[user % len(DRAWINGS)]).convert("RGB").resize((400 + user, 600))
    buffer = BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


class User(threading.Thread):
    """One visitor: drops the drawing, waits for the pose, moves the slider, looks, and begins again."""

    def __init__(self, number: int, url: str, events: dict[str, int], until: float, sent: int) -> None:
        super().__init__(daemon=True)
        self.number, self.events, self.until, self.sent = number, events, until, sent
        self.waits: dict[str, list[float]] = {"estimate": [], "slider": []}
        self.faults: list[str] = []
        self._client = httpx.Client(base_url=url, timeout=120)
        self._session = f"user{number}x{random.randrange(1 << 40)}"

    def run(self) -> None:
        content, chance = drawing(self.number), random.Random(self.number)
        time.sleep(chance.uniform(0, PAUSE_S))
        while time.monotonic() < self.until:
            try:
                start = time.monotonic()
                sent = self._client.post("/gradio_api/upload", files={"files": (f"user{self.number}.png", content)})
                file = {"path": sent.raise_for_status().json()[0], "meta": {"_type": "gradio.FileData"}}
                ids = [self._join("picture", [file, 0.3, ""]) for _ in range(self.sent)]
                for count, answer in enumerate(self._answers(ids)):
                    self._check(answer)
                    if not count:
                        self.waits["estimate"].append(time.monotonic() - start)
                start = time.monotonic()
                step = self._join("show", [None, "Everyone", chance.choice([0.1, 0.2, 0.4]), "1 person"])
                self._check(*self._answers([step]))
                self.waits["slider"].append(time.monotonic() - start)
            except (httpx.HTTPError, RuntimeError, KeyError, ValueError) as error:
                self.faults.append(f"{type(error).__name__}: {error}"[:200])
            time.sleep(chance.uniform(PAUSE_S, 2 * PAUSE_S))
        self._client.close()

    def _join(self, name: str, data: list[object]) -> str:
        """Queue an event as a page does; returns its id."""
        body = {"data": data, "fn_index": self.events[name], "session_hash": self._session, "event_data": None}
        return str(self._client.post("/gradio_api/queue/join", json=body).raise_for_status().json()["event_id"])

    def _answers(self, ids: list[str]) -> Iterator[str]:
        """Yield what queued events answer, as text, as the answers come."""
        waiting = set(ids)
        with self._client.stream("GET", "/gradio_api/queue/data", params={"session_hash": self._session}) as stream:
            for line in stream.iter_lines():
                message = json.loads(line[5:]) if line.startswith("data:") else {"msg": ""}
                if message["msg"] == "process_completed" and message["event_id"] in waiting:
                    if not message["success"]:
                        raise RuntimeError(f"an event failed: {message['output'].get('error')}")
                    yield json.dumps(message["output"]["data"])
                    waiting.remove(message["event_id"])
                    if not waiting:
                        return
        raise RuntimeError("the stream ended without an answer")

    def _check(self, answer: str) -> None:
        sizes = set(re.findall(r'viewBox=\\*"0 0 (\d+)', answer))
        if sizes != {str(400 + self.number)}:
            raise ValueError(f"cross-talk: widths {sorted(sizes)} where {400 + self.number} was sent")


def start(app: Path, home: str) -> tuple[subprocess.Popen[bytes], str]:
    """Start an app; returns its process and its address."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    own = {"SKETCHPOSE_HOME": home, "GRADIO_TEMP_DIR": f"{home}/uploads", "HF_HUB_OFFLINE": "1"}
    process = subprocess.Popen(
        [sys.executable, str(app), "--port", str(port)],
        cwd=app.parent,
        env={**os.environ, **own, "GRADIO_SERVER_NAME": "127.0.0.1", "PYTHONPATH": str(app.parent)},
        stdout=subprocess.DEVNULL,
    )
    url, limit = f"http://127.0.0.1:{port}", time.monotonic() + START_LIMIT_S
    while time.monotonic() < limit and process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return process, url
        except OSError:
            time.sleep(0.2)
    process.kill()
    raise SystemExit("The app did not start.")


def memory(pid: int) -> int:
    """Return the resident memory of a process in MB."""
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1]) >> 10  # type: ignore[index]


def processor_seconds(pid: int) -> float:
    """Return the processor time that a process has taken: what load beside it does not change."""
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def percentile(values: list[float], share: float) -> float:
    return round(sorted(values)[min(len(values) - 1, int(share * len(values)))], 2) if values else float("nan")


def measure(app: Path, users: int, seconds: float, sent: int) -> dict[str, object]:
    """Load an app and return what was measured."""
    with tempfile.TemporaryDirectory() as home:
        process, url = start(app, home)
        try:
            config = httpx.get(f"{url}/config", timeout=120).json()
            events = {e["api_name"]: e["id"] for e in config["dependencies"] if e["api_name"]}
            until = time.monotonic() + seconds
            everybody = [User(number, url, events, until, sent) for number in range(users)]
            used, load = [memory(process.pid)], [os.getloadavg()[0]]
            begun = processor_seconds(process.pid)
            for user in everybody:
                user.start()
            while any(user.is_alive() for user in everybody):
                time.sleep(min(seconds / 8, 10))
                used.append(memory(process.pid))
                load.append(os.getloadavg()[0])
            spent = processor_seconds(process.pid) - begun
        finally:
            process.terminate()
            process.wait(60)
    waits = {kind: [w for user in everybody for w in user.waits[kind]] for kind in ("estimate", "slider")}
    faults = [fault for user in everybody for fault in user.faults]
    found: dict[str, object] = {"users": users, "seconds": seconds, "errors": len(faults)}
    found["cross_talk"] = sum("cross-talk" in fault for fault in faults)
    for kind, values in waits.items():
        found[kind] = {"n": len(values), "p50_s": percentile(values, 0.5), "p95_s": percentile(values, 0.95)}
    found["server_cpu_s_per_estimate"] = round(spent / max(1, len(waits["estimate"])), 3)
    return found | {"memory_mb": used, "load": round(statistics.mean(load), 1), "first_errors": faults[:3]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--users", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=240)
    parser.add_argument("--before", type=Path, help="another checkout that is measured as well")
    parser.add_argument("--sent", type=int, default=1, help="how often the page before sends each upload")
    given = parser.parse_args()
    rows = []
    for name, checkout, sent in (("now", ROOT, 1), ("before", given.before, given.sent)):
        if checkout:
            rows.append({"checkout": name} | measure(checkout.resolve() / "app.py", given.users, given.seconds, sent))
            print(json.dumps(rows[-1], indent=1))
    if given.seconds >= 240:
        save("load", rows)


if __name__ == "__main__":
    main()
