from __future__ import annotations

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import ChannelRef, Language, Phrase, Plugin, User
from bot.phrases import read_phrase
from plugins.chat.filling import Filler, missing
from plugins.chat.filling_tags import Carriers, Tagger
from plugins.chat.routing_words import words
from tests.plugins.chat.routing_plugin import AT, plugin

FILLER = Filler(plugin.commands.values())


def fill(name: str, text: str, *nearest: str) -> dict[str, str]:
    return FILLER.fill(plugin.commands[name], text, [read_phrase(line) for line in nearest], AT)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("bake a chocolate cake", {"what": "a chocolate cake"}),
        ("could you bake a cherry pie for me please", {"what": "a cherry pie"}),
        ("bake 15 croissants", {"what": "croissants", "count": "15"}),
        ("make twelve scones", {"what": "scones", "count": "12"}),
        ("bake a wedding cake, large", {"what": "a wedding cake", "size": "large"}),
        ('bake "a cake with a message"', {"what": "a cake with a message"}),
        ("bake baguettes on monday", {"what": "baguettes", "day": "monday"}),
    ],
)
def test_values_are_found_as_in_the_phrases(text: str, values: dict[str, str]) -> None:
    assert values == fill("bake", text)


def test_a_long_text_is_a_value_to_its_end() -> None:
    pudding = "bread and butter pudding " * 40

    assert pudding.strip() == fill("bake", f"bake {pudding}")["what"]


def test_what_is_no_such_value_is_kept_for_the_command_to_refuse() -> None:
    assert "500" == fill("bake", "bake 500 buns large")["count"]
    assert "thirday" == fill("bake", "bake rolls on thirday").get("day", "thirday")


def test_a_feast_is_a_date() -> None:
    filler = Filler([plugin.commands["bake"]])
    filler._taggers["bake"] = Tagger([read_phrase("bake {what:rolls} on {day:easter}")], Carriers([]))

    assert "31 October" == filler.fill(plugin.commands["bake"], "bake rolls on halloween", [], AT)["day"]


def test_what_is_left_over_is_the_text_that_is_needed() -> None:
    filler = Filler([plugin.commands["bake"]])
    bare = [Phrase("bake"), Phrase("please bake for me")]
    filler._taggers["bake"] = Tagger(bare, Carriers(bare))

    assert "a large cake" == filler.fill(plugin.commands["bake"], "please bake a large cake", [], AT)["what"]
    assert {} == filler.fill(plugin.commands["bake"], "...", [], AT)


@pytest.mark.parametrize(("said", "size"), [("extra large", "extra-large"), ("small", "small"), ("", None)])
def test_a_choice_that_no_phrase_shows_is_known_by_its_name(said: str, size: str | None) -> None:
    filler = Filler([plugin.commands["bake"]])
    filler._taggers["bake"] = Tagger([read_phrase("bake {what:a cake}")], Carriers([]))

    assert size == filler.fill(plugin.commands["bake"], f"bake a cake {said}", [], AT).get("size")


def test_a_phrase_may_mean_a_value_as_a_whole() -> None:
    assert {"on": "no"} == fill("oven", "off with the oven", "stop the oven | on:no", "heat the oven | on:yes")
    assert {} == fill("oven", "the oven")


def test_a_language_is_told_by_its_name() -> None:
    assert {"language": "Spanish"} == fill("menu", "show the menu in Spanish")
    assert {} == fill("menu", "show the menu")


courier = Plugin("courier", "Bring things.")


@courier.command
async def bring(
    to: User | None = None,
    via: ChannelRef | None = None,
    label: Language | None = None,
    way: Literal["short", "long"] | None = None,
    boxes: int | None = None,
) -> str:
    """Bring something."""
    return f"{to} {via} {label} {way} {boxes}"


def bring_by(text: str, *phrases: str) -> dict[str, str]:
    filler = Filler([courier.commands["bring"]])
    filler._taggers["bring"] = Tagger([read_phrase(line) for line in phrases], Carriers([]))
    return filler.fill(courier.commands["bring"], text, [], AT)


def test_mentions_and_languages_are_known_without_a_phrase() -> None:
    assert {"to": "@ben", "via": "#stairs", "label": "French"} == bring_by("bring it to @ben via #stairs in French")


def test_values_are_read_as_what_they_are() -> None:
    phrases = ("bring {boxes:four} boxes to {to:Ana}", "bring {boxes:2} boxes the {way:short} way to {to:Eve}")

    assert {"boxes": "6", "to": "Ben"} == bring_by("bring six boxes to Ben", *phrases)
    assert {"boxes": "1200", "way": "long", "to": "Ben"} == bring_by("bring 1,200 boxes the longg way to Ben", *phrases)
    assert {"boxes": "3", "way": "short", "to": "Ben"} == bring_by("bring 3 boxes the brief way to Ben", *phrases)
    assert {"boxes": "3", "to": "Ben"} == bring_by("bring 3 boxes the scenic way to Ben", *phrases)
    assert {"to": "Ben"} == bring_by("bring some boxes to Ben", *phrases)
    assert {"label": "greek letters"} == bring_by("bring it in greek letters", "bring it in {label:Dutch letters}")
    assert {} == bring_by("bring it in fat letters", "bring it in {label:Dutch letters}")


def test_what_is_missing_are_the_options_that_a_command_needs() -> None:
    secret = plugin.commands["secret"]

    assert ["dish", "card"] == [option.name for option in missing(secret, {})]
    assert ["dish"] == [option.name for option in missing(secret, {}, files=1)]
    assert [] == missing(secret, {"dish": "cake", "card": "a"})


def test_words_are_known_by_where_they_stand() -> None:
    carriers = Carriers([read_phrase("please bake {what:a cake}"), read_phrase("bake {what:a pie} please")])
    bake, a, quark = words("bake a quark")

    assert ["out", "in", "new"] == [carriers.of(bake), carriers.of(a), carriers.of(quark)]
    assert "new" == carriers.of(words("cake")[0], "what")


def test_a_command_without_marked_values_has_none_to_find() -> None:
    tagger = Tagger([Phrase("bake")], Carriers([]))

    assert frozenset() == tagger.options
    assert [] == tagger.spans("bake a cake")


@given(st.text(max_size=120))
def test_any_text_can_be_filled_from(text: str) -> None:
    for name in ("bake", "throw", "menu"):
        values = fill(name, text)
        assert set(values) <= {option.name for option in plugin.commands[name].options}
        assert all(values.values())
