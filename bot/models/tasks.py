"""What plugins ask of models, whichever engine runs them.

A command names one of these types as a parameter and is handed a model that serves it. `Task | None` is handed
None when no model is installed; without `| None` the person is told which command installs one.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Literal, Protocol

from bot.body import File, Progress

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
    STICKERS = "stickers"


class Summarizer(Protocol):
    """Writes a shorter text that says the same.

    Attributes:
        reads: The languages it reads, as BCP 47 tags; empty where nobody knows.
    """

    reads: frozenset[str]

    async def summarize(self, text: str, words: int) -> str:
        """A summary of about `words` words."""


@dataclass(frozen=True, slots=True)
class Translation:
    """A translated text.

    Attributes:
        text: In the target language.
        confidence: From 0 to 1: how probable the model thinks its own words.
        doubtful: Whether the model did not know a word, or is so unsure of a sentence that it may be wrong.
        via: The language it went through, as a BCP 47 tag, where no model goes straight.
        models: What translated it, in order.
        advice: The command that installs a model which may do better, where there is one.
    """

    text: str
    confidence: float
    doubtful: bool = False
    via: str | None = None
    models: tuple[str, ...] = ()
    advice: str = ""


class Translator(Protocol):
    """Translates; languages are BCP 47 tags."""

    async def translate(self, texts: Sequence[str], source: str, target: str) -> list[Translation]:
        """Each text translated, in order.

        Raises:
            UserError: No installed model translates between these languages, not even by way of English.
        """


@dataclass(frozen=True, slots=True)
class ImagePrompt:
    """What picture is wanted; what is None is left to the model.

    Attributes:
        text: What it shows.
        negative: What it must not show.
        width: Pixels; rounded to what the model can draw.
        height: Likewise.
        ratio: Width divided by height, where no size is given.
        steps: How often the picture is refined.
        guidance: How closely it follows the text; 7 is usual, 0 leaves the model free.
        seed: The same one draws the same picture; each further picture has the next. They count up to 2³² and begin
            again at 0.
        count: How many pictures.
        image: A picture to start from, in any format that Pillow opens.
        mask: Where `image` is drawn anew: white there, black elsewhere.
        strength: How much of `image` is changed, above 0 and up to 1.
        style: The look, in words; apart from `text`, for some models know one look only.
    """

    text: str
    negative: str = ""
    width: int | None = None
    height: int | None = None
    ratio: float | None = None
    steps: int | None = None
    guidance: float | None = None
    seed: int | None = None
    count: int = 1
    image: bytes | None = field(default=None, repr=False)
    mask: bytes | None = field(default=None, repr=False)
    strength: float | None = None
    style: str = ""

    @property
    def styled(self) -> str:
        """The text and behind it the style, for models that read both at once."""
        return f"{self.text}, {self.style}" if self.style else self.text


@dataclass(frozen=True, slots=True)
class Image:
    """A picture with what made it.

    Attributes:
        png: The picture; text chunks in it say the same as the fields below.
        seed: Draws the same picture again.
        model: What drew it.
        steps: How often it was refined.
        width: Pixels.
        height: Pixels.
        note: A line for the person, such as what of the prompt the model could not follow.
        draft: Whether a better one with the same seed follows and replaces it.
        in_style: Whether it has the style that was asked for; models that know one look only draw in no other.
    """

    png: bytes = field(repr=False)
    seed: int
    model: str
    steps: int = 0
    width: int = 0
    height: int = 0
    note: str = ""
    draft: bool = False
    in_style: bool = True


class ImageGenerator(Protocol):
    """Makes pictures."""

    def generate(self, prompt: ImagePrompt) -> AsyncGenerator[Progress | Image, None]:
        """Progress after each step, and each picture when it is done; closing it stops the work."""


@dataclass(frozen=True, slots=True)
class StickerPrompt:
    """What emoji or sticker is wanted: from words, from a picture, or from two.

    Attributes:
        text: What it shows; it may be empty where there is a picture.
        engine: What draws it: `gan` in one step, `diffusion` in several and better; `auto` shows the first as a draft
            until the second is done.
        seed: The same one draws the same picture; each further picture has the next.
        count: How many pictures.
        image: A picture to vary, in any format that Pillow opens.
        other: A second one, to blend `image` with.
        strength: From 0 to 1: how much of `image` changes; of two, the share of `other`.
    """

    text: str = ""
    engine: Literal["auto", "diffusion", "gan"] = "auto"
    seed: int | None = None
    count: int = 1
    image: bytes | None = field(default=None, repr=False)
    other: bytes | None = field(default=None, repr=False)
    strength: float = 0.5


class StickerMaker(Protocol):
    """Draws emoji and stickers: small pictures with a transparent background."""

    def draw(self, prompt: StickerPrompt) -> AsyncGenerator[Progress | Image, None]:
        """Progress, and each picture when it is done, its draft before it; closing it stops the work.

        Raises:
            UserError: A picture cannot be read.
        """


@dataclass(frozen=True, slots=True)
class MusicBrief:
    """What music is wanted.

    Attributes:
        text: What it should sound like.
        seconds: About how long it is to be; None leaves it to the model.
        seed: The same one makes the same piece; None draws one.
        melody: In ABC notation, to go on from; a model that cannot says so in `Music.note`.
        vary: Whether `melody` is to be varied instead of gone on from.
    """

    text: str
    seconds: float | None = None
    seed: int | None = None
    melody: str = ""
    vary: bool = False


@dataclass(frozen=True, slots=True)
class Music:
    """A piece of music with what made it.

    Attributes:
        audio: The sound; empty when none could be rendered.
        media_type: What `audio` is, such as `audio/ogg`.
        seed: Makes the same piece again.
        model: What composed it.
        files: What else there is of it, such as the score as a picture, MIDI and ABC.
        note: A line for the person, such as why there is no audio.
    """

    audio: bytes = field(repr=False)
    media_type: str
    seed: int
    model: str
    files: tuple[File, ...] = ()
    note: str = ""


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
    StickerMaker: Task.STICKERS,
}
"""Which task each injectable type stands for."""


class Fit(StrEnum):
    """Whether a model fits into the memory that is free where models run."""

    WHOLE = "yes"
    PARTS = "in parts"
    NOT = "no"


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
        memory: Bytes of the machine's memory when it runs on the processor, in the numbers that this one computes in;
            None when another server runs it.
        loaded: Whether it is in memory now.
        note: Anything worth knowing, in a few words.
        gated: Whether the Hub asks to accept terms before it can be pulled.
        card: Bytes of a graphics card's memory when it runs there, in numbers half as long as usual.
        fits: Whether it fits into what is free now where models run; in parts is slower.
        tags: The languages that it knows, as BCP 47 tags; empty where that is not known.
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
    gated: bool = False
    card: int | None = None
    fits: Fit | None = None
    tags: frozenset[str] = frozenset()


class Models(Protocol):
    """The models that this channel can use; `/models` shows them."""

    async def all(self) -> list[ModelStatus]:
        """Every model of the catalog and the configuration, by task and name."""
