"""What `/help` shows."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Literal

import pytest

from bot import Card, Language, Plugin, Range, Tone
from bot.body import Body, State
from bot.testing import Testbed

GERMAN = Language("de")

bakery = Plugin("bakery", "HTTP for bread.")


@bakery.command(examples=["/bake loaves:2"])
async def bake(
    loaves: Annotated[int, Range(1, 12_000_000)],
    flour: Literal["rye", "wheat"] = "rye",
    at: time = time(6),
    hot: Annotated[float | None, Range(min=20.5)] = None,
    cool: Annotated[float | None, Range(max=4)] = None,
    label: Annotated[str, Range(1, 30)] = "bread",
    note: Annotated[str | None, Range()] = None,
    seeds: bool = False,
    tone: Tone = Tone.PLAYFUL,
    language: Language = GERMAN,
) -> str:
    """I bake bread.

    Slowly, as it should be.

    Args:
        loaves: How many.
    """
    return "🍞" * loaves


@bakery.command(admin=True)
async def sell() -> str:
    """Sell all of it."""
    return "Sold."


@bakery.command(internal=True)
async def burn() -> str:
    """Burn it."""
    return "Burnt."


def card(body: Body) -> Card:
    [found] = body.cards
    return found


async def test_lists_every_command_by_plugin(atelier: Testbed) -> None:
    text = (await atelier.say("/help")).text
    assert "**digest** — what was talked about" in text
    assert "- `/digest now` — " in text
    assert "- `/profile show` — " in text
    assert text.index("**chat**") < text.index("**digest**") < text.index("**summarize**")


async def test_only_the_person_who_asks_sees_it(atelier: Testbed) -> None:
    await atelier.say("/help")
    assert [address.private_to for address in atelier.platform.addresses.values()] == ["test:ana"]


async def test_shows_admins_their_commands_and_others_not(atelier: Testbed) -> None:
    assert "/settings plugin" not in (await atelier.say("/help")).text
    shown = (await atelier.say("/help", person=atelier.admin)).text
    assert "- `/settings plugin` — switch a plugin on or off. *(admins)*" in shown


async def test_a_plugin_that_is_switched_off_here_is_not_shown(atelier: Testbed) -> None:
    await atelier.say("/settings plugin name:digest on:no", person=atelier.admin)
    assert "/digest" not in (await atelier.say("/help")).text
    assert "/digest" in (await atelier.say("/help", channel="random")).text


async def test_names_that_are_all_capitals_keep_them(atelier: Testbed) -> None:
    await atelier.app.plugins.add(bakery)
    text = (await atelier.say("/help")).text
    assert "**bakery** — HTTP for bread." in text
    assert "- `/bake` — I bake bread." in text
    assert "burn" not in text


@pytest.mark.usefixtures("modules_as_before")
async def test_says_that_plain_words_will_do_where_they_do(atelier: Testbed) -> None:
    assert "ask in your own words" in (await atelier.say("/help")).text
    await atelier.app.plugins.unload("chat")
    assert "ask in your own words" not in (await atelier.say("/help")).text


async def test_a_command_is_shown_with_its_options_and_examples(atelier: Testbed) -> None:
    await atelier.app.plugins.add(bakery)
    shown = card(await atelier.say("/help bake"))
    assert shown.title == "/bake"
    assert shown.text == "I bake bread.\n\nSlowly, as it should be."
    fields = dict(shown.fields)
    assert fields["Usage"].startswith("`/bake loaves:integer [flour:rye|wheat]")
    assert fields["Options"].splitlines() == [
        "- `loaves` (integer, 1–12,000,000; required) — How many.",
        "- `flour` (one of rye, wheat; default rye)",
        "- `at` (time; default 06:00)",
        "- `hot` (number, at least 20.5)",
        "- `cool` (number, at most 4)",
        "- `label` (text, 1–30 characters; default bread)",
        "- `note` (text)",
        "- `seeds` (boolean; default no)",
        "- `tone` (one of plain, friendly, formal, playful; default playful)",
        "- `language` (language; default de)",
    ]
    assert fields["Examples"] == "`/bake loaves:2`"
    assert "Good to know" not in fields


async def test_what_is_special_about_a_command_is_told(atelier: Testbed) -> None:
    shown = dict(card(await atelier.say("/help settings show", person=atelier.admin)).fields)
    assert shown["Good to know"] == "Only admins may use it. Only you see the answer."
    assert "Options" not in shown
    chat = dict(card(await atelier.say("/help chat")).fields)
    assert chat["Good to know"] == "It also answers when you mention me or write to me."


async def test_a_group_is_shown_with_its_commands(atelier: Testbed) -> None:
    shown = card(await atelier.say("/help digest", person=atelier.admin))
    assert shown.title == "/digest"
    usages = [name for name, _ in shown.fields]
    assert usages[:2] == ["`/digest list`", "`/digest now [length:short|medium|long]`"]
    assert ("`/digest off [which:text]`", "Switch a digest off.") in shown.fields


async def test_a_plugin_that_is_no_group_is_shown_with_its_commands(atelier: Testbed) -> None:
    await atelier.app.plugins.add(bakery)
    shown = card(await atelier.say("/help bakery"))
    assert shown.title == "bakery"
    assert [name.split(" ")[0].strip("`") for name, _ in shown.fields] == ["/bake"]


@pytest.mark.parametrize("asked", ["/digest now", "Digest  NOW", "command:digest now"])
async def test_a_command_is_found_however_it_is_written(atelier: Testbed, asked: str) -> None:
    assert card(await atelier.say(f"/help {asked}")).title == "/digest now"


@pytest.mark.parametrize(
    ("asked", "near"),
    [("sumarize", "/help summarize"), ("digst", "/help digest"), ("digest nowe", "/help digest now")],
)
async def test_a_slip_brings_the_nearest_name(atelier: Testbed, asked: str, near: str) -> None:
    body = await atelier.say(f"/help {asked}")
    assert body.state is State.FAILED
    assert body.text.endswith(f"Did you mean `{near}`?")


async def test_the_bare_name_of_a_command_in_a_group_brings_the_full_one(atelier: Testbed) -> None:
    assert "Did you mean `/help profile unlink`?" in (await atelier.say("/help unlnk")).text


async def test_what_is_near_to_nothing_brings_the_way_to_the_list(atelier: Testbed) -> None:
    assert (await atelier.say("/help zzzzzz")).text.endswith("`/help` lists all I can do.")
