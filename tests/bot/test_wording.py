"""Times, sizes, names and sentences in words."""

from __future__ import annotations

import re
import subprocess
import sys
import unicodedata
from dataclasses import replace
from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import (
    Language,
    Message,
    Profile,
    attributed,
    count,
    figure,
    is_command,
    language_name,
    locale_of,
    moment,
    say_when,
    sentences,
    size,
    spelt,
    unmarked,
    zone_name,
    zone_of,
)
from bot.wording import in_line
from tests.plugins.conversation import NOW, request


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (9_960, "10 kB"),
        (15_000, "15 kB"),
        (999_600, "1.0 MB"),
        (91_700_000, "92 MB"),
        (1_430_000_000, "1.4 GB"),
        (40_000_000_000, "40.0 GB"),
    ],
)
def test_sizes_read_as_people_say_them(amount: int, words: str) -> None:
    assert words == size(amount)


@given(st.integers(0, 10**13))
def test_a_size_in_words_is_the_size_within_a_twentieth(amount: int) -> None:
    number, unit = size(amount).split()
    factor = {"byte": 1, "bytes": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9}[unit]

    assert abs(float(number) * factor - amount) <= 0.05 * max(amount, 1)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0.5, "0.5"),
        (12, "12"),
        (-3.0, "-3"),
        (0.1 + 0.2, "0.3"),
        (2**32 - 1, "4,294,967,295"),
        (20_000_000, "20,000,000"),
    ],
)
def test_figures_read_without_an_exponent(number: float, words: str) -> None:
    assert words == figure(number)


def test_counts_have_their_noun() -> None:
    assert ["1 day", "2,000 days", "0 people"] == [count(1, "day"), count(2000, "day"), count(0, "person", "people")]


def test_a_time_is_told_in_the_zone() -> None:
    assert "Tue 21:00" == moment(NOW, NOW, ZoneInfo("Asia/Tokyo"))
    assert "3 Feb 12:00" == moment(NOW - timedelta(days=28), NOW, UTC)
    assert "12:00" == moment(NOW, NOW, UTC, day=False)


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (-1, "yesterday at 21:00 (Asia/Tokyo)"),
        (0, "today at 21:00 (Asia/Tokyo)"),
        (1, "tomorrow at 21:00 (Asia/Tokyo)"),
        (6, "Monday at 21:00 (Asia/Tokyo)"),
        (7, "Tue 10 March at 21:00 (Asia/Tokyo)"),
        (-2, "Sun 1 March at 21:00 (Asia/Tokyo)"),
        (365, "Wed 3 March 2027 at 21:00 (Asia/Tokyo)"),
    ],
)
def test_a_time_in_a_sentence_is_told_as_people_say_it(days: int, words: str) -> None:
    when = NOW + timedelta(days=days)

    assert words == say_when(when, ZoneInfo("Asia/Tokyo"), NOW)
    assert words.partition(" at ")[0] == say_when(when, ZoneInfo("Asia/Tokyo"), NOW, only_day=True)


def test_who_said_something_is_told_with_a_link_where_there_is_one() -> None:
    said = Message(id="1", author="chat:ana", author_name="Ana *", text="Hello", sent=NOW, channel="chat:1")

    assert r"**Ana \*** Tue 12:00" == attributed(said, "Tue 12:00")
    assert r"**Ana \*** [Tue 12:00](https://x.test/1)" == attributed(
        replace(said, link="https://x.test/1"), "Tue 12:00"
    )


def test_the_profile_goes_before_the_client() -> None:
    german = Profile(language=Language("de"), zone=ZoneInfo("Europe/Berlin"))

    assert ("de", "Europe/Berlin") == (locale_of(request(locale="fr"), german), zone_name(german))
    assert ("fr", "UTC") == (locale_of(request(locale="fr"), Profile()), zone_name(Profile()))
    assert ("en", "UTC") == (locale_of(request(), Profile()), zone_of(Profile()).key)


def test_a_language_is_named_where_there_is_one() -> None:
    assert ["Portuguese (Brazil)", None, None] == [language_name(tag) for tag in ("pt-BR", "??", "")]


def test_markdown_in_a_name_stays_a_name() -> None:
    assert r"\*x\*\[y\](z) a\_b c" == unmarked("*x*[y](z) a_b\nc")


@pytest.mark.parametrize("line", ["/summarize last:5", "!roll 6", "@atelier what did I miss?", "  /help"])
def test_lines_for_bots_are_known(line: str) -> None:
    assert is_command(line)


@pytest.mark.parametrize("line", ["and/or maybe /etc", "! careful", ""])
def test_talk_about_paths_is_no_command(line: str) -> None:
    assert not is_command(line)


