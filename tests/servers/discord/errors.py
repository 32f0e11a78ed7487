"""Discord's error answers, and its checks of what an application sends."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from aiohttp import web

from tests.servers.discord.world import Json

MAX_CONTENT = 2000
MAX_FILES = 10
MAX_FILE_BYTES = 10 * 1024 * 1024
_COMMAND_NAME = re.compile(r"[-_'\w]{1,32}")


class Refused(Exception):
    """An answer with an error: HTTP status, Discord's code, and what it says."""

    def __init__(self, status: int, code: int, message: str, errors: Json | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"code": code, "message": message, **({"errors": errors} if errors else {})}


def answer(value: object, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """A JSON answer; the content type is exactly this one, without a charset, as clients compare it."""
    body = json.dumps(value).encode()
    return web.Response(body=body, status=status, headers={"Content-Type": "application/json", **(headers or {})})


def invalid(field: str, problem: str) -> Refused:
    """The answer to a form with a mistake."""
    return Refused(
        400,
        50035,
        "Invalid Form Body",
        {field: {"_errors": [{"code": "BASE_TYPE_BAD_LENGTH", "message": problem}]}},
    )


def check_message(body: Json, files: Sequence[bytes]) -> None:
    """Refuse what Discord refuses in a message."""
    if len(body.get("content") or "") > MAX_CONTENT:
        raise invalid("content", f"Must be {MAX_CONTENT} or fewer in length.")
    if len(files) > MAX_FILES or len(body.get("attachments") or []) > MAX_FILES:
        raise Refused(400, 30015, "Maximum number of attachments in a message reached (10)")
    if any(len(data) > MAX_FILE_BYTES for data in files):
        raise Refused(413, 40005, "Request entity too large")
    _check_embeds(body.get("embeds") or [])
    _check_components(body.get("components") or [])


def _check_embeds(embeds: list[Json]) -> None:
    if len(embeds) > 10:
        raise invalid("embeds", "Must be 10 or fewer in length.")
    total = 0
    for embed in embeds:
        texts = [(embed.get("title") or "", 256), (embed.get("description") or "", 4096)]
        if len(embed.get("fields") or []) > 25:
            raise invalid("embeds", "Must be 25 or fewer in length.")
        for item in embed.get("fields") or []:
            if not (item["name"] and item["value"]):
                raise invalid("embeds", "This field is required")
            texts += [(item["name"], 256), (item["value"], 1024)]
        if any(len(text) > limit for text, limit in texts):
            raise invalid("embeds", "Must be fewer in length.")
        total += sum(len(text) for text, _ in texts)
    if total > 6000:
        raise invalid("embeds", "Embed size exceeds maximum size of 6000")


def _check_components(rows: list[Json]) -> None:
    buttons = [button for row in rows for button in row["components"]]
    if len(rows) > 5 or any(not 1 <= len(row["components"]) <= 5 for row in rows):
        raise invalid("components", "Must be between 1 and 5 in length.")
    names = [button["custom_id"] for button in buttons]
    if any(not 1 <= len(name) <= 100 for name in names):
        raise invalid("components", "Must be between 1 and 100 in length.")
    if len(set(names)) < len(names):
        raise invalid("components", "Component custom id cannot be duplicated")
    if any(not 1 <= len(button["label"]) <= 80 for button in buttons):
        raise invalid("components", "Must be between 1 and 80 in length.")


def check_modal(modal: Json) -> None:
    """Refuse what Discord refuses in a form."""
    fields = [row.get("component") or row["components"][0] for row in modal["components"]]
    labels = [row["label"] if row["type"] == 18 else row["components"][0]["label"] for row in modal["components"]]
    ids = [modal["custom_id"], *(field["custom_id"] for field in fields)]
    if not 1 <= len(fields) <= 5:
        raise invalid("components", "Must be between 1 and 5 in length.")
    if len(modal["title"]) > 45 or any(not 1 <= len(label) <= 45 for label in labels):
        raise invalid("title", "Must be between 1 and 45 in length.")
    if any(not 1 <= len(id_) <= 100 for id_ in ids) or len(set(ids)) < len(ids):
        raise invalid("custom_id", "Must be between 1 and 100 in length, and no two the same.")
    for field in fields:
        if len(field.get("placeholder") or "") > 100 or (field.get("max_length") or 1) > 4000:
            raise invalid("components", "Must be fewer in length.")


def check_commands(commands: list[Json]) -> None:
    """Refuse what Discord refuses in application commands."""
    if len([command for command in commands if command.get("type", 1) == 1]) > 100:
        raise Refused(400, 30032, "Maximum number of application commands reached (100).")
    names = [(command.get("type", 1), command["name"]) for command in commands]
    if len(set(names)) < len(names):
        raise invalid("name", "Application command names must be unique")
    for command in commands:
        if command.get("type", 1) == 1:
            _check_command(command)
        elif not 1 <= len(command["name"]) <= 32 or command.get("description"):
            raise invalid("name", "Context menu commands have a name of 1-32 characters and no description")


def _check_command(command: Json) -> None:
    if not _COMMAND_NAME.fullmatch(command["name"]) or command["name"] != command["name"].lower():
        raise invalid("name", "Command name is invalid")
    if not 1 <= len(command.get("description", "")) <= 100:
        raise invalid("description", "Must be between 1 and 100 in length.")
    options = command.get("options", [])
    if len(options) > 25:
        raise invalid("options", "Must be 25 or fewer in length.")
    optional = False
    for option in options:
        _check_command(option)
        optional = optional or not option.get("required")
        if option.get("required") and optional:
            raise invalid("options", "Required options must be placed before non-required options")
        if option.get("choices") and (len(option["choices"]) > 25 or option.get("autocomplete")):
            raise invalid("options", "Must be 25 or fewer choices, and none with autocomplete")
        if option["type"] not in (1, 2, 3, 4, 5, 6, 7, 10, 11):
            raise invalid("options", "Unknown option type")
