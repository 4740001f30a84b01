"""A publisher of drawings for the tests: files on a server of this machine, and sketches that name them."""

import hashlib
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from making import drawing_bytes

from sketchpose.dataset.sketches import Sketch

COMMIT = "0123456789" * 4


@dataclass
class Server:
    """Files by path; ``failures`` are answered first, by path, with a status each."""

    files: dict[str, bytes] = field(default_factory=dict)
    failures: dict[str, list[int]] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    url: str = ""


@contextmanager
def serving() -> Iterator[Server]:
    """Serve on this machine until the block ends."""
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.lstrip("/")
            state.asked[path] += 1
            waiting = state.failures.get(path, [])
            status = waiting.pop(0) if waiting else 200 if path in state.files else 404
            content = state.files[path] if status == 200 else b"no"
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{httpd.server_address[1]}"
    thread = threading.Thread(target=httpd.serve_forever, daemon=True)
    thread.start()
    yield state
    httpd.shutdown()
    httpd.server_close()


def person(x: float = 40.0) -> dict[str, Any]:
    joints = [value for j in range(17) for value in (x, 10.0 + 5 * j, 2)]
    return {"category_id": 1, "keypoints": joints, "num_keypoints": 17, "bbox": [10, 5, 70, 90], "area": 3780.0}


def published(server: Server, name: str, source: str = "hands", split: str = "train", seed: int = 0) -> Sketch:
    """A drawing of 96 x 128 pixels on the server."""
    content = drawing_bytes(seed)
    origin = f"somebody/{source}@{COMMIT}:pictures/{name}"
    hash = hashlib.sha256(content).hexdigest()
    about = (f"{source}/{name}", source, "Somebody", "public domain", origin, hash)
    sketch = Sketch(*about, crop=(0, 0, 96, 128), width=96, height=128, render=0, split=split, people=(person(),))
    server.files[sketch.path] = content
    return sketch
