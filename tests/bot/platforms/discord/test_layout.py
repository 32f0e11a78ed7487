from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.body import LINE_CHARS, Body, Button, Card, Choice, File, Progress, State
from bot.platforms.discord.layout import BLANK, MOST_PAGES, Box, Page, Press, boxes, pages
from bot.platforms.discord.parts import embeds, nonce
from tests.servers.discord.errors import check_message


def split(text: str, limit: int) -> list[str]:
    return [text[start : start + limit] for start in range(0, len(text), limit)]


def lay_out(body: Body, margin: int = 0) -> list[Page]:
    return pages(body, split, margin)


texts = st.text(max_size=5000)
buttons = st.builds(Button, st.text(min_size=1, max_size=99), st.text(max_size=LINE_CHARS))
cards = st.builds(
    Card,
    title=st.text(max_size=400),
    fields=st.lists(st.tuples(st.text(max_size=300), st.text(max_size=2500)), max_size=30).map(tuple),
    buttons=st.lists(buttons, max_size=12).map(tuple),
    text=texts,
)
bodies = st.builds(
    Body,
    text=texts,
    files=st.lists(st.builds(File, st.just("a.png"), st.binary(max_size=3), st.just("image/png")), max_size=13).map(
        tuple
    ),
    cards=st.lists(cards, max_size=4).map(tuple),
    progress=st.none() | st.builds(Progress, st.none() | st.floats(-1, 2), st.text(max_size=400)),
    question=st.none()
    | st.builds(Choice, st.text(max_size=900), st.lists(st.text(min_size=1, max_size=99), max_size=30).map(tuple)),
    buttons=st.lists(buttons, max_size=6).map(tuple),
    state=st.sampled_from(State),
    request_id=st.none() | st.just("01J0000000000000000000000A"),
)


@given(bodies, st.integers(0, 200))
def test_whatever_an_answer_shows_discord_takes_and_nothing_is_lost(body: Body, margin: int) -> None:
    found = lay_out(body, margin)
    for page in found:
        rows = [page.presses[start : start + 5] for start in range(0, len(page.presses), 5)]
        components = [{"components": [{"custom_id": press.id, "label": press.label} for press in row]} for row in rows]
        assert len(page.text) <= 2000 - margin
        assert page.text or page.boxes or page.files
        shown_boxes = [dict(embed.to_dict()) for embed in embeds(page.boxes)]
        check_message({"content": page.text, "embeds": shown_boxes, "components": components}, [])
        assert len(page.files) <= 10
    assert list(body.files) == [file for page in found for file in page.files]
    shown = "".join(page.text for page in found)
    assert all(character in shown for character in body.text.strip())
    asked = len(body.question.choices) if body.question else 0
    controls = asked + 1 if body.state is State.WORKING and body.request_id else 0
    offered = sum(len(card.buttons) for card in body.cards) + len(body.buttons)
    assert offered + controls == sum(len(page.presses) for page in found)


def test_an_answer_that_has_begun_shows_its_progress_and_can_be_cancelled() -> None:
    (page,) = lay_out(Body(progress=Progress(0.4, "loading the\nmodel"), request_id="r"))
    assert "-# ▰▰▰▰▱▱▱▱▱▱ 40 % loading the model" == page.text
    assert (Press("Cancel", "stop:r", stops=True),) == page.presses


def test_nothing_yet_and_unknown_progress_show_as_dots() -> None:
    assert "…" == lay_out(Body())[0].text
    assert "-# …" == lay_out(Body(progress=Progress(None)))[0].text
    assert "-# thinking" == lay_out(Body(progress=Progress(None, "thinking")))[0].text


def test_a_question_stands_below_the_text_with_its_choices() -> None:
    (page,) = lay_out(Body("So far.", question=Choice("Go on?", ("Yes", "No")), request_id="r"))
    assert "So far.\n\n**Go on?**" == page.text
    assert ["pick:r:0", "pick:r:1", "stop:r"] == [press.id for press in page.presses]


def test_a_caption_without_room_is_left_to_the_files_description() -> None:
    file = File("a.png", b"a", "image/png", caption="a fox")
    assert "words\na fox" == lay_out(Body("words", files=(file,), state=State.DONE))[0].text
    long = replace(file, caption="a fox " * 20)
    assert "x" * 1900 == lay_out(Body("x" * 1900, files=(long,), state=State.DONE))[0].text


def test_a_card_without_words_is_a_blank_box() -> None:
    assert [Box(text=BLANK)] == boxes(Card(""), split)
    assert [Box("T", fields=((BLANK, BLANK),))] == boxes(Card("T", (("", " "),)), split)


def test_each_message_of_an_answer_has_a_nonce_of_its_own() -> None:
    nonces = {nonce(key, position) for key in ("a", "b") for position in range(3)}
    assert 6 == len(nonces)
    assert {25} == {len(one) for one in nonces}


def test_the_buttons_of_an_answer_stand_under_its_last_message() -> None:
    found = lay_out(Body("x" * 3000, buttons=(Button("Again", "/again 1"),), state=State.DONE, request_id="1"))
    assert [(), (Press("Again", "line:0:/again 1"),)] == [page.presses for page in found]


def test_what_is_too_long_for_messages_ends_in_a_file_with_the_whole() -> None:
    text = "".join(f"{number:06}" for number in range(5000))
    shown = lay_out(Body(text, state=State.DONE))
    assert MOST_PAGES == len(shown)
    assert shown[-1].text.endswith("-# The rest is in the file answer.md.")
    (file,) = shown[-1].files
    assert ("answer.md", text.encode()) == (file.name, file.data)
    growing = lay_out(Body(text, progress=Progress(0.5), request_id="1"))
    assert MOST_PAGES == len(growing)
    assert "-# The rest comes in a file.\n-# ▰▰▰▰▰▱▱▱▱▱ 50 %" in growing[-1].text
    assert () == growing[-1].files
