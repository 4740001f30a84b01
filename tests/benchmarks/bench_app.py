"""How long the app takes: start to first answer, page to first skeleton, upload to skeleton; and its memory.

    python tests/benchmarks/bench_app.py [--rounds 5]

Drives the app in Chromium as a visitor would.
"""

import argparse
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from machine import save, table
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[2]
DRAWINGS = sorted((ROOT / "examples" / "drawings").glob("*.png"))
SKELETON = "#view svg[role=img]"


def start(home: str) -> tuple[subprocess.Popen[bytes], str, float]:
    """Start the app; return its process, its address and the seconds until it answered."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    environment = {**os.environ, "SKETCHPOSE_HOME": home, "HF_HUB_OFFLINE": "1"}
    begin = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "app.py"), "--port", str(port)], env=environment, stdout=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}"
    while True:
        try:
            urllib.request.urlopen(url, timeout=1).close()
            return process, url, time.perf_counter() - begin
        except OSError:
            time.sleep(0.05)


def memory(process: subprocess.Popen[bytes]) -> float:
    """Resident MiB of a running process."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) / 1024


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    seconds: dict[str, list[float]] = {"start to answering": [], "page to first skeleton": [], "upload to skeleton": []}
    sizes = []
    with sync_playwright() as play, tempfile.TemporaryDirectory() as home:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"])
        for _ in range(rounds):
            process, url, taken = start(home)
            try:
                seconds["start to answering"].append(taken)
                page = browser.new_page()
                begin = time.perf_counter()
                page.goto(url)
                page.wait_for_selector(SKELETON)
                seconds["page to first skeleton"].append(time.perf_counter() - begin)
                for path in DRAWINGS[:5]:
                    before = page.locator(f"{SKELETON} image").get_attribute("href")
                    begin = time.perf_counter()
                    page.locator("#drawing input[type=file]").set_input_files(path)
                    page.wait_for_function(
                        "([s, b]) => { const i = document.querySelector(s + ' image');"
                        " return i && i.getAttribute('href') !== b; }",
                        arg=[SKELETON, before],
                    )
                    seconds["upload to skeleton"].append(time.perf_counter() - begin)
                sizes.append(memory(process))
                page.close()
            finally:
                process.kill()
                process.wait()
        browser.close()
    rows = [
        {"what": name, "median": round(statistics.median(found), 2), "worst": round(max(found), 2), "unit": "s"}
        for name, found in seconds.items()
    ]
    size = {"median": round(statistics.median(sizes)), "worst": round(max(sizes))}
    rows.append({"what": "memory of the app", **size, "unit": "MiB"})
    print(table(rows))
    print("saved", save("app", rows))


if __name__ == "__main__":
    main()
