"""Files: uploaded, shown, and taken back."""

from __future__ import annotations

import json
from collections.abc import Iterator

from bot.body import File
from bot.platforms.slack.payloads import Shared
from bot.platforms.slack.places import Place
from bot.platforms.slack.web import SlackFailed, SlackRefused, Web
from bot.text.slack import to_slack

GONE = frozenset({"file_not_found", "file_deleted"})
"""Errors that say a file is there no more."""


async def share(web: Web, file: File, place: Place) -> str:
    """Upload a file and show it.

    Returns:
        Slack's id of it.

    Raises:
        SlackRefused: It was not taken.
        SlackFailed: Slack failed; it is not shown.
    """
    ticket = await web.call(
        "files.getUploadURLExternal", filename=file.name, length=len(file.data), alt_txt=file.alt or None
    )
    await web.upload(str(ticket["upload_url"]), file.data)
    id_ = str(ticket["file_id"])
    try:
        await web.call(
            "files.completeUploadExternal",
            files=json.dumps([{"id": id_, "title": file.name}]),
            channel_id=place.channel,
            thread_ts=place.thread,
            initial_comment=to_slack(file.caption) or None,
        )
    except SlackFailed:
        if not await _is_shown(web, id_):
            raise
    return id_


async def unshare(web: Web, file: str) -> None:
    """Remove a file and the messages that show it; one that is gone already is no error.

    Raises:
        SlackRefused: It may not be removed.
    """
    try:
        found = await _info(web, file)
        # Without the file its message would stay, with its caption and a note that there was one.
        for channel, ts in _places(found):
            await remove(web, channel, ts)
        await web.call("files.delete", file=file)
    except SlackRefused as error:
        if error.error not in GONE:
            raise


async def name_of(web: Web, file: str) -> str:
    """A file's name; empty for one that is gone.

    Raises:
        SlackRefused: It may not be looked at.
    """
    try:
        return (await _info(web, file)).name
    except SlackRefused as error:
        if error.error not in GONE:
            raise
        return ""


async def remove(web: Web, channel: str, ts: str) -> None:
    """Remove a message of the bot's; one that is gone already is no error.

    Raises:
        SlackRefused: It may not be removed.
    """
    try:
        await web.call("chat.delete", channel=channel, ts=ts)
    except SlackRefused as error:
        if error.error == "streaming_state_conflict":
            # A process before this one has left the stream open.
            await web.call("chat.stopStream", channel=channel, ts=ts)
            await web.call("chat.delete", channel=channel, ts=ts)
        elif error.error not in {"message_not_found", "channel_not_found"}:
            raise


async def _info(web: Web, file: str) -> Shared:
    return Shared.model_validate((await web.call("files.info", file=file))["file"])


async def _is_shown(web: Web, file: str) -> bool:
    """Whether a file is shown somewhere; it has been when Slack's answer to that was lost."""
    try:
        return any(True for _ in _places(await _info(web, file)))
    except SlackRefused:
        return False


def _places(file: Shared) -> Iterator[tuple[str, str]]:
    for channels in file.shares.values():
        for channel, messages in channels.items():
            yield from ((channel, message.ts) for message in messages)
