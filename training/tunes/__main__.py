"""`python -m training.tunes` trains the starter tunes; run it again to go on where it stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.models.tunes.model import TunesConfig
from training.tunes.train import Recipe, train


def main(
    seed: Annotated[int, typer.Option(help="Of everything that is left to chance.")] = 7,
    epochs: Annotated[int, typer.Option(help="How often every tune is seen.")] = 20,
    threads: Annotated[int, typer.Option(help="Of the processor; two are slower than one on a busy machine.")] = 1,
    work: Annotated[Path, typer.Option(help="Where built data and the state to go on from are kept.")] = Path(
        "build/tunes"
    ),
    out: Annotated[Path, typer.Option(help="Where the weights go.")] = Path("starter/tunes"),
) -> None:
    """Train the starter tunes."""
    train(Recipe(seed=seed, epochs=epochs, threads=threads), TunesConfig(), work, out)


if __name__ == "__main__":
    typer.run(main)
