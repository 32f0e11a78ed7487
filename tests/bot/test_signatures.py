"""What a handler's signature says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time
from enum import Enum
from typing import Annotated, Literal, Optional

import pytest
from pydantic import BaseModel

from bot import (
    Attachment,
    Choices,
    Complete,
    Embeddings,
    History,
    Language,
    Plugin,
    PluginError,
    Profile,
    Range,
    Request,
)
from bot.options import Kind
from bot.request import MessageSeen


class Size(Enum):
    S = "small"
    L = "large"


class Odd(Enum):
    A = "a"
    B = 2


class Settings(BaseModel):
    most: int = 3


def suggest(typed: str) -> list[str]:
    return [typed]


def make() -> Plugin:
    return Plugin("made", "For tests.", config=Settings)


def test_options_carry_what_the_signature_and_docstring_say() -> None:
    plugin = make()

    @plugin.command
    async def draw(
        request: Request,
        what: Annotated[str, Range(1, 200), Complete(suggest)],
        settings: Settings,
        size: Size = Size.S,
        count: Annotated[int, Range(1, 4)] = 1,
        style: Literal["ink", "oil"] = "ink",
        mood: Annotated[str, Choices("calm", "wild")] = "calm",
        at: time | None = None,
        since: Optional[datetime] = None,  # noqa: UP045 - people write it both ways
        to: Language | None = None,
        file: Attachment | None = None,
        models: Embeddings | None = None,
    ) -> str:
        """Draw a picture.

        With a pen.

        Args:
            what: What it
                shows.
            count: How many.
        """
        return what

    command = plugin.commands["draw"]
    assert (command.about, command.signature.details) == ("Draw a picture.", "With a pen.")
    by_name = {option.name: option for option in command.options}
    assert list(by_name) == ["what", "size", "count", "style", "mood", "at", "since", "to", "file"]
    assert by_name["what"].help == "What it shows."
    assert by_name["what"].required
    assert suggest is by_name["what"].suggest
    assert (
        by_name["size"].kind,
        by_name["size"].choices,
        by_name["size"].default,
    ) == (Kind.TEXT, ("small", "large"), Size.S)
    assert Range(1, 4) == by_name["count"].range
    assert by_name["style"].choices == ("ink", "oil")
    assert by_name["mood"].choices == ("calm", "wild")
    assert [option.kind for option in command.options[5:]] == [Kind.TIME, Kind.MOMENT, Kind.LANGUAGE, Kind.ATTACHMENT]
    assert not by_name["at"].required
    assert [(need.name, need.optional) for need in command.signature.needs] == [
        ("request", False),
        ("settings", False),
        ("models", True),
    ]
    assert command.usage.startswith("/draw what:text [size:small|large] [count:integer]")
    assert command.schema["required"] == ["what"]


def bad_type(thing: Callable[[], int]) -> str:
    return ""


def bad_union(thing: int | str) -> str:
    return ""


def no_type(thing) -> str:  # type: ignore[no-untyped-def]  # noqa: ANN001 - what is tested
    return ""


def bad_star(*things: int) -> str:
    return ""


def bad_name(thing: Unheard) -> str:  # type: ignore[name-defined]  # noqa: F821 - what is tested
    return ""


def bad_range(thing: Annotated[bool, Range(1, 2)]) -> str:
    return ""


def bad_enum(thing: Odd) -> str:
    return ""


@pytest.mark.parametrize("handler", [bad_type, bad_union, no_type, bad_star, bad_name, bad_range, bad_enum])
def test_a_parameter_that_cannot_be_filled_is_named(handler: Callable[..., str]) -> None:
    with pytest.raises(PluginError, match=rf"test_signatures\.py:\d+: {handler.__name__}\(\): parameter `thing"):
        make().command(handler)


def test_an_unknown_name_is_named() -> None:
    with pytest.raises(PluginError, match="the name `Unheard` is not known"):
        make().command(bad_name)


def test_names_that_platforms_keep_are_refused() -> None:
    plugin = make()

    async def me() -> str:
        return ""

    async def Loud() -> str:  # noqa: N802 - what is tested
        return ""

    with pytest.raises(PluginError, match="/me is kept by Slack or Discord"):
        plugin.command(me)
    with pytest.raises(PluginError, match="lower-case"):
        plugin.command(Loud)
    with pytest.raises(PluginError, match="/invite is kept"):
        Plugin("invite", "…", group=True)


def test_a_group_may_use_reserved_names_and_puts_its_own_before_them() -> None:
    plugin = Plugin("digest", "…", group=True)

    @plugin.command(private=True, examples=["/digest list"])
    async def list_() -> str:
        """List them."""
        return ""

    assert list(plugin.commands) == ["digest list"]
    assert plugin.commands["digest list"].private


def test_one_name_is_one_command() -> None:
    plugin = make()

    def roll() -> str:
        return ""

    plugin.command(roll)
    with pytest.raises(PluginError, match="already a command /roll"):
        plugin.command(roll)


def test_a_sync_generator_is_refused() -> None:
    def count() -> object:
        yield "1"

    with pytest.raises(PluginError, match="must be `async def`"):
        make().command(count)


def test_a_menu_can_give_no_option() -> None:
    plugin = make()

    async def fine(history: History) -> str:
        return ""

    async def needy(text: str) -> str:
        return ""

    plugin.menu("Count words")(fine)
    assert plugin.commands["Count words"].menu
    with pytest.raises(PluginError, match="`text` is required"):
        plugin.menu("Other")(needy)


def test_listeners_jobs_and_hooks_take_only_what_can_be_given() -> None:
    plugin = make()

    @plugin.listen(MessageSeen)
    async def seen(event: MessageSeen, profile: Profile) -> None: ...

    @plugin.job("0 3 * * *")
    async def nightly(embeddings: Embeddings, settings: Settings) -> None: ...

    @plugin.start
    def begin(settings: Settings) -> None: ...

    @plugin.stop
    def end() -> None: ...

    assert [job.cron for job in plugin.jobs] == ["0 3 * * *"]
    assert [len(plugin.listeners), len(plugin.starters), len(plugin.stoppers)] == [1, 1, 1]

    async def wants_profile(profile: Profile) -> None: ...

    with pytest.raises(PluginError, match="`Profile` cannot be injected here"):
        plugin.job("0 3 * * *")(wants_profile)
    with pytest.raises(PluginError, match="`Profile` cannot be injected here"):
        plugin.start(wants_profile)
