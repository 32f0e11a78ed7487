"""What comes in is text that can be stored, sent on and read by a model."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.request import Channel, ChannelKind, Origin, Person, Request
from bot.testing import Testbed

ASKED = Request(Origin("test"), Person("test:ana", "Ana"), Channel("1", None, ChannelKind.DM, "ana"))
ANY = st.text(st.characters(exclude_categories=()))


@given(ANY, ANY)
def test_halves_of_characters_are_replaced(text: str, value: str) -> None:
    request = replace(ASKED, text=text, options={"prompt": value, "count": 2})
    assert request.text.encode().decode() == request.text
    assert len(text) == len(request.text)
    prompt = request.options["prompt"]
    assert isinstance(prompt, str)
    assert prompt.encode().decode() == prompt
    assert 2 == request.options["count"]


@given(st.text())
def test_all_other_text_stays_as_it_was_typed(text: str) -> None:
    assert (text, {"prompt": text}) == (
        (made := replace(ASKED, text=text, options={"prompt": text})).text,
        made.options,
    )


async def test_a_command_with_half_a_character_is_answered(atelier: Testbed) -> None:
    assert "`/no?`" in (await atelier.say("/help no\ud83d")).text
