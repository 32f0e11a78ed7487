"""The sample conversation: read from `sample.toml` and dated so that it ends today, or yesterday before breakfast."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from bot.request import Channel, ChannelKind, Message, Person

LOCAL = "local"
"""The name of the platform that the playground and the terminal share."""

SERVER = f"{LOCAL}:sample"
"""The id of the sample workspace."""

_DAY = re.compile(r"\{([+-]?\d+)\}")


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Said(_Row):
    by: str
    day: int
    at: time
    text: str
    id: str | None = None
    reply: str | None = None


class _Someone(_Row):
    id: str
    name: str
    about: str
    locale: str
    roles: list[str]


class _Room(_Row):
    id: str
    about: str
    messages: list[_Said]


class _Strand(_Row):
    id: str
    channel: str
    root: str
    name: str
    messages: list[_Said]


class _File(_Row):
    name: str
    about: str
    people: list[_Someone]
    channels: list[_Room]
    threads: list[_Strand]


@dataclass(frozen=True)
class Sample:
    """A workspace as it stands before anybody writes.

    Attributes:
        name: The workspace's label.
        about: What it shows, in a sentence or two.
        people: By id, in order.
        roles: What each person does, by id.
        channels: Channels and threads by id, in order.
        topics: What each channel is for, by id.
        threads: The thread that each root message opened, by the message's id.
        messages: By channel or thread, oldest first.
    """

    name: str
    about: str
    people: dict[str, Person]
    roles: dict[str, str]
    channels: dict[str, Channel]
    topics: dict[str, str]
    threads: dict[str, str]
    messages: dict[str, tuple[Message, ...]]


def load_sample(now: datetime, zone: tzinfo | None = None) -> Sample:
    """Read the sample conversation.

    Args:
        now: No message is later than this.
        zone: The zone of its clock times; None is this machine's.

    Returns:
        The workspace, with every time in UTC.
    """
    file = _File.model_validate(tomllib.loads(Path(__file__).with_name("sample.toml").read_text(encoding="utf-8")))
    said = [row for room in file.channels for row in room.messages]
    said += [row for strand in file.threads for row in strand.messages]
    last = _last_day(said, now, zone)

    people = {
        f"{LOCAL}:{row.id}": Person(f"{LOCAL}:{row.id}", row.name, row.locale, frozenset(row.roles))
        for row in file.people
    }
    channels = {row.id: Channel(row.id, SERVER, ChannelKind.CHANNEL, row.id) for row in file.channels}
    channels |= {
        row.id: Channel(row.id, SERVER, ChannelKind.THREAD, row.name, parent=row.channel) for row in file.threads
    }

    def messages(room: str, rows: list[_Said], thread: str | None = None) -> tuple[Message, ...]:
        names = {row.id: f"{room}-{number}" for number, row in enumerate(rows, 1) if row.id}
        return tuple(
            Message(
                id=f"{room}-{number}",
                channel=room,
                author=f"{LOCAL}:{row.by}",
                author_name=people[f"{LOCAL}:{row.by}"].name,
                text=_DAY.sub(lambda found: _called(last + timedelta(days=int(found[1]))), row.text),
                sent=_moment(last, row, zone),
                thread=thread,
                reply_to=names[row.reply] if row.reply else None,
            )
            for number, row in enumerate(rows, 1)
        )

    return Sample(
        name=file.name,
        about=file.about,
        people=people,
        roles={f"{LOCAL}:{row.id}": row.about for row in file.people},
        channels=channels,
        topics={row.id: row.about for row in file.channels},
        threads={
            f"{room.id}-{number}": strand.id
            for strand in file.threads
            for room in file.channels
            if room.id == strand.channel
            for number, row in enumerate(room.messages, 1)
            if row.id == strand.root
        },
        messages={row.id: messages(row.id, row.messages) for row in file.channels}
        | {row.id: messages(row.id, row.messages, thread=row.id) for row in file.threads},
    )


def _moment(last: date, row: _Said, zone: tzinfo | None) -> datetime:
    local = datetime.combine(last + timedelta(days=row.day), row.at, tzinfo=zone)
    return local.astimezone(UTC)  # without a zone Python takes the machine's


def _last_day(said: list[_Said], now: datetime, zone: tzinfo | None) -> date:
    """Today, or yesterday while today's messages would still lie ahead."""
    last = now.astimezone(zone).date()
    while any(_moment(last, row, zone) > now for row in said):
        last -= timedelta(days=1)
    return last


def _called(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B}"
