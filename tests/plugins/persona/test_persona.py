"""Who answers: chosen, written, changed and removed."""

from __future__ import annotations

import pytest

from bot.body import Body, State
from bot.persona import Persona
from bot.request import Channel, ChannelKind, Person
from bot.testing import Testbed
from plugins.persona.words import about, examples_in, shown
from tests.plugins.conversation import Scripted

BO = Person("test:bo", "Bo")
ELSEWHERE = Channel("lobby", "test:other", ChannelKind.CHANNEL, "lobby")
DM = Channel("dm-ana", None, ChannelKind.DM, "Ana")
PIRATE = '/persona write name:Pirate instructions:"Talk like a pirate. Arr."'


async def order(atelier: Testbed, line: str, channel: str | Channel = "general") -> Body:
    return await atelier.say(line, person=atelier.admin, channel=channel)


async def current(atelier: Testbed, person: Person | None = None, channel: str | Channel = "general") -> str:
    """Who answers somebody, as `/profile show` says."""
    text = (await atelier.say("/profile show", person=person, channel=channel)).text
    return next((line.partition(": ")[2] for line in text.splitlines() if line.startswith("- Persona here")), "")


async def test_the_list_says_which_there_are_and_who_chose(atelier: Testbed) -> None:
    await order(atelier, PIRATE)
    await order(atelier, "/persona use writer for:channel")
    await atelier.say("/persona use code helper")
    [card] = (await atelier.say("/persona list")).cards
    assert "- **Pirate** – Talk like a pirate. Arr. _(written here)_" in card.text
    assert "**Code helper** answers you here." in card.text
    assert {"You": "Code helper", "This channel": "Writer", "This server": "no choice"} == dict(card.fields)
    assert "/persona use code-helper" in [button.line for button in card.buttons]
    [fresh] = (await atelier.say("/persona list", channel=DM, person=BO)).cards
    assert "I answer you as I am." in fresh.text
    assert {"You": "no choice", "This conversation": "no choice"} == dict(fresh.fields)


async def test_a_persona_is_shown_as_it_can_be_written_again(atelier: Testbed) -> None:
    text = (await atelier.say("/persona show tutor")).text
    assert text.startswith("**Tutor** – Helps you to learn")
    assert "> Solve 3x + 5 = 20 for me." in text
    assert "No persona is chosen here" in (await atelier.say("/persona show")).text
    await atelier.say("/persona use marketer")
    assert (await atelier.say("/persona show")).text.startswith("**Marketer**")
    assert "Did you mean Tutor?" in (await atelier.say("/persona show tuter")).text


async def test_a_preset_that_one_chooses_answers_everywhere_until_it_is_taken_back(atelier: Testbed) -> None:
    said = (await atelier.say("/persona use tutor")).text
    assert said.startswith("**Tutor** answers you everywhere from now on. `/persona use none` takes that back.")
    assert "none is installed" in said
    assert ["Tutor", "Tutor", ""] == [
        await current(atelier),
        await current(atelier, channel=ELSEWHERE),
        await current(atelier, BO),
    ]
    assert "The choice is taken back. I answer you as I am." == (await atelier.say("/persona use none")).text
    assert "" == await current(atelier)


async def test_an_admin_chooses_for_a_channel_and_people_may_choose_otherwise(atelier: Testbed) -> None:
    said = (await order(atelier, "/persona use storyteller for:channel")).text
    assert said.startswith("**Storyteller** answers everyone in this channel from now on, except those who chose")
    assert "`/persona use none for:channel` takes that back." in said
    assert ["Storyteller", ""] == [await current(atelier, BO), await current(atelier, BO, "random")]
    said = (await atelier.say("/persona use plain", person=BO)).text
    assert "No persona answers you everywhere from now on. `/persona use none` takes that back." == said
    assert ["Storyteller", ""] == [await current(atelier), await current(atelier, BO)]
    said = (await order(atelier, "/persona use writer for:server")).text
    assert said.startswith("**Writer** answers everyone in this server from now on")
    assert "Writer" == await current(atelier, channel="random")
    back = (await order(atelier, "/persona use none for:channel")).text
    assert "The choice is taken back. **Writer** answers you here." == back


async def test_a_language_model_is_told_of_the_persona_that_answers_and_of_no_other(atelier: Testbed) -> None:
    model = Scripted("Ahoy.")
    atelier.use_chat(model)
    await order(atelier, PIRATE)
    await atelier.say("/persona use pirate")
    prompts = []
    for person, channel in ((None, "general"), (BO, "general"), (None, ELSEWHERE), (None, DM)):
        await atelier.say("/chat Hello", person=person, channel=channel)
        prompts.append(model.prompt)
    assert [True, False, False, False] == ["Talk like a pirate. Arr." in prompt for prompt in prompts]


@pytest.mark.parametrize("reach", ["channel", "server"])
async def test_only_admins_choose_for_others(atelier: Testbed, reach: str) -> None:
    body = await atelier.say(f"/persona use tutor for:{reach}")
    assert State.FAILED is body.state
    assert f"Only an admin can choose for the {reach}; without `for` you choose for yourself." == body.text
    assert "" == await current(atelier)


async def test_in_a_direct_message_everyone_is_their_own_admin(atelier: Testbed) -> None:
    said = (await atelier.say("/persona use tutor for:channel", channel=DM)).text
    assert said.startswith("**Tutor** answers you in this conversation from now on. ")
    assert ["Tutor", ""] == [await current(atelier, channel=DM), await current(atelier)]


