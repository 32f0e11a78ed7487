"""Rewriting the words of Markdown, and nothing else."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Sequence
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.text.leaves import read_leaves, write_leaves
from bot.text.prose import prose, rewrite
from bot.text.protected import find_numbers, finder, numbers
from bot.text.reading import read
from tests.bot.text.documents import texts_with_tables, visible

PROTECTED = (
    "`x = 1`",
    "`` a ` b ``",
    "[the docs](https://example.com/a_(b)?c=1)",
    "https://example.com/a_b/c?d=e#f",
    "www.example.org/path",
    "ana@example.org",
    "<@123456789012345678>",
    "<#987654321098765432>",
    "<:fox:123456789012345678>",
    "<t:1700000000:R>",
    "@ben",
    "#general",
    ":tada:",
    ":+1:",
    "🎉",
    "👩\u200d💻",
    "||",
    "Snow Fox",
    "3.14",
    "1,000",
    "10:30",
    "/summarize",
    "snake_case",
    "%1",
    "[^1]",
    "[^note]",
)
"""Everything that a translation must leave alone."""

words = st.lists(
    st.sampled_from("the fox sleeps, 5 * 3 isn't 日本語 Rain! a_ [x] ¿qué? \\* & < > 1.".split()), min_size=1
).map(" ".join)
spans = st.one_of(
    st.sampled_from(PROTECTED),
    words.map(lambda text: f"**{text}**"),
    words.map(lambda text: f"*{text}*"),
    st.tuples(st.sampled_from(["- [ ] ", "> ", "# ", "1. "]), words).map("".join),
)
chat = st.lists(st.one_of(words, spans), min_size=1, max_size=8).map(" ".join)
documents = st.one_of(texts_with_tables, st.lists(chat, min_size=1, max_size=5).map("\n".join))


def rewritten(text: str, change: Callable[[str], str], *keep: str) -> str:
    async def render(lines: Sequence[str]) -> list[str]:
        return [change(line) for line in lines]

    return asyncio.run(rewrite([text], render, keep))[0]


def scrambler(seed: int) -> Callable[[str], str]:
    """A translator at its worst: it shuffles, drops and makes up words, placeholders, marks and mentions."""
    random = Random(seed)
    extra = [
        "%1",
        "%2",
        "**",
        "`",
        "|",
        "# ",
        "- ",
        "<@1>",
        "@everyone",
        "🎉",
        "[a](b)",
        "\n",
        "_",
        "7",
        ":x:",
        "http://a.b",
    ]

    def change(line: str) -> str:
        found = line.split()
        random.shuffle(found)
        kept = [word for word in found if random.random() > 0.3] + random.sample(extra, random.randint(0, 4))
        random.shuffle(kept)
        return random.choice([" ", "", "  "]).join(kept)

    return change


def structure(text: str) -> list[str]:
    """What a document is made of, without its words."""
    return [token.type for token in read(text) if token.type != "inline"]


def held(text: str) -> Counter[str]:
    """Everything in a document that must stay, its numbers aside."""
    find = finder(("Snow Fox",))
    tokens: Counter[str] = Counter()
    for leaf in read_leaves(text):
        match leaf.kind:
            case "code":
                tokens[leaf.text] += 1
            case "table":
                cells = (cell for row in (leaf.header, *leaf.rows) for cell in row)
                tokens.update(token.text for cell in cells for token in find(cell))
            case _:
                tokens.update(token.text for token in find(leaf.text))
    return Counter({text: number for text, number in tokens.items() if not text.startswith(("\\", "&"))})


@settings(deadline=None, max_examples=100)
@given(documents, st.integers(0, 1_000_000))
def test_what_must_not_change_comes_through_the_worst_translator(text: str, seed: int) -> None:
    before = write_leaves(read_leaves(text))

    after = rewritten(text, scrambler(seed), "Snow Fox")

    assert held(before) == held(after)
    assert structure(before) == structure(after)
    assert not numbers(before) - numbers(after)


@settings(deadline=None, max_examples=50)
@given(documents)
def test_a_translator_that_changes_nothing_changes_nothing(text: str) -> None:
    before = write_leaves(read_leaves(text))

    after = rewritten(text, lambda line: line)

    assert held(before) == held(after)
    assert visible(before) == visible(after)


@pytest.mark.parametrize("span", PROTECTED)
def test_each_is_kept_where_the_sentence_moves_it(span: str) -> None:
    line = f"please look at {span} tomorrow"

    actual = rewritten(line, lambda line: " ".join(reversed(line.split())), "Snow Fox")

    assert span in actual
    assert Counter(line.split()) == Counter(actual.split())


def test_a_sentence_is_handed_on_whole_with_placeholders() -> None:
    seen: list[str] = []

    def change(line: str) -> str:
        seen.append(line)
        return line.upper()

    actual = rewritten("@ben: see **the new** [docs](https://x.org), not `old.md` 🎉", change)

    assert [": see %1 the new %2 %3 docs %4, not %5"] == seen
    assert "@ben: SEE **THE NEW** [DOCS](https://x.org), NOT `old.md` 🎉" == actual


def test_where_a_placeholder_is_lost_the_words_between_are_translated() -> None:
    actual = rewritten("run `make` now", lambda line: re.sub(r"\s*%\d", "", line).upper())

    assert "RUN `make` NOW" == actual


def test_a_number_that_is_lost_is_put_back() -> None:
    names = {"3": "three", "1,000": "many"}

    actual = rewritten("we have 3 boxes", lambda line: " ".join(names.get(word, word) for word in line.split()))

    assert "we have 3 boxes" == actual


def test_a_number_may_be_written_as_the_language_does() -> None:
    assert "es sind 1.000,5 Kilo" == rewritten("it is 1,000.5 kilos", lambda line: "es sind 1.000,5 Kilo")


def test_words_that_would_mean_something_in_markdown_are_escaped() -> None:
    assert r"\*a\* \[b\](c)" == rewritten("star", lambda line: "*a* [b](c)")


def test_words_that_would_begin_another_block_are_escaped() -> None:
    assert r"\# title" == rewritten("hello", lambda line: "# title")
    assert "paragraph_open" in structure(rewritten("hello", lambda line: "- item"))


def test_a_translator_cannot_mention_anybody() -> None:
    assert "@everyone" not in rewritten("hello all", lambda line: f"{line} @everyone <@1>")


def test_code_and_rules_are_never_handed_on() -> None:
    text = "```py\nprint('hello')  # a comment\n```\n\n---\n\n    indented"

    def refuse(line: str) -> str:
        raise AssertionError(line)

    assert "print('hello')  # a comment" in rewritten(text, refuse)


def test_tables_keep_their_cells() -> None:
    actual = rewritten("| a cat | `x` |\n|---|:-:|\n| b | https://q.org |", str.upper)

    assert "| A CAT | `x` |\n| --- | :---: |\n| B | https://q.org |" == actual


def test_a_box_of_a_task_is_no_word() -> None:
    assert "- [ ] **DO IT**\n- [x] DONE" == rewritten("- [ ] **do it**\n- [x] done", str.upper)


def test_an_answer_that_says_nothing_leaves_the_words() -> None:
    assert "hello **there** ana" == rewritten("hello **there** ana", lambda line: "")


def test_the_words_of_a_text_are_what_its_language_shows_in() -> None:
    text = "# Hallo\nsieh dir `code` und https://x.org an, @ben :tada:\n```\nnot this\n```\n42"

    assert ["Hallo", "sieh dir und an,"] == [" ".join(line.split()) for line in prose(text).splitlines()]


def test_numbers_are_found_one_by_one() -> None:
    assert ["1,000", "3.5", "2"] == [token.text for token in find_numbers("1,000 of 3.5 and 2")]
    assert Counter({"1000": 2, "12": 1}) == numbers("1,000 = 1.000, ١٢")


def test_footnotes_stay_footnotes() -> None:
    text = "The fox[^1] sleeps[^note]: deeply.\n\n[^1]: https://example.org/a\n[^note]: See the *book*."

    assert "THE FOX[^1] SLEEPS[^note]: DEEPLY.\n\n[^1]: https://example.org/a\n[^note]: SEE THE *BOOK*." == rewritten(
        text, str.upper
    )
