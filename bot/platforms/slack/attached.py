"""The files of one answer: each is posted once, in a message of its own, and taken back with the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog

from bot.body import File
from bot.platforms.slack.places import Place
from bot.platforms.slack.uploads import name_of, share, unshare
from bot.platforms.slack.web import SlackFailed, SlackRefused, Web

log = structlog.get_logger(__name__)

WHOLE = "answer.md"
"""The file that completes an answer with more pages than are shown."""


@dataclass
class Attached:
    """What was posted of an answer's files.

    Attributes:
        web: Where it is posted.
        ids: Slack's ids of the files.
        drafts: Those that are shown until what takes their place is done, by Slack's ids.
        posted: How many of the answer's own files were posted.
        notes: What is to be said of them below the answer.
    """

    web: Web
    ids: list[str] = field(default_factory=list)
    drafts: dict[str, File] = field(default_factory=dict)
    posted: int = 0
    notes: list[str] = field(default_factory=list)
    _tried: set[str] = field(default_factory=set, init=False)

    async def post(self, file: File, place: Place) -> None:
        """Post one of the answer's own files; a draft that is shown stays where nothing took its place."""
        if (shown := next((id_ for id_, draft in self.drafts.items() if draft == file), None)) is None:
            await self._post(file, place)
        else:
            del self.drafts[shown]
        self.posted += 1

    async def show_drafts(self, files: Sequence[File], place: Place) -> None:
        """Show drafts until what takes their place is done: of each name the first, for Slack changes no file."""
        for file in files:
            if not file.draft or file.name in self._tried:
                continue
            self._tried.add(file.name)
            try:
                id_ = await share(self.web, file, place)
            except (SlackRefused, SlackFailed) as error:
                log.info("draft not shown", file=file.name, error=repr(error))
            else:
                self.ids.append(id_)
                self.drafts[id_] = file

    async def remove_drafts(self) -> None:
        """Remove the drafts once what takes their place is shown."""
        for id_ in [*self.drafts]:
            del self.drafts[id_]
            try:
                await self._take_back(id_)
            except SlackFailed as error:
                # It goes with the answer.
                log.warning("draft not removed", file=id_, error=repr(error))

    async def complete(self, text: str, place: Place) -> None:
        """Post all of an answer whose text is too long to be shown."""
        self.notes.append("*The rest is in the file below.*")
        await self._post(File(WHOLE, text.encode(), "text/markdown", alt="The whole answer"), place)

    async def keep_own(self) -> None:
        """Take back the text that was posted as a file, for it says what the answer no longer does; the others stay."""
        for id_ in [each for each in self.ids if await name_of(self.web, each) == WHOLE]:
            await unshare(self.web, id_)
            self.ids.remove(id_)

    async def take_back(self) -> None:
        """Make room for the files of another answer."""
        while self.ids:
            await self._take_back(self.ids[-1])
        self.posted, self.notes = 0, []
        self.drafts.clear()
        self._tried.clear()

    async def remove(self) -> None:
        """Remove them with the answer.

        Raises:
            SlackRefused: One of them may not be removed.
        """
        for id_ in self.ids:
            await unshare(self.web, id_)

    async def _take_back(self, id_: str) -> None:
        try:
            await unshare(self.web, id_)
        except SlackRefused as error:
            log.warning("file not removed", file=id_, error=error.error)
        self.ids.remove(id_)

    async def _post(self, file: File, place: Place) -> None:
        try:
            self.ids.append(await share(self.web, file, place))
        except SlackRefused as error:
            self.notes.append(f"{file.name} could not be posted. {error}")
