"""`make bench`: measures, prints a table, and writes what was measured to build/bench.json."""

from __future__ import annotations

import asyncio
import json
import platform
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.benchmarks import acks, batching, routing, starting

RESULTS = Path("build/bench.json")


def main() -> None:
    """Run every benchmark."""
    figures = starting.measure()
    for module in (routing, acks, batching):
        figures |= asyncio.run(module.measure())
    table = Table("figure", "measured", box=None)
    for name, value in figures.items():
        table.add_row(name, f"{value:,.2f}" if value < 100 else f"{value:,.0f}")
    Console().print(table)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps({"python": platform.python_version(), "figures": figures}, indent=2))
    Console().print(f"Written to {RESULTS}.")


if __name__ == "__main__":
    main()
