"""`make soak`: one long run, and what came of it."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from random import randrange

from tests.soak.soak import soak


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    parser = ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--moments", type=int, default=100, help="how often Atelier is killed")
    parser.add_argument("--seed", type=int, default=randrange(1_000_000), help="makes an earlier run's moments again")
    parser.add_argument("--keep", type=Path, help="a folder for the database and the log, which are else removed")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        report = asyncio.run(soak(folder, given.seed, given.moments, say))
    say(str(report))
    sys.exit(1 if report.problems else 0)


if __name__ == "__main__":
    main()
