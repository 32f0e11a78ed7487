"""`/sticker`: custom emoji, drawn from words and from other pictures."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Literal

from bot import (
    Attachment,
    Card,
    Emojis,
    File,
    Forward,
    Plugin,
    Progress,
    Range,
    Request,
    Shelf,
    StickerMaker,
    Storage,
    User,
    UserError,
)
from plugins.sticker.adding import add_emoji, by_hand, remove_emoji
from plugins.sticker.drawing import Piece, as_file, card, draw
from plugins.sticker.kept import Drawing, Engine, Kept, find, keep, latest
from plugins.sticker.names import checked, chosen, name_of
from plugins.sticker.sets import enlarged
from plugins.sticker.sheets import fitted
from plugins.sticker.sources import Given, gather, noted, recalled

plugin = Plugin(
    "sticker", "Custom emoji and stickers: draw, vary and blend them, and add them to the server.", group=True
)

LONGEST_PROMPT = 300
SEEDS = 2**32 - 1
MOST = 9
"""Pictures on a sheet."""

MOST_OWN = 4
"""Pictures that a set is made of."""

LONGEST_STEM = 28
"""Characters that the names in a set begin with; a number follows."""


@plugin.command(
    repeatable=True,
    asks=lambda options: options["count"] != 1,
    examples=[
        "/sticker make a cool fox",
        "/sticker make a purple cat count:4",
        "/sticker make a birthday cake add:cake",
        "draw an emoji of a fox",
    ],
)
async def make(
    prompt: Annotated[str, Range(1, LONGEST_PROMPT)],
    *,
    count: Annotated[int, Range(1, MOST)] = 1,
    engine: Engine = "auto",
    seed: Annotated[int | None, Range(0, SEEDS)] = None,
    add: Annotated[str, Range(0, 40)] = "",
    maker: StickerMaker,
    storage: Storage,
    emojis: Emojis,
) -> AsyncIterator[Piece | Forward]:
    """Draw an emoji with a transparent background; several come on a sheet to choose from.

    Args:
        prompt: What it shows.
        count: How many to choose from.
        engine: gan draws in a moment, diffusion better; auto shows the first until the second is done.
        seed: A number; the same one draws the same picture again.
        add: A name, or yes: the picture becomes an emoji of this server, if you may add some.
    """
    if name := chosen(add, prompt):
        if count > 1:
            raise UserError("`add` goes with one picture; of several, choose one and press Add under it.")
        if not emojis.by_hand:
            # Now, so that nobody waits for a picture that cannot be added.
            await emojis.allow()
    wanted = Drawing(prompt=prompt, engine=engine)
    async for piece in draw(wanted, (), count, seed, maker, storage.person):
        if not isinstance(piece, Kept):
            yield piece
        elif not name or emojis.by_hand:
            if name:
                yield by_hand(name, emojis)
            yield card(piece)
        else:
            yield card(piece, addable=False)
            # By the command that does this and nothing else, for that may not run twice.
            # Between colons it is a name, whatever it is.
            yield Forward("sticker add", {"name": f":{name}:", "key": piece.key})


@plugin.command(
    repeatable=True,
    asks=lambda options: options["count"] != 1,
    examples=["/sticker vary strength:0.3", "/sticker vary <:fox:12345> with a hat", "vary my last sticker"],
)
async def vary(
    text: Annotated[str, Range(0, LONGEST_PROMPT)] = "",
    *,
    image: Attachment | None = None,
    user: User | None = None,
    strength: Annotated[float, Range(0.05, 1)] = 0.5,
    count: Annotated[int, Range(1, MOST)] = 1,
    engine: Literal["auto", "diffusion"] = "auto",
    seed: Annotated[int | None, Range(0, SEEDS)] = None,
    key: str = "",
    picture: Annotated[int | None, Range(1, MOST)] = None,
    request: Request,
    maker: StickerMaker,
    storage: Storage,
    emojis: Emojis,
) -> AsyncIterator[Piece]:
    """Draw a variation of an emoji, an avatar or any picture; of your last sticker, if you give none.

    Args:
        text: A custom emoji, or what the picture is to show.
        image: A picture.
        user: Somebody whose avatar is meant.
        strength: How much is changed, up to 1; words say into what.
        count: How many to choose from.
        engine: What draws it; a gan starts from no picture.
        seed: A number; the same one draws the same picture again.
        key: Which of your stickers, as its button says.
        picture: Which picture of several.
    """
    sources = await gather(text, (image,), (user,), request, emojis)
    if len(sources.pictures) > 1:
        raise UserError("One picture is varied at a time; `/sticker blend` mixes two.")
    words = sources.words
    if sources.pictures:
        start = sources.pictures[0]
    else:
        drawing = (await find(storage.person, key)).drawing
        start, words = Given(drawing.sticker(picture).data), words or drawing.prompt
    wanted = Drawing(prompt=words, engine=engine, strength=strength, image=noted(start))
    async for piece in _draw(wanted, (start,), count, seed, maker, storage.person):
        yield piece


@plugin.command(
    repeatable=True,
    asks=lambda options: options["count"] != 1,
    examples=["/sticker blend <:fox:12345> <:cat:67890>", "/sticker blend share:0.3", "mix these two emoji"],
)
async def blend(
    text: Annotated[str, Range(0, LONGEST_PROMPT)] = "",
    *,
    one: Attachment | None = None,
    two: Attachment | None = None,
    user: User | None = None,
    other: User | None = None,
    share: Annotated[float, Range(0, 1)] = 0.5,
    count: Annotated[int, Range(1, MOST)] = 1,
    seed: Annotated[int | None, Range(0, SEEDS)] = None,
    picture: Annotated[int | None, Range(1, MOST)] = None,
    request: Request,
    maker: StickerMaker,
    storage: Storage,
    emojis: Emojis,
) -> AsyncIterator[Piece]:
    """Mix two pictures into one emoji: files, custom emoji or avatars; with only one, your last sticker is the other.

    Args:
        text: One or two custom emoji.
        one: A picture.
        two: Another one.
        user: Somebody whose avatar is meant.
        other: Somebody else.
        share: How much of the second picture there is, from 0 to 1.
        count: How many to choose from.
        seed: A number; the same one draws the same picture again.
        picture: Which picture of your last sticker, if it has several.
    """
    sources = await gather(text, (one, two), (user, other), request, emojis)
    pictures = [*sources.pictures]
    if len(pictures) == 1:
        pictures.append(Given((await find(storage.person, "")).drawing.sticker(picture).data))
    if len(pictures) != 2:
        raise UserError("Give two pictures: attach them, or name custom emoji or people whose avatars to take.")
    first, second = (noted(picture) for picture in pictures)
    wanted = Drawing(prompt=sources.words, strength=share, image=first, other=second)
    async for piece in _draw(wanted, pictures, count, seed, maker, storage.person):
        yield piece


@plugin.command(repeatable=True, asks=True, examples=["/sticker set fox", "/sticker set team variations:6"])
async def set_(
    name: Annotated[str, Range(0, LONGEST_STEM)] = "",
    *,
    image: Attachment | None = None,
    second: Attachment | None = None,
    third: Attachment | None = None,
    fourth: Attachment | None = None,
    emoji: Annotated[str, Range(0, LONGEST_PROMPT)] = "",
    variations: Annotated[int, Range(1, 8)] = 4,
    request: Request,
    maker: StickerMaker,
    storage: Storage,
    emojis: Emojis,
) -> AsyncIterator[str | Progress | File]:
    """Make more of your own emoji: variations of each, as a zip with a name for every file.

    Args:
        name: What their names begin with.
        image: A picture; without any, your last stickers are taken.
        second: Another one.
        third: Another one.
        fourth: Another one.
        emoji: Custom emoji, and what they show.
        variations: How many of each.
    """
    stem = checked(name).casefold() if name else ""
    sources = await gather(emoji, (image, second, third, fourth), (), request, emojis)
    words, pictures = sources.words, [(picture.data, sources.words) for picture in sources.pictures]
    if not pictures:
        last = await latest(storage.person, MOST_OWN)
        words, pictures = last[0][1].prompt, [(one.data, drawing.prompt) for one, drawing in last]
    async for piece in enlarged(stem or name_of(words)[:LONGEST_STEM], pictures, variations, maker):
        yield piece


@plugin.command(asks=True, examples=["/sticker add fox"])
async def add(
    name: Annotated[str, Range(0, 40)] = "",
    *,
    key: str = "",
    picture: Annotated[int | None, Range(1, MOST)] = None,
    storage: Storage,
    emojis: Emojis,
) -> AsyncIterator[Piece]:
    """Make your last sticker an emoji of this server, if you may add some.

    Args:
        name: What to call it; after its words by default.
        key: Which sticker, as its button says.
        picture: Which picture of several.
    """
    drawing = (await find(storage.person, key)).drawing
    png = await asyncio.to_thread(fitted, drawing.sticker(picture).data)
    if not (called := chosen(name or "yes", drawing.prompt)):
        raise UserError("Then nothing is added. Leave the name out for one made of its words, or say it as `:name:`.")
    if emojis.by_hand:
        yield by_hand(called, emojis)
        yield File(f"{called.casefold()}.png", png, "image/png", alt=f"An emoji: {drawing.title}")
        return
    text, undo = await add_emoji(called, png, storage.person, emojis)
    yield text
    yield Card(called, buttons=(undo,))


@plugin.command(hidden=True, repeatable=True)
async def again(key: str, *, maker: StickerMaker, storage: Storage, emojis: Emojis) -> AsyncIterator[Piece]:
    """Draw the same once more, with other seeds."""
    drawing = (await find(storage.person, key)).drawing
    given = [await recalled(note, emojis) for note in (drawing.image, drawing.other) if note]
    async for piece in _draw(drawing, given, len(drawing.stickers), None, maker, storage.person):
        yield piece


@plugin.command(hidden=True, repeatable=True)
async def choose(key: str, picture: Annotated[int, Range(1, MOST)], storage: Storage) -> AsyncIterator[File | Card]:
    """Show one picture of a sheet by itself; it is your last sticker then."""
    drawing = (await find(storage.person, key)).drawing
    sticker = drawing.sticker(picture)
    yield as_file(drawing, sticker, await asyncio.to_thread(fitted, sticker.data))
    yield card(await keep(storage.person, drawing.model_copy(update={"stickers": (sticker,)})))


@plugin.command(hidden=True)
async def remove(emoji: str, storage: Storage, emojis: Emojis) -> str:
    """Take away an emoji that you added."""
    name = await remove_emoji(emoji, storage.person, emojis)
    return f"`:{name}:` is no emoji of this server any more."


async def _draw(
    wanted: Drawing, given: Sequence[Given], count: int, seed: int | None, maker: StickerMaker, shelf: Shelf
) -> AsyncIterator[Piece]:
    """The pictures as they come, and the buttons to go on."""
    async for piece in draw(wanted, [picture.data for picture in given], count, seed, maker, shelf):
        yield card(piece) if isinstance(piece, Kept) else piece
