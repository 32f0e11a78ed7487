"""`python -m training.evaluate` measures a starter model and writes the figures into its card."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Measure a starter model and write the figures into its card.", no_args_is_help=True)


@app.callback()
def main() -> None:
    """Measure a starter model."""


@app.command()
def translation(
    model: Annotated[Path, typer.Option(help="The checkpoint's folder.")] = Path("starter/translation"),
    seed: Annotated[int, typer.Option(help="Of the split that it was trained with.")] = 7,
    rows: Annotated[int, typer.Option(help="Sentences of each set and direction at most.", min=1)] = 150,
    threads: Annotated[int, typer.Option(help="Of the processor.", min=1)] = 2,
    calibrate: Annotated[bool, typer.Option(help="Also write what counts as doubtful into the checkpoint.")] = False,
) -> None:
    """Measure the starter translator on what it never saw."""
    from training.evaluate.translation import evaluate

    evaluate(model, seed=seed, rows=rows, threads=threads, calibrate=calibrate)


@app.command()
def tunes(
    model: Annotated[Path, typer.Option(help="The checkpoint's folder.")] = Path("starter/tunes"),
    seed: Annotated[int, typer.Option(help="Of the split that it was trained with.")] = 7,
    samples: Annotated[int, typer.Option(help="How many tunes to ask for.", min=1)] = 200,
    threads: Annotated[int, typer.Option(help="Of the processor.", min=1)] = 2,
    work: Annotated[Path, typer.Option(help="Where built data are kept.")] = Path("build/tunes"),
) -> None:
    """Measure the starter tunes against an n-gram model, and by what comes out when they are asked for."""
    from training.evaluate.tunes import evaluate

    evaluate(model, seed=seed, samples=samples, threads=threads, work=work)


@app.command()
def stickers(
    model: Annotated[Path, typer.Option(help="The pipeline's folder.")] = Path("starter/stickers"),
    seed: Annotated[int, typer.Option(help="Of what was held out in training.")] = 7,
    samples: Annotated[int, typer.Option(help="How many training captions to ask for.", min=10)] = 200,
    threads: Annotated[int, typer.Option(help="Of the processor.", min=1)] = 2,
    work: Annotated[Path, typer.Option(help="Where the names and the classifier are kept.")] = Path("build/stickers"),
) -> None:
    """Measure the starter stickers by a classifier that learned from real pictures, and by the clock."""
    from training.evaluate.stickers import evaluate

    evaluate(model, seed=seed, samples=samples, threads=threads, work=work)


@app.command()
def wishes(
    model: Annotated[Path, typer.Option(help="The pipeline's folder.")] = Path("starter/stickers"),
    sets: Annotated[Path, typer.Option(help="The folder with the sets.")] = Path("training/evaluate/wishes"),
    write: Annotated[bool, typer.Option(help="Also write the figures into docs/quality.md.")] = False,
) -> None:
    """Measure how well it is told which wishes the starter stickers know."""
    from training.evaluate.wishes import evaluate

    evaluate(model, sets, Path("docs/quality.md") if write else None)


@app.command()
def routing(
    phrasings: Annotated[Path, typer.Option(help="The folder with the sets.")] = Path("training/evaluate/phrasings"),
    seen: Annotated[bool, typer.Option(help="Only the set that may be looked at, with every mistake.")] = False,
) -> None:
    """Measure how often plain words reach the right command without a language model."""
    from training.evaluate.routing import evaluate

    evaluate(phrasings, seen_only=seen)


@app.command()
def summaries(
    data: Annotated[
        Path | None, typer.Option(help="The meetings of QMSum, a compressed file with one on each line.")
    ] = None,
    words: Annotated[int, typer.Option(help="Of each summary.", min=1)] = 110,
    write: Annotated[bool, typer.Option(help="Also write the figures into docs/quality.md.")] = False,
) -> None:
    """Measure summaries that quote, and boundaries of topics, against what people wrote of meetings."""
    from training.evaluate.summaries import evaluate

    evaluate(data, words=words, report=Path("docs/quality.md") if write else None)


if __name__ == "__main__":
    app()
