"""Commands, buttons and forms."""

from __future__ import annotations

from datetime import timedelta

from bot import Request
from bot.body import LINE_CHARS, Body, Button, Card
from bot.platform import Address
from bot.request import ChannelKind
from bot.values import ChannelRef, User
from tests.bot.platforms.discord.meeting import Meeting, done
from tests.servers.discord import MANAGE_GUILD, Role


async def test_suggestions_come_while_a_person_types(meeting: Meeting) -> None:
    used = await meeting.ana.types("words find", meeting.general, "word", "fox")
    await meeting.server.until(lambda: used.callback == 8)
    assert [{"name": "foxes", "value": "foxes"}, {"name": "foxy", "value": "foxy"}] == used.choices
    numbers = await meeting.ana.types("words find", meeting.general, "number", "29")
    await meeting.server.until(lambda: numbers.callback == 8)
    assert [29] == [choice["value"] for choice in numbers.choices]
    broken = await meeting.ana.types("words find", meeting.general, "broken", "x")
    await meeting.server.until(lambda: broken.callback == 8)
    assert [] == broken.choices


async def test_a_menu_hands_the_message_on(meeting: Meeting) -> None:
    said = await meeting.ana.says(meeting.general, f"about <@{meeting.ana.user.id}>")
    await meeting.ana.edits(said, f"all about <@{meeting.ana.user.id}>")
    said.mentioned = [meeting.ana.user]
    request = await meeting.asked(await meeting.ana.chooses("Count", said))
    assert request.reply_to is not None
    assert ("all about @Ana", said.id, True) == (
        request.reply_to.text,
        request.reply_to.id,
        request.reply_to.edited is not None,
    )


async def test_an_interaction_acknowledged_too_late_is_passed_over(meeting: Meeting) -> None:
    meeting.server.interactions.acknowledge_seconds = 0.0
    late = await meeting.ana.uses("words find", meeting.general, word="late")
    await meeting.server.until(
        lambda: ("POST", f"/interactions/{late.id}/{late.token}/callback") in meeting.server.requests
    )
    meeting.server.interactions.acknowledge_seconds = 3.0
    request = await meeting.asked(await meeting.ana.uses("words find", meeting.general, word="early"))
    assert "early" == request.options["word"]
    assert [request] == [event for event in meeting.events if isinstance(event, Request)]


async def test_a_button_outlives_a_restart_and_says_under_which_message_it_stands(meeting: Meeting) -> None:
    line = "/words find word:" + "x" * (LINE_CHARS - 17)
    card = Card("T", buttons=(Button("Mine", "/words mine"), Button("Find", line)))
    await meeting.platform.post(Address(meeting.general.id), done("words", cards=(card,)), "key")
    (message,) = meeting.server.messages(meeting.general)
    async with meeting.restarted():
        request = await meeting.asked(await meeting.ana.presses(message, "Find"))
        assert request.reply_to is not None
        assert (line, message.id, "words") == (request.text, request.reply_to.id, request.reply_to.text)
        mine = await meeting.ana.presses(message, "Mine")
        assert "/words mine" == (await meeting.asked(mine)).text
        assert mine.original is not None
        assert mine.original.only_to is meeting.ana.user
        message.components[0]["components"][0]["custom_id"] = "unknown"
        unknown = await meeting.ana.presses(message, "Mine")
        await meeting.server.until(lambda: unknown.original)
        assert unknown.original is not None
        assert "This is too old; please ask again." == unknown.original.content


async def test_a_text_of_several_lines_is_asked_for_in_a_form(meeting: Meeting) -> None:
    used = await meeting.ana.uses("words write", meeting.general, style="noble")
    await meeting.server.until(lambda: used.modal)
    assert used.modal is not None
    assert "/words write" == used.modal["title"]
    (field,) = used.modal["components"]
    text = field["component"]
    assert ("text", 2, "What to write about.", 3, 4000) == (
        field["label"],
        text["style"],
        text["placeholder"],
        text["min_length"],
        text["max_length"],
    )
    async with meeting.restarted():
        request = await meeting.asked(await meeting.ana.submits(used, text="a fox\nin the snow"))
        assert ("words write", {"text": "a fox\nin the snow", "style": "noble"}) == (request.command, request.options)


async def test_a_form_keeps_the_options_that_do_not_fit_into_it_for_a_while(meeting: Meeting) -> None:
    long = "very " * 30
    used = await meeting.ana.uses("words write", meeting.general, style=long, to=meeting.ana, where=meeting.general)
    await meeting.server.until(lambda: used.modal)
    sent = await meeting.ana.submits(used, text="a fox")
    request = await meeting.asked(sent)
    to = User(f"discord:{meeting.ana.user.id}", "Ana")
    where = ChannelRef(meeting.general.id, "general")
    assert {"text": "a fox", "style": long, "to": to, "where": where} == request.options
    assert 5 == sent.callback
    async with meeting.restarted():
        late = await meeting.ana.submits(used, text="a fox")
        await meeting.server.until(lambda: late.original)
        assert late.original is not None
        assert "This is too old; please ask again." == late.original.content


