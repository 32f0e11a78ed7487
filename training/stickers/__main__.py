"""`python -m training.stickers all` trains the starter stickers; run it again to go on where it stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

app = typer.Typer(help="Train the starter stickers: first the autoencoder, then the others.", no_args_is_help=True)

Seed: TypeAlias = Annotated[int, typer.Option(help="Of everything that is left to chance.")]
Steps: TypeAlias = Annotated[int | None, typer.Option(help="Of training; a whole training by default.", min=1)]
Threads: TypeAlias = Annotated[int, typer.Option(help="Of the processor.", min=1)]
Work: TypeAlias = Annotated[Path, typer.Option(help="Where the state to go on from and the sheets are kept.")]
Out: TypeAlias = Annotated[Path, typer.Option(help="Where the models go.")]

WORK, OUT = Path("build/stickers"), Path("starter/stickers")


@app.command()
def vae(seed: Seed = 7, steps: Steps = None, threads: Threads = 2, work: Work = WORK, out: Out = OUT) -> None:
    """Train the autoencoder."""
    from training.stickers.vae import VaeRecipe, train

    train(VaeRecipe(seed=seed, steps=steps or VaeRecipe().steps, threads=threads), work, out)


@app.command()
def gan(seed: Seed = 7, steps: Steps = None, threads: Threads = 2, work: Work = WORK, out: Out = OUT) -> None:
    """Train the generator that draws in one step, on the trained autoencoder's latents."""
    from training.stickers.gan import GanRecipe, train

    train(GanRecipe(seed=seed, steps=steps or GanRecipe().steps, threads=threads), work, out)


@app.command()
def diffusion(seed: Seed = 7, steps: Steps = None, threads: Threads = 2, work: Work = WORK, out: Out = OUT) -> None:
    """Train the diffusion model on the trained autoencoder's latents, with the trained GAN's drafts."""
    from training.stickers.diffusion import DiffusionRecipe, train

    train(DiffusionRecipe(seed=seed, steps=steps or DiffusionRecipe().steps, threads=threads), work, out)


@app.command(name="all")
def everything(seed: Seed = 7, threads: Threads = 2, work: Work = WORK, out: Out = OUT) -> None:
    """Train all three, one after the other; what is trained already is only written once more."""
    for train in (vae, gan, diffusion):
        train(seed, None, threads, work, out)


@app.command()
def captions(seed: Seed = 7, work: Work = WORK, out: Out = OUT) -> None:
    """Write anew what trained models learned to draw, and what emoji are called there; training does so at its end."""
    from training.stickers.captions import anew

    anew(seed, work, out)


if __name__ == "__main__":
    app()
