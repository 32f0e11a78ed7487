"""Atelier in Slack: what people say and choose, and what they are answered."""

from __future__ import annotations

import pytest

from tests.end_to_end.slack.conftest import PICTURE, House


async def test_a_mention_is_answered_in_a_thread_below_it_although_it_comes_as_two_events(house: House) -> None:
    asked = await house.slack.says("UANA", "CGENERAL", "<@UATELIER> what is &lt;new&gt;, <@UBEN>?")
    answer = await house.answer("CGENERAL", "ana said: what is &lt;new&gt;")
    assert asked.ts == answer.thread
    assert ["what is <new>, @ben?"] == house.runs
    assert answer.arguments["unfurl_links"] is False


async def test_a_direct_message_is_answered_in_the_conversation(house: House) -> None:
    await house.slack.says("UANA", "DANA", "hello")
    answer = await house.answer("DANA", "ana said: hello")
    assert answer.thread is None


async def test_what_does_not_address_the_bot_is_not_answered(house: House) -> None:
    await house.slack.says("UBEN", "CGENERAL", "good morning")
    await house.slack.says("UBEN", "CGENERAL", "<@UATELIER> you too")
    await house.answer("CGENERAL", "ben said: you too")
    assert ["you too"] == house.runs


async def test_a_mention_in_a_thread_is_answered_from_the_thread_alone(house: House) -> None:
    root = await house.slack.says("UBEN", "CGENERAL", "Shall we ship?")
    await house.slack.says("UANA", "CGENERAL", "Elsewhere")
    await house.slack.says("UANA", "CGENERAL", "Yes", thread=root.ts)
    await house.slack.says("UANA", "CGENERAL", "<@UATELIER> /recall", thread=root.ts)
    answer = await house.answer("CGENERAL", "ben: Shall we ship? / ana: Yes")
    assert root.ts == answer.thread
    assert "Elsewhere" not in answer.shown


async def test_a_slash_command_is_acknowledged_at_once_and_answered_in_the_channel(house: House) -> None:
    delivery = await house.slack.slash("UANA", "CGENERAL", "/echo", "good &amp; well")
    assert delivery.seconds < 1
    assert (await house.answer("CGENERAL", "ana said: good &amp; well")).only_for is None


async def test_one_slash_command_takes_every_other_and_plain_questions(house: House) -> None:
    await house.slack.slash("UANA", "CGENERAL", "/atelier", "echo by name")
    await house.answer("CGENERAL", "ana said: by name")
    await house.slack.slash("UANA", "CGENERAL", "/atelier", "what happened?")
    await house.answer("CGENERAL", "ana said: what happened?")


async def test_a_command_typed_without_what_it_needs_is_asked_for_in_a_form(house: House) -> None:
    await house.slack.slash("UANA", "CGENERAL", "/whois")
    await house.slack.workspace.until(lambda: house.slack.api.called("views.open"))
    (call,) = house.slack.api.called("views.open")
    user, channel = call["view"]["blocks"]
    assert ("users_select", "conversations_select") == (user["element"]["type"], channel["element"]["type"])
    values = {
        "user": {"user": {"type": "users_select", "selected_user": "UBEN"}},
        "channel": {"channel": {"type": "conversations_select", "selected_conversation": "CRANDOM"}},
    }
    await house.slack.submits("UANA", call["view"], values)
    await house.answer("CGENERAL", "slack:UBEN ben in CRANDOM random")


async def test_a_command_that_slack_sends_again_opens_its_form_once(house: House) -> None:
    house.slack.sockets.ack_seconds = 0.3
    await house.slack.slash("UANA", "CGENERAL", "/whois", lose_acks=1)
    await house.slack.slash("UANA", "CGENERAL", "/echo", "done")
    await house.answer("CGENERAL", "ana said: done")
    assert 1 == len(house.slack.api.called("views.open"))
    assert 1 == len(house.slack.workspace.by_bot("CGENERAL"))


async def test_a_form_that_cannot_be_opened_is_replaced_by_what_is_missing(house: House) -> None:
    house.slack.api.fail("views.open", "expired_trigger_id")
    await house.slack.slash("UANA", "CGENERAL", "/whois")
    await house.answer("CGENERAL", "`user` is missing.")


