"""What an answer shows, in Block Kit: text, cards, the question with its buttons, and Cancel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from pydantic import JsonValue

from bot.body import Body, Button, Card, Choice, Progress, State
from bot.text.slack import to_slack
from bot.text.split import split

PAGE_CHARS = 3_900
"""The text of one message; an edit takes 4,000 characters, and what is too long for one would be lost."""

SECTION_CHARS = 2_900
"""The text of one section; Slack takes 3,000."""

MOST_BLOCKS = 50
LABEL_CHARS, VALUE_CHARS = 75, 2_000


@dataclass(frozen=True, slots=True)
class Content:
    """What one message shows.

    Attributes:
        text: The whole text where there are no blocks, else what a notification says.
        blocks: Empty where text is enough.
    """

    text: str
    blocks: tuple[dict[str, JsonValue], ...] = ()


@lru_cache(maxsize=1024)
def rendered_length(markdown: str) -> int:
    """How many characters a text has in Slack's form."""
    return len(to_slack(markdown))


def pages(markdown: str) -> list[str]:
    """The texts of the messages that a long answer needs, at least one."""
    if len(markdown) * 2 < PAGE_CHARS and rendered_length(markdown) <= PAGE_CHARS:
        return [markdown]
    return split(markdown, PAGE_CHARS, rendered_length) or [""]


def content(markdown: str, extras: Sequence[dict[str, JsonValue]] = (), *, above: str = "") -> Content:
    """A message: its text, and what stands below.

    Args:
        markdown: The text.
        extras: Blocks below it.
        above: What stands before it, as Slack writes it: a mention.
    """
    text = f"{above}\n{to_slack(markdown)}".strip()
    if not extras:
        return Content(text or "…")
    room = MOST_BLOCKS - len(extras)
    sections = [_section(to_slack(part)) for part in split(markdown, SECTION_CHARS, rendered_length)]
    sections = [*([_section(above)] if above else []), *sections][:room]
    return Content(text or _fallback(extras), (*sections, *extras))


def arguments(shown: Content) -> dict[str, JsonValue]:
    """What a message is posted or changed with; no blocks means that earlier ones go."""
    return {"text": shown.text, "blocks": [*shown.blocks], "parse": "none"}


def extras(body: Body) -> list[dict[str, JsonValue]]:
    """What stands below the text: cards, and the answer's buttons.

    While it is being worked on these are progress, the open question and Cancel.
    """
    found: list[dict[str, JsonValue]] = []
    for number, card in enumerate(body.cards):
        found += _card(card, number)
    if body.state is not State.WORKING:
        buttons = [_line_button(button, f"line:answer:{place}") for place, button in enumerate(body.buttons[:25])]
        return [*found[: MOST_BLOCKS - 1], _actions(buttons)] if buttons else found[:MOST_BLOCKS]
    if body.progress is not None:
        found.append({"type": "context", "elements": [_plain_mrkdwn(progress_line(body.progress))]})
    if body.question is not None:
        found += question(body.question, body.request_id or "")
    if body.request_id:
        found.append(_actions([_button("cancel", "Cancel", body.request_id)]))
    return found[-MOST_BLOCKS:]


def question(asked: Choice, request_id: str) -> list[dict[str, JsonValue]]:
    """A question and a button for each choice."""
    buttons = [
        _button(f"choice:{number}", choice, f"{request_id} {choice}")
        for number, choice in enumerate(asked.choices[:25])
    ]
    return [_section(to_slack(asked.question)[:SECTION_CHARS] or "?"), _actions(buttons)]


def progress_line(progress: Progress) -> str:
    """How far a long job is, in a line."""
    note = progress.note or "working"
    if progress.done is None:
        return f"{note} …"
    done = round(min(max(progress.done, 0), 1) * 10)
    return f"{note} {'▰' * done}{'▱' * (10 - done)} {progress.done:.0%}"


def _card(card: Card, number: int) -> list[dict[str, JsonValue]]:
    found: list[dict[str, JsonValue]] = []
    if card.title:
        found.append({"type": "header", "text": _plain(card.title[:150])})
    if card.text:
        found += [_section(to_slack(part)) for part in split(card.text, SECTION_CHARS, rendered_length)]
    for start in range(0, len(card.fields), 10):
        fields: list[JsonValue] = [
            _plain_mrkdwn(f"*{to_slack(name)[:200]}*\n{_cut(to_slack(value), 1_700)}")
            for name, value in card.fields[start : start + 10]
        ]
        found.append({"type": "section", "fields": fields})
    buttons = [_line_button(button, f"line:{number}:{place}") for place, button in enumerate(card.buttons[:25])]
    if buttons:
        found.append(_actions(buttons))
    return found


def _line_button(button: Button, action_id: str) -> dict[str, JsonValue]:
    return _button(action_id, button.label, button.line)


def _button(action_id: str, label: str, value: str) -> dict[str, JsonValue]:
    text = _plain(_cut(label, LABEL_CHARS) or "…")
    return {"type": "button", "action_id": action_id, "text": text, "value": value[:VALUE_CHARS]}


def _actions(buttons: list[dict[str, JsonValue]]) -> dict[str, JsonValue]:
    return {"type": "actions", "elements": [*buttons]}


def _section(mrkdwn: str) -> dict[str, JsonValue]:
    # expand: an answer is shown whole, not folded up behind "see more".
    return {"type": "section", "text": _plain_mrkdwn(mrkdwn), "expand": True}


def _plain(text: str) -> dict[str, JsonValue]:
    return {"type": "plain_text", "text": text, "emoji": False}


def _plain_mrkdwn(text: str) -> dict[str, JsonValue]:
    # verbatim: names and addresses in the text become no mentions and links of their own accord.
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def _fallback(extras: Sequence[dict[str, JsonValue]]) -> str:
    """What a notification says of an answer without text: what its first block says."""
    for block in extras:
        elements = block.get("elements")
        text = block.get("text") or (elements[0] if isinstance(elements, list) else None)
        if isinstance(text, dict) and isinstance(text.get("text"), str):
            return str(text["text"])
    return "Working …"