@pytest.mark.parametrize("line", [PIRATE, "/persona remove tutor", "/persona undo key:1"])
async def test_only_admins_write_and_remove(atelier: Testbed, line: str) -> None:
    body = await atelier.say(line)
    assert State.FAILED is body.state
    assert "is for admins of this server" in body.text


async def test_what_is_written_here_is_known_here_alone(atelier: Testbed) -> None:
    body = await order(atelier, PIRATE)
    assert body.text.startswith("**Pirate** is written. `/persona use pirate for:channel` puts it to work.")
    said = (await atelier.say("/persona use pirate")).text
    assert said.startswith("**Pirate** answers you in this server from now on.")
    assert ["Pirate", "", ""] == [
        await current(atelier, channel="random"),
        await current(atelier, channel=ELSEWHERE),
        await current(atelier, channel=DM),
    ]
    for line in ("/persona use pirate", "/persona show pirate"):
        assert "No persona is called “pirate”" in (await atelier.say(line, channel=ELSEWHERE)).text
    [card] = (await atelier.say("/persona list", channel=ELSEWHERE)).cards
    assert "Pirate" not in card.text


async def test_a_change_keeps_what_is_not_said_and_is_undone_by_a_button(atelier: Testbed) -> None:
    await order(atelier, f'{PIRATE} about:"For Fridays" examples:"> Hello\nAhoy!"')
    body = await order(atelier, "/persona write name:pirate instructions:Whisper.")
    assert "is changed" in body.text
    shown = (await atelier.say("/persona show pirate")).text
    assert "For Fridays" in shown
    assert "Whisper." in shown
    assert "> Hello\n\nAhoy!" in shown
    [button] = body.cards[0].buttons
    assert "**pirate** is as it was before." == (await order(atelier, button.line)).text
    assert "Talk like a pirate. Arr." in (await atelier.say("/persona show pirate")).text


async def test_a_new_persona_is_gone_again_by_a_button(atelier: Testbed) -> None:
    [card] = (await order(atelier, PIRATE)).cards
    assert "**Pirate** is gone again." == (await order(atelier, card.buttons[0].line)).text
    assert State.FAILED is (await atelier.say("/persona show pirate")).state


async def test_a_removed_persona_comes_back_by_a_button_with_those_who_chose_it(atelier: Testbed) -> None:
    await order(atelier, PIRATE)
    await atelier.say("/persona use pirate")
    body = await order(atelier, "/persona remove Pirate")
    assert body.text.startswith("**Pirate** is removed.")
    assert "" == await current(atelier)
    await order(atelier, body.cards[0].buttons[0].line)
    assert "Pirate" == await current(atelier)


async def test_a_preset_can_be_replaced_here_but_not_removed(atelier: Testbed) -> None:
    body = await order(atelier, "/persona write name:Tutor instructions:Be strict.")
    assert "written; it replaces the preset in this server" in body.text
    assert "Be strict." in (await atelier.say("/persona show tutor")).text
    assert "Helps you to learn" in (await atelier.say("/persona show tutor")).text
    assert "Be strict." not in (await atelier.say("/persona show tutor", channel=ELSEWHERE)).text
    assert "The preset of that name is back." in (await order(atelier, "/persona remove tutor")).text
    body = await order(atelier, "/persona remove tutor")
    assert "Tutor comes with Atelier; only what was written here can be removed." == body.text


async def test_a_change_of_another_server_cannot_be_undone_here(atelier: Testbed) -> None:
    [card] = (await order(atelier, PIRATE)).cards
    body = await order(atelier, card.buttons[0].line, ELSEWHERE)
    assert "That is too long ago" in body.text
    assert State.DONE is (await atelier.say("/persona show pirate")).state


@pytest.mark.parametrize(
    ("line", "advice"),
    [
        ("/persona write name:plain instructions:x", "“plain” has a meaning of its own"),
        ("/persona write name:a/b instructions:x", "letters, digits, spaces and hyphens"),
        ('/persona write name:x instructions:y examples:"Hello"', "An example is a line such as"),
    ],
)
async def test_what_is_no_persona_is_refused_in_one_line(atelier: Testbed, line: str, advice: str) -> None:
    body = await order(atelier, line)
    assert State.FAILED is body.state
    assert advice in body.text


@pytest.mark.parametrize("text", ["Hello", "> Hello", "> \nAnswer", "> One\nAnswer\n> Two\n", "Answer\n> One"])
def test_half_an_exchange_is_refused(text: str) -> None:
    with pytest.raises(Exception, match="An example is a line"):
        examples_in(text)


def test_exchanges_may_have_several_lines() -> None:
    first, second = examples_in("> One\n> more\n\nAnswer\n\ngoes on\n> Two\nYes\n")
    assert ("One\nmore", "Answer\n\ngoes on") == (first.ask, first.answer)
    assert ("Two", "Yes") == (second.ask, second.answer)


@pytest.mark.parametrize(
    ("instructions", "line"),
    [("- Be kind.\nAnd short.", "Be kind."), ("x" * 200, "x" * 99 + "…"), ("  ", "")],
)
def test_what_a_persona_is_for_comes_from_its_first_line(instructions: str, line: str) -> None:
    assert line == about(instructions)


def test_a_fence_in_what_a_persona_is_told_does_not_end_the_one_around_it() -> None:
    text = shown(Persona("Coder", "Writes code.", "Put code into\n```\nfences\n```"))
    assert "````\nPut code into\n```\nfences\n```\n````" in text
