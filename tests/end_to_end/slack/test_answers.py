"""What becomes of an answer: its buttons, also after a restart, and questions that are edited or removed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.end_to_end.slack.conftest import House, house_in
from tests.servers.slack import Posted, SlackServer

LABELS = ("Regenerate", "Continue", "Delete", "👍", "👎")


def finished(message: Posted) -> bool:
    return message.button("Regenerate") is not None


async def gone(house: House, message: Posted) -> None:
    await house.slack.workspace.until(lambda: message not in house.slack.workspace.by_bot(message.channel))


async def test_under_a_finished_answer_are_its_buttons_also_when_it_was_streamed(house: House) -> None:
    await house.slack.says("UANA", "CGENERAL", "<@UATELIER> hello")
    answer = await house.answer("CGENERAL", "ana said: hello")
    assert all(answer.button(label) for label in LABELS)
    await house.slack.says("UANA", "CGENERAL", "<@UATELIER> /stream")
    await house.answer("CGENERAL", "one", lambda m: m.streaming)
    for gate in house.gates:
        gate.set()
    streamed = await house.answer("CGENERAL", "three", finished)
    assert streamed.markdown is not None
    assert streamed.button("Cancel") is None


async def test_after_a_restart_an_answer_is_made_anew_in_its_place(tmp_path: Path, slack: SlackServer) -> None:
    async with house_in(tmp_path, slack) as house:
        await slack.says("UANA", "CGENERAL", "<@UATELIER> /stream")
        await house.answer("CGENERAL", "one", lambda m: m.streaming)
        for gate in house.gates:
            gate.set()
        answer = await house.answer("CGENERAL", "three", finished)
    async with house_in(tmp_path, slack) as house:
        await house.press("UANA", answer, "Regenerate")
        await house.answer("CGENERAL", "one", lambda m: m.button("Cancel") is not None)
        assert answer.button("Regenerate") is None
        for gate in house.gates:
            gate.set()
        again = await house.answer("CGENERAL", "three", finished)
        assert again is answer
        assert again.markdown is None
        assert again.button("Cancel") is None
        assert [answer] == slack.workspace.by_bot("CGENERAL")


async def test_after_a_restart_an_answer_is_rated_continued_and_removed(tmp_path: Path, slack: SlackServer) -> None:
    async with house_in(tmp_path, slack) as house:
        asked = await slack.says("UANA", "CGENERAL", "<@UATELIER> hello")
        answer = await house.answer("CGENERAL", "ana said: hello")
    async with house_in(tmp_path, slack) as house:
        await house.press("UBEN", answer, "👍")
        thanks = await house.answer("CGENERAL", "noted as a good answer")
        assert ("UBEN", asked.ts) == (thanks.only_for, thanks.thread)
        await house.press("UANA", answer, "Continue")
        assert asked.ts == (await house.answer("CGENERAL", "ana said: and then")).thread
        await house.press("UBEN", answer, "Delete")
        assert "UBEN" == (await house.answer("CGENERAL", "or an admin can remove")).only_for
        await house.press("UANA", answer, "Delete")
        await gone(house, answer)


async def test_what_a_quiet_button_does_leaves_no_word_behind(house: House) -> None:
    thread = "1772443800.000001"
    await house.slack.says("UANA", "DANA", "hello", thread=thread)
    answer = await house.answer("DANA", "ana said: hello")
    said = len(house.slack.api.called("assistant.threads.setStatus"))
    await house.press("UANA", answer, "Delete")
    await gone(house, answer)
    assert [] == house.slack.workspace.by_bot("DANA")
    assert said == len(house.slack.api.called("assistant.threads.setStatus"))


async def test_the_files_of_an_answer_go_with_it_and_are_replaced(tmp_path: Path, slack: SlackServer) -> None:
    async with house_in(tmp_path, slack) as house:
        await slack.slash("UANA", "CGENERAL", "/draw")
        answer = await house.answer("CGENERAL", "Look:", finished)
        before = await house.answer("CGENERAL", "", lambda m: bool(m.files))
    async with house_in(tmp_path, slack) as house:
        await house.press("UANA", answer, "Regenerate")
        after = await house.answer("CGENERAL", "", lambda m: bool(m.files) and m is not before)
        await gone(house, before)
        await house.answer("CGENERAL", "Look:", finished)
        await house.press("UANA", answer, "Delete")
        await gone(house, after)
        await slack.workspace.until(lambda: not slack.workspace.files)
        assert [] == slack.workspace.by_bot("CGENERAL")


@pytest.mark.parametrize("channel", ["CGENERAL", "DANA"])
async def test_an_edited_question_is_answered_anew_in_the_same_place(house: House, channel: str) -> None:
    asked = await house.slack.says("UANA", channel, "<@UATELIER> frist")
    answer = await house.answer(channel, "ana said: frist")
    await house.slack.edits(asked, "<@UATELIER> first")
    assert answer is await house.answer(channel, "ana said: first", finished)
    await house.slack.unfolds(asked)
    await house.slack.says("UANA", channel, "<@UATELIER> next")
    await house.answer(channel, "ana said: next")
    assert ["frist", "first", "next"] == house.runs
    assert 2 == len(house.slack.workspace.by_bot(channel))


async def test_a_question_that_is_edited_while_it_is_answered_is_answered_anew(house: House) -> None:
    asked = await house.slack.says("UANA", "CGENERAL", "<@UATELIER> /stream")
    answer = await house.answer("CGENERAL", "one", lambda m: m.streaming)
    await house.slack.edits(asked, "<@UATELIER> better")
    assert answer is await house.answer("CGENERAL", "ana said: better", finished)
    assert [answer] == house.slack.workspace.by_bot("CGENERAL")
    assert "one" not in answer.shown
    assert not answer.streaming


async def test_a_message_becomes_a_question_when_the_bot_is_named_in_it_soon(house: House) -> None:
    soon = await house.slack.says("UANA", "CGENERAL", "hello")
    await house.slack.edits(soon, "<@UATELIER> hello")
    await house.answer("CGENERAL", "ana said: hello")
    late = await house.slack.says("UANA", "CGENERAL", "long ago")
    late.ts = f"{int(late.ts.partition('.')[0]) - 600}.000001"
    await house.slack.edits(late, "<@UATELIER> long ago")
    await house.slack.says("UANA", "CGENERAL", "<@UATELIER> now")
    await house.answer("CGENERAL", "ana said: now")
    assert ["hello", "now"] == house.runs


@pytest.mark.parametrize("channel", ["CGENERAL", "DANA"])
async def test_a_question_that_is_removed_takes_the_answer_along_that_is_being_written(
    house: House, channel: str
) -> None:
    asked = await house.slack.says("UANA", channel, "<@UATELIER> /stream")
    answer = await house.answer(channel, "one")
    await house.slack.deletes(asked)
    await gone(house, answer)
    assert [] == house.slack.workspace.by_bot(channel)


async def test_an_answer_that_is_removed_while_it_streams_ends_quietly(house: House) -> None:
    await house.slack.says("UANA", "CGENERAL", "<@UATELIER> /stream")
    answer = await house.answer("CGENERAL", "one", lambda m: m.streaming)
    house.slack.workspace.messages["CGENERAL"].remove(answer)
    for gate in house.gates:
        gate.set()
    await house.slack.says("UANA", "CGENERAL", "<@UATELIER> still there?")
    await house.answer("CGENERAL", "still there?")
    assert 1 == len(house.slack.workspace.by_bot("CGENERAL"))


@pytest.mark.parametrize("word", ["/stop", "stop", "Stop!"])
async def test_an_answer_that_streams_is_stopped_by_a_word_in_its_thread(house: House, word: str) -> None:
    asked = await house.slack.says("UANA", "CGENERAL", "<@UATELIER> /stream")
    answer = await house.answer("CGENERAL", "one", lambda m: m.streaming)
    await house.slack.says("UBEN", "CGENERAL", f"<@UATELIER> {word}", thread=asked.ts)
    await house.answer("CGENERAL", "not answering anything of yours")
    assert answer.streaming
    await house.slack.says("UANA", "CGENERAL", f"<@UATELIER> {word}", thread=asked.ts)
    assert "UANA" == (await house.answer("CGENERAL", "Stopped 1 answer.")).only_for
    assert answer is await house.answer("CGENERAL", "Cancelled.", finished)


async def test_what_was_erased_is_told_to_who_asked_for_it(house: House) -> None:
    await house.slack.slash("UANA", "CGENERAL", "/profile", "erase")
    question = await house.answer("CGENERAL", "", lambda m: m.only_for == "UANA" and m.blocks != [])
    await house.slack.presses("UANA", question, question.blocks[-1]["elements"][0]["text"]["text"])
    await house.answer("CGENERAL", "kept about you", lambda m: m.only_for == "UANA" and m is not question)
