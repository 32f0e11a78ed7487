from __future__ import annotations

import re
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.body import Body, Button, Card, File, State
from bot.platforms.screen import Screen


class Tty(StringIO):
    """A terminal to write to."""

    def isatty(self) -> bool:
        return True


def shown(body: Body, stdout: StringIO) -> str:
    screen = Screen(stdout, StringIO())
    screen.show(body)
    screen.finish(body, [])
    return stdout.getvalue()


def done(text: str, *cards: Card) -> Body:
    return Body(text, cards=cards, state=State.DONE)


def test_in_a_pipe_an_answer_stays_markdown() -> None:
    assert shown(done("**bold**\n`code`"), StringIO()) == "**bold**\n`code`\n"


def test_on_a_terminal_lines_stay_lines_and_links_tell_where_they_lead() -> None:
    lines = shown(done("one\n[two](https://example.org)"), Tty()).splitlines()

    assert "one" == lines[0].rstrip()
    assert "https://example.org" in lines[1]


def test_cards_are_rendered_and_no_wider_than_their_words() -> None:
    card = Card("Your `profile`", (("Tone", "**plain**, see `/help`"),), (Button("Go", "/go"),), "What I **keep**.")
    text = shown(done("", card), StringIO())

    assert "What I keep.\n" in text
    assert "│ Tone │ plain, see /help │\n" in text
    assert "Go: /go\n" in text


def test_a_cards_lists_keep_their_lines() -> None:
    text = shown(done("", Card("T", (("Days", "- mon\n- tue"),))), StringIO())

    assert "│ Days │  • mon │\n│      │  • tue │\n" in text


@pytest.mark.parametrize(
    ("path", "then"), [(Path("out/fox.png"), "saved as out/fox.png"), (None, "add --out DIR to save it")]
)
def test_a_file_tells_what_made_it_and_where_it_lies(path: Path | None, then: str) -> None:
    stdout = StringIO()
    file = File(
        "fox.png", b"12345", "image/png", alt="A fox\x1b[2J", caption="“a \\*red\\* fox” · seed 7\n\nDrawn here."
    )

    Screen(stdout, StringIO()).finish(Body("", files=(file,)), [path])

    told = [line.rstrip() for line in stdout.getvalue().splitlines()]
    assert ["fox.png (5 bytes): A fox[2J", "  “a *red* fox” · seed 7", "", "  Drawn here.", f"  {then}"] == told


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=80))
def test_no_answer_steers_the_terminal(text: str) -> None:
    printed = shown(done(text + "\x1b[2J\x9b2J\x07"), StringIO())

    assert not {"\x1b", "\x9b", "\x07", "\x08"} & set(printed)


def test_on_a_terminal_only_rendering_makes_escapes() -> None:
    assert "\x1b[2J" not in shown(done("a\x1b[2Jb", Card("T\x1b[2J", (("a\x1b[2J", "b\x1b[2J"),))), Tty())


def test_on_a_terminal_a_time_is_enough_for_the_link_to_a_message() -> None:
    stdout, here = Tty(), "http://127.0.0.1:8080"
    text = f"Ana [07:15]({here}/?channel=general&message=m-1&as=ana), [docs](https://example.org)"

    Screen(stdout, StringIO(), here).show(done(text))

    printed = stdout.getvalue()
    assert ";http://127.0.0.1:8080/?channel=general&message=m-1&as=ana\x1b" in printed
    assert "(http://127.0.0.1" not in printed
    assert "(https://example.org)" in re.sub(r"\x1b\[[\d;]*m", "", printed)
