"""A core that follows a script: it answers through a real `Reply`, as the application does."""

from __future__ import annotations

import asyncio
import struct
import wave
import zlib
from datetime import date, time
from io import BytesIO
from typing import Annotated, Literal

from bot.body import Button, Card, File
from bot.commands import Command
from bot.platform import Address, Platform
from bot.plugin import Plugin
from bot.reply import Reply
from bot.request import Attachment, CancelAsked, ChoiceMade, Event, Message, Request
from bot.values import ChannelRef, Complete, Language, Range, User

plugin = Plugin("scripted", "Answers of a script.")


async def names(typed: str) -> list[str]:
    return [name for name in ("basil", "beech", "tomato") if name.startswith(typed)]


@plugin.command
async def summarize(last: Annotated[int, Range(1, 500)] = 50, text: str = "") -> str:
    """Say in short what was talked about.

    Args:
        last: How many messages to read.
        text: Summarize this instead.
    """
    return ""


@plugin.command
async def help_() -> str:
    """List the commands."""
    return ""


@plugin.command(private=True)
async def secret() -> str:
    """Tell only the person who asks."""
    return ""


@plugin.command(hidden=True, quiet=True, private=True)
async def thumb() -> None:
    """Only a button runs it."""


@plugin.command(admin=True)
async def shutdown() -> str:
    """Only for admins."""
    return ""


@plugin.command
async def plant(
    kind: Annotated[str, Complete(names)],
    size: Literal["small", "large"],
    water: bool = False,
    day: date | None = None,
    at: time | None = None,
    who: User | None = None,
    where: ChannelRef | None = None,
    language: Language | None = None,
    weight: Annotated[float | None, Range(0, 2.5)] = None,
    photo: Attachment | None = None,
) -> str:
    """Plant something.

    Args:
        kind: Which plant.
        size: How big it is.
        water: Water it at once.
        day: When to plant it.
        at: At what time.
        who: Who does it.
        where: Where to announce it.
        language: For the label.
        weight: In kilograms.
        photo: What it looks like.
    """
    return ""


@plugin.menu("Explain")
async def explain(message: Message) -> str:
    """Explain a message."""
    return ""


COMMANDS: tuple[Command, ...] = tuple(plugin.commands.values())


def png(width: int = 320, height: int = 180) -> bytes:
    """A picture: a sunset in two colours."""
    rows = b"".join(
        b"\0" + bytes(v for x in range(width) for v in (230 - 90 * y // height, 120 + 60 * x // width, 70 + y))
        for y in range(height)
    )

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def wav() -> bytes:
    """A tenth of a second of silence."""
    data = BytesIO()
    with wave.open(data, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(b"\0\0" * 800)
    return data.getvalue()


class Script:
    """Receives the platform's events, keeps them, and answers requests by what they say.

    Attributes:
        events: Everything that was received.
        go_on: A slow answer waits for this.
    """

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.events: list[Event] = []
        self.go_on = asyncio.Event()
        self.replies: dict[str, Reply] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}

    @property
    def requests(self) -> list[Request]:
        """The requests among the events."""
        return [event for event in self.events if isinstance(event, Request)]

    async def receive(self, event: Event) -> None:
        """Take an event; a request is answered by a task of its own."""
        self.events.append(event)
        match event:
            case Request():
                reply = Reply(self.platform, Address(event.channel.id, reply_to=event.origin.message), event.id)
                self.replies[event.id] = reply
                self.tasks[event.id] = asyncio.create_task(self._answer(event, reply))
            case ChoiceMade():
                self.replies[event.request_id].choose(event.choice)
            case CancelAsked():
                self.tasks[event.request_id].cancel()

    async def _answer(self, request: Request, reply: Reply) -> None:
        asked = request.command or request.text
        try:
            if "secret" in asked:
                reply.make_private(request.person.id)
                await reply.write(f"Psst, {request.person.name}.")
            elif "slow" in asked:
                await reply.write("First half")
                await self.go_on.wait()
                await reply.write(" and second half.")
            elif "progress" in asked:
                await reply.progress(0.4, "drawing")
                await self.go_on.wait()
            elif "hostile" in asked:
                await reply.write(HOSTILE)
            elif "files" in asked:
                await reply.write("Here you are:")
                await reply.show(File("sunset.png", png(), "image/png", alt="A sunset", caption="“sunset”, seed 7"))
                await reply.show(File("silence.wav", wav(), "audio/wav", alt="Silence"))
                await reply.show(File("notes.html", b"<script>alert(1)</script>", "text/html"))
            elif "card" in asked:
                fields = (("Language", "Deutsch"), ("Time zone", "Europe/Berlin"), ("Tone", "plain"))
                await reply.card(Card("Your profile", fields, (Button("Say help", "/help"),), "What I **keep**."))
            elif "choose" in asked:
                picked = await reply.ask("Erase everything?", ("Yes", "No"))
                await reply.write(f"You picked {picked}.")
            elif asked.startswith("/summarize"):
                await reply.write(SUMMARY)
            elif request.command is not None:
                given = ", ".join(f"{name}={_shown(value)}" for name, value in sorted(request.options.items()))
                await reply.write(f"Ran {request.command} with {given or 'nothing'}.")
            elif request.attachments:
                sizes = [f"{file.name} ({len(await file.read())} bytes)" for file in request.attachments]
                await reply.write(f"Received {', '.join(sizes)}.")
            else:
                cited = asked.startswith("cite")
                await reply.write(await self._cite(request) if cited else f"{request.person.name} said: {asked}")
            await reply.close()
        except asyncio.CancelledError:
            await reply.cancelled()

    async def _cite(self, request: Request) -> str:
        """The last message of the channel that is named, or of this one, with its link."""
        channel = request.text.partition(" in ")[2] or request.channel.id
        (said,) = await self.platform.history(channel, None, 1)
        return f"{said.text} — {said.author_name} [12:00]({said.link})"


def _shown(value: object) -> str:
    return value.name if isinstance(value, Attachment) else repr(value)


HOSTILE = """<script>window.hacked = 1</script><img src=x onerror="window.hacked = 2">

![a picture](http://pictures.example/track.png) [click](javascript:window.hacked=3)

`<b>code</b>`"""

SUMMARY = """**The last two days in #general**

- **Release.** 0.9 ships without over-the-air updates; they become the headline of 0.10, behind a switch (*Dana*).
- **Outage.** The demo was down for 52 minutes because the disk was full; an alarm at 80 % is live (*Ben*).
- **Sensor.** The calibration bug is fixed, the error is below 1 % (*Ana*).

| Who | What | Until |
|---|---|---|
| Ana | rc2 | today, noon |
| Lena | release notes | tomorrow |

```python
def moisture(raw: int) -> float:
    # one reading, from 0 to 1
    return min(max((raw - 320) / 410, 0.0), 1.0)
```
"""
