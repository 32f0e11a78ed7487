"""A command's options: what they are, and how what was typed becomes their values."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import Enum, StrEnum
from functools import cached_property
from typing import Annotated, Protocol
from zoneinfo import ZoneInfo

from pydantic import Field, TypeAdapter, ValidationError

from bot.errors import UserError
from bot.moments import find_moment
from bot.request import Attachment, Clock, utc_now
from bot.values import ChannelRef, Language, Range, Suggest, User
from bot.wording import figure


class Kind(StrEnum):
    """What sort of value an option takes."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    TIME = "time"
    MOMENT = "when"
    ATTACHMENT = "attachment"
    USER = "user"
    CHANNEL = "channel"
    LANGUAGE = "language"


KINDS: dict[type, Kind] = {
    str: Kind.TEXT,
    int: Kind.INTEGER,
    float: Kind.NUMBER,
    bool: Kind.BOOLEAN,
    date: Kind.DATE,
    time: Kind.TIME,
    datetime: Kind.MOMENT,
    Attachment: Kind.ATTACHMENT,
    User: Kind.USER,
    ChannelRef: Kind.CHANNEL,
    Language: Kind.LANGUAGE,
}
"""The kind of each type an option may have; `Enum` and `Literal` take the kind of their values."""

_SCHEMA_TYPES = {Kind.INTEGER: "integer", Kind.NUMBER: "number", Kind.BOOLEAN: "boolean"}


@dataclass(frozen=True)
class Option:
    """One option of a command, as its signature and docstring tell it.

    Attributes:
        name: What people call it: the parameter's name without an underscore at its end.
        kind: What sort of value it takes.
        type: The Python type its value is converted to.
        help: One line from the docstring.
        required: Whether it must be given.
        default: Its value when it is not given.
        choices: The only values it takes; empty for any.
        range: The smallest and largest value, or text length.
        suggest: Suggests values while a person types.
        multiline: Whether it is a text that may take several lines.
        parameter: The handler's parameter; the name by default.
    """

    name: str
    kind: Kind
    type: type
    help: str = ""
    required: bool = True
    default: object = None
    choices: tuple[str | int | float, ...] = ()
    range: Range | None = None
    suggest: Suggest | None = None
    multiline: bool = False
    parameter: str = ""

    @cached_property
    def adapter(self) -> TypeAdapter[object]:
        """Checks plain values against the type and range."""
        bounds = self.range or Range()
        if self.kind is Kind.TEXT:
            field = Field(
                min_length=None if bounds.min is None else int(bounds.min),
                max_length=None if bounds.max is None else int(bounds.max),
            )
        else:
            field = Field(ge=bounds.min, le=bounds.max)
        # A type built at run time is nothing a checker can follow.
        return TypeAdapter(Annotated[self.type, field])  # type: ignore[arg-type]

    @property
    def one_word(self) -> bool:
        """Whether an unquoted value ends at the next space."""
        return bool(self.choices) or self.kind in (Kind.INTEGER, Kind.NUMBER, Kind.BOOLEAN)

    @property
    def schema(self) -> dict[str, object]:
        """JSON schema of its values, for a language model's tool call."""
        schema: dict[str, object] = {"type": _SCHEMA_TYPES.get(self.kind, "string"), "description": self.help}
        if self.choices:
            schema["enum"] = list(self.choices)
        if self.range is not None:
            low, high = ("minLength", "maxLength") if self.kind is Kind.TEXT else ("minimum", "maximum")
            bounds = {low: self.range.min, high: self.range.max}
            schema |= {key: value for key, value in bounds.items() if value is not None}
        return schema


class Finder(Protocol):
    """Knows the people and channels of the server that a request came from."""

    async def find_person(self, text: str) -> User | None:
        """Who is meant by a mention or name."""

    async def find_channel(self, text: str) -> ChannelRef | None:
        """Which channel is meant by a mention or name."""


