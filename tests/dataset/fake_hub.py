"""The endpoints of the Hugging Face Hub that pushing and pulling need, on this machine, and failing on request."""

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

TOKEN = "hf_for_tests"


class FakeHub:
    """One repository per name, each a mapping of paths to bytes.

    Attributes:
        repos: files by repository.
        private: what was asked for when a repository was made.
        commits: summary of every commit.
        bodies: content of every file that was ever committed.
        log: method and path of every request.
        faults: what happens to the next requests whose path holds a word, in order: (word, fault).

    Faults: ``500`` refuses before anything is done; ``late`` does what was asked and then fails, so that the client
    repeats it; ``cut`` sends half of the answer; ``stall`` does not answer until the test ends.
    """

    def __init__(self) -> None:
        self.repos: dict[str, dict[str, bytes]] = {}
        self.private: dict[str, bool] = {}
        self.commits: list[str] = []
        self.bodies: list[bytes] = []
        self.squashed = 0
        self.log: list[str] = []
        self.faults: list[tuple[str, str]] = []
        self.over = threading.Event()
        self.url = ""

    def fault(self, path: str) -> str:
        for i, (word, fault) in enumerate(self.faults):
            if word in path:
                del self.faults[i]
                return fault
        return ""


class Handler(BaseHTTPRequestHandler):
    hub: FakeHub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        length = len(body)
        if self.now == "cut":
            body = body[: length // 2]
        self.send_header("Content-Length", str(length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        if self.now == "cut":
            self.close_connection = True

    def say(self, record: Any, status: int = 200) -> None:
        self.answer(status, json.dumps(record).encode(), Content_Type="application/json")

    def handle_any(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self.hub.log.append(f"{self.command} {path}")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        self.now = self.hub.fault(path)
        if self.now == "stall":
            self.hub.over.wait()
            self.close_connection = True
            return
        if self.now == "500":
            return self.say({"error": "Internal error"}, 500)
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self.say({"error": "Invalid credentials"}, 401)
        self.serve(path, body)

    do_GET = do_POST = do_HEAD = handle_any

    def serve(self, path: str, body: bytes) -> None:
        hub = self.hub
        if path == "/api/repos/create":
            asked = json.loads(body)
            repo = f"{asked['organization']}/{asked['name']}" if asked.get("organization") else asked["name"]
            if repo in hub.repos:
                return self.say({"url": f"{hub.url}/datasets/{repo}"}, 409)
            hub.repos[repo], hub.private[repo] = (
                {},
                asked.get("visibility") == "private" or asked.get("private") is True,
            )
            return self.say({"url": f"{hub.url}/datasets/{repo}", "name": repo, "id": repo})
        if path == "/api/validate-yaml":
            return self.say({"errors": [], "warnings": []})
        parts = path.strip("/").split("/")
        repo = "/".join(parts[2:4] if parts[0] == "api" else parts[1:3])
        if repo not in hub.repos:
            return self.say({"error": "Repository not found"}, 404)
        files, rest = hub.repos[repo], parts[4:] if parts[0] == "api" else parts[3:]
        if not rest:
            return self.say({"id": repo, "private": hub.private[repo], "sha": "0" * 40, "siblings": []})
        if rest[0] == "tree":
            return self.say([{"type": "file", "path": n, "size": len(d), "oid": "0"} for n, d in sorted(files.items())])
        if rest[0] == "preupload":
            names = [f["path"] for f in json.loads(body)["files"]]
            return self.say({"files": [{"path": n, "uploadMode": "regular", "shouldIgnore": False} for n in names]})
        if rest[0] == "commit":
            lines = [json.loads(line) for line in body.splitlines()]
            for line in lines:
                value = line["value"]
                if line["key"] == "file":
                    files[value["path"]] = base64.b64decode(value["content"])
                    hub.bodies.append(files[value["path"]])
                elif line["key"] == "deletedFile":
                    files.pop(value["path"], None)
            hub.commits.append(lines[0]["value"]["summary"])
            if self.now == "late":
                return self.say({"error": "Gateway timeout"}, 503)
            return self.say(
                {"success": True, "commitUrl": f"{hub.url}/datasets/{repo}/commit/0", "commitOid": "0" * 40}
            )
        if rest[0] == "super-squash":
            hub.squashed += 1
            return self.say({})
        if rest[0] == "resolve" and "/".join(rest[2:]) in files:
            data = files["/".join(rest[2:])]
            return self.answer(200, data, ETag=f'"{hashlib.sha1(data).hexdigest()}"', X_Repo_Commit="0" * 40)
        return self.say({"error": f"not here: {path}"}, 404)


@contextmanager
def fake_hub() -> Iterator[FakeHub]:
    """Serve a Hub until the block ends."""
    hub = FakeHub()
    handler = type("BoundHandler", (Handler,), {"hub": hub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.over.set()
        server.shutdown()
        server.server_close()