async def test_people_and_channels_named_in_a_command_are_recognised_by_id_and_by_name(house: House) -> None:
    await house.slack.slash("UANA", "CGENERAL", "/whois", "user:<@UBEN|ben> channel:<#CRANDOM|random>")
    await house.answer("CGENERAL", "slack:UBEN ben in CRANDOM random")
    await house.slack.slash("UANA", "CGENERAL", "/whois", "user:Ana Lima channel:#general")
    await house.answer("CGENERAL", "slack:UANA ana in CGENERAL general")
    await house.slack.slash("UANA", "CGENERAL", "/whois", "user:<@UNOBODY|x> channel:#general")
    await house.answer("CGENERAL", "is nobody here")


async def test_a_private_answer_is_seen_by_the_asker_alone(house: House) -> None:
    await house.slack.slash("UANA", "CGENERAL", "/whisper")
    answer = await house.answer("CGENERAL", "Only for you")
    assert "UANA" == answer.only_for
    assert not house.slack.api.called("chat.postMessage")


async def test_a_file_in_a_private_answer_comes_as_a_direct_message(house: House) -> None:
    await house.slack.slash("UANA", "CGENERAL", "/whisper", "file")
    answer = await house.answer("CGENERAL", "sent to you as a direct message")
    assert "UANA" == answer.only_for
    assert "secret.txt" == (await house.answer("DANA", "", lambda m: bool(m.files))).files[0]["title"]


async def test_where_the_bot_is_no_member_a_command_is_answered_all_the_same(house: House) -> None:
    await house.slack.slash("UANA", "CRANDOM", "/echo", "out here")
    assert (await house.answer("CRANDOM", "out here")).only_for is None
    await house.slack.slash("UANA", "CRANDOM", "/whisper")
    assert "UANA" == (await house.answer("CRANDOM", "Only for you")).only_for


async def test_an_answer_streams_natively_in_a_thread_and_mentions_nobody(house: House) -> None:
    await house.slack.says("UANA", "CGENERAL", "<@UATELIER> /stream")
    answer = await house.answer("CGENERAL", "one", lambda m: m.streaming)
    house.gates[0].set()
    await house.answer("CGENERAL", "one two", lambda m: m.streaming)
    house.gates[1].set()
    house.gates[2].set()
    await house.answer("CGENERAL", "three", lambda m: not m.streaming)
    assert "one two <\u200b!channel> three" == answer.markdown
    assert ["UANA"] == [call["recipient_user_id"] for call in house.slack.api.called("chat.startStream")]


async def test_outside_a_thread_an_answer_grows_by_edits(house: House) -> None:
    await house.slack.slash("UANA", "CGENERAL", "/stream")
    answer = await house.answer("CGENERAL", "one")
    assert answer.button("Cancel")
    house.gates[0].set()
    await house.answer("CGENERAL", "two")
    house.gates[1].set()
    house.gates[2].set()
    await house.answer("CGENERAL", "three", lambda m: not m.button("Cancel"))
    assert 1 == len(house.slack.workspace.by_bot("CGENERAL"))
    assert "<!channel>" not in answer.text
    assert not house.slack.api.called("chat.startStream")


async def test_in_a_thread_progress_is_shown_with_a_button_to_cancel_instead_of_a_stream(house: House) -> None:
    await house.slack.says("UANA", "CGENERAL", "<@UATELIER> /brew")
    answer = await house.answer("CGENERAL", "brewing", lambda m: m.button("Cancel") is not None)
    assert answer.thread is not None
    await house.slack.presses("UANA", answer, "Cancel")
    await house.answer("CGENERAL", "Cancelled.")
    assert not house.slack.api.called("chat.startStream")


async def test_where_streaming_is_refused_an_answer_grows_by_edits(house: House) -> None:
    house.slack.api.fail("chat.startStream", "channel_type_not_supported")
    await house.slack.says("UANA", "CGENERAL", "<@UATELIER> /stream")
    await house.answer("CGENERAL", "one", lambda m: m.button("Cancel") is not None)
    for gate in house.gates:
        gate.set()
    await house.answer("CGENERAL", "three", lambda m: m.button("Cancel") is None)
    assert 1 == len(house.slack.workspace.by_bot("CGENERAL"))


async def test_when_slack_asks_to_wait_the_answer_comes_once_and_complete(house: House) -> None:
    house.slack.api.limit_next("chat.postMessage", times=2)
    await house.slack.slash("UANA", "CGENERAL", "/echo", "patience")
    await house.answer("CGENERAL", "patience")
    assert 2 == house.slack.api.limited
    assert 1 == len(house.slack.workspace.by_bot("CGENERAL"))