def test_a_line_is_split_by_the_rules_of_its_language() -> None:
    assert ["I look at v2.1, e.g. at its log.", "Done?"] == [
        part.strip() for part in sentences("I look at v2.1, e.g. at its log. Done?", "en-GB")
    ]
    assert ["金曜日です。", "終わり。"] == list(sentences("金曜日です。終わり。", "ja"))


@pytest.mark.parametrize("part", ["あ。", "“a. ", "word ", "x", "A."])
def test_a_line_of_a_megabyte_is_split_and_loses_nothing(part: str) -> None:
    line = part * (1_000_000 // len(part))

    assert line.replace(" ", "") == "".join(sentences(line, "en")).replace(" ", "")


def test_importing_it_imports_no_library_for_languages() -> None:
    code = (
        "import sys, bot\n"
        "print([name for name in ('babel', 'numpy', 'sentencex', 'langcodes', 'dateparser') if name in sys.modules])"
    )

    assert (
        "[]" == subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    )


@pytest.mark.parametrize(
    ("position", "seconds", "words"),
    [
        (1, 0.2, "next in line, about 1 s"),
        (2, 20.4, "2nd in line, about 20 s"),
        (3, 89.0, "3rd in line, about 89 s"),
        (11, 90.0, "11th in line, about 2 min"),
        (21, 600.0, "21st in line, about 10 min"),
        (112, 600.0, "112th in line, about 10 min"),
    ],
)
def test_how_long_one_waits_is_told_in_a_line(position: int, seconds: float, words: str) -> None:
    assert words == in_line(position, seconds)


NAMES = {
    "❤": "red heart", "❤\u200d🔥": "heart on fire", "👩\u200d❤\u200d👨": "couple with heart",
    "👩\u200d🚀": "woman astronaut", "\U0001fae8": "shaking face", "1\u20e3": "keycap 1", "🏴": "black flag",
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a happy fox", "a happy fox"),
        ("🦊 in the ❄️", "fox face in the snowflake"),
        ("👩🏽‍🚀 ☝️🏽", "woman rocket white up pointing index"),
        ("crème brûlée © 2 €", "crème brûlée © 2 €"),
        ("a🇩🇪b 🇫🇷🇺🇳", "a flag Germany b flag France flag United Nations"),
        ("🇽🇽 🇦", "XX A"),
        ("🦊‍🇦‍🦊", "fox face A fox face"),
        ("1️⃣ ‼️", "1 double exclamation mark"),
        ("a \U0001fae8 \U0001fae8", "a \U0001fae8 \U0001fae8"),
        ("\N{ZERO WIDTH JOINER}\ufe0f", "\N{ZERO WIDTH JOINER}"),
    ],
)
def test_emoji_are_read_by_their_names(text: str, words: str) -> None:
    assert words == spelt(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a ❤️ and a ❤", "a red heart and a red heart"),
        ("❤️‍🔥", "heart on fire"),
        ("👩🏽‍🚀", "woman astronaut"),
        ("👩‍❤️‍👨", "couple with heart"),
        # The longest beginning that has a name goes first, then the rest.
        ("❤️‍🔥‍🚀", "heart on fire rocket"),
        ("👨‍👩‍🚀", "man woman astronaut"),
        ("❤️‍🔥‍‍", "heart on fire"),
        ("shaking \U0001fae8!", "shaking shaking face !"),
        ("1️⃣", "keycap 1"),
        ("🏴󠁧󠁢󠁷󠁬󠁳󠁿", "black flag"),
        ("🦊", "fox face"),
    ],
)
def test_names_that_are_given_go_before_those_of_unicode(text: str, words: str) -> None:
    assert words == spelt(text, NAMES)


def test_a_long_chain_of_joined_emoji_is_read_too() -> None:
    chain = "\u200d".join(["❤", "🔥"] * 1000)

    assert " ".join(["heart on fire"] * 1000) == spelt(chain, NAMES)


@given(st.text(st.sampled_from("🦊❤👩🚀\U0001fae8\U0001faeb🏽🇩\u200d\ufe0f\u20e3\U000e0067 1a")))
def test_no_emoji_that_has_a_name_is_left_to_a_model_that_reads_words(text: str) -> None:
    assert not re.search("[🦊❤👩🚀\U0001fae8🇩]", spelt(text, NAMES))


@given(st.text(max_size=100))
def test_only_emoji_without_a_name_are_left_to_a_model_that_reads_words(text: str) -> None:
    assert not [sign for sign in re.findall("[\U0001f300-\U0001faff]", spelt(text)) if unicodedata.name(sign, "")]
