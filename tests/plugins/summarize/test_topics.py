from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from bot import (
    ChannelKind,
    ChannelRef,
    ChatModel,
    Cited,
    File,
    History,
    Length,
    Message,
    Profile,
    Progress,
    Request,
    Silence,
    UserError,
)
from bot.discretion import PeoplesDiscretion
from bot.profile import Fact
from plugins.summarize import plugin, topics
from plugins.summarize.window import BATCH
from tests.plugins.conversation import NOW, Said, Scripted, every, linked, request, said, talk
from tests.plugins.summarize.busy import DAY
from tests.plugins.summarize.grouped import Words

TALK = linked(
    talk(
        "Dana: We decided to ship the next release on Friday without dark mode.",
        "Ben: I will write the release notes for the next release by Thursday.",
        "Ana: Which release notes does the shop want from us?",
        "Ben: Lunch at the new place was excellent, the soup gets five stars.",
    )
)


class Places:
    """`Channels` with these messages; what is not there may not be told of."""

    def __init__(self, messages: Mapping[str, Sequence[Message]]) -> None:
        self.messages = messages

    async def all(self) -> list[ChannelRef]:
        """The channels."""
        return [ChannelRef(channel, f"the {channel}") for channel in self.messages]

    async def history(self, channel: str) -> History:
        """One channel's messages."""
        if channel not in self.messages:
            raise UserError("I know no such channel.")
        return Said(self.messages[channel])


async def _digest(
    messages: Sequence[Message] = (),
    *,
    channels: str = "",
    elsewhere: Mapping[str, Sequence[Message]] | None = None,
    unquoted: Sequence[str] = (),
    asked: Request | None = None,
    profile: Profile | None = None,
    model: ChatModel | None = None,
    length: Length | None = None,
    silent: bool = False,
    personal: bool = False,
    picture: bool = True,
) -> list[object]:
    async def hidden() -> Sequence[str]:
        return unquoted

    return await every(
        topics(
            start=NOW - timedelta(hours=12),
            end=NOW + timedelta(hours=8),
            channels=channels,
            title="**Digest**",
            length=length,
            quiet="silent" if silent else "say",
            personal=personal,
            picture=picture,
            request=asked or request(),
            profile=profile or Profile(),
            history=Said(messages),
            others=Places(elsewhere or {}),
            discretion=PeoplesDiscretion(hidden),
            meanings=Words(),
            embeddings=Words(),  # type: ignore[arg-type]  # no more than is used of it
            model=model,
            summarizer=None,
            translator=None,
        )
    )


def _text(pieces: Sequence[object]) -> str:
    return "".join(
        piece if isinstance(piece, str) else piece.text for piece in pieces if isinstance(piece, (str, Cited))
    )


async def test_tells_what_was_talked_about() -> None:
    text = _text(await _digest(TALK))

    assert text.startswith("**Digest**\n4 messages by 3 people, ")
    assert "✅ **Decided:** We decided to ship the next release on Friday without dark mode. — Dana [10:00](" in text
    assert "📌 **Ben:** I will write the release notes for the next release **by Thursday**. — [10:02](" in text


async def test_a_digest_of_a_busy_day_quotes_and_links_every_statement() -> None:
    pieces = await _digest(DAY, length=Length.LONG)
    lines = [piece for piece in pieces if isinstance(piece, Cited) and piece.text.startswith("- ")]

    assert len(lines) > 10
    for line in lines:
        assert line.sources[0] in DAY
        assert str(line.sources[0].link) in line.text
    assert any(isinstance(piece, File) for piece in pieces)
    assert pieces == await _digest(DAY, length=Length.LONG)


async def test_a_short_digest_fits_on_a_screen_without_a_picture() -> None:
    for length, lines in ((Length.SHORT, 16), (Length.MEDIUM, 42)):
        pieces = await _digest(DAY, length=length)

        assert len(_text(pieces).splitlines()) <= lines
        assert (length is Length.SHORT) != any(isinstance(piece, File) for piece in pieces)
    assert not any(isinstance(piece, File) for piece in await _digest(DAY, picture=False))


async def test_bots_commands_secrets_and_those_who_do_not_want_to_be_quoted_are_left_out() -> None:
    hidden = [
        said("Bot: We decided to ship the robot release on Friday for all.", 100, id="x1"),
        said("Dana: /digest now please, the command release is decided.", 99, id="x2"),
        said("Eve: We decided that the secretive release ships on Monday.", 98, id="x3"),
        said("Dana: The decided password: hunter2-Correct-Horse-99 AKIAIOSFODNN7EXAMPLE", 97, id="x4"),
    ]
    pieces = await _digest([*TALK, *hidden], unquoted=["test:eve"], length=Length.LONG)

    assert "4 messages by 3 people" in _text(pieces)
    assert not any(set(piece.sources) & set(hidden) for piece in pieces if isinstance(piece, Cited))


