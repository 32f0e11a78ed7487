"""Reads what an application sends: JSON, or a form with files."""

from __future__ import annotations

import json

from aiohttp import web

from tests.servers.discord.world import Json


async def read_body(request: web.Request) -> tuple[Json, list[tuple[str, bytes]]]:
    """A JSON body, or a form with `payload_json` and files."""
    if not request.content_type.startswith("multipart/"):
        return await request.json(), []
    body: Json = {}
    files: list[tuple[str, bytes]] = []
    async for part in await request.multipart():
        assert not isinstance(part, str)
        data = await part.read()  # type: ignore[union-attr]  # nested forms are none of Discord's
        if part.name == "payload_json":  # type: ignore[union-attr]
            body = json.loads(bytes(data))
        else:
            files.append((part.filename or "file", bytes(data)))  # type: ignore[union-attr]
    return body, files
