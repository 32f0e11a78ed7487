"""What people write in Slack."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.platforms.slack.mrkdwn import markdown, mentioned, typed, without_bot

NAMES = {"UANA": "Ana"}


@pytest.mark.parametrize(
    ("expected", "written"),
    [
        ("hi @Ana and @ben and @UNEW", "hi <@UANA> and <@UBEN|ben> and <@UNEW>"),
        ("in #general and #C2", "in <#C1|general> and <#C2>"),
        ("@here @team @S1", "<!here> <!subteam^S1|@team> <!S1^x>"),
        ("at noon", "<!date^1^{time}|at noon>"),
        ("https://a.example/x?a&b", "<https://a.example/x?a&amp;b>"),
        ("a.example", "<http://a.example|a.example>".replace("http://a.example|", "a.example|")),
        ("[label](https://a.example)", "<https://a.example|label>"),
        ("a@b.example", "<mailto:a@b.example|a@b.example>"),
        ("1 < 2 & <@UANA>", "1 &lt; 2 &amp; &lt;@UANA&gt;"),
    ],
)
def test_a_message_is_told_as_people_read_it(expected: str, written: str) -> None:
    assert expected == markdown(written, NAMES)


def test_in_a_command_people_and_channels_stay_ids_and_links_are_addresses() -> None:
    assert "<@UANA|ana> <#C1|general> https://a.example @here" == typed(
        "<@UANA|ana> <#C1|general> <https://a.example|label> <!here>"
    )


def test_the_bots_own_mention_is_left_out() -> None:
    assert "what now?" == without_bot("<@UBOT>: what now?", "UBOT")
    assert "so <@UANA> what now?" == without_bot("so <@UANA> <@UBOT|atelier> what now?", "UBOT")
    assert ["UANA", "UBOT"] == list(mentioned("<@UANA> <@UBOT|atelier>"))


@example("<|>")
@given(st.text(alphabet="<>@#!|&ampltgU1 ^x[](:/"))
def test_no_text_is_too_strange(written: str) -> None:
    assert isinstance(markdown(written, NAMES), str)
    assert isinstance(typed(written), str)
