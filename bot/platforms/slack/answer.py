"""One answer that everybody sees: a message that grows, its further pages, and its files."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import structlog

from bot.platform import Body, File, State
from bot.platforms.slack.blocks import Content, content, extras, pages
from bot.platforms.slack.pace import Pace
from bot.platforms.slack.places import Asker, Place
from bot.platforms.slack.stream import defused, settled
from bot.platforms.slack.web import Json, SlackRefused, Web
from bot.text.slack import to_slack

log = structlog.get_logger(__name__)

MOST_PAGES = 5
"""An answer with more pages than this is completed by a file."""


@dataclass
class Page:
    """A message of the answer.

    Attributes:
        ts: Slack's id.
        shown: What it shows.
        streamed: What was streamed into it so far; None once it is an ordinary message.
    """

    ts: str
    shown: Content | None = None
    streamed: str | None = None


@dataclass
class Answer:
    """Shows a body.

    Attributes:
        web: Where it is posted.
        pace: How often.
        place: Where it goes.
        asker: Who asked; streaming in a channel needs to know.
        stream: Whether Slack's native streaming may be tried.
    """

    web: Web
    pace: Pace
    place: Place
    asker: Asker | None = None
    stream: bool = True
    posted: list[Page] = field(default_factory=list)
    files: int = 0
    notes: list[str] = field(default_factory=list)

    async def show(self, body: Body) -> None:
        """Bring every message up to date; only what changed is sent."""
        final = body.state is not State.WORKING
        texts = pages(body.text)
        if len(texts) > MOST_PAGES:
            texts = texts[:MOST_PAGES]
            if final and not self.notes:
                whole = File("answer.md", body.text.encode(), "text/markdown", alt="The whole answer")
                self.notes.append("*The rest is in the file below.*")
                await self._post_file(whole)
        if final and len(body.files) > self.files:
            # The first message comes before its files.
            if not self.posted:
                await self._show_page(0, texts[0], body, last=len(texts) == 1)
            for file in body.files[self.files :]:
                await self._post_file(file)
                self.files += 1
        if self.notes and final:
            texts = [*texts[:-1], "\n\n".join([texts[-1], *self.notes]).strip()]
        for number, text in enumerate(texts):
            await self._show_page(number, text, body, last=number == len(texts) - 1)
        for surplus in self.posted[len(texts) :]:
            await self.web.call("chat.delete", channel=self.place.channel, ts=surplus.ts)
        del self.posted[len(texts) :]

    async def delete(self) -> None:
        """Remove it."""
        for page in self.posted:
            await self.web.call("chat.delete", channel=self.place.channel, ts=page.ts)

    async def _show_page(self, number: int, text: str, body: Body, *, last: bool) -> None:
        below = extras(body) if last else []
        working = body.state is State.WORKING and last
        page = self.posted[number] if number < len(self.posted) else None
        if page is None:
            if working and self._can_stream(body) and (begin := defused(settled(text))).strip():
                page = await self._start_stream(begin)
            if page is None:
                page = await self._post(content(text, below))
            self.posted.append(page)
            return
        if page.streamed is not None:
            if working and self._can_stream(body):
                await self._append(page, text)
                return
            await self._stop(page, text, below)
        shown = content(text, below)
        if page.shown != shown:
            await self.pace.turn(self.place.channel, urgent=not working)
            await self._update(page, shown)

    def _can_stream(self, body: Body) -> bool:
        """A stream shows nothing but text: no progress, no buttons."""
        plain = body.progress is None and body.question is None and not body.cards
        return self.stream and plain and self.place.thread is not None and (self.asker is not None or self.place.direct)

    async def _start_stream(self, text: str) -> Page | None:
        asker = self.asker
        try:
            answer = await self.web.call(
                "chat.startStream",
                channel=self.place.channel,
                thread_ts=self.place.thread,
                markdown_text=text,
                recipient_user_id=asker.user if asker else None,
                recipient_team_id=asker.team if asker else None,
            )
        except SlackRefused as error:
            log.debug("no native streaming here", channel=self.place.channel, error=error.error)
            self.stream = False
            return None
        return Page(str(answer["ts"]), streamed=text)

    async def _append(self, page: Page, text: str) -> None:
        """Add what is new; a text that was rewritten waits for the end."""
        assert page.streamed is not None
        whole = defused(settled(text))
        if whole.startswith(page.streamed) and whole != page.streamed:
            await self.pace.turn(self.place.channel)
            added = whole[len(page.streamed) :]
            await self.web.call("chat.appendStream", channel=self.place.channel, ts=page.ts, markdown_text=added)
            page.streamed = whole

    async def _stop(self, page: Page, text: str, below: list[Json]) -> None:
        """End a stream with all that was held back; what does not continue it replaces it afterwards."""
        assert page.streamed is not None
        whole = defused(text)
        rest = whole[len(page.streamed) :] if whole.startswith(page.streamed) else None
        try:
            await self.web.call(
                "chat.stopStream",
                channel=self.place.channel,
                ts=page.ts,
                markdown_text=rest or None,
                blocks=[*below] or None,
            )
        except SlackRefused as error:
            # Slack ends a stream by itself after some minutes of silence; the message is an ordinary one then.
            if error.error != "message_not_in_streaming_state":
                raise
            rest = None
        page.streamed = None
        if rest is not None:
            page.shown = content(text, below)

    async def _post(self, shown: Content) -> Page:
        await self.pace.turn(self.place.channel, urgent=True)
        answer = await self.web.call(
            "chat.postMessage",
            channel=self.place.channel,
            thread_ts=self.place.thread,
            unfurl_links=False,
            unfurl_media=False,
            **arguments(shown),
        )
        return Page(str(answer["ts"]), shown)

    async def _update(self, page: Page, shown: Content) -> None:
        await self.web.call("chat.update", channel=self.place.channel, ts=page.ts, **arguments(shown))
        page.shown = shown

    async def _post_file(self, file: File) -> None:
        try:
            await share(self.web, file, self.place)
        except SlackRefused as error:
            self.notes.append(f"{file.name} could not be posted. {error}")


def arguments(shown: Content) -> Json:
    """What a message is posted or changed with."""
    return {"text": shown.text, "blocks": [*shown.blocks], "parse": "none"}


async def share(web: Web, file: File, place: Place) -> None:
    """Upload a file and show it.

    Raises:
        SlackRefused: It was not taken.
    """
    ticket = await web.call(
        "files.getUploadURLExternal", filename=file.name, length=len(file.data), alt_txt=file.alt or None
    )
    await web.upload(str(ticket["upload_url"]), file.data)
    await web.call(
        "files.completeUploadExternal",
        files=json.dumps([{"id": ticket["file_id"], "title": file.name}]),
        channel_id=place.channel,
        thread_ts=place.thread,
        initial_comment=to_slack(file.caption) or None,
    )
