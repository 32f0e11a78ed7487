from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot import Cited, Length, Message, Profile
from plugins.summarize.telling import Digest, chosen, tell
from plugins.summarize.topics import Kind, Statement, Topic
from plugins.summarize.window import Window
from plugins.summarize.wording import Reader
from tests.plugins.conversation import NOW, linked, request, talk

MESSAGES = linked(
    talk(
        "Dana: We ship on Friday.",
        "Ben Whitfield: I write the notes by Thursday.",
        "Ana: I disagree with the date.",
        "Dana: Which boards do they want?",
        "Ana: See https://a.example/list for `all of it.",
        "Cleo_x: Cake!",
        "Dan: Tea!",
    )
)


def _made(kind: Kind, place: int, text: str = "", *others: int, **more: str) -> Statement:
    sources = tuple(MESSAGES[each] for each in (place, *others))
    return Statement(text or MESSAGES[place].text, sources, kind, quote=MESSAGES[place].text, **more)


STATEMENTS = (
    _made(Kind.DECISION, 0),
    _made(Kind.POINT, 4),
    _made(Kind.DISAGREEMENT, 2, "", 0),
    _made(Kind.ACTION, 1, who="Ben Whitfield", due="by Thursday"),
    _made(Kind.QUESTION, 3),
    Statement("the list", (MESSAGES[4],), Kind.LINK, quote="https://a.example/other"),
)
TOPIC = Topic("The *date* of it", (MESSAGES[0],), tuple(MESSAGES), STATEMENTS, 3.0)


def _window(*messages: Message, channels: tuple[str, ...] = ("#general",), unread: tuple[str, ...] = ()) -> Window:
    names = {"general": channels[0], **{name: name for name in channels[1:]}}
    return Window(NOW - timedelta(days=1), NOW, names, {"general": messages}, unread)


def _reader(length: Length = Length.MEDIUM) -> Reader:
    return Reader.of(request(), Profile(), length)


def _text(digest: Digest, length: Length = Length.MEDIUM, title: str = "") -> str:
    return "".join(each if isinstance(each, str) else each.text for each in tell(digest, _reader(length), title))


def test_a_topic_reads_well() -> None:
    assert (
        "**Digest**\n"
        "7 messages by 5 people, Mon 12:00 to Tue 12:00 (UTC)\n"
        "\n"
        "**[The \\*date\\* of it](https://chat.test/m0)** · Dana, Ana, Ben Whitfield and 2 more · "
        "7 messages from 10:00\n"
        "- ✅ **Decided:** We ship on Friday. — Dana [10:00](https://chat.test/m0)\n"
        "- See [a.example/list](https://a.example/list) for all of it. — Ana [10:08](https://chat.test/m4)\n"
        "- ⚖️ **Disagreement:** I disagree with the date. — Ana [10:04](https://chat.test/m2), to Dana "
        "[10:00](https://chat.test/m0)\n"
        "- 📌 **Ben Whitfield:** I write the notes **by Thursday**. — [10:02](https://chat.test/m1)\n"
        "- ❓ **Open:** Which boards do they want? — Dana [10:06](https://chat.test/m3)\n"
    ) == _text(Digest(_window(*MESSAGES), [TOPIC]), title="**Digest**")


def test_an_address_that_would_fill_the_post_is_not_linked_nor_one_that_is_cut() -> None:
    endless = f"https://a.example/{'p' * 3000}"
    link = Statement("", (MESSAGES[4],), Kind.LINK, quote=endless)
    message = replace(MESSAGES[0], text=endless)

    assert "- 🔗 a.example/pppp" in _text(Digest(_window(*MESSAGES), [replace(TOPIC, statements=(link,))]))
    assert "](https://a" not in _text(Digest(_window(*MESSAGES), [replace(TOPIC, statements=(link,))]))
    assert "](https://a" not in _text(Digest(_window(message)))


def test_an_address_with_brackets_stays_whole() -> None:
    message = replace(MESSAGES[0], text="It is all in https://a.example/b_(c), I think.")

    assert "in [a.example/b\\_(c)](https://a.example/b_%28c%29), I think." in _text(Digest(_window(message)))


def test_a_short_digest_is_a_line_for_each_topic() -> None:
    text = _text(Digest(_window(*MESSAGES), [TOPIC, TOPIC]), Length.SHORT)

    assert 4 == len(text.splitlines())
    assert "- **[The \\*date\\* of it](https://chat.test/m0)** · ✅ 📌 ❓ ⚖️ · Dana, Ana and 3 more · 7 messages" in text


def test_a_long_digest_tells_everything() -> None:
    text = _text(Digest(_window(*MESSAGES), [TOPIC]), Length.LONG)

    assert "- 🔗 [the list](https://a.example/other) — Ana" in text
    assert 6 == text.count("\n- ")


def test_every_piece_that_tells_of_a_message_has_it_as_a_source() -> None:
    pieces = list(tell(Digest(_window(*MESSAGES), [TOPIC], [TOPIC]), _reader(Length.LONG)))
    plain = "".join(piece for piece in pieces if isinstance(piece, str))

    assert not any(message.text[:12] in plain or message.author_name in plain for message in MESSAGES)
    assert not any(message.link and message.link in plain for message in MESSAGES)
    assert {statement.sources for statement in STATEMENTS} <= {
        each.sources for each in pieces if isinstance(each, Cited)
    }


