"""The app manifest."""

from __future__ import annotations

from typing import Any

import pytest

from bot import Message, Plugin
from bot.answer_commands import plugin as answers
from bot.commands import Command
from bot.errors import ConfigError
from bot.platforms.slack import manifest


def commands(count: int = 0) -> list[Command]:
    music = Plugin("music", "Tunes.", group=True)
    dice = Plugin("dice", "Dice.")

    @music.command
    async def compose(what: str) -> str:
        """Compose a tune."""
        return what

    @music.command
    async def play() -> str:
        """Play it."""
        return ""

    @dice.command
    async def roll(sides: int = 6) -> str:
        """Roll one die."""
        return str(sides)

    @dice.command(internal=True)
    async def secret() -> str:
        return ""

    @dice.command(hidden=True)
    async def dice_again() -> str:
        return ""

    for number in range(count):

        async def one() -> str:
            return ""

        one.__name__ = f"one{number}"
        dice.command(one)
        one.__name__ = f"Menu {number}"
        dice.menu(f"Menu {number}")(one)

    @dice.menu("Count the words of this long label")
    async def words(message: Message) -> str:
        return message.text

    return [*music.commands.values(), *dice.commands.values()]


def features(**details: Any) -> Any:
    return manifest(commands(), **details)["features"]


def test_each_command_and_each_group_is_a_slash_command_with_escaping() -> None:
    slash = features()["slash_commands"]
    assert ["/atelier", "/music", "/roll"] == [entry["command"] for entry in slash]
    assert all(entry["should_escape"] for entry in slash)
    assert {"description": "Tunes.", "usage_hint": "compose | play"}.items() <= slash[1].items()
    assert {"description": "Roll one die.", "usage_hint": "[sides:integer]"}.items() <= slash[2].items()


def test_an_answer_can_be_stopped_by_a_slash_command_and_what_only_buttons_run_is_none() -> None:
    slash: Any = manifest([*answers.commands.values()])["features"]
    assert ["/atelier", "/stop"] == [entry["command"] for entry in slash["slash_commands"]]


def test_reactions_are_told_of_and_may_be_read() -> None:
    made: Any = manifest(commands())
    assert {"reaction_added", "reaction_removed", "channel_deleted", "group_deleted"} < {
        *made["settings"]["event_subscriptions"]["bot_events"]
    }
    assert "reactions:read" in made["oauth_config"]["scopes"]["bot"]


def test_a_menu_is_a_message_shortcut() -> None:
    (shortcut,) = features()["shortcuts"]
    assert ("message", "Count the words of this long label") == (shortcut["type"], shortcut["callback_id"])
    assert len(shortcut["name"]) <= 24


def test_without_an_address_socket_mode_is_on_and_with_one_everything_goes_there() -> None:
    socket: Any = manifest(commands())
    assert socket["settings"]["socket_mode_enabled"] is True
    assert "request_url" not in socket["settings"]["event_subscriptions"]
    url = "https://atelier.example/slack/events"
    http: Any = manifest(commands(), url=url)
    assert http["settings"]["socket_mode_enabled"] is False
    assert [url, url] == [http["settings"][part]["request_url"] for part in ("event_subscriptions", "interactivity")]
    assert {url} == {entry["url"] for entry in http["features"]["slash_commands"]}


def test_a_name_that_slack_keeps_is_refused_by_name() -> None:
    (roll,) = (command for command in commands() if command.name == "roll")
    with pytest.raises(ConfigError, match="/invite of the plugin dice"):
        manifest([Command("invite", roll.handler, roll.signature, roll.plugin)])


def test_more_than_slack_takes_is_refused() -> None:
    many = commands(60)
    with pytest.raises(ConfigError, match="Slack takes 50 slash commands and there are 63"):
        manifest([command for command in many if not command.menu])
    with pytest.raises(ConfigError, match="Slack takes 10 shortcuts and there are 61"):
        manifest([command for command in many if command.menu])
