"""What is remembered for whom, what takes its place, and how it is taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot import Actions, ChannelSettings, ModelMissing, Plugin
from bot.body import Body, State
from bot.config import Config, MemoryConfig, Store
from bot.models.registry import ModelRegistry
from bot.models.tasks import Task
from bot.request import Channel, ChannelKind, Person
from bot.testing import SERVER, Testbed
from plugins.profile import BOTH, DROP, FORGET, REMEMBER, REPLACE

BO = Person("test:bo", "Bo")
DM = Channel("dm-ana", None, ChannelKind.DM, "Ana")
FRIENDS = Channel("friends", None, ChannelKind.CHANNEL, "friends")
THREAD = Channel("t-1", SERVER, ChannelKind.THREAD, "plans", "general")


def undo(body: Body) -> str:
    """The line of the button that takes it back."""
    [card] = body.cards
    return card.buttons[0].line


@pytest.mark.parametrize(
    ("scope", "channel", "said"),
    [
        (
            "here",
            "general",
            "in this server: “The plants want water”. I use it when I answer you in this server, where",
        ),
        ("person", "general", "everywhere: “The plants want water”. I use it whenever I answer you, also where others"),
        (
            "channel",
            "general",
            "for this channel: “The plants want water”. I use it when I answer anyone here, and every",
        ),
        (
            "channel",
            THREAD,
            "for this thread: “The plants want water”. I use it when I answer anyone here, and everyone",
        ),
        (
            "server",
            "general",
            "for this server: “The plants want water”. I use it when I answer anyone here, and every",
        ),
        ("here", DM, "in this conversation: “The plants want water”. I use it when we talk directly."),
        (
            "here",
            FRIENDS,
            "in this conversation: “The plants want water”. I use it when I answer you here, where others may read",
        ),
    ],
)
async def test_it_says_where_a_fact_holds(atelier: Testbed, scope: str, channel: str | Channel, said: str) -> None:
    line = f"/profile remember The plants want water scope:{scope}"
    assert f"I will remember {said}" in (await atelier.say(line, channel=channel, person=atelier.admin)).text


async def test_every_fact_is_shown_with_when_where_and_whose_it_is(atelier: Testbed) -> None:
    await atelier.say("/profile remember We meet at 9 scope:server", person=atelier.admin)
    await atelier.say("/profile remember The demo is on Friday scope:channel", person=BO)
    await atelier.say("/profile remember I am left-handed scope:person", channel=DM)
    await atelier.say("/profile remember I sing")
    lines = (await atelier.say("/profile show")).text.splitlines()
    start = lines.index("**What I remember for you**, everywhere")
    assert lines[start : start + 11] == [
        "**What I remember for you**, everywhere",
        "1. I am left-handed (2 March 2026, in a direct message)",
        "",
        "**What I remember for you**, in this server only",
        "2. I sing (2 March 2026, in #general)",
        "",
        "**What I remember for everyone** in this channel",
        "3. The demo is on Friday (Bo, 2 March 2026, in #general)",
        "",
        "**What I remember for everyone** in this server",
        "4. We meet at 9 (Adam, 2 March 2026, in #general)",
    ]


async def test_only_admins_speak_for_the_server_and_nobody_for_a_conversation_of_two(atelier: Testbed) -> None:
    refused = await atelier.say("/profile remember We meet at 9 scope:server")
    assert (State.FAILED, "Only an admin can have me remember something for the whole server.") == (
        refused.state,
        refused.text,
    )
    assert "Nobody else is here" in (await atelier.say("/profile remember We meet scope:channel", channel=DM)).text


async def test_what_others_said_for_everyone_is_theirs_or_an_admins_to_forget(atelier: Testbed) -> None:
    await atelier.say("/profile remember The demo is on Friday scope:channel", person=BO)
    assert "Somebody else said that" in (await atelier.say("/profile forget 1")).text
    gone = await atelier.say("/profile forget 1", person=atelier.admin)
    assert gone.text == "Forgotten: “The demo is on Friday”."
    assert "cannot be taken back" in (await atelier.say(undo(gone))).text
    back = await atelier.say(undo(gone), person=atelier.admin)
    assert back.text == "I remember again: “The demo is on Friday”."
    assert (await atelier.say("/profile forget demo", person=BO)).state is State.DONE


@pytest.mark.parametrize("line", ["/profile forget 1", "/profile forget"])
async def test_forgetting_can_be_undone(atelier: Testbed, line: str) -> None:
    await atelier.say("/profile remember I sing")
    gone = await atelier.say(line, choices=(FORGET,))
    assert "I remember no facts" in (await atelier.say("/profile show")).text
    assert (await atelier.say(undo(gone))).text == "I remember again: “I sing”."
    assert "1. I sing" in (await atelier.say("/profile show")).text


async def test_what_was_said_once_more_meanwhile_comes_back_once(atelier: Testbed) -> None:
    await atelier.say("/profile remember I sing")
    gone = await atelier.say("/profile forget 1")
    await atelier.say("/profile remember I sing")
    await atelier.say(undo(gone))
    assert (await atelier.say("/profile show")).text.count("I sing") == 1


async def test_a_newer_fact_takes_the_place_of_an_older_one_if_the_person_says_so(atelier: Testbed) -> None:
    await atelier.say("/profile remember I live in Lisbon")
    kept = await atelier.say("/profile remember I live in Porto", choices=(REPLACE,))
    assert "“I live in Porto”" in kept.text
    shown = (await atelier.say("/profile show")).text
    assert "Porto" in shown
    assert "Lisbon" not in shown
    await atelier.say(undo(kept))
    both = await atelier.say("/profile remember I live in Faro", choices=(BOTH,))
    assert both.cards == ()
    shown = (await atelier.say("/profile show")).text
    assert all(place in shown for place in ("Lisbon", "Porto", "Faro"))


def notes(fact: str) -> Plugin:
    """A plugin whose command /note has a fact remembered, in these words."""
    plugin = Plugin("notes", "Takes notes.")

    @plugin.command
    async def note(said: str, actions: Actions) -> str:
        """Have something remembered.

        Args:
            said: What the person says.
        """
        done = await actions.run("profile remember", {"fact": fact})
        return done.error or done.text

    return plugin


async def test_what_another_worded_is_kept_only_after_a_yes_and_shown_as_confirmed(atelier: Testbed) -> None:
    await atelier.app.plugins.add(notes("Ana likes singing"))
    refused = await atelier.say("/note I sing, and like it", channel=DM, choices=(DROP,))
    assert "Nothing was remembered" in refused.text
    assert "I remember no facts" in (await atelier.say("/profile show", channel=DM)).text
    await atelier.say("/note I sing, and like it", channel=DM, choices=(REMEMBER,))
    assert (
        "1. Ana likes singing (2 March 2026, in a direct message, which you confirmed)"
        in (await atelier.say("/profile show", channel=DM)).text
    )


@pytest.mark.parametrize("as_option", [False, True])
async def test_the_persons_own_words_are_kept_without_a_question(atelier: Testbed, *, as_option: bool) -> None:
    await atelier.app.plugins.add(notes("I don't sing"))
    request = atelier.request("" if as_option else "/note Remember that I don’t “sing”.", channel=DM)
    if as_option:
        request = replace(request, command="note", options={"said": "remember that i don't sing"})
    running = atelier.app.dispatcher.submit(request)
    await running.task
    assert "I will remember" in running.reply.body.text
    assert (
        "1. I don't sing (2 March 2026, in a direct message)" in (await atelier.say("/profile show", channel=DM)).text
    )


async def test_parts_of_words_are_not_the_persons_own(atelier: Testbed) -> None:
    await atelier.app.plugins.add(notes("I am vegan"))
    refused = await atelier.say("/note am I Vegano?", channel=DM, choices=(DROP,))
    assert "Nothing was remembered" in refused.text


@pytest.mark.parametrize(("days", "kept"), [(365, False), (0, True)])
async def test_facts_that_no_answer_used_for_a_year_go_unless_the_owner_keeps_them(
    tmp_path: Path, days: int, kept: bool
) -> None:
    store = Store(url=f"sqlite+aiosqlite:///{tmp_path / 'atelier.db'}")
    async with Testbed(tmp_path, config=Config(store=store, memory=MemoryConfig(forget_after_days=days))) as bed:
        await bed.say("/profile remember I sing")
        bed.clock.advance(timedelta(days=366))
        await bed.app.store.prune()
        assert kept == ("I sing" in (await bed.say("/profile show")).text)


async def test_without_a_model_for_meanings_words_decide(atelier: Testbed, monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing(self: ModelRegistry, task: Task, settings: ChannelSettings) -> object:
        raise ModelMissing("There is no model here.")

    atelier.use(Task.EMBEDDINGS, None)
    monkeypatch.setattr(ModelRegistry, "provide", nothing)
    await atelier.say("/profile remember My cat is called Ada")
    await atelier.say("/profile remember My cat is called Luna", choices=(REPLACE,))
    assert "Ada" not in (await atelier.say("/profile show")).text
