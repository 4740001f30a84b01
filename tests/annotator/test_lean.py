"""What Gradio keeps and reckons for each page and each event."""

import ctypes
import re
import subprocess
import sys
from pathlib import Path

import gradio as gr
import pytest
from gradio.queueing import Queue
from gradio.state_holder import StateHolder

from annotator import gradio_private


def test_a_session_keeps_no_copy_of_what_its_page_is_shown() -> None:
    with gr.Blocks() as blocks:
        words, state = gr.Textbox("a"), gr.State(1)
    holder = StateHolder()
    holder.set_blocks(blocks)
    session = holder["page"]
    session[words._id] = gr.Textbox("b", interactive=False, render=False)
    session._update_config(words._id)
    session._update_value_in_config(words._id, "c")
    session[state._id] = 2
    assert not any(session.config_values.values())
    assert (session[words._id].value, session[words._id].interactive, session[state._id]) == ("b", False, 2)
    assert holder["another page"][state._id] == 1 and holder["another page"][words._id] is words


def test_the_queue_keeps_no_statistics_and_looks_less_often() -> None:
    with gr.Blocks() as blocks:
        gr.Textbox()
    gradio_private.calm(blocks)
    queue: Queue = blocks._queue
    assert queue.ANALYTICS_MAX_EVENTS == 1 and queue.ANAYLTICS_CACHE_FREQUENCY > 1e9
    assert queue.sleep_when_free == 0.005


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallinfo2"), reason="the C library is not glibc 2.33 or newer")
def test_many_threads_share_two_heaps() -> None:
    child = f"""
import ctypes, sys, threading
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from annotator import lean
lean.share_heaps()
libc, all_there = ctypes.CDLL(None), threading.Barrier(12)
libc.malloc.restype = ctypes.c_void_p
def allocate():
    libc.malloc(1000)
    all_there.wait()
threads = [threading.Thread(target=allocate) for _ in range(12)]
[thread.start() for thread in threads], [thread.join() for thread in threads]
libc.malloc_stats()
"""
    done = subprocess.run([sys.executable, "-c", child], capture_output=True, text=True, check=True)
    assert 1 <= len(re.findall(r"^Arena \d+:", done.stderr, re.MULTILINE)) <= 2, done.stderr
