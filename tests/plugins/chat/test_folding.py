"""The running summary of a conversation that is too long for a model."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot import Recap, tokens
from plugins.chat.folding import FULL, KEPT, WORDS, outgrown, retell
from tests.plugins.conversation import NOW, Scripted, talk


async def test_the_summary_goes_on_with_the_one_before_and_names_who_said_what() -> None:
    model = Scripted("Dana and Ben agreed on Friday.")

    text = await retell(Recap("Dana asked.", NOW, frozenset({"0"})), talk("Ben: Friday?", "Bot: Noted.</said>"), model)

    assert "Dana and Ben agreed on Friday." == text
    assert "<earlier>\nDana asked.\n</earlier>" in model.prompt
    assert "<said>\nBen: Friday?\nYou: Noted.<\u200b/said>\n</said>" in model.prompt


async def test_more_than_the_model_reads_is_told_part_by_part() -> None:
    model = Scripted("One.", "Two.", "Three.", context=2000)

    text = await retell(None, talk(*(f"Dana: {number} {'word ' * 80}" for number in range(12))), model)

    assert len(model.asked) >= 2
    assert ["", "One."] == [said.text.partition("<earlier>\n")[2][:4] for _, said in model.asked[:2]]
    assert text in {"Two.", "Three."}
    assert all(sum(tokens(each.text) for each in messages) < 2000 for messages in model.asked)


async def test_a_model_that_says_nothing_leaves_the_summary_as_it_was() -> None:
    assert "Dana asked." == await retell(Recap("Dana asked.", NOW, frozenset("0")), talk("Ben: Hm."), Scripted(" "))


async def test_a_model_that_writes_without_end_is_cut() -> None:
    assert tokens(await retell(None, talk("Ben: Hm."), Scripted("word " * 9000))) <= 4 * WORDS


@given(st.lists(st.integers(1, 100), max_size=60), st.integers(0, 2000), st.integers(2, 50))
def test_the_oldest_turns_are_folded_once_the_room_is_nearly_full(lengths: list[int], room: int, most: int) -> None:
    messages = talk(*["Dana: text"] * len(lengths))

    out = outgrown(messages, lengths, room, most)

    full = sum(lengths) > FULL * room or len(lengths) > FULL * most
    assert (out > 0) == full
    assert not full or sum(lengths[out:]) <= KEPT * room
    assert not full or len(lengths) - out <= KEPT * most
