from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.body import Body, Button, Card, Choice, File, Progress, State
from bot.platforms.web.messages import Clockface, Parts, Shown, Thread, file_kind, initials, place, render
from bot.platforms.workspace import ATELIER, Entry
from bot.request import Message, Person

NOON = datetime(2026, 3, 12, 12, 0, tzinfo=UTC)
DANA = Person("local:dana", "Dana Okafor")
ANA = Person("local:ana", "Ana Ruiz")


def entry(
    id: str = "1", author: Person = DANA, text: str = "Hello", minutes: int = 0, reply_to: str | None = None
) -> Entry:
    bot = author is ATELIER
    sent = NOON + timedelta(minutes=minutes)
    return Entry(Message(id, "general", author.id, author.name, text, sent, reply_to=reply_to, from_bot=bot))


def answer(body: Body, private_to: str | None = None) -> Entry:
    return Entry(entry("2", ATELIER, body.text).message, body=body, private_to=private_to)


def draw(shown: Shown, viewer: Person = DANA, menu: tuple[str, ...] = ()) -> Parts:
    return render(shown, viewer, Clockface(UTC), "/files/{}/{}/{}".format, menu)


def no_entry(_id: str) -> Entry | None:
    return None


@pytest.mark.parametrize(
    ("second", "first"),
    [
        (entry("2", minutes=2), False),
        (entry("2", minutes=6), True),
        (entry("2", ANA, minutes=1), True),
        (Entry(entry("2").message, private_to=DANA.id), True),
    ],
)
def test_messages_in_quick_succession_share_a_heading(second: Entry, *, first: bool) -> None:
    assert place(second, entry(), no_entry).first is first


def test_an_answer_quotes_what_it_answers_unless_that_stands_right_above() -> None:
    question = entry("1", ANA)
    reply = entry("2", ATELIER, reply_to="1")

    assert place(reply, question, lambda _: question).quoted is None
    assert place(reply, entry("3"), lambda _: question).quoted == question
    assert place(reply, question, lambda _: question).asker == ANA.id


def test_a_reply_to_what_is_gone_stands_alone() -> None:
    assert place(entry("2", reply_to="1"), None, no_entry) == Shown(entry("2", reply_to="1"))


def test_a_reply_by_a_person_always_shows_its_quotation() -> None:
    question = entry("1", ANA, "**Shall** we?")

    assert "<b>Ana Ruiz</b> Shall we?" in draw(place(entry("2", reply_to="1"), question, lambda _: question)).head


def test_the_heading_names_the_person_and_the_time() -> None:
    head = draw(Shown(entry())).head

    assert "<b>Dana Okafor</b>" in head
    assert '<time datetime="2026-03-12T12:00:00+00:00" title="Thursday 12 March 2026, 12:00">12:00</time>' in head
    assert ">DO</span>" in head


def test_a_following_message_has_only_a_time() -> None:
    head = draw(Shown(entry(), first=False)).head

    assert "Dana Okafor" not in head
    assert "12:00" in head


def test_names_cannot_bring_html() -> None:
    assert "<script>" not in draw(Shown(entry(author=Person("x", "<script>")))).head


def test_a_command_line_is_shown_as_it_was_typed() -> None:
    line = Entry(entry(text="/help **x** <b>").message, command=True)

    assert draw(Shown(line)).text == '<code class="line">/help **x** &lt;b&gt;</code>'


def test_an_edited_message_says_so() -> None:
    message = Message("1", "general", DANA.id, DANA.name, "x", NOON, edited=NOON)

    assert "(edited)" in draw(Shown(Entry(message))).text


def test_a_private_answer_says_so() -> None:
    assert "Only you can see this" in draw(Shown(answer(Body("x"), DANA.id))).head


def test_a_private_line_and_its_answer_are_one_block_that_says_so_once() -> None:
    line = Entry(entry("1", text="/secret").message, private_to=DANA.id, command=True)
    reply = Entry(entry("2", ATELIER, reply_to="1").message, private_to=DANA.id)
    first, second = place(line, None, no_entry), place(reply, line, lambda _: line)

    assert (False, True) == (first.joined, second.joined)
    assert ["Only you can see this" in draw(shown).head for shown in (first, second)] == [True, False]


@pytest.mark.parametrize("private_to", [None, ANA.id])
def test_only_what_the_same_person_sees_is_joined(private_to: str | None) -> None:
    line = Entry(entry("1").message, private_to=private_to)
    reply = Entry(entry("2", ATELIER, reply_to="1").message, private_to=DANA.id)

    assert not place(reply, line, lambda _: line).joined
    assert not place(reply, entry("3"), lambda _: line).joined


def test_a_question_is_markdown_and_its_last_choice_looks_safe() -> None:
    question = Choice("Erase **everything**? See `/help`.", ("Erase", "Keep it"))
    html = draw(Shown(answer(Body(question=question, request_id="r")))).controls

    assert "<strong>everything</strong>" in html
    assert 'class="button" data-act="choose" data-id="2" data-value="Erase"' in html
    assert 'class="button safe" data-act="choose" data-id="2" data-value="Keep it"' in html


def test_a_question_stays_with_its_answer() -> None:
    asked = (("Erase **everything**?", "<Yes>"),)
    html = draw(Shown(Entry(entry("2", ATELIER, "Gone.").message, body=Body("Gone."), asked=asked))).text

    assert "Erase <strong>everything</strong>?" in html
    assert "— <b>&lt;Yes&gt;</b>" in html
    assert html.index("Erase") < html.index("Gone.")


def test_an_admin_can_stop_what_others_asked_but_not_answer_for_them() -> None:
    admin = Person("local:ben", "Ben", roles=frozenset({"admin"}))
    controls = draw(Shown(answer(Body(question=Choice("Sure?", ("Yes",)), request_id="r")), asker=ANA.id), admin)

    assert 'data-act="cancel" data-id="r"' in controls.controls
    assert "choose" not in controls.controls


