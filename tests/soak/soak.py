"""Kills Atelier again and again while people ask, and counts what became of their questions."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TypeAlias

from tests.servers.discord import Channel, DiscordServer, Guild, discord_server
from tests.servers.slack import SlackServer
from tests.soak.asks import LONG, ONCE, PRIVATE, Ask, OnDiscord, OnSlack, Verdict
from tests.soak.process import Process
from tests.soak.trouble import TROUBLES

COMMANDS = ("", "", "slow", "slow", "quick", LONG, PRIVATE, PRIVATE, ONCE)
"""What is asked; empty for a mention."""

WAKING = 0.25
"""How many of the moments fall while Atelier is starting."""

AT_REQUEST = 0.5
"""How many of the others fall exactly where it asks something of a platform, rather than at a time."""

TROUBLED = 0.6
"""In how many something else goes wrong besides."""

IN_GOOD_ORDER = 0.1
"""How often it is asked to stop instead."""

CROWDED = 0.5
"""How many have all that is asked in it asked in one channel."""

TOLD_TWICE = 0.2
DIRECT = 0.3
"""How many questions are told of twice, and how many of those in words are asked in the direct conversation."""

ASKING_SECONDS = 0.4
STARTING_SECONDS = 0.4
READY_SECONDS = 30.0
LONGEST_LIFE_SECONDS = 1.2
ACK_SECONDS = 1.0
QUIET_SECONDS = 40.0
"""How long the last process may take until everybody has an answer."""

Say: TypeAlias = Callable[[str], None]


@dataclass(frozen=True)
class Report:
    """What became of all questions.

    Attributes:
        seed: Makes the same moments again.
        moments: How often Atelier was killed.
        verdicts: How many questions came to which end.
        problems: Those that came to a bad one, and what is shown of their answers.
    """

    seed: int
    moments: int
    verdicts: Counter[Verdict]
    problems: Sequence[str]

    def __str__(self) -> str:
        accepted = sum(self.verdicts.values()) - self.verdicts[Verdict.IGNORED]
        counts = ", ".join(f"{verdict}: {self.verdicts[verdict]}" for verdict in Verdict)
        lines = [f"seed {self.seed}: {self.moments} kills, {accepted} accepted; {counts}", *self.problems]
        return "\n".join(lines)


class Soak:
    """One run.

    Args:
        folder: Where Atelier keeps everything.
        seed: Chooses what happens, and when.
        discord: The Discord that it speaks to.
        slack: The Slack that it speaks to.
    """

    def __init__(self, folder: Path, seed: int, discord: DiscordServer, slack: SlackServer) -> None:
        self._rng = Random(seed)
        self._seed = seed
        self._discord, self._slack = discord, slack
        self._guild: Guild = discord.guild("Soaked")
        self._process = Process(folder, discord, slack)
        self._asks: list[Ask] = []
        self._asking: list[asyncio.Task[None]] = []

    async def run(self, moments: int, say: Say = lambda line: None) -> Report:
        """Kill it so many times, then let it finish, and count.

        Raises:
            RuntimeError: It does not start, or does not end when it is asked to.
        """
        self._slack.sockets.ack_seconds = ACK_SECONDS
        self._slack.workspace.clock = time.time
        self._process.start()
        await self._discord.until(lambda: self._discord.rest.commands[""], READY_SECONDS)
        self._process.kill()
        kills = 0
        while kills < moments:
            # What Discord knows of is what a start is told of.
            asks = self._plan(self._process.starts)
            await self._process.gone()
            self._process.start()
            await self._live(asks)
            if self._rng.random() < IN_GOOD_ORDER:
                self._process.ask_to_stop()
                continue
            self._process.kill()
            kills += 1
            if kills % 10 == 0:
                say(f"{kills} of {moments}")
        await self._process.gone()
        self._process.start()
        await self._process.ready()
        problems = await self._settle()
        self._process.ask_to_stop()
        code = await self._process.gone()
        if code != 0:
            problems.append(f"the last process ended with {code}")
        return self._report(moments, problems)

    def _plan(self, life: int) -> list[Ask]:
        """What is asked in one life of the process."""
        crowd = f"m{life}" if self._rng.random() < CROWDED else None
        asks = [self._ask(f"m{life}q{number}", crowd) for number in range(self._rng.randint(2, 5))]
        self._asks += asks
        return asks

    def _ask(self, tag: str, crowd: str | None) -> Ask:
        """Somebody's question: in a channel of its own, or where others ask at the same time."""
        command, twice = self._rng.choice(COMMANDS), self._rng.random() < TOLD_TWICE
        direct = not command and self._rng.random() < DIRECT
        if self._rng.random() < 0.5:
            person = self._discord.person(f"Person {tag}", self._guild)
            place = None if direct else self._channel(crowd or tag)
            return OnDiscord(self._discord, person, place, tag, command, twice=twice, alone=crowd is None)
        # What a command says below no question could not be told from what another says.
        name = tag if command or crowd is None else crowd
        channel = None if direct else f"C{name.upper()}"
        return OnSlack(self._slack, f"U{tag.upper()}", channel, tag, command, lose_acks=int(twice))

    def _channel(self, name: str) -> Channel:
        """The channel of this name, made when it is first needed."""
        there = (channel for channel in self._guild.channels if channel.name == name)
        return next(there, None) or self._discord.world.channel(self._guild, name)

    async def _live(self, asks: Sequence[Ask]) -> None:
        """One life of the process, until the moment at which it is to end."""
        rng = self._rng
        waking = rng.random() < WAKING
        lifetime = rng.uniform(0, STARTING_SECONDS if waking else LONGEST_LIFE_SECONDS)
        told = asyncio.Event()
        if not waking:
            await self._process.ready()
            if rng.random() < TROUBLED:
                await rng.choice(TROUBLES)(self._discord, self._slack, rng)
            if rng.random() < AT_REQUEST:
                self._end_at(rng.randint(1, 8 * len(asks)), told)
        for ask in asks:
            self._begin(ask, rng.uniform(0, ASKING_SECONDS))
        with suppress(TimeoutError):
            await asyncio.wait_for(told.wait(), lifetime)
        self._discord.watch = self._slack.api.watch = None

    def _begin(self, ask: Ask, delay: float) -> None:
        async def begin() -> None:
            await asyncio.sleep(delay)
            await ask.ask()

        self._asking.append(asyncio.get_running_loop().create_task(begin()))

    def _end_at(self, count: int, told: asyncio.Event) -> None:
        """Kill it where it has asked something of a platform so many times: before that is done, or right after."""
        left = count

        def watch(what: str) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                told.set()
                self._process.kill()

        self._discord.watch = self._slack.api.watch = watch

    async def _settle(self) -> list[str]:
        """Wait until everybody has an answer; what went wrong with the waiting itself is returned."""
        asked = await asyncio.gather(*self._asking, return_exceptions=True)
        on_discord = [ask for ask in self._asks if isinstance(ask, OnDiscord)]
        on_slack = [ask for ask in self._asks if isinstance(ask, OnSlack)]
        # Those that are not there in time are told of by the report.
        await asyncio.gather(
            self._discord.until(lambda: all(ask.settled for ask in on_discord), QUIET_SECONDS),
            self._slack.workspace.until(lambda: all(ask.settled for ask in on_slack), QUIET_SECONDS),
            return_exceptions=True,
        )
        return [f"not asked: {error!r}" for error in asked if error is not None]

    def _report(self, moments: int, problems: list[str]) -> Report:
        verdicts = Counter(ask.verdict() for ask in self._asks)
        problems += [str(ask) for ask in self._asks if not ask.settled]
        noted = self._process.runs.read_text(encoding="utf-8") if self._process.runs.exists() else ""
        runs = Counter(noted.splitlines())
        problems += [f"{line} ran {count} times" for line, count in runs.items() if count > 1]
        return Report(self._seed, moments, verdicts, problems)


async def soak(folder: Path, seed: int, moments: int, say: Say = lambda line: None) -> Report:
    """Kill a new Atelier so many times, with everything that chance decides chosen by the seed."""
    async with discord_server() as discord, SlackServer() as slack:
        return await Soak(folder, seed, discord, slack).run(moments, say)
