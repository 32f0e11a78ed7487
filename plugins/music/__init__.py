"""`/music`: prompts for a music model, and pieces composed by one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import PurePath
from typing import Annotated

from bot import (
    Attachment,
    Button,
    Card,
    ChatModel,
    Embeddings,
    File,
    Music,
    MusicBrief,
    MusicGenerator,
    Plugin,
    Profile,
    Progress,
    Range,
    Request,
    Storage,
    UserError,
)

from .melody import read_melody
from .pieces import Piece, Pieces
from .prompts import Prompt, by_meaning
from .words import read, tasteful
from .written import by_model

plugin = Plugin("music", "Prompts for a music model, and pieces composed by one.", group=True)

LONGEST_IDEA = 1000
"""Characters of an idea; a model reads no more."""

LONG = 60.0
"""Seconds of music from which a person is asked before a language model has it composed for them."""

LARGEST_SEED = 2**31 - 1


@plugin.command(
    examples=["/music prompt a rainy afternoon at the window", "write a music prompt for a pirate battle"],
    repeatable=True,
)
async def prompt(
    idea: Annotated[str, Range(1, LONGEST_IDEA)],
    *,
    request: Request,
    profile: Profile,
    storage: Storage,
    embeddings: Embeddings,
    model: ChatModel | None,
    composer: MusicGenerator | None,
) -> AsyncIterator[Progress | Card]:
    """Write a prompt for a music model: genre, tempo, key, instruments, mood and form.

    What you say outright, such as "120 bpm", "in D minor", "3/4" or "for two violins", is kept. Where you name no
    genre, instrument or mood, the taste in your profile counts.

    Args:
        idea: What you have in mind.
    """
    idea = _said(idea)
    taste = tasteful(idea, profile.music)
    idea = _with(idea, taste)
    written: Prompt | None = None
    if model is not None:
        yield Progress(None, "writing")
        written = await by_model(idea, model)
    if written is None:
        written = await by_meaning(idea, embeddings)
    number = await Pieces(storage.person).keep(Piece(text=written.line, seconds=read(idea).seconds))
    yield Card(
        title="Music prompt",
        text=f"```\n{written.line}\n```",
        fields=(
            ("Genre", written.genre),
            ("Tempo", f"{written.tempo} bpm"),
            ("Key", written.key),
            ("Metre", written.metre),
            ("Instruments", ", ".join(written.instruments)),
            ("Mood", ", ".join(written.moods)),
            ("Form", written.form),
            *_taste(taste),
        ),
        buttons=() if composer is None else (Button("Compose", f"/music again {number} {request.person.id}"),),
    )


@plugin.command(
    examples=[
        "/music compose a cheerful jig in D",
        "/music compose a slow waltz for two violins seconds:20",
        "compose a lullaby",
    ],
    repeatable=True,
    asks=lambda options: isinstance(options["seconds"], float) and options["seconds"] > LONG,
)
async def compose(
    idea: Annotated[str, Range(0, LONGEST_IDEA)] = "",
    *,
    seconds: Annotated[float, Range(1, 300)] | None = None,
    seed: Annotated[int, Range(0, LARGEST_SEED)] | None = None,
    melody: Attachment | None = None,
    request: Request,
    profile: Profile,
    storage: Storage,
    composer: MusicGenerator,
) -> AsyncIterator[str | File | Progress | Card]:
    """Compose a piece and post it: audio, a picture of it, and notes where the model writes notes.

    Args:
        idea: What it should sound like; the taste in your profile counts where you name no genre, instrument or mood.
        seconds: About how long it is to be.
        seed: The same one makes the same piece again.
        melody: A melody to go on from, in ABC notation or as MIDI.
    """
    given = melody or next(iter(request.attachments), None)
    # A melody says itself how it goes on.
    taste = "" if given else tasteful(idea, profile.music)
    if not (idea.strip() or given or taste):
        raise UserError("Say what it should sound like, such as `/music compose a cheerful jig in D`.")
    brief = MusicBrief(
        text=_with(" ".join(idea.split()), taste),
        seconds=seconds or read(idea).seconds,
        seed=seed,
        melody=await read_melody(given) if given else "",
    )
    async for part in _play(brief, request, storage, composer, taste):
        yield part


@plugin.command(examples=["/music vary", "/music vary slower, with a flute", "/music vary piece:3"], repeatable=True)
async def vary(
    change: Annotated[str, Range(0, LONGEST_IDEA)] = "",
    *,
    piece: Annotated[int, Range(1)] | None = None,
    request: Request,
    storage: Storage,
    composer: MusicGenerator,
) -> AsyncIterator[str | File | Progress | Card]:
    """Vary the piece you composed last, or another one of yours.

    Args:
        change: What is to be different, such as "slower, with a flute".
        piece: The number of one of your pieces.
    """
    async for part in _vary(change, piece, request, storage, composer):
        yield part


@plugin.command(hidden=True, repeatable=True)
async def again(
    piece: Annotated[int, Range(1)],
    whose: str,
    *,
    request: Request,
    storage: Storage,
    composer: MusicGenerator,
) -> AsyncIterator[str | File | Progress | Card]:
    """Compose another piece from the same words.

    Args:
        piece: The number of one of the person's pieces or prompts.
        whose: The person.
    """
    _check_whose(whose, request)
    before = await Pieces(storage.person).find(piece)
    async for part in _play(MusicBrief(before.text, before.seconds), request, storage, composer):
        yield part


@plugin.command(hidden=True, repeatable=True)
async def again_differently(
    piece: Annotated[int, Range(1)],
    whose: str,
    *,
    request: Request,
    storage: Storage,
    composer: MusicGenerator,
) -> AsyncIterator[str | File | Progress | Card]:
    """Vary a piece.

    Args:
        piece: The number of one of the person's pieces.
        whose: The person.
    """
    _check_whose(whose, request)
    async for part in _vary("", piece, request, storage, composer):
        yield part


def _check_whose(whose: str, request: Request) -> None:
    """Refuse a press by somebody else: the number would name another piece, their own."""
    if request.person.id != whose:
        raise UserError("Only who asked for this can go on from it; `/music compose` makes a piece of your own.")


async def _vary(
    change: str, piece: int | None, request: Request, storage: Storage, composer: MusicGenerator
) -> AsyncIterator[str | File | Progress | Card]:
    before = await Pieces(storage.person).find(piece)
    text = ", ".join(part for part in (before.text, " ".join(change.split())) if part)[:LONGEST_IDEA]
    brief = MusicBrief(text=text, seconds=read(change).seconds or before.seconds, melody=before.abc, vary=True)
    if not before.abc:
        # Without notes what stays of a piece is its seed; without a change that would be the same piece.
        brief = replace(brief, vary=False, seed=before.seed if change.strip() else None)
    async for part in _play(brief, request, storage, composer):
        yield part


async def _play(
    brief: MusicBrief, request: Request, storage: Storage, composer: MusicGenerator, taste: str = ""
) -> AsyncIterator[str | File | Progress | Card]:
    made: Music | None = None
    async for step in composer.compose(brief):
        if isinstance(step, Progress):
            yield step
        else:
            made = step
    if made is None:
        raise UserError("The music model made nothing; try other words.")
    abc = next((file.data.decode() for file in made.files if file.name.endswith(".abc")), "")
    number = await Pieces(storage.person).keep(Piece(text=brief.text, seconds=brief.seconds, seed=made.seed, abc=abc))
    if made.note:
        yield made.note
    name = _file_name(brief.text)
    kinds: Counter[str] = Counter()
    for file in made.files:
        kind = PurePath(file.name).suffix
        kinds[kind] += 1
        yield replace(file, name=f"{name}{f'-{kinds[kind]}' if kinds[kind] > 1 else ''}{kind}")
    if made.audio:
        caption = f"seed {made.seed} · {made.model}"
        yield File(f"{name}.ogg", made.audio, made.media_type, alt=f"Music: {brief.text}", caption=caption)
    yield _card(number, brief, made, request.person.id, notes=bool(abc), taste=taste)


def _card(number: int, brief: MusicBrief, made: Music, person: str, *, notes: bool, taste: str) -> Card:
    length = (("Seconds", f"{brief.seconds:g}"),) if brief.seconds else ()
    vary_it = (Button("Vary", f"/music again-differently {number} {person}"),) if notes else ()
    return Card(
        title=_title(brief),
        fields=(*length, ("Seed", str(made.seed)), ("Model", made.model), ("Piece", str(number)), *_taste(taste)),
        buttons=(Button("Again", f"/music again {number} {person}"), *vary_it),
    )


def _with(idea: str, taste: str) -> str:
    return ", ".join(filter(None, (idea, taste)))[:LONGEST_IDEA]


def _taste(taste: str) -> tuple[tuple[str, str], ...]:
    """A field that says where words came from that nobody typed this time."""
    return (("Your taste", taste),) if taste else ()


def _title(brief: MusicBrief) -> str:
    text = brief.text or "A melody, gone on"
    return text if len(text) <= 80 else f"{text[:79].rstrip()}…"


def _file_name(text: str) -> str:
    """A few words of the idea, as a file's name without its ending."""
    words = re.findall(r"[a-z0-9]+", text.lower())[:6]
    return "-".join(words)[:40].strip("-") or "music"


def _said(idea: str) -> str:
    said = " ".join(idea.split())
    if not said:
        raise UserError("Say what you have in mind, such as `/music prompt a rainy afternoon`.")
    return said
