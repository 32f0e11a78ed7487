"""Everything that is learned from: emoji, emoji in other colours, animals in moods; and what is held out."""

from __future__ import annotations

import hashlib
import random
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np

from training.stickers import emoji
from training.stickers.colours import COLOURS, recoloured
from training.stickers.emoji import Emoji, Pixels
from training.stickers.moods import FACES, MOODS, in_mood

Kind: TypeAlias = Literal["plain", "colour", "mood"]

HELD = 15
"""Percent of the combinations that are held out."""

DIFFERENT = 9.0
"""How much a picture in another colour differs from the emoji at least, in levels of 255 on average where it is drawn;
what does not has that colour already."""

THINGS = {
    name.partition("=")[0]: name.partition("=")[2] or name
    for name in " ".join("""
        grinning face, smiling face with sunglasses, thinking face, face with tears of joy, crying face, angry face,
        sleeping face, winking face, nerd face, partying face, skull, pile of poo=poo, ghost, alien, alien monster,
        robot, sparkling heart, broken heart, monkey face=monkey, dog face=dog, wolf, fox, cat face=cat, lion,
        horse face=horse, unicorn, cow face=cow, pig face=pig, mouse face=mouse, hamster, rabbit face=rabbit, bear,
        koala, elephant, giraffe, hedgehog, bat, owl, bird, penguin, duck, flamingo, parrot, frog, crocodile, turtle,
        snake, dragon, sauropod=dinosaur, T-Rex, whale, dolphin, fish, shark, octopus, jellyfish, crab, snail,
        butterfly, bug=caterpillar, honeybee=bee, lady beetle=ladybug, spider, rose, tulip, sunflower,
        cherry blossom=flower, maple leaf=leaf, cactus, mushroom, grapes, lemon, banana, red apple=apple, strawberry,
        hot pepper=pepper, soft ice cream=ice cream, doughnut, birthday cake=cake, cupcake, lollipop, hot beverage=cup,
        teapot, castle, house, bus, automobile=car, motor scooter=scooter, bicycle, sailboat, airplane, helicopter,
        rocket, flying saucer=ufo, crescent moon=moon, star, cloud, umbrella, fire, droplet=drop, snowflake, balloon,
        wrapped gift=present, trophy, soccer ball=ball, kite, magic wand, video game=controller, teddy bear, yarn,
        glasses, necktie=tie, t-shirt, scarf, socks, dress, handbag, backpack, running shoe=shoe, high-heeled shoe=heel,
        crown, top hat, billed cap=cap, lipstick, gem stone=gem, bell, musical note=note, guitar, drum,
        headphone=headphones, telephone, light bulb, closed book=book, pencil, paintbrush, locked=padlock, key, bomb,
        gear, magnet, door, chair, bathtub
        """.split()).split(", ")
}  # fmt: skip
"""What is drawn in other colours: the emoji's name, and what people call it."""

UNNATURAL = {"brown", "black", "white"}
"""Colours that smileys are not drawn in: people would take them for skin."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture and what it can be called.

    Attributes:
        caption: What it is called.
        others: Other captions in English.
        foreign: What it is called in other languages.
        pixels: The picture.
        turns: Whether it may be seen in a mirror.
        kind: How it was made.
        held: Whether no model may learn from it.
    """

    caption: str
    others: tuple[str, ...]
    foreign: tuple[str, ...]
    pixels: Pixels
    turns: bool
    kind: Kind
    held: bool = False

    def draw_caption(self, chance: random.Random) -> str:
        """One of its captions: mostly what it is called."""
        roll = chance.random()
        if roll < 0.2 and self.foreign:
            return chance.choice(self.foreign)
        if roll < 0.45 and self.others:
            return chance.choice(self.others)
        return self.caption


def pictures(work: Path, seed: int) -> list[Picture]:
    """All pictures, in a fixed order, held-out ones too.

    Args:
        work: Where what was fetched is kept.
        seed: Of what is held out.
    """
    found = emoji.read(work)
    return [*_plain(found), *_coloured(found, seed), *_moods(found, seed)]


def held(seed: int, one: str, other: str) -> bool:
    """Whether a combination is held out, by its own words."""
    return zlib.crc32(f"{seed}/{one}/{other}".encode()) % 100 < HELD


def told_apart(some: Sequence[Picture]) -> str:
    """What tells these pictures and their captions from any others: 64 hexadecimal digits."""
    digest = hashlib.sha256()
    for one in some:
        digest.update(repr((one.caption, one.others, one.foreign, one.turns, one.pixels.shape)).encode())
        digest.update(one.pixels.tobytes())
    return digest.hexdigest()


def called(emoji_name: str) -> str:
    """What people call what an emoji of that name shows."""
    return THINGS.get(emoji_name, emoji_name.removesuffix(" face").removeprefix("front-facing baby "))


def _plain(found: list[Emoji]) -> Iterator[Picture]:
    for one in found:
        name = one.names["en"]
        words = [word for word in one.keywords if word.lower() != name.lower()]
        short = (THINGS[name],) if name in THINGS and THINGS[name] != name else ()
        others = (*short, f"{name} emoji", f"a {name}", *(f"{name} {word}" for word in words), *words[:2])
        foreign = tuple(text for code, text in one.names.items() if code != "en")
        yield Picture(name, others, foreign, one.pixels, one.turns, "plain")


def _coloured(found: list[Emoji], seed: int) -> Iterator[Picture]:
    for one in found:
        name = one.names["en"]
        if (thing := THINGS.get(name)) is None:
            continue
        smiley = "\U0001f600" <= one.symbol <= "\U0001f64f" or one.symbol > "\U0001f910" and " face" in name  # noqa: RUF021
        for colour in COLOURS:
            if smiley and thing == name and colour in UNNATURAL:
                continue
            pixels = recoloured(one.pixels, colour)
            drawn = one.pixels[..., 3] > 0
            if np.abs(pixels[drawn].astype(float) - one.pixels[drawn]).mean() < DIFFERENT:
                continue
            others = (f"a {colour} {thing}", f"{thing} in {colour}", f"{colour} {thing} emoji", f"{colour} {name}")
            yield Picture(f"{colour} {thing}", others, (), pixels, one.turns, "colour", held(seed, colour, thing))


def _moods(found: list[Emoji], seed: int) -> Iterator[Picture]:
    faces = {one.names["en"]: one for one in found if one.names["en"] in FACES}
    for face, one in faces.items():
        thing = called(face)
        for mood, how in MOODS.items():
            others = (f"{thing} with {how.thing}", f"a {mood} {thing}", f"{mood} {thing} emoji", f"{mood} {face}")
            pixels = in_mood(one.pixels, face, mood)
            turns = how.place != "corner"
            yield Picture(f"{mood} {thing}", others, (), pixels, turns, "mood", held(seed, mood, thing))
