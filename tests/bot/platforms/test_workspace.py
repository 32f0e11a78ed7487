from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot import ChannelKind, UserError
from bot.body import Body, Card, Choice, File, State
from bot.platform import Address, Audience, MessageRef
from bot.platforms import workspace as module
from bot.platforms.workspace import ATELIER, LOCAL, SERVER, Change, Workspace
from bot.request import Channel, Message, Person
from bot.values import ChannelRef

NOWHERE = Channel("nowhere", None, ChannelKind.CHANNEL, "nowhere")
NOON = datetime(2026, 3, 12, 12, 0, tzinfo=UTC)


class Log:
    """A message log in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, Message]] = {}
        self.written = 0

    async def record(self, platform: str, channel: Channel, message: Message) -> None:
        assert platform == LOCAL
        assert channel.id == message.channel
        self.written += 1
        self.kept.setdefault(channel.id, {}).setdefault(message.id, message)

    async def recent(self, platform: str, channel: str, *, since: datetime | None, limit: int) -> list[Message]:
        messages = list(self.kept.get(channel, {}).values())
        return [message for message in messages if since is None or message.sent >= since][-limit:]

    async def edit(self, platform: str, channel: str, message_id: str, text: str, edited: datetime) -> None:
        message = self.kept[channel][message_id]
        self.kept[channel][message_id] = replace(message, text=text, edited=edited)

    async def delete(self, platform: str, channel: str, message_id: str) -> None:
        await asyncio.sleep(0)
        self.kept.get(channel, {}).pop(message_id, None)


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def workspace(log: Log) -> Workspace:
    return Workspace(log, clock=lambda: NOON, zone=UTC)


@pytest.fixture
def dana(workspace: Workspace) -> Person:
    return workspace.people["local:dana"]


@pytest.fixture
def general(workspace: Workspace) -> Channel:
    found = workspace.channel("general")
    assert found is not None
    return found


@pytest.mark.parametrize("text", ["dana", "@dana", "local:dana", "Dana Okafor", "DANA"])
async def test_a_person_is_found_by_id_mention_or_name(workspace: Workspace, text: str) -> None:
    found = await workspace.find_person(text, SERVER)

    assert found is not None
    assert (found.id, found.name) == ("local:dana", "Dana Okafor")


async def test_nobody_else_is_found(workspace: Workspace) -> None:
    assert await workspace.find_person("nobody", SERVER) is None
    assert await workspace.find_person("dana", "discord:1") is None


@pytest.mark.parametrize("text", ["general", "#general", "#General"])
async def test_a_channel_is_found_by_id_or_mention(workspace: Workspace, text: str) -> None:
    found = await workspace.find_channel(text, None)

    assert found is not None
    assert found.id == "general"


async def test_a_thread_is_found_by_its_name(workspace: Workspace) -> None:
    found = workspace.channel("Release checklist for 0.9")

    assert found is not None
    assert (found.id, found.parent) == ("release-checklist", "general")


async def test_other_channels_are_not_found(workspace: Workspace) -> None:
    assert await workspace.find_channel("nowhere", SERVER) is None
    assert await workspace.find_channel("general", "discord:1") is None
    assert workspace.channel("dm:nobody") is None
    assert workspace.channel("dm:atelier") is None


async def test_a_direct_conversation_is_its_persons_only(workspace: Workspace, dana: Person) -> None:
    direct = workspace.channel("dm:dana")

    assert direct is not None
    assert direct == workspace.dm(dana)
    assert workspace.readable_by(dana, direct)
    assert not workspace.readable_by(workspace.people["local:ana"], direct)


async def test_history_is_the_channels_end_without_its_threads(workspace: Workspace) -> None:
    last = await workspace.history("general", None, 3)
    today = await workspace.history("general", NOON - timedelta(hours=6), 100)

    assert [message.id for message in last] == ["general-50", "general-51", "general-52"]
    assert all(message.thread is None for message in await workspace.history("general", None, 100))
    assert all(message.sent >= NOON - timedelta(hours=6) for message in today)
    assert 0 < len(today) < 20
    assert await workspace.history("general", None, 0) == []
    assert (await workspace.history("release-checklist", None, 1))[0].thread == "release-checklist"


async def test_what_people_write_survives_a_restart(
    workspace: Workspace, log: Log, dana: Person, general: Channel
) -> None:
    said = await workspace.say(dana, general, "Hello", reply_to="general-1")
    again = Workspace(log, clock=lambda: NOON, zone=UTC)

    assert said == (await again.history("general", None, 1))[0]


async def test_the_sample_is_never_stored(workspace: Workspace, log: Log) -> None:
    await workspace.entries("general")
    await workspace.delete(MessageRef("general", "general-1"))

    assert not log.written
    assert workspace.find("general", "general-1") is not None
    assert await workspace.change("general", "general-1", "changed") is None


async def test_a_command_line_is_shown_but_is_no_part_of_the_conversation(
    workspace: Workspace, log: Log, dana: Person, general: Channel
) -> None:
    said = await workspace.say(dana, general, "/help", command=True)

    assert said.id == (await workspace.entries("general"))[-1].message.id
    assert said not in await workspace.history("general", None, 100)
    assert not log.written


async def test_a_command_line_comes_back_with_its_answer_but_not_into_the_conversation(
    workspace: Workspace, log: Log, dana: Person, general: Channel
) -> None:
    said = await workspace.say(dana, general, "/help", command=True)
    ref = await workspace.post(Address("general", reply_to=said.id), Body("Help", request_id="r"), "r")
    before = log.written
    await workspace.edit(ref, Body("Helpful.", state=State.DONE, request_id="r"))
    again = Workspace(log, clock=lambda: NOON, zone=UTC)

    entries = (await again.entries("general"))[-2:]
    assert [("/help", True), ("Helpful.", False)] == [(entry.message.text, entry.command) for entry in entries]
    assert (before, log.written) == (0, 2)
    assert said not in await again.history("general", None, 100)


@pytest.mark.parametrize("private_line", [True, False])
async def test_the_line_of_a_private_answer_is_not_kept(
    workspace: Workspace, log: Log, dana: Person, general: Channel, *, private_line: bool
) -> None:
    said = await workspace.say(dana, general, "/secret", command=True, private=private_line)
    address = Address("general", reply_to=said.id, private_to=dana.id)
    await workspace.post(address, Body("Psst", state=State.DONE), "k")

    assert not log.written


async def test_command_lines_take_no_room_in_the_conversation(
    workspace: Workspace, log: Log, dana: Person, general: Channel
) -> None:
    for number in range(3):
        said = await workspace.say(dana, general, f"/roll {number}", command=True)
        await workspace.post(Address("general", reply_to=said.id), Body(f"{number}", state=State.DONE), f"k{number}")
    again = Workspace(log, clock=lambda: NOON, zone=UTC)

    assert ["0", "1", "2"] == [message.text for message in await again.history("general", None, 3)]


async def test_what_an_erased_person_wrote_is_gone_with_its_answers(
    workspace: Workspace, log: Log, dana: Person, general: Channel
) -> None:
    ana = workspace.people["local:ana"]
    file = File("a.txt", b"x", "text/plain")
    other = await workspace.say(ana, general, "stays")
    said = await workspace.say(dana, general, "/help", files=(file,), command=True)
    await workspace.post(Address("general", reply_to=said.id), Body("Help.", state=State.DONE), "done")
    await workspace.post(Address("general", reply_to=said.id), Body("Erasing", request_id="r"), "working")
    told: list[Change] = []
    workspace.watch(told.append)
    for erased in (said.id, "done"):  # the store does this
        del log.kept["general"][erased]
    workspace.forget(dana.id)

    assert {said.id, "done"} == {change.message_id for change in told if change.entry is None}
    left = [entry.message.id for entry in await workspace.entries("general") if not entry.sample]
    assert {other.id, "working"} == set(left)
    assert workspace.find("general", "general-1") is not None


async def test_a_choice_of_nothing_that_was_asked_leaves_no_trace(workspace: Workspace) -> None:
    question = Choice("Sure?", ("Yes", "No"))
    ref = await workspace.post(Address("general"), Body(question=question), "k")
    workspace.choose("general", "k", "Maybe")
    workspace.choose("general", "none", "Yes")
    await workspace.edit(ref, Body("…", question=question))
    await workspace.edit(ref, Body("Done.", state=State.DONE))

    entry = workspace.find("general", "k")
    assert entry is not None
    assert ((), None) == (entry.asked, entry.chosen)


async def test_a_private_line_is_seen_by_its_person_alone(
    workspace: Workspace, log: Log, dana: Person, general: Channel
) -> None:
    said = await workspace.say(dana, general, "mine", private=True)

    assert said.id == (await workspace.entries("general", dana.id))[-1].message.id
    assert said.id not in [entry.message.id for entry in await workspace.entries("general", "local:ana")]
    assert not log.written


async def test_a_private_answer_never_reaches_the_history(workspace: Workspace, log: Log, dana: Person) -> None:
    address = Address("general", private_to=dana.id)
    await workspace.post(address, Body("psst", state=State.DONE, request_id="r"), "r")

    assert "r" not in [message.id for message in await workspace.history("general", None, 100)]
    assert [entry for entry in await workspace.entries("general", "local:ana") if entry.message.id == "r"] == []
    assert not log.written


async def test_an_answer_is_kept_once_it_is_complete(workspace: Workspace, log: Log) -> None:
    ref = await workspace.post(Address("general", reply_to="general-1"), Body("a", request_id="r"), "r")
    await workspace.edit(ref, Body("a b", request_id="r"))
    before = log.written
    await workspace.edit(ref, Body("a b c", state=State.DONE, request_id="r"))

    message = log.kept["general"]["r"]
    assert (before, log.written) == (0, 1)
    assert ("a b c", ATELIER.id, True, "general-1") == (
        message.text,
        message.author,
        message.from_bot,
        message.reply_to,
    )


async def test_an_answer_that_is_made_anew_is_kept_as_it_is_then(workspace: Workspace, log: Log) -> None:
    ref = await workspace.post(Address("general"), Body("First.", state=State.DONE), "a1")
    await workspace.edit(ref, Body("Sec"))
    await workspace.edit(ref, Body("Second.", state=State.DONE))

    assert ["Second."] == [message.text for message in log.kept["general"].values()]


async def test_a_message_that_is_deleted_twice_at_once_is_gone(workspace: Workspace) -> None:
    ref = await workspace.post(Address("general"), Body("First.", state=State.DONE), "a1")
    await asyncio.gather(workspace.delete(ref), workspace.delete(ref))

    assert workspace.find("general", "a1") is None


async def test_the_threads_are_told_in_which_something_was_written_since(workspace: Workspace) -> None:
    (last,) = await workspace.history("release-checklist", None, 1)
    threads = await workspace.threads((workspace.channel("release-checklist") or NOWHERE).parent or "", last.sent)
    assert "release-checklist" in threads
    assert [] == await workspace.threads("general", NOON + timedelta(days=9))


async def test_an_answer_in_a_thread_belongs_to_it(workspace: Workspace) -> None:
    await workspace.post(Address("demo-outage"), Body("a", request_id="r"), "r")

    assert (await workspace.history("demo-outage", None, 1))[0].thread == "demo-outage"


async def test_the_same_key_posts_once_even_after_a_restart(workspace: Workspace, log: Log) -> None:
    first = await workspace.post(Address("general"), Body("one", state=State.DONE), "key")
    second = await workspace.post(Address("general"), Body("two", state=State.DONE), "key")
    again = Workspace(log, clock=lambda: NOON, zone=UTC)
    third = await again.post(Address("general"), Body("three", state=State.DONE), "key")

    assert first == second == third
    assert (await again.history("general", None, 1))[0].text == "one"


async def test_files_and_cards_are_named_in_the_history(workspace: Workspace) -> None:
    body = Body(
        "Look:",
        files=(File("a.png", b"x", "image/png", alt="a fox"),),
        cards=(Card("Profile", (("Tone", "plain"),), text="About you"),),
        state=State.DONE,
    )
    await workspace.post(Address("general"), body, "k")

    text = (await workspace.history("general", None, 1))[0].text
    assert text == "Look:\n\n**Profile**\nAbout you\n- **Tone:** plain\n\n[a.png: a fox]"


async def test_edits_and_deletions_reach_the_log(
    workspace: Workspace, log: Log, dana: Person, general: Channel
) -> None:
    said = await workspace.say(dana, general, "Helo")
    changed = await workspace.change("general", said.id, "Hello")
    kept = log.kept["general"][said.id]
    await workspace.delete(MessageRef("general", said.id))

    assert changed is not None
    assert (kept.text, changed.edited) == ("Hello", NOON)
    assert log.kept["general"] == {}
    assert workspace.find("general", said.id) is None


async def test_what_is_not_there_cannot_be_edited_or_deleted(workspace: Workspace) -> None:
    await workspace.edit(MessageRef("general", "none"), Body("x"))
    await workspace.delete(MessageRef("general", "none"))

    assert await workspace.change("general", "none", "x") is None
    assert workspace.find("general", "none") is None


async def test_an_answer_cannot_be_changed_by_a_person(workspace: Workspace) -> None:
    await workspace.post(Address("general"), Body("a", state=State.DONE), "k")

    assert await workspace.change("general", "k", "b") is None


async def test_watchers_are_told_until_they_stop(workspace: Workspace, dana: Person, general: Channel) -> None:
    told: list[Change] = []
    stop = workspace.watch(told.append)
    said = await workspace.say(dana, general, "one")
    await workspace.change("general", said.id, "two")
    await workspace.delete(MessageRef("general", said.id))
    stop()
    await workspace.say(dana, general, "three")

    assert [(change.new, change.entry.message.text if change.entry else None) for change in told] == [
        (True, "one"),
        (False, "two"),
        (False, None),
    ]


async def test_without_a_log_everything_is_kept_in_memory(dana: Person, general: Channel) -> None:
    workspace = Workspace(clock=lambda: NOON, zone=UTC)
    said = await workspace.say(dana, general, "Helo")
    await workspace.change("general", said.id, "Hello")
    ref = await workspace.post(Address("general"), Body("answer", state=State.DONE), "k")

    assert [message.text for message in (await workspace.history("general", None, 2))] == ["Hello", "answer"]
    await workspace.delete(ref)
    assert [message.text for message in (await workspace.history("general", None, 1))] == ["Hello"]


async def test_old_files_make_room_for_new_ones(
    monkeypatch: pytest.MonkeyPatch, workspace: Workspace, dana: Person, general: Channel
) -> None:
    monkeypatch.setattr(module, "FILE_BYTES", 10)
    file = File("a.txt", b"12345678", "text/plain")
    said = await workspace.say(dana, general, "old", files=(file,))
    await workspace.post(Address("general"), Body("newer", files=(file,), state=State.DONE), "k1")
    await workspace.post(Address("general"), Body("newest", files=(file,), state=State.DONE), "k2")

    old, newer, newest = (workspace.find("general", one) for one in (said.id, "k1", "k2"))
    assert old is not None
    assert newer is not None
    assert newest is not None
    assert (old.files, newer.body.files if newer.body else None) == ((), ())
    assert newest.body is not None
    assert (file,) == newest.body.files


async def test_who_is_mentioned_is_named_above_the_answer() -> None:
    workspace = Workspace()
    person, channel = next(iter(workspace.people.values())), next(iter(workspace.sample.channels.values()))
    ref = await workspace.post(Address(channel.id), Body("⏰ now", mention=person.id), "key")
    assert f"@{person.name}\n⏰ now" == workspace.find(channel.id, ref.id).body.text  # type: ignore[union-attr]
    await workspace.edit(ref, Body("⏰ now", mention="local:nobody", state=State.DONE))
    assert "⏰ now" == workspace.find(channel.id, ref.id).body.text  # type: ignore[union-attr]


async def test_everyone_is_in_every_channel_and_nobody_in_another_persons_conversation(
    workspace: Workspace, dana: Person
) -> None:
    lena = workspace.people["local:lena"]
    channels = await workspace.channels(SERVER)
    assert {ChannelRef("general", "general")} <= set(channels)
    assert {ChannelKind.CHANNEL} == {workspace.sample.channels[channel.id].kind for channel in channels}
    assert channels == await workspace.channels(None)
    assert [] == await workspace.channels("discord:1")

    own = await workspace.direct(dana.id)
    assert workspace.dm(dana) == own
    assert await workspace.readable("general", Audience(person=lena.id))
    assert await workspace.readable("general", Audience(channel=own.id))
    assert await workspace.readable(own.id, Audience(person=dana.id))
    assert await workspace.readable(own.id, Audience(channel=own.id))
    for audience in (Audience(person=lena.id), Audience(channel="general"), Audience(channel=workspace.dm(lena).id)):
        assert not await workspace.readable(own.id, audience)


async def test_what_and_who_is_not_in_the_workspace_reads_nothing(workspace: Workspace) -> None:
    assert not await workspace.readable("attic", Audience(channel="general"))
    assert not await workspace.readable("general", Audience(channel="attic"))
    assert not await workspace.readable("general", Audience(person="local:nobody"))
    with pytest.raises(UserError, match="no such person"):
        await workspace.direct("local:nobody")


async def test_an_answer_from_before_a_restart_is_changed_with_its_files_named(log: Log, workspace: Workspace) -> None:
    chart = File("chart.png", b"x", "image/png", alt="A chart")
    ref = await workspace.post(Address("general"), Body("All was said", files=(chart,), state=State.DONE), "key")
    standing = Body("Less was said", files=(replace(chart, data=b""),), state=State.DONE, files_stay=True)

    await workspace.edit(ref, standing)
    entry = workspace.find("general", "key")
    assert entry is not None
    assert entry.body is not None
    assert (chart,) == entry.body.files

    later = Workspace(log, clock=lambda: NOON, zone=UTC)
    await later.edit(ref, replace(standing, text="Nothing was said"))
    assert "Nothing was said\n\n[chart.png: A chart]" == log.kept["general"]["key"].text
    assert "Nothing was said\n\n[chart.png: A chart]" == (await later.history("general", None, 1))[0].text


async def test_every_message_has_an_address_which_is_not_stored(
    workspace: Workspace, log: Log, dana: Person, general: Channel
) -> None:
    said = await workspace.say(dana, general, "Where is this?")
    await workspace.post(Address("release-checklist"), Body("Here.", state=State.DONE), "k:1")
    again = Workspace(log, clock=lambda: NOON, zone=UTC)
    link = f"/?channel=general&message={said.id}"

    assert link == said.link
    assert link == (await again.history("general", None, 1))[0].link
    assert "/?channel=release-checklist&message=k:1" == (await again.history("release-checklist", None, 1))[0].link
    assert "/?channel=general&message=general-1" == (await again.history("general", None, 100))[0].link
    assert {None} == {message.link for kept in log.kept.values() for message in kept.values()}
