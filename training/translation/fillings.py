"""What fills the slots: the lexicon, and what is made up by chance (names, numbers, times, addresses, code)."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

from training.translation.lexicon import TONGUES, Filling, Kind, Tongue, Word, name_of, read_lexicon

EMOJI = ("😀", "😂", "😍", "🎉", "👍", "🙏", "🔥", "❤️", "😢", "🤔", "🚀", "☕", "🐱", "🌞", "✅", "👋", "🥳", "💡")
CHANNELS = (
    "general",
    "random",
    "help",
    "music",
    "games",
    "announcements",
    "rules",
    "dev",
    "photos",
    "off-topic",
    "bots",
)
SITES = ("example.org", "example.com", "wiki.example.net", "status.example.org", "docs.example.com")
CODES = (
    "git pull", "make test", "npm install", "/help", "print(x)", "sudo reboot", "docker ps", "ls -la", "main()",
    "config.toml", "x = 3", "pip install", "return None", "len(items)", "/summarize", "foo.bar()", "--verbose",
)  # fmt: skip
FILES = (
    "report.pdf",
    "notes.md",
    "plan.docx",
    "photo.jpg",
    "data.csv",
    "readme.txt",
    "budget.xlsx",
    "song.mp3",
    "app.py",
)

_ONSETS = "b br c ch d dr f fl g gr h j k kl l m n p pr r s sch st t tr v w z".split()
_VOWELS = "a e i o u ia ei au".split()
_ENDS: dict[str, tuple[str, ...]] = {
    "m": ("n", "r", "s", "k", "l", "x", "rt", "o"),
    "f": ("a", "ia", "ina", "ette", "e"),
}

Make = Callable[[random.Random], Filling]


class Fillings:
    """Fills slots by chance."""

    def __init__(self, kinds: Mapping[str, Kind] | None = None) -> None:
        self.kinds = dict(kinds or read_lexicon())
        self._made: dict[str, Make] = {
            "number": _number, "price": _price, "clock": self._clock, "url": _url, "mention": self._mention,
            "channel": lambda chance: _verbatim("#" + chance.choice(CHANNELS)),
            "emoji": lambda chance: _verbatim(chance.choice(EMOJI)),
            "code": lambda chance: _verbatim(f"`{chance.choice(CODES)}`"),
            "file": lambda chance: _verbatim(chance.choice(FILES)),
            "version": _version,
            "phone": lambda chance: _verbatim(f"0{chance.randint(100, 999)} {chance.randint(100000, 9999999)}"),
            "email": lambda chance: _verbatim(f"{self._any('name', chance).key.lower()}@{chance.choice(SITES)}"),
        }  # fmt: skip

    def knows(self, kind: str) -> bool:
        """Whether there is anything for slots of a kind."""
        return kind in self.kinds or kind in self._made

    def choices(self, kind: str) -> tuple[Filling, ...]:
        """Everything that can fill slots of a kind; nothing for what is made up."""
        return self.kinds[kind].fillings if kind in self.kinds else ()

    def draw(self, kind: str, chance: random.Random, *, gender: str = "", made_up: float = 0.0) -> Filling:
        """A filling by chance.

        Args:
            kind: Of the slot.
            chance: Where it comes from.
            gender: `m` or `f` for a name that must be so.
            made_up: How often a name is one that nobody has.
        """
        if kind in self._made:
            return self._made[kind](chance)
        if kind in {"name", "surname"} and chance.random() < made_up:
            return invented(chance, gender)
        some = [one for one in self.kinds[kind].fillings if not gender or one.words["en"].gender == gender]
        return chance.choice(some)

    def _any(self, kind: str, chance: random.Random) -> Filling:
        return chance.choice(self.kinds[kind].fillings)

    def _clock(self, chance: random.Random) -> Filling:
        if chance.random() < 0.4:
            return self._any("hour", chance)
        time = f"{chance.randint(2, 23)}:{chance.choice(('00', '15', '30', '45', '10', '05'))}"
        return _same(time, de=f"{time} Uhr", es=f"las {time}")

    def _mention(self, chance: random.Random) -> Filling:
        return _verbatim("@" + self._any("name", chance).key.lower())


def invented(chance: random.Random, gender: str = "") -> Filling:
    """A name that nobody has, so that copying is learned and not names."""
    gender = gender or chance.choice("mf")
    syllables = [chance.choice(_ONSETS) + chance.choice(_VOWELS) for _ in range(chance.randint(1, 2))]
    return name_of("".join([*syllables, chance.choice(_ONSETS), chance.choice(_ENDS[gender])]).capitalize(), gender)


def _number(chance: random.Random) -> Filling:
    low, high = chance.choice(((2, 12), (2, 30), (10, 99), (100, 999), (1000, 9999)))
    return _verbatim(str(chance.randint(low, high)))


def _version(chance: random.Random) -> Filling:
    return _verbatim(".".join(str(chance.randint(0, 20)) for _ in range(chance.choice((2, 3)))))


def _price(chance: random.Random) -> Filling:
    number = str(chance.choice((chance.randint(2, 20), chance.randint(20, 500), chance.randint(500, 5000))))
    if chance.random() < 0.25:
        return _same(f"{number} dollars", de=f"{number} Dollar", es=f"{number} dólares")
    return _same(f"{number} euros", de=f"{number} Euro", es=f"{number} euros")


def _url(chance: random.Random) -> Filling:
    return _verbatim(f"https://{chance.choice(SITES)}/{chance.choice(FILES).split('.')[0]}/{chance.randint(1, 999)}")


def _verbatim(text: str) -> Filling:
    return Filling(text, dict.fromkeys(TONGUES, Word((text,))), verbatim=text)


def _same(text: str, **others: str) -> Filling:
    words: dict[Tongue, Word] = {tongue: Word((others.get(tongue, text),)) for tongue in TONGUES}
    return Filling(text, words)
