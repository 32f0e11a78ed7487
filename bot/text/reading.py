"""Reads Markdown: blocks and inline tokens, and where in the source the inline constructs stand."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias, cast

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_core import StateCore
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

Environment: TypeAlias = MutableMapping[str, Any]
Rule: TypeAlias = "Callable[[StateInline, bool], bool]"
BlockRule: TypeAlias = "Callable[[StateBlock, int, int, bool], bool]"

_WHOLE = ("escape", "backticks", "link", "image", "autolink", "entity")
_DEEPEST = 20  # what is nested more deeply is only made to break something
_MARKS = {"strong": "**", "em": "*", "s": "~~"}


@dataclass(frozen=True, slots=True)
class Span:
    """An inline construct in the source of a paragraph.

    Attributes:
        kind: `strong`, `em`, `s`, or the name of something that has to stay whole: `link`, `image`, `backticks`, …
        start: Where it begins; for emphasis, what is inside it.
        end: Where it ends; for emphasis, what is inside it.
        target: Of a link or picture.
        label: Of a link or picture.
    """

    kind: str
    start: int
    end: int
    target: str = ""
    label: str = ""

    @property
    def mark(self) -> str:
        """What opens and closes it; empty for what has to stay whole."""
        return _MARKS.get(self.kind, "")


def read(text: str, environment: Environment | None = None) -> list[Token]:
    """The tokens of a Markdown document; HTML is text.

    Args:
        text: Markdown; what is still open, as there is while an answer streams, ends with the text.
        environment: Receives the link definitions, under `references`.
    """
    return _reader().parse(text, {} if environment is None else environment)


def read_blocks(text: str, environment: Environment) -> list[Token]:
    """As `read`, with the inline source left as it is."""
    return _blocks().parse(text, environment)


def spans_of(text: str, environment: Environment) -> list[Span]:
    """The inline constructs in a paragraph's source; outer ones before those inside them.

    Args:
        text: The content of an `inline` token.
        environment: What `read_blocks` filled, for links by reference.
    """
    found: list[Span] = []
    with_references = {"references": environment.get("references", {}), "spans": found}
    tokens = _spotter().parseInline(text, with_references)[0].children or []
    opened: list[tuple[str, int]] = []
    for token in tokens:
        kind = token.type.removesuffix("_open").removesuffix("_close")
        if kind not in _MARKS:
            continue
        if token.nesting > 0:
            opened.append((kind, token.meta["at"] + (2 if kind == "s" else 1)))
        else:
            span = Span(*opened.pop(), end=token.meta["at"])
            if len(opened) < _DEEPEST:
                found.append(span)
    return sorted(found, key=lambda span: (span.start, -span.end))


def _new(*, linkify: bool = False) -> MarkdownIt:
    """A reader of what all readers here take for Markdown."""
    from markdown_it import MarkdownIt

    reader = MarkdownIt("js-default", {"html": False, "linkify": linkify})
    rules = {rule.name: (rule.fn, rule.alt) for rule in reader.block.ruler.__rules__}
    for name in ("blockquote", "list"):
        rule, alt = rules[name]
        reader.block.ruler.at(name, _shallow(rule), {"alt": alt})
    rule, alt = rules["reference"]
    reader.block.ruler.at("reference", _no_footnote(rule), {"alt": alt})
    return reader


@lru_cache(maxsize=1)
def _reader() -> MarkdownIt:
    reader = _new(linkify=True)
    # `README.md` and `main.py` are no web addresses, though there are such domains.
    assert reader.linkify is not None
    reader.linkify.set({"fuzzy_link": False, "fuzzy_email": False})
    reader.core.ruler.after("inline", "shallow", _make_shallow)
    return reader


@lru_cache(maxsize=1)
def _blocks() -> MarkdownIt:
    return _new().disable(["inline", "linkify", "replacements", "smartquotes", "text_join"])


@lru_cache(maxsize=1)
def _spotter() -> MarkdownIt:
    """A reader that notes where each construct stands: the library's own tokens do not say."""
    reader = _new()
    rules = {rule.name: rule.fn for rule in reader.inline.ruler.__rules__}
    for name in _WHOLE:
        reader.inline.ruler.at(name, _noting_span(name, rules[name]))
    for name in ("emphasis", "strikethrough"):
        reader.inline.ruler.at(name, _noting_place(rules[name]))
    return reader


def _shallow(rule: BlockRule) -> BlockRule:
    """A rule for quotes and lists that, at some depth, leaves them to be words; the library would drop them later."""

    def shallow(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        return state.level < _DEEPEST and rule(state, start, end, silent)

    return shallow


def _no_footnote(rule: BlockRule) -> BlockRule:
    """A rule for the targets of links that leaves footnotes as they are: `[^1]: page 12` is no target."""

    def no_footnote(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        return not state.src.startswith("[^", state.bMarks[start] + state.tShift[start]) and rule(
            state, start, end, silent
        )

    return no_footnote


def _make_shallow(state: StateCore) -> None:
    """Make words of the marks of emphasis that is too deep to be followed."""
    for token in state.tokens:
        depth = 0
        for child in token.children or []:
            depth += max(child.nesting, 0)
            if depth > _DEEPEST and child.type.partition("_")[0] in _MARKS:
                child.type, child.content = "text", child.markup
            depth += min(child.nesting, 0)
            if child.type == "text":
                child.nesting = 0


def _noting_span(kind: str, rule: Rule) -> Rule:
    def noting(state: StateInline, silent: bool) -> bool:
        spans = cast("list[Span]", state.env["spans"])
        start, before, tokens = state.pos, len(spans), len(state.tokens)
        if not rule(state, silent):
            return False
        if not silent:
            if kind == "image":
                # What is described in a picture's alternative text has places of its own.
                del spans[before:]
            target = label = ""
            if kind in {"link", "image"}:
                opening = next(token for token in state.tokens[tokens:] if token.type in {"link_open", "image"})
                target = str(opening.attrGet("href") or opening.attrGet("src") or "")
                bracket = start + (kind == "image")
                label = state.src[bracket + 1 : state.md.helpers.parseLinkLabel(state, bracket)]
            spans.append(Span(kind, start, state.pos, target, label))
        return True

    return noting


def _noting_place(rule: Rule) -> Rule:
    def noting(state: StateInline, silent: bool) -> bool:
        # Pushing a token first pushes the text that waits before it, which is no mark of this rule.
        place, before = state.pos, len(state.tokens) + bool(state.pending)
        if not rule(state, silent):
            return False
        for token in state.tokens[before:]:
            token.meta = {"at": place}
            place += len(token.content)
        return True

    return noting
