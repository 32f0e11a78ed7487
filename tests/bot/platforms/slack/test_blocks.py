"""Block Kit stays within what Slack takes."""

from __future__ import annotations

import pytest

from bot.body import Body, Button, Card, Choice, Progress, State
from bot.platforms.slack.blocks import content, extras, pages, progress_line
from tests.servers.slack.web_api import UPDATE_CHARS, check


def test_the_largest_card_is_taken_by_slack() -> None:
    card = Card(
        "T" * 300,
        tuple((f"name {number}" * 50, "value " * 1_000) for number in range(25)),
        tuple(Button("L" * 100, "/" + "line" * 20) for _ in range(30)),
        "word " * 2_000,
    )
    body = Body("text " * 700, cards=(card,) * 30, buttons=(Button("Regenerate", "/again"),) * 30, state=State.DONE)
    shown = content(pages(body.text)[0], extras(body))
    check({"text": shown.text, "blocks": [*shown.blocks]}, UPDATE_CHARS)
    assert "Regenerate" in str(shown.blocks[-1])


def test_while_it_is_worked_on_an_answer_shows_progress_question_and_cancel() -> None:
    body = Body("", progress=Progress(None, "thinking"), question=Choice("Sure?", ("Yes", "No")), request_id="R1")
    shown = content("", extras(body))
    check({"text": shown.text, "blocks": [*shown.blocks]}, UPDATE_CHARS)
    assert "thinking …" == shown.text
    values = [element["value"] for block in shown.blocks[-2:] for element in block["elements"]]  # type: ignore[union-attr, index, call-overload]
    assert ["R1 Yes", "R1 No", "R1"] == values


def test_a_card_of_nothing_but_a_title_has_a_header_and_a_bare_answer_has_no_blocks() -> None:
    assert ["header"] == [block["type"] for block in extras(Body(cards=(Card("Title"),), state=State.DONE))]
    assert [] == extras(Body("done", state=State.DONE))
    assert [] == extras(Body("", state=State.WORKING))
    assert [] == extras(Body("", buttons=(Button("Regenerate", "/again"),), state=State.WORKING))
    assert "…" == content("").text
    assert "Working …" == content("", [{"type": "divider"}]).text


@pytest.mark.parametrize(
    ("expected", "done"), [("x ▱▱▱▱▱▱▱▱▱▱ 0%", 0.0), ("x ▰▰▰▰▰▰▰▰▰▰ 100%", 1.0), ("x ▰▰▰▱▱▱▱▱▱▱ 30%", 0.3)]
)
def test_progress_is_a_bar(expected: str, done: float) -> None:
    assert expected == progress_line(Progress(done, "x"))
