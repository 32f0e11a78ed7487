"""How long the command line's help takes, how soon Atelier is ready, and how much memory it then holds."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import psutil

REPEATS = 5
ATELIER = Path(sys.executable).with_name("atelier")


def _help() -> float:
    began = time.perf_counter()
    subprocess.run([ATELIER, "--help"], check=True, capture_output=True)
    return time.perf_counter() - began


def _run(folder: Path) -> tuple[float, float]:
    """Seconds until the playground answers that it is ready, and resident megabytes then."""
    environment = os.environ | {
        "ATELIER__STORE__URL": f"sqlite:///{folder / 'atelier.db'}",
        "ATELIER__PLATFORMS__WEB__PORT": "0",
    }
    began = time.perf_counter()
    process = subprocess.Popen(
        [ATELIER, "run"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        address = next(word for word in line.split() if word.startswith("http://"))
        with urllib.request.urlopen(f"{address.rstrip('.')}/readyz") as answer:
            assert answer.status == 200
        seconds = time.perf_counter() - began
        return seconds, psutil.Process(process.pid).memory_info().rss / 2**20
    finally:
        process.terminate()
        process.wait()


def measure() -> dict[str, float]:
    """Medians; the first start, which makes the database, stands apart."""
    helps = [_help() for _ in range(REPEATS)]
    with tempfile.TemporaryDirectory() as folder:
        first, _ = _run(Path(folder))
        later = [_run(Path(folder)) for _ in range(REPEATS)]
    return {
        "atelier --help, s": statistics.median(helps),
        "atelier run until ready, first start, s": first,
        "atelier run until ready, s": statistics.median(seconds for seconds, _ in later),
        "memory when ready, MB": statistics.median(size for _, size in later),
    }
