"""One answer that everybody sees: a message that grows, its further pages, and its files."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from bot.body import Body, State
from bot.platform import MessageRef
from bot.platforms.slack.attached import Attached
from bot.platforms.slack.blocks import Content, arguments, content, extras, pages
from bot.platforms.slack.directory import PLATFORM
from bot.platforms.slack.pace import Pace
from bot.platforms.slack.places import Asker, Place
from bot.platforms.slack.posted import find_posted, mark, thread_of
from bot.platforms.slack.stream import defused, settled
from bot.platforms.slack.uploads import remove
from bot.platforms.slack.web import Json, SlackFailed, SlackRefused, Web
from bot.request import utc_now

log = structlog.get_logger(__name__)

MOST_PAGES = 5
"""An answer with more pages than this is completed by a file."""


@dataclass
class Page:
    """A message of the answer.

    Attributes:
        ts: Slack's id.
        shown: What it shows; None while that is not known.
        streamed: What was streamed into it so far; None once it is an ordinary message.
        unsure: Whether it may show more than that, for an answer of Slack's was lost.
    """

    ts: str
    shown: Content | None = None
    streamed: str | None = None
    unsure: bool = False


@dataclass
class Answer:
    """Shows a body.

    Attributes:
        web: Where it is posted.
        pace: How often.
        place: Where it goes.
        asker: Who asked; streaming in a channel needs to know.
        stream: Whether Slack's native streaming may be tried.
        posted: Its messages, in order.
        attached: Its files.
        request: Which request it answers; another one's answer may take its place.
        placed: Whether it is known in which thread it stands.
        ended: Whether the complete answer was to be shown.
        key: What it is found again by; empty for one that stands already.
        others: The messages of all answers that are being written.
    """

    web: Web
    pace: Pace
    place: Place
    asker: Asker | None = None
    stream: bool = True
    posted: list[Page] = field(default_factory=list)
    attached: Attached = field(init=False)
    request: str | None = None
    placed: bool = True
    ended: bool = False
    key: str = ""
    others: Callable[[], Container[str]] = tuple
    _began: datetime = field(default_factory=utc_now, init=False)
    _unsure: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        """No files yet."""
        self.attached = Attached(self.web)

    @classmethod
    def standing(cls, web: Web, pace: Pace, ref: MessageRef) -> Answer:
        """The answer that stands at `ref`, from before a restart or complete long since."""
        place = Place.of(ref.channel)
        # A message's id is a time, a file's is not.
        messages = [Page(ref.id), *(Page(each) for each in ref.more if "." in each)]
        answer = cls(web, pace, place, stream=False, posted=messages, request="", placed=place.thread is not None)
        answer.attached.ids = [each for each in ref.more if "." not in each]
        return answer

    def ref(self, channel: str) -> MessageRef:
        """Where it stands now, in the channel that it was addressed to."""
        first, *further = (page.ts for page in self.posted)
        return MessageRef(channel, first, (*further, *self.attached.ids))

    async def show(self, body: Body) -> None:
        """Bring every message up to date; only what changed is sent."""
        if self.posted and body.request_id != self.request and not body.files_stay:
            await self._begin_anew()
        if body.files_stay and len(self.posted) == MOST_PAGES:
            # It may have been so long that all of it was posted as a file.
            await self.attached.keep_own()
        self.request = body.request_id
        final = self.ended = body.state is not State.WORKING
        texts = pages(body.text)
        files = () if body.files_stay else body.files[self.attached.posted :]
        cut = len(texts) > MOST_PAGES and not self.attached.notes
        texts = texts[:MOST_PAGES]
        if final and (files or cut):
            # The messages come before their files.
            for number in range(len(self.posted), len(texts)):
                await self._show_page(number, texts[number], body, last=number == len(texts) - 1)
            if cut:
                await self.attached.complete(body.text, await self._own_place())
            for file in files:
                await self.attached.post(file, await self._own_place())
        if self.attached.notes and final:
            texts = [*texts[:-1], "\n\n".join([texts[-1], *self.attached.notes]).strip()]
        for number, text in enumerate(texts):
            await self._show_page(number, text, body, last=number == len(texts) - 1)
        while len(self.posted) > len(texts):
            await remove(self.web, self.place.channel, self.posted[-1].ts)
            del self.posted[-1]
        if final:
            await self.attached.remove_drafts()
        elif files:
            await self.attached.show_drafts(files, await self._own_place())

    async def delete(self) -> None:
        """Remove it, with its files; what is gone already is no error."""
        for page in self.posted:
            if page.streamed is not None:
                try:
                    await self._stop(page, page.streamed, [])
                except SlackRefused as error:
                    log.debug("stream not ended", error=error.error)
            await remove(self.web, self.place.channel, page.ts)
        await self.attached.remove()

    async def _begin_anew(self) -> None:
        """Make room for another answer: what was streamed can only be replaced, and the files are no longer true."""
        self.stream = False
        for page in self.posted:
            if page.streamed is not None:
                await self._stop(page, page.streamed, [])
                page.shown = None
        await self.attached.take_back()

    async def _show_page(self, number: int, text: str, body: Body, *, last: bool) -> None:
        below = extras(body) if last else []
        above = f"<@{body.mention.removeprefix(f'{PLATFORM}:')}>" if body.mention and number == 0 else ""
        working = body.state is State.WORKING and last
        if number >= len(self.posted) and self._unsure:
            await self._look_for_more()
        page = self.posted[number] if number < len(self.posted) else None
        if page is None:
            if working and self._can_stream(body) and (begin := defused(settled(text))).strip():
                page = await self._start_stream(begin)
            if page is None:
                page = await self._post(content(text, below, above=above))
            self.posted.append(page)
            return
        if page.streamed is not None and working and self._can_stream(body) and not page.unsure:
            await self._append(page, text)
        elif page.streamed is not None:
            await self._stop(page, defused(text), below, content(text, below))
        if page.streamed is None and page.shown != (shown := content(text, below, above=above)):
            await self.pace.turn(self.place.channel, urgent=not working)
            await self._update(page, shown)

    def _can_stream(self, body: Body) -> bool:
        """A stream shows nothing but text: no progress, no buttons."""
        plain = body.progress is None and body.question is None and not body.cards and body.mention is None
        return self.stream and plain and self.place.thread is not None and (self.asker is not None or self.place.direct)

    async def _start_stream(self, text: str) -> Page | None:
        asker = self.asker
        await self.pace.turn(self.place.channel, urgent=True)
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
        except SlackFailed:
            self._unsure, self.stream = True, False
            raise
        return Page(str(answer["ts"]), streamed=text)

    async def _append(self, page: Page, text: str) -> None:
        """Add what is new; a text that was rewritten waits for the end."""
        assert page.streamed is not None
        whole = defused(settled(text))
        if not whole.startswith(page.streamed) or whole == page.streamed:
            return
        await self.pace.turn(self.place.channel)
        added = whole[len(page.streamed) :]
        try:
            await self.web.call("chat.appendStream", channel=self.place.channel, ts=page.ts, markdown_text=added)
        except SlackRefused as error:
            self._closed_by_slack(page, error)
        except SlackFailed:
            page.unsure = True
            raise
        else:
            page.streamed = whole

    async def _stop(self, page: Page, whole: str, below: list[Json], shown: Content | None = None) -> None:
        """End a stream with all that was held back; what does not continue it replaces it afterwards."""
        assert page.streamed is not None
        continues = whole.startswith(page.streamed) and not page.unsure
        try:
            await self.web.call(
                "chat.stopStream",
                channel=self.place.channel,
                ts=page.ts,
                markdown_text=whole[len(page.streamed) :] or None if continues else None,
                blocks=[*below] or None,
                metadata=self._mark(),
            )
        except SlackRefused as error:
            self._closed_by_slack(page, error)
        except SlackFailed:
            page.unsure = True
            raise
        else:
            page.streamed, page.unsure = None, False
            page.shown = shown if continues else None

    def _closed_by_slack(self, page: Page, error: SlackRefused) -> None:
        """Go on by edits: Slack ends a stream by itself after some minutes."""
        if error.error != "message_not_in_streaming_state":
            raise error
        self.stream = page.unsure = False
        page.streamed = page.shown = None

    async def _post(self, shown: Content) -> Page:
        place = await self._own_place()
        await self.pace.turn(place.channel, urgent=True)
        try:
            answer = await self.web.call(
                "chat.postMessage",
                channel=place.channel,
                thread_ts=place.thread,
                unfurl_links=False,
                unfurl_media=False,
                metadata=self._mark(),
                **arguments(shown),
            )
        except SlackFailed:
            self._unsure = True
            raise
        return Page(str(answer["ts"]), shown)

    async def _look_for_more(self) -> None:
        """Take up what was posted although Slack's answer was lost."""
        known = {page.ts for page in self.posted}
        try:
            found = await find_posted(self.web, self.place, self.key, self._began, known=[*known], others=self.others())
        except SlackRefused as error:
            log.warning("an answer may be posted twice: it cannot be looked up", error=error.error)
            found = ()
        self._unsure = False
        # Whether it is a stream that is still open shows when it is ended.
        self.posted += [Page(ts, streamed="", unsure=True) for ts in found if ts not in known]

    def _mark(self) -> Json | None:
        return mark(self.key) if self.key else None

    async def _update(self, page: Page, shown: Content) -> None:
        try:
            await self._replace(page, shown)
        except SlackRefused as error:
            if error.error != "streaming_state_conflict":
                raise
            # A process before this one has left the stream open.
            page.streamed, page.unsure = "", True
            await self._stop(page, "", [])
            await self._replace(page, shown)
        page.shown = shown

    async def _replace(self, page: Page, shown: Content) -> None:
        await self.web.call(
            "chat.update", channel=self.place.channel, ts=page.ts, metadata=self._mark(), **arguments(shown)
        )

    async def _own_place(self) -> Place:
        """Where more of it goes; a question in a channel is answered in a thread that its address does not tell."""
        if not self.placed:
            self.placed = True
            try:
                self.place = await thread_of(self.web, self.place.channel, self.posted[0].ts)
            except SlackRefused as error:
                log.info("thread of an answer not found", channel=self.place.channel, error=error.error)
        return self.place
