"""Markdown to try everything on."""

from __future__ import annotations

from hypothesis import strategies as st
from markdown_it.tree import SyntaxTreeNode

from bot.text.dialect import words
from bot.text.reading import read

_WORDS = (
    "the quick brown fox, snow. Rain! 日本語のテスト。 naïve 2*3 snake_case @everyone <@123456789012345678>"
    " e.g. 3.14 ok? 👩\u200d💻"
).split()


sentences = st.lists(st.sampled_from(_WORDS), min_size=1, max_size=30).map(" ".join)
inline = st.one_of(
    sentences,
    sentences.map(lambda text: f"**{text}**"),
    sentences.map(lambda text: f"*{text}*"),
    sentences.map(lambda text: f"~~{text}~~"),
    st.just("`some code`"),
    st.just("[a label](https://example.com/page)"),
    st.just("https://example.com/a_b_c"),
)
paragraphs = st.lists(inline, min_size=1, max_size=5).map(" ".join)
code = st.lists(st.sampled_from(["x = 1", "", "    indented(line)", "# @here", "| - > *", "~~~"]), max_size=30)
fences = st.tuples(st.sampled_from(["", "python", "c++"]), code).map(
    lambda it: f"```{it[0]}\n" + "\n".join(it[1]) + "\n```"
)
headings = st.tuples(st.integers(1, 6), sentences).map(lambda it: f"{'#' * it[0]} {it[1]}")


def _in_list(items: list[str], marker: str) -> str:
    return "\n".join(f"{marker} " + item.replace("\n", "\n" + " " * (len(marker) + 1)) for item in items)


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.split("\n"))


blocks = st.recursive(
    st.one_of(paragraphs, fences, headings, st.just("***")),
    lambda inner: st.one_of(
        st.builds(_in_list, st.lists(inner, min_size=1, max_size=6), st.sampled_from(["-", "*", "7."])),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: _quoted("\n\n".join(parts))),
    ),
    max_leaves=8,
)
cells = st.sampled_from(["a", "bb", "a longer cell", "[x](https://example.com)", "`c`", "日本", ""])
tables = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(cells, min_size=width, max_size=width), min_size=1, max_size=12).map(
        lambda rows: "\n".join(
            ["| " + " | ".join(row) + " |" for row in rows[:1]]
            + ["|" + " --- |" * width]
            + ["| " + " | ".join(row) + " |" for row in rows[1:]]
        )
    )
)
texts = st.lists(blocks, min_size=1, max_size=6).map("\n\n".join)
texts_with_tables = st.lists(st.one_of(blocks, tables), min_size=1, max_size=6).map("\n\n".join)

_MARKS = [*"*_~`|<>[]()#-+=\\!&@:.1 \n\t", "\n\n"]
_BLOCKS = "```/~~~/> /- /1. /---/| a |/|---|/[x]: /    ".split("/")
_TRICKS = "]( https:// evil.com <!channel> <@U1> <@1> <t:1:R> @here &lt; &#64; word ß 日本 \0".split(" ")
anything = st.one_of(
    st.lists(st.sampled_from([*_MARKS, *_BLOCKS, *_TRICKS]), max_size=120).map("".join),
    st.text(max_size=200),
    texts_with_tables,
)
"""Whatever people, models and attackers may write."""


def visible(text: str) -> str:
    """The letters and digits that Markdown shows, without those of code's language."""
    seen: list[str] = []
    for node in SyntaxTreeNode(read(text)).walk():
        if node.type == "inline":
            seen.append(words(node))
        elif node.type in {"fence", "code_block"}:
            seen.append(node.content)
    return "".join(mark for mark in "".join(seen) if mark.isalnum())
