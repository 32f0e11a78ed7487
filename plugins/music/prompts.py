"""A prompt for a music model, and how one is written: by a language model, or by meaning from a vocabulary."""

from __future__ import annotations

import weakref
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from bot import Embeddings, vectors_of

from .vocabulary import GENRES, MOODS, Genre, Mood
from .words import FASTEST, METRES, SLOWEST, Asked, find_key, read

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NEAR = 0.22
"""How alike an idea and a mood must be at least; the vectors of what has nothing in common lie below."""

_SHARE = 0.5
_MINOR = ("minor", "dorian", "phrygian")


def _key(value: object) -> object:
    found = find_key(value) if isinstance(value, str) else ""
    if not found:
        raise ValueError("write it as a note and a mode, such as “D minor”")
    return found


def _metre(value: object) -> object:
    if value not in METRES:
        raise ValueError(f"write one of {', '.join(METRES)}")
    return value


_Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40, pattern=r"^[^\n]*$")]


class Prompt(BaseModel):
    """A piece of music in the words that a music model was trained on."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    genre: _Short = Field(description="The genre, such as “bossa nova”.")
    tempo: int = Field(ge=SLOWEST, le=FASTEST, description="Beats a minute.")
    key: Annotated[str, BeforeValidator(_key)] = Field(description="Note and mode, such as “D minor”.")
    metre: Annotated[str, BeforeValidator(_metre)] = Field(description="Such as “3/4”.")
    instruments: Annotated[tuple[_Short, ...], Field(min_length=1, max_length=6)] = Field(
        description="One to six instruments."
    )
    moods: Annotated[tuple[_Short, ...], Field(min_length=1, max_length=3)] = Field(
        description="One to three adjectives, such as “wistful”."
    )
    form: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80, pattern=r"^[^\n]*$")] = (
        Field(description="How it is built, in a few words, such as “a quiet start that grows to a climax”.")
    )

    @property
    def line(self) -> str:
        """All of it, as a music model reads it."""
        *others, last = self.instruments
        players = f"{', '.join(others)} and {last}" if others else last
        feel = ", ".join(self.moods)
        return f"{feel} {self.genre}, {players}, {self.key}, {self.metre}, {self.tempo} bpm, {self.form}"

    def obey(self, asked: Asked) -> Prompt:
        """The same with what was said outright, whatever the writer made of it."""
        said = {
            "tempo": asked.tempo,
            "key": asked.key,
            "metre": asked.metre,
            "genre": asked.genre,
            "instruments": asked.instruments[:6],
            "moods": asked.moods[:3],
        }
        return self.model_copy(update={name: value for name, value in said.items() if value})


async def by_meaning(idea: str, embeddings: Embeddings) -> Prompt:
    """Write a prompt from the vocabulary, by what an idea means; the same one for the same words.

    Args:
        idea: What somebody has in mind, in English.
        embeddings: Tells meanings apart.
    """
    asked = read(idea)
    likeness = await _likeness(idea, embeddings)
    genre = _genre(asked, likeness)
    moods = _moods(asked, likeness, genre)
    return Prompt(
        genre=genre.name,
        tempo=_tempo(genre, moods, asked),
        key=_fitting_key(genre, moods, asked, idea),
        metre=genre.metre,
        instruments=genre.instruments,
        moods=tuple(mood.name for mood in moods),
        form=genre.form,
    ).obey(asked)


@dataclass(frozen=True, slots=True)
class _Likeness:
    """How alike the idea is to each genre and each mood, and those to each other, from -1 to 1."""

    genres: NDArray[np.float32]
    moods: NDArray[np.float32]
    between: NDArray[np.float32]


async def _likeness(idea: str, embeddings: Embeddings) -> _Likeness:
    import numpy as np

    known = await _vocabulary(embeddings)
    query = np.asarray(await embeddings.aembed_query(idea), dtype=np.float32)
    alike = known @ query / max(float(np.linalg.norm(query)), 1e-9)
    genres, moods = known[: len(GENRES)], known[len(GENRES) :]
    return _Likeness(alike[: len(GENRES)], alike[len(GENRES) :], genres @ moods.T)


async def _vocabulary(embeddings: Embeddings) -> NDArray[np.float32]:
    """The directions of each genre, then of each mood; those of the model asked last are remembered."""
    import numpy as np

    global _known  # noqa: PLW0603  # the words never change, so neither do their vectors
    if _known is None or _known[0]() is not embeddings:
        texts = [f"{each.name}: {each.about}" for each in (*GENRES, *MOODS)]
        rows = await vectors_of(texts, embeddings)
        _known = weakref.ref(embeddings), rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return _known[1]


_known: tuple[weakref.ref[Embeddings], NDArray[np.float32]] | None = None


def _genre(asked: Asked, likeness: _Likeness) -> Genre:
    if asked.genre:
        return next(genre for genre in GENRES if genre.name == asked.genre)
    return GENRES[int(likeness.genres.argmax())]


def _moods(asked: Asked, likeness: _Likeness, genre: Genre) -> tuple[Mood, ...]:
    if asked.moods:
        return tuple(mood for mood in MOODS if mood.name in asked.moods)
    if not asked.more:
        return tuple(mood for mood in MOODS if mood.name == genre.mood)
    # Where the idea has little of a mood, the genre has.
    alike = likeness.moods + _SHARE * likeness.between[GENRES.index(genre)]
    fitting = [mood for place in (-alike).argsort() if (mood := MOODS[int(place)]) and asked.mode in {"", mood.mode}]
    first, other = fitting[:2]
    # Two that pull apart would make neither.
    apart = abs(first.energy - other.energy) > 0.8 or {first.mode, other.mode} == {"major", "minor"}
    return (first,) if apart or likeness.moods[MOODS.index(other)] < NEAR else (first, other)


def _tempo(genre: Genre, moods: tuple[Mood, ...], asked: Asked) -> int:
    energy = asked.pace if asked.pace is not None else sum(mood.energy for mood in moods) / len(moods)
    slowest, fastest = genre.tempo
    return round((slowest + (fastest - slowest) * (energy + 1) / 2) / 2) * 2


def _fitting_key(genre: Genre, moods: tuple[Mood, ...], asked: Asked, idea: str) -> str:
    mode = asked.mode or next((mood.mode for mood in moods if mood.mode), "")
    minor = mode == "minor"
    fitting = [key for key in genre.keys if not mode or key.endswith(_MINOR) == minor]
    if not fitting:
        fitting = ["A minor", "D minor", "E minor"] if minor else ["C major", "G major", "D major"]
    # Another idea, another key; the same idea, the same.
    return fitting[zlib.crc32(idea.encode()) % len(fitting)]
