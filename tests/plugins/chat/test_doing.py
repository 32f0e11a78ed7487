"""What people ask for in plain words is done: from a message to stickers, translations and their answer."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot import Channel, ChannelKind, Person, Task
from bot.body import State
from bot.config import Config, ModelsConfig, PluginsConfig, Store
from bot.doing import NO, YES
from bot.request import MessageSeen, Origin
from bot.testing import SERVER, Testbed
from tests.bot.words import WordEmbeddings
from tests.plugins.chat.caller import Caller, call, calls
from tests.plugins.chat.test_servers import WEATHER
from tests.plugins.sticker.drawer import Drawer
from tests.plugins.translate.conftest import Loud

THREAD = Channel("thread", SERVER, ChannelKind.THREAD, "Release", parent="general")
BEN = Person("test:ben", "Ben")


@pytest.fixture
def atelier(atelier: Testbed) -> Testbed:
    """A whole Atelier that finds meanings fast."""
    atelier.use(Task.EMBEDDINGS, WordEmbeddings())
    return atelier


async def test_a_sticker_is_made_and_a_thread_translated_by_one_request(atelier: Testbed) -> None:
    drawer, loud = Drawer(), Loud()
    atelier.use(Task.STICKERS, drawer)
    atelier.use(Task.TRANSLATION, loud)
    model = Caller(
        calls(("sticker_make", '{"prompt": "a sleepy fox"}'), ("translate", '{"to": "English", "last": 2}')),
        "Here is your fox, Ana. The thread says: GUTEN MORGEN.",
    )
    atelier.use_chat(model)
    said = await atelier.post("thread", BEN, "Guten Morgen zusammen, wie geht es euch heute?")
    await atelier.app.receive(MessageSeen(Origin("test", message=said.id), THREAD, said))

    answer = await atelier.say(
        "make a sticker of a sleepy fox and translate this thread for Ana", channel=THREAD, person=atelier.ana
    )

    assert State.DONE == answer.state
    assert "Here is your fox, Ana. The thread says: GUTEN MORGEN." == answer.text
    assert ["a sleepy fox"] == [prompt.text for prompt in drawer.asked]
    assert 1 == len(answer.files)
    assert "image/png" == answer.files[0].media_type
    assert [("de", "en")] == loud.pairs
    assert "GUTEN MORGEN ZUSAMMEN" in model.results[1]
    assert answer.files[0].name in model.results[0]
    assert {"sticker_make", "translate"} <= set(model.offered[0])
    # The buttons are those of the conversation.
    assert "Regenerate" in [button.label for button in answer.buttons]


async def test_what_costs_much_is_done_once_the_person_says_so(atelier: Testbed) -> None:
    drawer = Drawer()
    atelier.use(Task.STICKERS, drawer)
    atelier.use_chat(Caller(call("sticker_make", prompt="a fox", count=4), "Well."))

    await atelier.say("make four stickers of a fox", choices=[NO])
    assert [] == drawer.asked

    atelier.use_chat(Caller(call("sticker_make", prompt="a fox", count=4), "Well."))
    await atelier.say("make four stickers of a fox", choices=[YES])
    assert [4] == [prompt.count for prompt in drawer.asked]


async def test_a_model_can_do_no_more_than_the_person(atelier: Testbed) -> None:
    alone = Channel("dm", None, ChannelKind.DM, "Ana")
    await atelier.say("/settings deny command:models role:* scope:server", person=atelier.admin)
    model = Caller(calls(("models", "{}"), ("settings_show", "{}"), ("profile_erase", "{}"), ("chat", "{}")), "No.")
    atelier.use_chat(model)

    answer = await atelier.say("list the models, show the settings, erase my profile")

    assert "No." == answer.text
    assert not {"models", "settings_show", "profile_erase", "chat"} & set(model.offered[0])
    assert 4 == len(model.results)
    assert all("is not a valid tool" in result for result in model.results)

    model = Caller(call("profile_show"), "You are Ana.")
    atelier.use_chat(model)
    await atelier.say("please show my profile", channel=alone)
    assert "<result>" in model.results[0]


async def test_what_is_done_counts_for_the_limits(atelier: Testbed) -> None:
    await atelier.say("/settings limits per_minute:3 scope:server", person=atelier.admin)
    model = Caller(calls(*[("models", "{}")] * 3), "Enough.")
    atelier.use_chat(model)

    await atelier.say("which models are there?")

    assert [False, False, True] == ["more than 3 requests" in result for result in model.results]


async def test_stopping_the_answer_stops_what_is_being_done(atelier: Testbed) -> None:
    drawer = Drawer()
    drawer.go.clear()
    atelier.use(Task.STICKERS, drawer)
    atelier.use_chat(Caller(call("sticker_make", prompt="a fox"), "Here it is."))

    asked = atelier.app.dispatcher.submit(atelier.request("make a sticker of a fox"))
    await drawer.drafted.wait()
    assert asked.stop()
    await asked.task

    assert State.CANCELLED == asked.reply.body.state
    await asyncio.wait_for(drawer.stopped.wait(), 5)


async def test_a_tool_of_a_server_is_called_once_the_person_says_so(tmp_path: Path) -> None:
    source = {"command": WEATHER.command, "args": list(WEATHER.args), "people": ["test:ana"]}
    config = Config(
        store=Store(url=f"sqlite+aiosqlite:///{tmp_path / 'atelier.db'}"),
        models=ModelsConfig(dir=tmp_path / "models"),
        plugins=PluginsConfig(),
        plugin={"chat": {"mcp": {"weather": source}}},
    )
    async with Testbed(tmp_path, config=config) as bed:
        bed.use(Task.EMBEDDINGS, WordEmbeddings())
        model = Caller(call("weather_forecast", place="Bonn"), "It rains.")
        bed.use_chat(model)

        answer = await bed.say("tell me the weather forecast of the place Bonn", choices=[YES])

        assert "It rains." == answer.text
        assert "Rain in Bonn, says nobody, nobody." in model.results[0]
        other = Caller("No idea.")
        bed.use_chat(other)
        await bed.say("tell me the weather forecast of the place Bonn", person=BEN)
        assert "weather_forecast" not in other.offered[0]