def test_what_is_deleted_leaves_a_digest_that_still_reads() -> None:
    pieces = tell(Digest(_window(*MESSAGES), [TOPIC], [TOPIC]), _reader())
    text = "".join(each if isinstance(each, str) else each.instead for each in pieces)

    assert "**A topic** · 5 people · 7 messages from 10:00\n" in text
    assert "Also: …\n" in text


def test_other_topics_are_listed_by_their_headlines() -> None:
    others = [Topic(f"Topic {number}", (MESSAGES[0],), tuple(MESSAGES), STATEMENTS, 1.0) for number in range(8)]
    text = _text(Digest(_window(*MESSAGES), [TOPIC], others))

    assert "\nAlso: [Topic 0](https://chat.test/m0) · [Topic 1](" in text
    assert text.endswith(" and 2 more\n")


def test_topics_of_several_channels_say_where() -> None:
    window = _window(*MESSAGES, channels=("#general", "#design"))
    text = _text(Digest(window, [TOPIC], mentioned=frozenset({("general", "m2")})))

    assert "7 messages by 5 people in #general and #design, Mon" in text
    assert "** · #general · mentions you · Dana" in text


def test_many_channels_are_counted() -> None:
    window = _window(*MESSAGES, channels=("#general", "#a", "#b", "#c", "#d"))

    assert "5 people in 5 channels, Mon" in _text(Digest(window, [TOPIC]))


def test_a_day_is_named_where_there_are_several() -> None:
    early = talk("Dana: Early words.", ago=2000)
    text = _text(Digest(_window(*early, *MESSAGES), [TOPIC]))

    assert "Dana [Tue 10:00](https://chat.test/m0)" in text


def test_nothing_said_is_one_honest_line() -> None:
    digest = Digest(_window())

    assert digest.empty
    assert "#general, Mon 12:00 to Tue 12:00 (UTC): nobody said anything.\n" == _text(digest)


def test_small_talk_is_one_honest_line() -> None:
    digest = Digest(_window(*MESSAGES[-3:]))

    assert digest.empty
    assert "only greetings and short remarks." in _text(digest)


def test_a_message_or_two_are_told_as_they_are() -> None:
    digest = Digest(_window(*MESSAGES[:2]))

    assert not digest.empty
    assert (
        "Only 2 messages by 2 people, Mon 12:00 to Tue 12:00 (UTC):\n\n"
        "- We ship on Friday. — Dana [10:00](https://chat.test/m0)\n"
        "- I write the notes by Thursday. — Ben Whitfield [10:02](https://chat.test/m1)\n"
    ) == _text(digest)


def test_what_could_not_be_read_is_said() -> None:
    assert _text(Digest(_window(unread=("No such channel.",)))).endswith("anything.\n\n_No such channel._\n")
    assert _text(Digest(_window(*MESSAGES), [TOPIC], closing="Quoted.")).endswith("\nQuoted.\n")


def test_of_each_kind_something_is_told_before_there_is_more_of_one() -> None:
    many = [*(_made(Kind.POINT, 0) for _ in range(4)), *STATEMENTS]

    assert {Kind.DECISION, Kind.POINT, Kind.ACTION, Kind.QUESTION} == {each.kind for each in chosen(many, 4)}
    assert many == chosen(many, 40)
    assert [] == chosen(many, 0)


def test_a_link_that_is_quoted_is_not_told_again() -> None:
    link = Statement("", (MESSAGES[4],), Kind.LINK, quote="https://a.example/list")

    assert [STATEMENTS[1]] == chosen([STATEMENTS[1], link], 4)
    assert [link] == chosen([link], 4)


def test_a_link_without_words_shows_where_it_goes() -> None:
    link = Statement("", (MESSAGES[4],), Kind.LINK, quote="https://www.a.example/list/")
    text = _text(Digest(_window(*MESSAGES), [Topic("T", (), tuple(MESSAGES), (link,), 1.0)]))

    assert "- 🔗 [a.example/list](https://www.a.example/list/) — Ana" in text
    assert "**[T](https://chat.test/m0)**" in text


def test_a_task_for_nobody_and_one_that_names_its_owner_need_no_name() -> None:
    tasks = (_made(Kind.ACTION, 0, "Ship it"), _made(Kind.ACTION, 0, "@Ben please ship it", who="Ben Whitfield"))
    text = _text(Digest(_window(*MESSAGES), [Topic("T", (), tuple(MESSAGES), tasks, 1.0)]))

    assert "- 📌 **To do:** Ship it — Dana" in text
    assert "- 📌 @Ben please ship it — Dana" in text


def test_the_same_is_always_told_alike() -> None:
    digest = Digest(_window(*MESSAGES), [TOPIC])

    assert list(tell(digest, _reader())) == list(tell(digest, _reader()))
    assert datetime(2026, 3, 3, 10, tzinfo=UTC) == MESSAGES[0].sent
