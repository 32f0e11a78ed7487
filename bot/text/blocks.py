"""Markdown as Slack's Block Kit: rich text, in which no word is read as a mark or a mention.

https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import TypeAlias

from markdown_it.tree import SyntaxTreeNode

from bot.text.dialect import TASKS, links_in, table_cells, words
from bot.text.links import is_disguised, is_same, is_web, readable, web_address
from bot.text.reading import read
from bot.text.table import columns

Element: TypeAlias = dict[str, object]

MOST_BLOCKS = 50
"""As many as a message may have."""

_STYLES = {"strong": "bold", "em": "italic", "s": "strike"}
_DEEPEST = 8  # levels of a list
_MENTION = re.compile(
    r"<(?:@(?P<user>\w+)|#(?P<channel>\w+)|!subteam\^(?P<usergroup>\w+)|!(?P<range>here|channel|everyone))>"
)


def to_blocks(text: str, *, mentions: Collection[str] = ()) -> list[Element]:
    """Markdown as blocks of a message.

    Args:
        text: Markdown.
        mentions: What may be mentioned, as Slack writes it: `<@U024BE7LH>`, `<!here>`. Nothing else is.
    """
    blocks = _Blocks(text, mentions, dividers=True).made()
    return blocks if len(blocks) <= MOST_BLOCKS else _Blocks(text, mentions, dividers=False).made()


class _Blocks:
    def __init__(self, text: str, mentions: Collection[str], *, dividers: bool) -> None:
        self._tree = SyntaxTreeNode(read(text))
        self._allowed = [mention for mention in mentions if _MENTION.fullmatch(mention)]
        self._dividers = dividers
        self._done: list[Element] = []
        self._elements: list[Element] = []

    def made(self) -> list[Element]:
        for node in self._tree.children:
            self._add(node)
        self._close()
        return self._done

    def _close(self) -> None:
        if self._elements:
            self._done.append({"type": "rich_text", "elements": self._elements})
        self._elements = []

    def _add(self, node: SyntaxTreeNode, *, quoted: bool = False) -> None:
        border: Element = {"border": 1} if quoted else {}
        match node.type:
            case "paragraph":
                self._words(self._inline(node.children[0]), "rich_text_quote" if quoted else "rich_text_section")
            case "heading":
                bold = self._inline(node.children[0], frozenset({"bold"}))
                self._words(bold, "rich_text_quote" if quoted else "rich_text_section")
            case "blockquote":
                for child in node.children:
                    self._add(child, quoted=True)
            case "bullet_list" | "ordered_list":
                self._list(node, 0, border)
            case "fence" | "code_block":
                self._code(node.content.removesuffix("\n"), border)
            case "table":
                self._table(node, border)
            case _ if self._dividers:
                self._close()
                self._done.append({"type": "divider"})
            case _:
                self._words([_text("─" * 12)], "rich_text_section")

    def _words(self, elements: list[Element], kind: str) -> None:
        """Add a paragraph, with a blank line to the one before it."""
        if not elements:
            return
        last = self._elements[-1] if self._elements else {}
        if last.get("type") == kind:
            before = last["elements"]
            assert isinstance(before, list)
            before += [_text("\n\n"), *elements]
        else:
            self._elements.append({"type": kind, "elements": elements})

    def _code(self, code: str, border: Element) -> None:
        self._elements.append({"type": "rich_text_preformatted", "elements": [_text(code or " ")], **border})

    def _list(self, node: SyntaxTreeNode, depth: int, border: Element) -> None:
        ordered = node.type == "ordered_list"
        start = int(node.attrs.get("start", 1))
        items: list[Element] = []
        offset = 0

        def flush(following: int) -> None:
            nonlocal items, offset
            if items:
                counted: Element = {"offset": start - 1 + offset} if ordered and start - 1 + offset > 0 else {}
                style = "ordered" if ordered else "bullet"
                kind: Element = {"type": "rich_text_list", "style": style, "indent": min(depth, _DEEPEST)}
                self._elements.append({**kind, "elements": items, **counted, **border})
            items, offset = [], following

        for number, item in enumerate(node.children):
            section: list[Element] = []
            for child in item.children:
                if child.type in {"paragraph", "heading"}:
                    bold = frozenset({"bold"}) if child.type == "heading" else frozenset[str]()
                    section += [_text("\n")] * bool(section) + self._inline(child.children[0], bold)
                    continue
                if section or child is item.children[0]:
                    items.append(_section(section or [_text(" ")]))
                section = []
                flush(number + 1)
                if child.type in {"bullet_list", "ordered_list"}:
                    self._list(child, depth + 1, border)
                else:
                    self._add(child, quoted=bool(border))
            if section or not item.children:
                items.append(_section(section or [_text(" ")]))
        flush(0)

    def _table(self, node: SyntaxTreeNode, border: Element) -> None:
        rows, alignment = table_cells(node)
        self._code(columns([[" ".join(words(cell).split()) for cell in row] for row in rows], alignment), border)
        notes = [(label, target) for row in rows for cell in row for label, target in links_in(cell) if is_web(target)]
        links: list[Element] = []
        for label, target in notes:
            links += [_text("\n")] * bool(links) + self._linked(label, target, frozenset())
        self._words(links, "rich_text_section")

    def _inline(self, node: SyntaxTreeNode, styles: frozenset[str] = frozenset()) -> list[Element]:
        found: list[Element] = []
        for child in node.children:
            match child.type:
                case "text":
                    found += self._with_mentions(_with_task(child), styles)
                case "code_inline":
                    found.append(_text(child.content, styles | {"code"}))
                case "softbreak" | "hardbreak":
                    found.append(_text("\n"))
                case "link" | "image":
                    target = str(child.attrs.get("href") or child.attrs.get("src") or "")
                    found += self._linked(words(child), target, styles)
                case _:
                    style = _STYLES.get(child.type)
                    found += self._inline(child, styles | {style} if style else styles)
        return [element for element in found if element.get("text") != ""]

    def _linked(self, label: str, target: str, styles: frozenset[str]) -> list[Element]:
        label = readable(label)
        if not is_web(target):
            same = not target or is_same(label, target.removeprefix("mailto:"))
            return [_text(label if same else f"{label} ({target.removeprefix('mailto:')})", styles)]
        link: Element = {"type": "link", "url": web_address(target)}
        if styles:
            link["style"] = dict.fromkeys(sorted(styles), True)
        if not label or is_same(label, target):
            return [link]
        if is_disguised(label, target):
            return [_text(label, styles | {"code"}), _text(" ("), link, _text(")")]
        return [{**link, "text": label}]

    def _with_mentions(self, text: str, styles: frozenset[str]) -> list[Element]:
        if not self._allowed:
            return [_text(text, styles)]
        parts = re.split(f"({'|'.join(re.escape(mention) for mention in self._allowed)})", text)
        return [_mention(part) if part in self._allowed else _text(part, styles) for part in parts if part]


def _text(text: str, styles: Collection[str] = ()) -> Element:
    element: Element = {"type": "text", "text": text}
    return {**element, "style": dict.fromkeys(sorted(styles), True)} if styles else element


def _section(elements: Sequence[Element]) -> Element:
    return {"type": "rich_text_section", "elements": list(elements)}


def _with_task(node: SyntaxTreeNode) -> str:
    """The text, with a box where it begins a task."""
    paragraph = node.parent.parent if node.parent else None
    item = paragraph.parent if paragraph else None
    is_task = item is not None and item.type == "list_item" and node.previous_sibling is None
    return TASKS[node.content[:4]] + node.content[4:] if is_task and node.content[:4] in TASKS else node.content


def _mention(mention: str) -> Element:
    found = _MENTION.fullmatch(mention)
    assert found is not None
    kind, value = next((kind, value) for kind, value in found.groupdict().items() if value)
    return {"type": "broadcast", "range": value} if kind == "range" else {"type": kind, f"{kind}_id": value}