@dataclass(frozen=True, slots=True)
class Converter:
    """Turns raw values into an option's type for one request.

    Attributes:
        finder: Looks people and channels up.
        zone: Fetches the person's time zone, asked only when a date or time is converted.
        clock: Tells the time, for "yesterday".
    """

    finder: Finder
    zone: Callable[[], Awaitable[ZoneInfo]]
    clock: Clock = utc_now

    async def convert(self, option: Option, raw: object) -> object:
        """The value of `option` that `raw` stands for.

        Raises:
            UserError: It stands for none; the text names the option and says what it takes.
        """
        if option.choices:
            return _choose(option, raw)
        match option.kind:
            case Kind.DATE | Kind.TIME | Kind.MOMENT:
                return await self._when(option, raw)
            case Kind.USER:
                return await self._find(option, raw, self.finder.find_person, "is nobody here")
            case Kind.CHANNEL:
                return await self._find(option, raw, self.finder.find_channel, "is no channel here that you may read")
            case Kind.LANGUAGE:
                try:
                    return raw if isinstance(raw, Language) else Language.find(str(raw))
                except ValueError as error:
                    raise UserError(f"`{option.name}`: {error}.") from None
            case Kind.ATTACHMENT:
                if not isinstance(raw, Attachment):
                    raise UserError(f"`{option.name}` is a file: attach it to the message.")
                return raw
            case _:
                try:
                    return option.adapter.validate_python(raw)
                except ValidationError:
                    raise UserError(f"`{option.name}` is {_wanted(option)}, not {_given(option, raw)}.") from None

    async def _find(
        self,
        option: Option,
        raw: object,
        look_up: Callable[[str], Awaitable[User | ChannelRef | None]],
        otherwise: str,
    ) -> User | ChannelRef:
        found = raw if isinstance(raw, (User, ChannelRef)) else await look_up(str(raw))
        if found is None:
            raise UserError(f"`{option.name}`: “{_shown(raw)}” {otherwise}.")
        return found

    async def _when(self, option: Option, raw: object) -> date | time | datetime:
        if isinstance(raw, option.type) and (option.kind is not Kind.MOMENT or _is_aware(raw)):
            assert isinstance(raw, (date, time))
            return raw
        zone = await self.zone()
        text = str(raw).strip()
        moment = _read_iso(option.kind, text, zone)
        if moment is None:
            moment = await asyncio.to_thread(_read_words, option.kind, text, zone, self.clock())
        if moment is None:
            kind, example = {
                Kind.DATE: ("date", "2026-03-01 or “tomorrow”"),
                Kind.TIME: ("time", "08:30"),
            }.get(option.kind, ("date and time", "2026-03-01 08:30 or “yesterday 9am”"))
            raise UserError(f"`{option.name}`: “{_shown(raw)}” is no {kind} I understand; try {example}.")
        return moment


def _wanted(option: Option) -> str:
    """What an option takes, in words."""
    bounds = option.range or Range()
    if option.kind is Kind.TEXT:
        return f"text {_between(bounds, 'of')} characters"
    words = {Kind.INTEGER: "a whole number", Kind.NUMBER: "a number", Kind.BOOLEAN: "yes or no"}[option.kind]
    return f"{words} {_between(bounds, 'from')}".strip()


def _between(bounds: Range, word: str) -> str:
    low, high = (None if each is None else figure(each) for each in (bounds.min, bounds.max))
    if low is not None and high is not None:
        return f"{word} {low} to {high}"
    return f"of at least {low}" if low is not None else f"of at most {high}" if high is not None else ""


def _given(option: Option, raw: object) -> str:
    return f"{len(str(raw)):,}" if option.kind is Kind.TEXT else f"“{_shown(raw)}”"


def _shown(raw: object) -> str:
    """A value as an error shows it: a long text would fill the screen."""
    text = str(raw)
    return text if len(text) <= 60 else f"{text[:60]}…"


def _is_aware(value: object) -> bool:
    return isinstance(value, datetime) and value.tzinfo is not None


def _choose(option: Option, raw: object) -> object:
    wanted = str(raw.value if isinstance(raw, Enum) else raw).casefold()
    for choice in option.choices:
        if str(choice).casefold() == wanted:
            return option.type(choice) if issubclass(option.type, Enum) else choice
    allowed = ", ".join(str(choice) for choice in option.choices)
    raise UserError(f"`{option.name}` is one of {allowed}, not “{_shown(raw)}”.")


def _read_iso(kind: Kind, text: str, zone: ZoneInfo) -> date | time | datetime | None:
    try:
        match kind:
            case Kind.DATE:
                return date.fromisoformat(text)
            case Kind.TIME:
                return time.fromisoformat(text if text[1:2].isdigit() else f"0{text}").replace(tzinfo=None)
            case _:
                moment = datetime.fromisoformat(text)
                return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except ValueError:
        return None


def _read_words(kind: Kind, text: str, zone: ZoneInfo, now: datetime) -> date | time | datetime | None:
    found = find_moment(text, zone, now, past=kind is Kind.MOMENT)
    match kind:
        case _ if found is None:
            return None
        case Kind.DATE:
            return found.date()
        case Kind.TIME:
            return found.time().replace(second=0, microsecond=0)
        case _:
            return found.astimezone(UTC)
