from __future__ import annotations

import pytest

from bot import Card, Channel, ChannelKind, Embeddings, Profile, UserError
from bot.request import Person
from bot.testing import Testbed
from plugins.chat import VECTORS, chat, plugin
from tests.plugins.chat.test_lookup import Known
from tests.plugins.conversation import Said, Scripted, every, request, said, text_of

DANA = Person("test:dana", "Dana")


async def test_answers_a_mention_from_the_channel(atelier: Testbed) -> None:
    await atelier.post("general", DANA, "Decision: the release ships on Friday without the dark mode.")

    answer = await atelier.say("What was decided about the release?")

    assert "**Dana** [Mon 09:30](https://chat.test/general/0)\n> Decision: the release ships on Friday" in answer.text


async def test_answers_by_a_language_model_where_there_is_one(atelier: Testbed) -> None:
    model = Scripted("On Friday, Ana.")
    atelier.use_chat(model)

    answer = await atelier.say("When do we ship?", channel=Channel("dm", None, ChannelKind.DM, "Ana"))

    assert "On Friday, Ana." == answer.text
    assert "Ana: When do we ship?" in model.prompt


async def test_a_command_is_offered_with_its_card(meaning: Embeddings) -> None:
    items = await every(
        chat(
            message=" what did I miss? ",
            request=request(),
            profile=Profile(),
            history=Said([said("Dana: We ship on Friday.")]),
            commands=Known(),
            embeddings=meaning,
            model=None,
        )
    )

    assert "`/summarize` does that" in text_of(items)
    assert ["/summarize"] == [item.title for item in items if isinstance(item, Card)]


async def test_nothing_asked_is_met_with_advice(meaning: Embeddings) -> None:
    nothing = chat(
        message="  ",
        request=request(),
        profile=Profile(),
        history=Said(),
        commands=Known(),
        embeddings=meaning,
        model=None,
    )

    with pytest.raises(UserError, match="Ask me something"):
        await every(nothing)


def test_the_plugin_forgets_what_it_read_when_it_stops() -> None:
    for hook in plugin.stoppers:
        hook.handler()

    assert 0 == len(VECTORS)
    assert plugin.commands["chat"].free_text
