"""What attacks over HTTP need: clients of the served app, uploads and events by the names of their endpoints."""

import json
from pathlib import Path
from typing import Any

import gradio as gr
import httpx
import numpy as np

from annotator.gate import FIELD
from annotator.owner import owner_token
from sketchpose.pose import Pose

ROOT = Path(__file__).parents[2]
DRAWING = ROOT / "examples" / "drawings" / "peeps_stand_PolkaDots.png"
PRIVATE = "mine"
POSE = Pose.annotated(np.random.default_rng(0).uniform(20, 180, (17, 2)), np.full(17, 2))


class Served:
    """The app at an address; ``visitor`` and ``owner`` are clients that keep their cookies."""

    def __init__(self, blocks: gr.Blocks, url: str, home: Path, original: Path) -> None:
        self.blocks, self.url, self.home, self.original = blocks, url, home, original

    def visitor(self, **headers: str) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers=headers, timeout=300)

    def owner(self) -> httpx.Client:
        client = self.visitor()
        assert client.get(f"/?{FIELD}={owner_token()}", follow_redirects=True).status_code == 200
        return client


def upload(client: httpx.Client, content: bytes, name: str = "drawing.png") -> dict[str, Any]:
    """Upload a file and return it as an event wants it."""
    answer = client.post("/gradio_api/upload", files={"files": (name, content)})
    assert answer.status_code == 200, answer.text
    return {"path": answer.json()[0], "meta": {"_type": "gradio.FileData"}}


def call(client: httpx.Client, endpoint: str, *inputs: Any) -> tuple[str, Any]:
    """Run an event, public or private, by the name of its endpoint; returns ``complete`` or ``error``, and the data."""
    asked = client.post(f"/gradio_api/call/{endpoint}", json={"data": inputs})
    assert asked.status_code == 200, asked.text
    lines = client.get(f"/gradio_api/call/{endpoint}/{asked.json()['event_id']}").text.splitlines()
    events = [
        (a.removeprefix("event: "), b.removeprefix("data: ")) for a, b in zip(lines[::3], lines[1::3], strict=False)
    ]
    kind, data = events[-1]
    return kind, json.loads(data)