async def test_a_running_request_is_cancelled_by_its_button_by_the_asker_only(house: House) -> None:
    await house.slack.slash("UANA", "CGENERAL", "/brew")
    answer = await house.answer("CGENERAL", "brewing ▰▰▰▰▰▱▱▱▱▱ 50%")
    await house.slack.presses("UBEN", answer, "Cancel")
    await house.slack.presses("UANA", answer, "Cancel")
    await house.answer("CGENERAL", "Cancelled.")
    assert answer.button("Cancel") is None


async def test_a_question_is_answered_by_a_button(house: House) -> None:
    await house.slack.slash("UANA", "CGENERAL", "/ask")
    await house.slack.presses("UANA", await house.answer("CGENERAL", "Tea or coffee?"), "Coffee")
    await house.answer("CGENERAL", "Here is your Coffee.", lambda m: m.button("Tea") is None)


async def test_a_cards_button_asks_in_the_name_of_who_presses_it(house: House) -> None:
    await house.slack.slash("UANA", "CGENERAL", "/board")
    await house.slack.presses("UBEN", await house.answer("CGENERAL", "Board"), "Again")
    await house.answer("CGENERAL", "ben said: pressed")


async def test_a_picture_is_uploaded_with_its_alternative_text(house: House) -> None:
    await house.slack.slash("UANA", "CGENERAL", "/draw")
    shown = await house.answer("CGENERAL", "", lambda m: bool(m.files))
    await house.answer("CGENERAL", "Look:")
    assert PICTURE == house.slack.workspace.files[shown.files[0]["id"]]
    assert ["A fox in the snow"] == [call["alt_txt"] for call in house.slack.api.called("files.getUploadURLExternal")]


async def test_a_missing_scope_is_named_and_the_rest_of_the_answer_comes(house: House) -> None:
    house.slack.api.scopes.discard("files:write")
    await house.slack.slash("UANA", "CGENERAL", "/draw")
    assert "Look:" in (await house.answer("CGENERAL", "`files:write`")).text


async def test_history_that_may_not_be_read_is_refused_by_the_name_of_the_scope(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    house.slack.api.scopes.discard("channels:history")
    await house.slack.slash("UANA", "CGENERAL", "/recall")
    answer = await house.answer("CGENERAL", "the app lacks the scope `channels:history`")
    assert "\n" not in answer.text
    assert "scope=channels:history" in capsys.readouterr().out


async def test_a_file_that_comes_with_a_message_is_read(house: House) -> None:
    file = ("notes.txt", b"12345", "text/plain")
    await house.slack.says("UANA", "DANA", "/size", files=[file])
    await house.answer("DANA", "notes.txt has 5 bytes")
    house.slack.api.scopes.discard("files:read")
    await house.slack.says("UANA", "DANA", "/size", files=[file])
    await house.answer("DANA", "files:read")


async def test_a_shortcut_on_a_message_is_answered_below_it_as_often_as_it_is_chosen(house: House) -> None:
    target = await house.slack.says("UBEN", "CGENERAL", "one two three")
    await house.slack.chooses("UANA", target, "Count words")
    first = await house.answer("CGENERAL", "3 words by ben")
    await house.slack.chooses("UANA", target, "Count words")
    second = await house.answer("CGENERAL", "3 words by ben", lambda m: m is not first)
    assert target.ts == first.thread == second.thread


async def test_a_long_answer_goes_on_in_further_messages_within_the_limit(house: House) -> None:
    await house.slack.slash("UANA", "CGENERAL", "/long")
    await house.answer("CGENERAL", "Paragraph 11.")
    posted = house.slack.workspace.by_bot("CGENERAL")
    assert len(posted) > 1
    assert all(len(message.text) <= 4_000 for message in posted)
    assert 12 == sum(message.shown.count("Paragraph") for message in posted)


async def test_a_refusal_is_one_plain_sentence(house: House) -> None:
    await house.slack.slash("UANA", "CGENERAL", "/refuse")
    assert "Not today." == (await house.answer("CGENERAL", "Not today.")).text


async def test_the_assistant_pane_proposes_questions_and_says_that_an_answer_is_coming(house: House) -> None:
    thread = {"user_id": "UANA", "channel_id": "DANA", "thread_ts": "1772443800.000001", "context": {}}
    await house.slack.event({"type": "assistant_thread_started", "assistant_thread": thread})
    await house.slack.workspace.until(lambda: house.slack.api.called("assistant.threads.setSuggestedPrompts"))
    await house.slack.says("UANA", "DANA", "hello pane", thread="1772443800.000001")
    await house.answer("DANA", "hello pane", lambda m: m.thread == "1772443800.000001")
    assert house.slack.api.called("assistant.threads.setStatus")
    await house.slack.workspace.until(lambda: house.slack.api.called("assistant.threads.setTitle"))
