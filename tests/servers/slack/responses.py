"""`response_url`: where an app answers an interaction for half an hour."""

from __future__ import annotations

from aiohttp import web

from tests.servers.slack.workspace import Json, Posted, Workspace

RESPONSES = 5
"""How often a `response_url` works."""


class Responses:
    """Takes what is sent to them.

    Args:
        workspace: Where it is shown.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._open: dict[str, tuple[str, str, int]] = {}

    def open(self, number: str, user: str, channel: str) -> None:
        """Take answers to an interaction of this number: to a person, in a channel."""
        self._open[number] = (user, channel, RESPONSES)

    async def take(self, request: web.Request) -> web.Response:
        """One answer."""
        number = request.match_info["id"]
        user, channel, left = self._open.get(number, ("", "", 0))
        if left == 0:
            return web.json_response({"ok": False, "error": "used_url"}, status=404)
        self._open[number] = (user, channel, left - 1)
        body: Json = await request.json()
        messages = self._workspace.messages[channel]
        if body.get("delete_original"):
            messages[:] = [message for message in messages if message.only_for != user]
        else:
            only_for = None if body.get("response_type") == "in_channel" else user
            text, blocks = body.get("text", ""), body.get("blocks", [])
            posted = Posted(
                self._workspace.next_ts(),
                channel,
                self._workspace.bot,
                text,
                blocks=blocks,
                only_for=only_for,
                arguments=body,
            )
            self._workspace.add(posted)
        self._workspace.note()
        return web.Response(text="ok")
