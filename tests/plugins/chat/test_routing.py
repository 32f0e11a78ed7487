from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import Phrase
from plugins.chat.routing import NOTHING, Routing, Wish, every_phrase
from plugins.chat.routing_model import RoutingModel
from plugins.chat.routing_vectors import FILE, PROBE, SAME, keep, key, known
from plugins.chat.routing_words import features, words
from tests.plugins.chat.routing_plugin import AT, Letters, Usable, plugin
from training.evaluate.routing import Everything
from training.routing import texts_ahead


@pytest.fixture(scope="module")
def routing() -> Routing:
    return Routing()


async def wish(routing: Routing, text: str, *without: str) -> Wish | None:
    return await routing.read(text, Letters(), Usable(*without), AT)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("bake me a chocolate cake", "bake"),
        ("please turn the oven off", "oven"),
        ("what cakes do you have on the menu", "menu"),
        ("throw away the old cake", "throw"),
        ("what is the secret recipe", "secret"),
    ],
)
async def test_plain_words_mean_a_command(routing: Routing, text: str, name: str) -> None:
    found = await wish(routing, text)

    assert found is not None
    assert found.meant
    assert name == found.command.name


@pytest.mark.parametrize("text", ["who won the football game", "thanks", "my sister likes trains"])
async def test_what_asks_for_nothing_is_not_forced_into_a_command(routing: Routing, text: str) -> None:
    found = await wish(routing, text)

    assert found is None or not found.meant


async def test_what_a_person_may_not_use_is_understood_but_not_allowed(routing: Routing) -> None:
    found = await wish(routing, "turn off the oven", "oven")

    assert found is not None
    assert ("oven", False) == (found.command.name, found.allowed)


async def test_what_changes_something_is_asked_about(routing: Routing) -> None:
    asked = {text: await wish(routing, text) for text in ("turn on the oven", "bake a cake", "bake 12 buns large")}

    assert {"turn on the oven": True, "bake a cake": False, "bake 12 buns large": True} == {
        text: found is not None and found.asks for text, found in asked.items()
    }


def test_what_cannot_be_undone_is_asked_about_unless_it_is_clear() -> None:
    throw = plugin.commands["throw"]

    assert Wish(throw, {}, ahead=0.0).asks
    assert not Wish(throw, {}, ahead=0.5).asks


async def test_phrases_are_learned_once(routing: Routing) -> None:
    letters = Letters()
    routing = Routing()

    await routing.read("bake a cake", letters, Usable(), AT)
    before = len(letters.read)
    await routing.read("bake a pie", letters, Usable("oven"), AT)

    assert [PROBE, "bake a pie"] == letters.read[before:]


def test_every_command_has_its_purpose_and_examples_as_phrases() -> None:
    phrases, labels = every_phrase([plugin.commands["bake"]], [plugin])
    own = [phrase.text for phrase, label in zip(phrases, labels, strict=True) if label]

    assert ["bake a cake", "bake: Bake something."] == own[-2:]
    assert labels.count(NOTHING) == len(plugin.phrases["none"])


def test_words_are_told_by_their_kind() -> None:
    found = words('Say "good day" in German to @Ben at 9:30am, see https://x.test or #help: 20 km :wave: a.md today')

    assert [
        ("Say", "word"),
        ('"good day"', "quote"),
        ("in", "unit"),
        ("German", "language"),
        ("to", "word"),
        ("@Ben", "mention"),
        ("at", "word"),
        ("9:30am", "clock"),
        (",", "mark"),
        ("see", "word"),
        ("https://x.test", "link"),
        ("or", "word"),
        ("#help", "channel"),
        (":", "mark"),
        ("20", "number"),
        ("km", "unit"),
        (":wave:", "emoji"),
        ("a.md", "file"),
        ("today", "time"),
    ] == [(word.text, word.kind) for word in found]


def test_mentions_of_the_platforms_are_one_word() -> None:
    assert ["mention", "channel", "emoji"] == [word.kind for word in words("<@123> <#456|help> <:fox:789>")]


@given(st.text(max_size=80))
def test_words_stand_where_they_say(text: str) -> None:
    found = words(text)

    assert [word.text for word in found] == [text[word.start : word.end] for word in found]
    assert all(one.end <= two.start for one, two in pairwise(found))
    assert all(weight > 0 for weight in features(text).values())


def test_a_model_learns_what_its_phrases_teach() -> None:
    texts = ["bake a cake", "bake bread", "good morning", "hello there"]
    vectors = np.asarray(Letters().embed_documents(texts), dtype=np.float32)
    model = RoutingModel(texts, ["bake", "bake", "", ""], vectors)

    first, second = model.scores("bake a pie", np.asarray(Letters().embed_query("bake a pie"), dtype=np.float32))

    assert ("bake", "") == (first.name, second.name)
    assert first.value > 0.3
    assert [1, 0] == model.nearest("bread, bake it", vectors[1], "bake")
    assert [] == model.nearest("bake", vectors[0], "fry")


def test_kept_vectors_are_those_of_the_model_that_made_them(tmp_path: Path) -> None:
    vectors = np.asarray(Letters().embed_documents([PROBE, "bake a cake"]), dtype=np.float32)
    keep([PROBE, "bake a cake"], vectors, tmp_path / "kept.npz")

    found = known(vectors[0], tmp_path / "kept.npz")

    assert {key(PROBE), key("bake a cake")} == set(found)
    assert float(found[key("bake a cake")] @ vectors[1]) >= SAME
    assert {} == known(vectors[1], tmp_path / "kept.npz")
    assert {} == known(vectors[0][:5], tmp_path / "kept.npz")
    assert {} == known(vectors[0], tmp_path / "none.npz")


def test_nearly_all_that_comes_with_atelier_is_embedded_ahead() -> None:
    texts = texts_ahead()
    with np.load(FILE) as kept:
        keys = set(kept["keys"].tolist())

    missing = {text for text in texts if key(text) not in keys}

    assert len(missing) < len(texts) / 20, f"run `python -m training.routing`: {sorted(missing)[:5]} …"


def test_every_command_can_be_asked_for_in_plain_words() -> None:
    commands = [command for command in Everything().all() if not command.free_text]

    _, labels = every_phrase(commands, {command.plugin for command in Everything().all()})

    assert {command.name for command in commands} <= set(labels)


def test_phrases_name_commands_and_options_that_exist() -> None:
    commands = {command.name: command for command in Everything().all()}
    plugins = {command.plugin.name: command.plugin for command in commands.values()}

    named = {name for each in plugins.values() for name in each.phrases} - {"none"}
    assert set() == named - set(commands)
    for name in named:
        options = {option.name for option in commands[name].options}
        marked = {option for phrase in commands[name].phrases for option in _options(phrase)}
        assert set() == marked - options, name


def _options(phrase: Phrase) -> set[str]:
    return {slot.option for slot in phrase.slots} | set(phrase.means)
