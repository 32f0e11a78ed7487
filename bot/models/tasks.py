"""What plugins ask of models, whichever engine runs them.

A command names one of these types as a parameter and is handed a model that serves it. `Task | None` is handed
None when no model is installed; without `| None` the person is told which command installs one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from bot.platform import Progress

if TYPE_CHECKING:
    from langchain_core import embeddings, language_models

    ChatModel = language_models.BaseChatModel
    Embeddings = embeddings.Embeddings
else:

    class ChatModel:
        """Stands for LangChain's `BaseChatModel` in a signature; naming it costs no import."""

    class Embeddings:
        """Stands for LangChain's `Embeddings` in a signature; naming it costs no import."""


class Task(StrEnum):
    """What a model can be asked for."""

    CHAT = "chat"
    EMBEDDINGS = "embeddings"
    SUMMARIES = "summaries"
    TRANSLATION = "translation"
    PICTURES = "pictures"
    MUSIC = "music"


class Summarizer(Protocol):
    """Writes a shorter text that says the same."""

    async def summarize(self, text: str, words: int) -> str:
        """A summary of about `words` words."""


@dataclass(frozen=True, slots=True)
class Translation:
    """A translated text; `confidence` is from 0 to 1."""

    text: str
    confidence: float


class Translator(Protocol):
    """Translates; languages are BCP 47 tags."""

    async def translate(self, texts: Sequence[str], source: str, target: str) -> list[Translation]:
        """Each text translated, in order."""


@dataclass(frozen=True, slots=True)
class ImagePrompt:
    """What picture is wanted; sizes in pixels."""

    text: str
    negative: str = ""
    width: int | None = None
    height: int | None = None
    steps: int | None = None
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Image:
    """A picture as PNG bytes, with what made it."""

    png: bytes = field(repr=False)
    seed: int
    model: str


class ImageGenerator(Protocol):
    """Makes pictures."""

    def generate(self, prompt: ImagePrompt) -> AsyncIterator[Progress | Image]:
        """Progress after each step, then the picture."""


@dataclass(frozen=True, slots=True)
class MusicBrief:
    """What music is wanted."""

    text: str
    seconds: float | None = None
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Music:
    """A piece of audio with what made it."""

    audio: bytes = field(repr=False)
    media_type: str
    seed: int
    model: str


class MusicGenerator(Protocol):
    """Makes music."""

    def compose(self, brief: MusicBrief) -> AsyncIterator[Progress | Music]:
        """Progress, then the piece."""


TASKS: dict[type, Task] = {
    ChatModel: Task.CHAT,
    Embeddings: Task.EMBEDDINGS,
    Summarizer: Task.SUMMARIES,
    Translator: Task.TRANSLATION,
    ImageGenerator: Task.PICTURES,
    MusicGenerator: Task.MUSIC,
}
"""Which task each injectable type stands for."""


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """A model that a task could use, for people to read.

    Attributes:
        name: In the catalog, or as configured.
        task: What it serves.
        installed: Whether it is on this machine or reachable by configuration.
        chosen: Whether the task uses it here.
        licence: SPDX name, or the licence's own.
        disk: Bytes on disk; None when another server keeps it.
        memory: Bytes in memory when loaded; None when another server runs it.
        loaded: Whether it is in memory now.
        note: Anything worth knowing, in a few words.
    """

    name: str
    task: Task
    installed: bool
    chosen: bool
    licence: str
    disk: int | None
    memory: int | None
    loaded: bool = False
    note: str = ""


class Models(Protocol):
    """The models that this channel can use; `/models` shows them."""

    async def all(self) -> list[ModelStatus]:
        """Every model of the catalog and the configuration, by task and name."""
