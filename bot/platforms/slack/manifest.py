"""The app manifest: what Slack has to know of Atelier, derived from the loaded commands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import JsonValue

from bot.errors import ConfigError

if TYPE_CHECKING:
    from bot.commands import Command

ROOT = "atelier"
"""The command that takes every other one: `/atelier summarize last:20`."""

SCOPES = (
    "app_mentions:read",
    "assistant:write",
    "channels:history",
    "channels:read",
    "chat:write",
    "commands",
    "files:read",
    "files:write",
    "groups:history",
    "groups:read",
    "im:history",
    "im:write",
    "mpim:history",
    "mpim:read",
    "reactions:read",
    "users:read",
)
"""What the bot asks for, and nothing else."""

EVENTS = (
    "app_mention",
    "assistant_thread_started",
    "channel_deleted",
    "group_deleted",
    "message.channels",
    "message.groups",
    "message.im",
    "message.mpim",
    "reaction_added",
    "reaction_removed",
)

MOST_COMMANDS = 50
MOST_SHORTCUTS = 10
SHORTCUT_CHARS = 24


def manifest(commands: Sequence[Command], *, name: str = "Atelier", url: str | None = None) -> dict[str, JsonValue]:
    """The app manifest for these commands, to be pasted at api.slack.com/apps as JSON.

    Args:
        commands: Every loaded command, menus too.
        name: What the app is called.
        url: Where Slack reaches HTTP mode (`https://…/slack/events`); without it Socket Mode is on.

    Raises:
        ConfigError: A command's name is one that Slack keeps for itself, or there are more than Slack takes.
    """
    settings: dict[str, JsonValue] = {
        "event_subscriptions": _at(url, {"bot_events": list(EVENTS)}),
        "interactivity": _at(url, {"is_enabled": True}),
        "org_deploy_enabled": False,
        "socket_mode_enabled": url is None,
        "token_rotation_enabled": False,
    }
    return {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": {
            "name": name,
            "description": "The assistant that runs on your own machine.",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": False,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "assistant_view": {
                "assistant_description": "Ask in plain words, or with a command.",
                "suggested_prompts": [],
            },
            "bot_user": {"display_name": name, "always_online": True},
            "shortcuts": _shortcuts(commands),
            "slash_commands": [_at(url, entry) for entry in _slash_commands(commands)],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": settings,
    }


def _slash_commands(commands: Sequence[Command]) -> list[dict[str, JsonValue]]:
    from bot.plugin import RESERVED

    by_name: dict[str, list[Command]] = {}
    for command in commands:
        if not command.menu and command.listed:
            by_name.setdefault(command.name.partition(" ")[0], []).append(command)
    for head, members in by_name.items():
        if head in RESERVED:
            raise ConfigError(f"/{head} of the plugin {members[0].plugin.name} is a name that Slack keeps for itself")
    entries = [_entry(ROOT, "Ask Atelier, or use any of its commands", "<question> or <command> …")]
    entries += [_entry(head, *_described(head, members)) for head, members in sorted(by_name.items()) if head != ROOT]
    if len(entries) > MOST_COMMANDS:
        raise ConfigError(
            f"Slack takes {MOST_COMMANDS} slash commands and there are {len(entries)}; disable plugins, "
            "or group their commands"
        )
    return entries


def _described(head: str, members: Sequence[Command]) -> tuple[str, str]:
    if members[0].name == head:
        return members[0].about, members[0].usage.removeprefix(f"/{head}").strip()
    return members[0].plugin.about, " | ".join(command.name.partition(" ")[2] for command in members)


def _entry(command: str, description: str, hint: str) -> dict[str, JsonValue]:
    # With escaping a named person or channel arrives by id, which is the only sure way to tell who is meant.
    entry: dict[str, JsonValue] = {"command": f"/{command}", "description": description[:2000], "should_escape": True}
    return entry | ({"usage_hint": hint[:1000]} if hint else {})


def _shortcuts(commands: Sequence[Command]) -> list[JsonValue]:
    menus = [command for command in commands if command.menu]
    if len(menus) > MOST_SHORTCUTS:
        raise ConfigError(f"Slack takes {MOST_SHORTCUTS} shortcuts and there are {len(menus)} menus; disable plugins")
    return [
        {
            "name": command.name[:SHORTCUT_CHARS],
            "type": "message",
            "callback_id": command.name,
            "description": (command.about or command.name)[:150],
        }
        for command in menus
    ]


def _at(url: str | None, entry: dict[str, JsonValue]) -> dict[str, JsonValue]:
    if url is None:
        return entry
    return entry | {"url" if "command" in entry else "request_url": url}
