"""What goes wrong besides: connections drop, limits storm, servers fail, answers get lost on their way."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from random import Random
from typing import TypeAlias

from tests.servers.discord import DiscordServer, Fault
from tests.servers.slack import SlackServer

Trouble: TypeAlias = Callable[[DiscordServer, SlackServer, Random], Awaitable[None]]


async def discord_drops(discord: DiscordServer, slack: SlackServer, rng: Random) -> None:
    """Every socket closes; what was told is told again when it is resumed."""
    discord.gateway.replay = rng.randint(0, 5)
    await discord.gateway.drop()


async def discord_reconnects(discord: DiscordServer, slack: SlackServer, rng: Random) -> None:
    """Discord asks to connect anew."""
    await discord.gateway.ask_to_reconnect()


async def discord_storms(discord: DiscordServer, slack: SlackServer, rng: Random) -> None:
    """Discord answers 429 to the next requests."""
    discord.limits.surprises.extend([0.05] * rng.randint(1, 6))


async def discord_fails(discord: DiscordServer, slack: SlackServer, rng: Random) -> None:
    """Discord answers with an error of its own."""
    for method, path in rng.sample([("POST", "/messages"), ("PATCH", "/messages"), ("PATCH", "/webhooks/")], 2):
        discord.faults.append(Fault(method, path, rng.choice([500, 502, 503])))


async def discord_leaves_open(discord: DiscordServer, slack: SlackServer, rng: Random) -> None:
    """Discord does it, and the answer that says so gets lost."""
    requests = [("POST", "/messages"), ("PATCH", "/messages"), ("PATCH", "/webhooks/"), ("POST", "/callback")]
    for method, path in rng.sample(requests, 2):
        discord.faults.append(Fault(method, path, None))


async def slack_drops(discord: DiscordServer, slack: SlackServer, rng: Random) -> None:
    """One socket closes, and is opened again after a while."""
    await slack.sockets.disconnect(rng.choice(["refresh_requested", "warning"]))


async def slack_storms(discord: DiscordServer, slack: SlackServer, rng: Random) -> None:
    """Slack answers 429 to the next calls."""
    for method in rng.sample(["chat.postMessage", "chat.update", "chat.startStream", "chat.appendStream"], 2):
        slack.api.limit_next(method, 0, rng.randint(1, 3))


async def slack_fails(discord: DiscordServer, slack: SlackServer, rng: Random) -> None:
    """Slack answers with an error of its own."""
    for method in rng.sample(["chat.postMessage", "chat.update", "chat.startStream", "chat.stopStream"], 2):
        slack.api.break_next(method, rng.choice([500, 503]))


async def slack_leaves_open(discord: DiscordServer, slack: SlackServer, rng: Random) -> None:
    """Slack does it, and the answer that says so gets lost."""
    for method in rng.sample(["chat.postMessage", "chat.update", "chat.startStream", "chat.stopStream"], 2):
        slack.api.break_next(method, None)


TROUBLES: Sequence[Trouble] = (
    discord_drops,
    discord_reconnects,
    discord_storms,
    discord_fails,
    discord_leaves_open,
    slack_drops,
    slack_storms,
    slack_fails,
    slack_leaves_open,
)
