"""A button that counts, on a server that says late that its stream of answers is closed, for the tests."""

import asyncio
import os

import gradio as gr
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from annotator.theme import looks


class LateClose:
    """An ASGI middleware: the last message of a stream arrives a second after the page has sent its next event."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._events = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")

        async def late(message: Message) -> None:
            if b"close_stream" in message.get("body", b""):
                seen = self._events
                while self._events == seen:
                    await asyncio.sleep(0.05)
                await asyncio.sleep(1)
            await send(message)

        await self._app(scope, receive, late if path.endswith("/queue/data") else send)
        self._events += path.endswith("/queue/join")


with gr.Blocks() as demo:
    count = gr.Number(0, elem_id="count")
    gr.Button("More", elem_id="more").click(lambda number: number + 1, count, count)

if __name__ == "__main__":
    port = int(os.environ["GRADIO_SERVER_PORT"])
    demo.launch(**looks(), server_port=port, quiet=True, app_kwargs={"middleware": [Middleware(LateClose)]})
