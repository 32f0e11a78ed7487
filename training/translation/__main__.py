"""`python -m training.translation` trains the starter translator; run it again to go on where it stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from training.translation.parallel import SHARED
from training.translation.train import Recipe, train

USUAL = Recipe()


def main(
    seed: Annotated[int, typer.Option(help="Of everything that is left to chance.")] = USUAL.seed,
    steps: Annotated[int, typer.Option(help="Of training.", min=1)] = USUAL.steps,
    batch: Annotated[int, typer.Option(help="Pairs in a step.", min=1)] = USUAL.batch,
    threads: Annotated[int, typer.Option(help="Of the processor.", min=1)] = USUAL.threads,
    work: Annotated[Path, typer.Option(help="Where the vocabulary and the state to go on from are kept.")] = Path(
        "build/translation"
    ),
    out: Annotated[Path, typer.Option(help="Where the model goes.")] = Path("starter/translation"),
    shared: Annotated[Path, typer.Option(help="Where the parallel texts lie.")] = SHARED,
) -> None:
    """Train the starter translator."""
    train(Recipe(seed=seed, steps=steps, batch=batch, threads=threads), work, out, shared)


if __name__ == "__main__":
    typer.run(main)
