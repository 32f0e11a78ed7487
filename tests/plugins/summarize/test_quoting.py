"""Whatever people write, each line that is posted leads to a message in which its words stand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import Length, Message, Profile, unmarked
from bot.discretion import PeoplesDiscretion
from plugins.summarize import summarize, topics
from plugins.summarize.digesting import LINKS
from plugins.summarize.styles import Style
from tests.plugins.conversation import NOW, Said, every, linked, request, said, talk, text_of
from tests.plugins.summarize.busy import DAY
from tests.plugins.summarize.grouped import Words
from tests.plugins.summarize.test_topics import Places

NAMES = ("Ana", "Be_n*x", "Cleo")
OPENINGS = st.sampled_from(
    "|Decision: |**Decision:** |We decided that |We decided: |I will |- |> |No, |I disagree, |Ana, please |1. |TODO: "
    "|@Cleo could you |Which |`x_y` ".split("|")
)
SAYINGS = st.lists(
    st.sampled_from(
        "release|boards|**dark mode**|`__init__`|on Friday|*quiet*|0.9|we|the|_pump_|https://a.example/_b_/(c)"
        "|[the plan](https://b.example/2026-03-04)|@everyone|<!here>|~~gone~~".split("|")
    ),
    min_size=1,
    max_size=14,
).map(" ".join)
CLOSINGS = st.sampled_from(". ? ! … by\xa0Friday. https://a.example/x. \n```\ncode\n```\n :tada:".split(" "))
TEXTS = st.lists(st.tuples(OPENINGS, SAYINGS, CLOSINGS).map(" ".join), min_size=1, max_size=3).map(" ".join)
TALKS = st.lists(st.tuples(st.sampled_from(NAMES), TEXTS, st.booleans()), min_size=3, max_size=9)

_AT = r"\[[^\]]*\]\(https://chat\.test/(?P<{}>[\w/]+)\)"
_BY = rf"(?:(?P<name>[^\[]+) )?{_AT.format('id')}(?:, to .+ {_AT.format('other')})?"
_DIGEST = re.compile(rf"- (?:[✅📌❓⚖️🔗]+ )?(?:\*\*[^*]+:\*\* |\*\*(?:\\.|[^*\\])+:\*\* )?(?P<text>.+) — {_BY}")
_WHO = r"\*\*(?P<name>(?:\\.|[^*\\])+)\*\*"
_TO = rf"(?: to .+? {_AT.format('other')})?"
_STYLES = (
    re.compile(rf"- {_WHO} {_AT.format('id')}{_TO} — (?:\*\*(?:\\.|[^*\\])+\*\*: )?(?P<text>.+)"),
    re.compile(rf"- {_AT.format('id')} — {_WHO}{_TO} — (?:\*\*(?:\\.|[^*\\])+\*\*: )?(?P<text>.+)"),
    re.compile(rf"- {_AT.format('id')} — (?P<text>.+) \((?P<name>.+)\)"),
    re.compile(rf"- (?P<text>.+) \({_WHO} {_AT.format('id')}\)"),
)


def _bare(text: str) -> str:
    """The letters of a text: without Markdown, and with the address of a link instead of its label."""
    text = re.sub(r"\[[^\]]*\]\((\S+?)\)(?!\))", r"\1", text.replace("%28", "(").replace("%29", ")"))
    return re.sub(r"[*_~|`\s\\]|…$", "", text)


def _holds(line: str, found: re.Match[str] | None, messages: dict[str, Message]) -> None:
    assert found is not None, line
    message = messages[found["id"]]
    assert _bare(found["text"].split(" (due ")[0]) in _bare(message.text), line
    assert found["name"] in {None, unmarked(message.author_name)}, line
    if found.groupdict().get("other"):
        assert messages[found["other"]].author != message.author


def _read(lines: list[tuple[str, str, bool]]) -> list[Message]:
    found: list[Message] = []
    for number, (name, text, replies) in enumerate(lines):
        answered = found[-1].id if replies and found else None
        found.append(said(f"{name}: {text}", 100 - number, id=f"m{number}", reply_to=answered))
    return linked(found)


async def _nobody() -> Sequence[str]:
    return ()


async def _digest(messages: Sequence[Message], length: Length) -> Iterator[str]:
    pieces = topics(
        start=NOW - timedelta(hours=12),
        end=NOW + timedelta(hours=12),
        length=length,
        picture=False,
        request=request(),
        profile=Profile(),
        history=Said(messages),
        others=Places({}),
        discretion=PeoplesDiscretion(_nobody),
        meanings=Words(),
        embeddings=Words(),  # type: ignore[arg-type]  # no more than is used of it
        model=None,
        summarizer=None,
        translator=None,
    )
    return iter(text_of(await every(pieces)).splitlines())


async def _summary(messages: Sequence[Message], style: Style) -> list[str]:
    pieces = summarize(
        since=NOW - timedelta(hours=12),
        style=style,
        request=replace(request(), received=NOW + timedelta(hours=12)),
        profile=Profile(),
        history=Said(messages),
        discretion=PeoplesDiscretion(_nobody),
        meanings=Words(),
        embeddings=Words(),  # type: ignore[arg-type]  # no more than is used of it
        model=None,
        summarizer=None,
        translator=None,
        web=None,  # type: ignore[arg-type]  # nothing is fetched
    )
    return text_of(await every(pieces)).splitlines()


async def _check_digest(messages: Sequence[Message], length: Length) -> int:
    by_id = {str(message.link).removeprefix("https://chat.test/"): message for message in messages}
    checked = 0
    for line in await _digest(messages, length):
        for headline, target in re.findall(r"\*\*\[((?:\\.|[^\]\\])+)\]\(https://chat\.test/([\w/]+)\)\*\*", line):
            words = re.findall(r"[^\W_]+", headline.replace(LINKS, "").casefold())
            assert all(word in by_id[target].text.casefold() for word in words), line
        if line.startswith("- ") and not line.startswith("- **["):
            _holds(line, _DIGEST.fullmatch(line), by_id)
            checked += 1
    return checked


async def _check_summary(messages: Sequence[Message], style: Style) -> int:
    by_id = {str(message.link).removeprefix("https://chat.test/"): message for message in messages}
    lines = [line for line in await _summary(messages, style) if line.startswith("- ")]
    for line in lines:
        _holds(line, next(filter(None, (form.fullmatch(line) for form in _STYLES)), None), by_id)
    return len(lines)


@settings(deadline=None, max_examples=20)
@given(TALKS, st.sampled_from(Length))
async def test_each_line_of_a_digest_leads_to_its_words(lines: list[tuple[str, str, bool]], length: Length) -> None:
    await _check_digest(_read(lines), length)


@settings(deadline=None, max_examples=20)
@given(TALKS, st.sampled_from([Style.MINUTES, Style.DECISIONS, Style.TIMELINE, Style.NEWCOMER]))
async def test_each_line_of_a_summary_leads_to_its_words(lines: list[tuple[str, str, bool]], style: Style) -> None:
    await _check_summary(_read(lines), style)


async def test_so_does_each_of_a_busy_day() -> None:
    assert 20 < await _check_digest(DAY, Length.LONG)


@pytest.mark.parametrize("target", ["https://[b", "https://a℀.example/x", "https://a.example:port/x"])
async def test_what_is_no_address_is_told_all_the_same(target: str) -> None:
    messages = linked(talk(f"Ana: The plan of the release is here: {target}", "Cleo: Thank you.", "Ana: It is long."))

    assert await _check_digest(messages, Length.LONG)
    assert await _check_summary(messages, Style.NEWCOMER)


@pytest.mark.parametrize("style", [Style.MINUTES, Style.DECISIONS, Style.TIMELINE, Style.NEWCOMER])
async def test_so_does_each_of_its_summary(style: Style) -> None:
    assert 8 < await _check_summary(DAY, style)
