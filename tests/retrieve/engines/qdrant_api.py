"""Qdrant's REST API as a server of the tests speaks it: JSON in, JSON out."""

import json
from http.server import BaseHTTPRequestHandler
from typing import Any


class QdrantApi(BaseHTTPRequestHandler):
    """Answers with what ``result`` returns, and with 404 where that is None."""

    def result(self, asked: Any) -> Any:
        """Return the result of a request with the body ``asked``."""
        raise NotImplementedError

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        result = self.result(json.loads(body) if body else None)
        if result is None:
            self.send_error(404)
            return
        answer = json.dumps({"result": result, "status": "ok", "time": 0.0}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_PUT = do_POST = do_DELETE = _answer  # noqa: N815

    def log_message(self, *_: Any) -> None:
        pass