async def test_a_quiet_day_is_one_line_or_silence() -> None:
    assert "**Digest**\n#general, Tue 00:00 to Tue 20:00 (UTC): nobody said anything.\n" == _text(await _digest())
    assert [Silence()] == [piece for piece in await _digest(silent=True) if not isinstance(piece, Progress)]


async def test_a_day_of_greetings_is_one_line_or_silence() -> None:
    greetings = talk("Dana: Good morning!", "Ben: Hello!", "Ana: Hi :wave:", "Ben: Lunch?")

    assert "only greetings and short remarks" in _text(await _digest(greetings))
    assert Silence() in await _digest(greetings, silent=True)


async def test_a_day_of_links_is_told() -> None:
    messages = linked(
        talk("Dana: https://a.example/plan", "Ben: <https://b.example/x>", "Ana: [spec](https://c.example)", "Ben: ok")
    )
    text = _text(await _digest(messages))

    assert "\n**[Links](https://chat.test/m0)** · " in text
    assert "- 🔗 [a.example/plan](https://a.example/plan) — Dana [10:00](https://chat.test/m0)\n" in text
    assert "- 🔗 [spec](https://c.example) — Ana [10:04](https://chat.test/m2)\n" in text
    assert "remarks" not in text


async def test_a_message_or_two_are_told_plainly_and_never_kept_silent() -> None:
    assert "Only 1 message by 1 person, " in _text(await _digest(TALK[:1], silent=True))


async def test_several_channels_are_told_of_together() -> None:
    design = [replace(each, channel="design", text=each.text.replace("release", "logo")) for each in TALK]
    text = _text(
        await _digest(TALK, channels="general design design", elsewhere={"design": design}, length=Length.LONG)
    )

    assert "8 messages by 3 people in #general and #the design, " in text
    assert "** · #the design · " in text
    assert "** · #general · " in text


async def test_a_channel_that_cannot_be_read_is_named_and_the_others_are_told() -> None:
    assert _text(await _digest(TALK, channels="general secret")).endswith("\n_I know no such channel._\n")
    with pytest.raises(UserError, match="no such channel"):
        await _digest(TALK, channels="secret other")


async def test_what_concerns_the_reader_comes_first_in_a_personal_digest() -> None:
    soup = linked(
        talk(
            "Ben: The soup at the new place was excellent yesterday.",
            "Dana: @Ana, the soup at the new place could be something for you.",
        )
    )
    elsewhere = {"food": [replace(each, channel="food") for each in soup]}
    fact = Fact("1", "I look after the soup at the new place", None, NOW)
    direct = replace(request(), channel=replace(request().channel, kind=ChannelKind.DM, server=None))

    public = _text(await _digest(TALK[:2], channels="general food", elsewhere=elsewhere))
    own = _text(
        await _digest(
            TALK[:2], channels="general food", elsewhere=elsewhere, personal=True, profile=Profile(facts=(fact,))
        )
    )

    assert public.index("release") < public.index("soup")
    assert "mentions you" not in public
    assert own.index("soup") < own.index("release")
    assert "· #the food · mentions you ·" in own
    assert "mentions you" in _text(await _digest([*TALK, *soup], asked=direct))


async def test_a_conversation_without_a_server_is_not_called_a_channel() -> None:
    direct = replace(request(), channel=replace(request().channel, kind=ChannelKind.DM, server=None))

    assert "This conversation, Tue 00:00 to " in _text(await _digest(asked=direct))


async def test_a_language_without_spaces_and_cues_has_topics_too() -> None:
    messages = linked(
        talk(
            "Yuki: 新しいバージョンは来週の金曜日に公開されます。",
            "Ren: 新しいバージョンのテストはまだ終わっていません。",
            "Yuki: テストは木曜日までに終わらせましょう。",
        )
    )
    text = _text(await _digest(messages))

    assert "3 messages by 2 people" in text
    assert any(f"**[{message.text}](" in text for message in messages)


async def test_a_digest_says_where_it_leaves_out_what_is_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plugins.summarize.window.MOST", 3)

    assert _text(await _digest(TALK)).endswith("\n_Of #general only the last 3 messages are told of._\n")


async def test_many_messages_are_read_with_progress() -> None:
    many = [replace(TALK[number % 2], id=f"n{number}") for number in range(BATCH + 1)]
    steps = [piece for piece in await _digest(many, picture=False) if isinstance(piece, Progress)]

    note = f"reading {BATCH + 1} messages"
    assert [Progress(0, note), Progress(BATCH / (BATCH + 1), note)] == steps[:2]


async def test_a_model_that_says_nothing_that_is_so_leaves_the_quotations() -> None:
    text = _text(await _digest(TALK, model=Scripted("The moon is made of cheese.")))

    assert "We decided to ship the next release on Friday without dark mode." in text
    assert "cheese" not in text


def test_people_do_not_see_the_command() -> None:
    assert plugin.commands["topics"].internal
