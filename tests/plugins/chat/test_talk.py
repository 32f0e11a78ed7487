"""Answers by a language model, from the prompt to what the person reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from langchain_core.embeddings import DeterministicFakeEmbedding

from bot import ChannelKind, Command, Done, File, Message, Passage, Profile, UserError
from plugins.chat.config import ChatConfig
from plugins.chat.prompt import Sources
from plugins.chat.talk import Talk
from plugins.chat.vectors import Vectors
from tests.plugins.chat.sources import Known, Remembered, Told
from tests.plugins.conversation import Said, Scripted, every, request, text_of
from tests.plugins.conversation import talk as messages_of

HANDBOOK = Passage("We ship on Fridays.", "Handbook", "https://wiki.test/handbook")


class Idle:
    """Offers nothing to do."""

    def offered(self) -> Sequence[Command]:
        """Nothing."""
        return ()

    async def run(self, name: str, options: Mapping[str, object]) -> Done:
        """It does not."""
        raise NotImplementedError

    async def begin(self) -> None:
        raise NotImplementedError

    async def confirm(self, what: str) -> bool:
        """No."""
        return False


def talk(model: Scripted, *, messages: Sequence[Message] = (), recaps: Told | None = None) -> Talk:
    return Talk(
        request(kind=ChannelKind.DM),
        Profile(),
        model,
        Sources(Said(messages), Remembered(), Known([HANDBOOK]), recaps),
        Idle(),
        DeterministicFakeEmbedding(size=8),
        Vectors(),
        ChatConfig(),
    )


async def test_what_an_answer_cites_is_linked_and_what_it_makes_up_is_left_out() -> None:
    said = text_of(await every(talk(Scripted("On Friday [1], says Dana [9].")).answer("When?")))

    assert (
        "On Friday [[1]](https://wiki.test/handbook), says Dana.\n\n[1] [Handbook](https://wiki.test/handbook)" == said
    )


async def test_the_answer_streams() -> None:
    pieces = await every(talk(Scripted("Good day, Ana.")).answer("Hello?"))

    assert ["Good", " day,", " Ana."] == [text_of([piece]) for piece in pieces if piece]


async def test_long_code_comes_as_a_file_too() -> None:
    code = "\n".join(f"print({number})" for number in range(60))

    pieces = await every(talk(Scripted(f"```python\n{code}\n```")).answer("Write it"))

    assert ["code.py"] == [piece.name for piece in pieces if isinstance(piece, File)]


async def test_a_file_has_the_whole_answer_with_its_sources() -> None:
    pieces = await every(talk(Scripted("On Friday [1].")).answer("When?", as_file=True))

    assert "" == text_of(pieces)
    assert [b"On Friday [[1]](https://wiki.test/handbook).\n\n[1] [Handbook](https://wiki.test/handbook)\n"] == [
        piece.data for piece in pieces if isinstance(piece, File)
    ]


async def test_an_empty_answer_is_said_to_be_one_and_nothing_is_told() -> None:
    recaps = Told()
    lines = [f"Dana: {'word ' * 200}" for _ in range(20)]

    with pytest.raises(UserError, match="empty answer"):
        await every(talk(Scripted(""), messages=messages_of(*lines), recaps=recaps).answer("Hello?"))

    assert "" == await recaps.retold[0](None)


async def test_what_is_to_be_told_is_known_before_the_model_answers() -> None:
    recaps = Told()
    lines = [f"Dana: {'word ' * 200}" for _ in range(40)]
    answer = talk(Scripted("Good day."), messages=messages_of(*lines), recaps=recaps).answer("Hello?")

    # What is deleted from now on is known to be in it.
    assert "Good" == await anext(answer)
    assert [""] == [key for key, _ in recaps.folded]

    await answer.aclose()
    assert "" == await recaps.retold[0](None)


async def test_what_outgrows_the_model_is_folded_once_it_has_answered() -> None:
    recaps = Told()
    lines = [f"Dana: {'word ' * 200}" for _ in range(40)]

    await every(talk(Scripted("Yes."), messages=messages_of(*lines), recaps=recaps).answer("Hello?"))

    assert [""] == [key for key, _ in recaps.folded]