def test_an_answer_shows_that_it_is_worked_on_and_can_be_cancelled() -> None:
    parts = draw(Shown(answer(Body(request_id="r"))))

    assert "Atelier is working" in parts.text
    assert 'data-act="cancel" data-id="r"' in parts.controls
    assert not parts.tools


def test_only_who_asked_can_cancel_and_choose() -> None:
    body = Body(question=Choice("Sure?", ("Yes", "<No>")), request_id="r")

    mine = draw(Shown(answer(body), asker=DANA.id)).controls
    theirs = draw(Shown(answer(body), asker=ANA.id)).controls

    assert 'data-act="choose" data-id="2" data-value="&lt;No&gt;"' in mine
    assert theirs == ""


@pytest.mark.parametrize(
    ("done", "says"),
    [(0.4, 'aria-valuenow="40"'), (0.6, "drawing · 60 %"), (7.0, 'aria-valuenow="100"'), (None, "unknown")],
)
def test_progress_is_a_bar(done: float | None, says: str) -> None:
    controls = draw(Shown(answer(Body(progress=Progress(done, "drawing"))))).controls

    assert says in controls
    assert "drawing" in controls


def test_a_finished_answer_has_no_controls() -> None:
    assert draw(Shown(answer(Body("x", state=State.DONE)))).controls == ""


def test_files_are_shown_by_their_kind() -> None:
    files = (
        File("a.png", b"x", "image/png", alt='a "fox"', caption="seed 7"),
        File("a.wav", b"x", "audio/wav"),
        File("a.svg", b"x", "image/svg+xml"),
    )
    html = draw(Shown(answer(Body(files=files, state=State.DONE)))).files

    assert '<img src="/files/general/2/0" alt="a &#34;fox&#34;"' in html
    assert '<audio controls preload="metadata" src="/files/general/2/1" aria-label="a.wav">' in html
    assert 'href="/files/general/2/2?save=1" download="a.svg"' in html
    assert "seed 7" in html
    assert html.count("<img") == 1


def test_a_draft_has_another_address_than_the_picture_that_takes_its_place() -> None:
    draft = File("a.png", b"rough", "image/png", draft=True)
    html = draw(Shown(answer(Body(files=(draft,))))).files

    assert '<img src="/files/general/2/0?draft=5"' in html
    assert 'href="/files/general/2/0?save=1"' in html


def test_an_svg_is_never_shown_as_a_picture() -> None:
    assert file_kind(File("a.svg", b"", "image/svg+xml")) == "document"


@pytest.mark.parametrize(
    ("media_type", "kind"), [("audio/ogg", "audio"), ("audio/midi", "document"), ("audio/x-midi", "document")]
)
def test_only_sound_that_a_browser_plays_gets_a_player(media_type: str, kind: str) -> None:
    assert kind == file_kind(File("a", b"", media_type))


def test_attachments_of_people_are_shown() -> None:
    said = Entry(entry().message, files=(File("a.txt", b"x", "text/plain"),))

    assert "a.txt <small>1 byte</small>" in draw(Shown(said)).files


def test_a_card_shows_fields_and_buttons() -> None:
    card = Card("Profile", (("Tone", "**plain**"),), (Button("Change", '/set "x"'),), "About *you*")
    html = draw(Shown(answer(Body(cards=(card,), state=State.DONE)))).files

    assert "<h4>Profile</h4>" in html
    assert "<em>you</em>" in html
    assert "<strong>plain</strong>" in html
    assert 'data-act="line" data-id="2" data-value="/set &#34;x&#34;">Change</button>' in html


def test_what_can_be_done_about_an_answer_stands_under_it() -> None:
    html = draw(
        Shown(answer(Body("42", buttons=(Button("Regenerate", "/answer-again 1"),), state=State.DONE)))
    ).controls

    assert 'data-act="line" data-id="2" data-value="/answer-again 1">Regenerate</button>' in html


def test_a_thread_tells_how_long_it_is() -> None:
    one = draw(Shown(entry(), thread=Thread("t", "Checklist", 1))).controls
    two = draw(Shown(entry(), thread=Thread("t", "Checklist", 2))).controls

    assert "1 reply <small>Checklist</small>" in one
    assert "2 replies" in two


def test_ones_own_messages_can_be_changed_but_not_the_samples() -> None:
    own = draw(Shown(entry()), menu=("Explain",)).tools
    other = draw(Shown(entry()), viewer=ANA).tools
    sample = draw(Shown(Entry(entry().message, sample=True))).tools

    assert 'data-act="delete"' in own
    assert 'data-act="menu" data-id="1" data-value="Explain"' in own
    assert 'data-act="delete"' not in other + sample
    assert 'data-act="reply"' in other


@pytest.mark.parametrize(("name", "expected"), [("Dana Okafor", "DO"), ("Ana", "A"), ("A b C", "AC"), ("…", "?")])
def test_initials_stand_for_a_name(name: str, expected: str) -> None:
    assert initials(name) == expected


def test_times_are_told_as_the_browser_tells_them() -> None:
    berlin = Clockface(ZoneInfo("Europe/Berlin"))
    denver = Clockface(ZoneInfo("America/Denver"), twelve=True)

    assert (berlin.time(NOON), denver.time(NOON)) == ("13:00", "6:00 AM")


def test_days_are_told_from_today() -> None:
    clock = Clockface(UTC)
    days = [clock.day(NOON - timedelta(days=back), NOON) for back in (0, 1, 2, 100)]

    assert days == ["Today", "Yesterday", "Tuesday, 10 March", "Tuesday, 2 December 2025"]