async def test_what_is_given_needs_no_form(meeting: Meeting) -> None:
    request = await meeting.asked(await meeting.ana.uses("words write", meeting.general, text="a fox"))
    assert {"text": "a fox"} == request.options


async def test_a_quiet_command_leaves_nothing_behind_unless_it_says_something(meeting: Meeting) -> None:
    card = Card("T", buttons=(Button("Hush", "/words hush"),))
    await meeting.platform.post(Address(meeting.general.id), done("words", cards=(card,)), "key")
    (message,) = meeting.server.messages(meeting.general)
    pressed = await meeting.ana.presses(message, "Hush")
    request = await meeting.asked(pressed)
    assert 6 == pressed.callback
    assert [message] == meeting.server.messages(meeting.general)
    ref = await meeting.platform.post(meeting.address(request, private=True), done("a " * 1500, request), request.id)
    assert ["words"] == message.texts
    assert [meeting.ana.user, meeting.ana.user] == [one.only_to for one in pressed.followups]
    assert [ref.id, *ref.more] == [one.id for one in pressed.followups]


async def test_what_a_quiet_command_says_after_its_token_died_goes_on_by_direct_message(meeting: Meeting) -> None:
    card = Card("T", buttons=(Button("Hush", "/words hush"),))
    await meeting.platform.post(Address(meeting.general.id), done("words", cards=(card,)), "key")
    (message,) = meeting.server.messages(meeting.general)
    pressed = await meeting.ana.presses(message, "Hush")
    request = await meeting.asked(pressed)
    address = meeting.address(request, private=True)
    ref = await meeting.platform.post(address, Body("Once", request_id=request.id), request.id)
    meeting.clock.advance(timedelta(minutes=15))
    await meeting.platform.edit(ref, done("Once upon a time", request))
    assert ["Once upon a time"] == [one.content for one in meeting.server.messages(meeting.ana.dm)]
    assert "-# The answer goes on in our direct messages." == pressed.followups[0].content
    assert ["words"] == message.texts


async def test_while_atelier_stops_nobody_is_left_waiting(meeting: Meeting) -> None:
    meeting.platform._asking.receive = None
    used = await meeting.ana.uses("words find", meeting.general, word="x")
    await meeting.server.until(lambda: used.original)
    assert used.original is not None
    assert ("I am being restarted. Please ask again in a moment.", False, meeting.ana.user) == (
        used.original.content,
        used.original.thinking,
        used.original.only_to,
    )


async def test_an_admin_of_a_server_that_has_not_installed_us_is_a_guest_there(meeting: Meeting) -> None:
    foreign = meeting.server.guild("Elsewhere", joined=False)
    chief = meeting.server.person("Chief", foreign, Role("boss", MANAGE_GUILD))
    request = await meeting.asked(await chief.uses("words find", foreign.channels[0], word="x"))
    assert (None, ChannelKind.CHANNEL, "general") == (
        request.channel.server,
        request.channel.kind,
        request.channel.name,
    )
    assert not request.person.is_admin
    assert frozenset() == request.person.roles


async def test_a_conversation_of_people_with_each_other_is_not_one_with_us(meeting: Meeting) -> None:
    bob = meeting.server.person("Bob")
    group = meeting.server.world.group(meeting.ana.user, bob.user)
    request = await meeting.asked(await meeting.ana.uses("words find", group, word="x"))
    assert (None, ChannelKind.CHANNEL) == (request.channel.server, request.channel.kind)
    alone = await meeting.asked(await meeting.ana.uses("words find", meeting.ana.dm, word="x"))
    assert (None, ChannelKind.DM) == (alone.channel.server, alone.channel.kind)


async def test_a_button_of_what_ended_before_a_restart_disappears_and_no_other(meeting: Meeting) -> None:
    await meeting.ana.mentions_bot(meeting.general, "hello")
    request = await meeting.until_told(Request)
    assert isinstance(request, Request)
    ref = await meeting.platform.post(meeting.address(request), Body("Once", request_id=request.id), request.id)
    (message,) = meeting.server.messages(meeting.general)
    cancel = message.components
    await meeting.platform.edit(ref, done("Once upon a time", request, buttons=(Button("Again", "/again 1"),)))
    again, message.components = message.components, cancel
    late = await meeting.ana.presses(message, "Cancel")
    message.components = again
    await meeting.server.until(lambda: late.callback == 6)
    assert ["Again"] == [button["label"] for button in message.buttons]
    message.components = cancel
    async with meeting.restarted():
        late = await meeting.ana.presses(message, "Cancel")
        await meeting.server.until(lambda: late.callback == 7)
        assert [] == message.buttons
