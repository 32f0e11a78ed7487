"""`make bench`: measures, prints a table, and writes what was measured to build/bench.json."""

from __future__ import annotations

import argparse
import asyncio
import json
import platform
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.benchmarks import (
    acks,
    batching,
    digests,
    encoder,
    knowledge,
    packing,
    prompts,
    reliability,
    routing,
    sharing,
    starting,
    translation,
)

RESULTS = Path("build/bench.json")

KINDS: dict[str, Callable[[int], dict[str, float]]] = {
    "starting": lambda repeats: starting.measure(),
    "routing": lambda repeats: asyncio.run(routing.measure()),
    "acks": lambda repeats: asyncio.run(acks.measure()),
    "reliability": lambda repeats: asyncio.run(reliability.measure()),
    "batching": lambda repeats: asyncio.run(batching.measure(repeats)),
    "packing": packing.measure,
    "encoder": lambda repeats: asyncio.run(encoder.measure(repeats)),
    "translation": lambda repeats: asyncio.run(translation.measure(repeats)),
    "knowledge": lambda repeats: asyncio.run(knowledge.measure()),
    "digests": lambda repeats: digests.measure(),
    "prompts": lambda repeats: asyncio.run(prompts.measure()),
    "sharing": lambda repeats: asyncio.run(sharing.measure(repeats)),
}


def main() -> None:
    """Run every benchmark, or those that are named."""
    parser = argparse.ArgumentParser(description="Measure Atelier on this machine.")
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"any of {', '.join(KINDS)}; all if none is named")
    parser.add_argument("--repeats", type=int, default=5, help="how often models are measured; the median counts")
    asked = parser.parse_args()
    if unknown := sorted(set(asked.kinds) - set(KINDS)):
        parser.error(f"there is no {unknown[0]}; there are {', '.join(KINDS)}")
    if asked.repeats < 1:
        parser.error("measure at least once")
    figures: dict[str, float] = {}
    for kind in asked.kinds or KINDS:
        figures |= KINDS[kind](asked.repeats)
    table = Table("figure", "measured", box=None)
    for name, value in figures.items():
        table.add_row(name, f"{value:,.2f}" if value < 100 else f"{value:,.0f}")
    Console().print(table)
    RESULTS.parent.mkdir(exist_ok=True)
    told = {"python": platform.python_version(), "repeats": asked.repeats, "figures": figures}
    RESULTS.write_text(json.dumps(told, indent=2))
    Console().print(f"Written to {RESULTS}.")


if __name__ == "__main__":
    main()
