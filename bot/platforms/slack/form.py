"""A modal for a command that was typed without what it needs: one input for each option."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from pydantic import JsonValue

from bot.options import Kind, Option
from bot.platforms.slack.payloads_interactions import Answered, Submission

if TYPE_CHECKING:
    from bot.commands import Command

CALLBACK = "form"
TITLE_CHARS, LABEL_CHARS, HINT_CHARS, TEXT_CHARS, MOST_CHOICES = 24, 75, 150, 3_000, 100


def wants_form(command: Command) -> bool:
    """Whether a command that is typed alone is better asked for in a form."""
    needed = [option for option in command.options if option.required]
    return bool(needed) and all(option.kind is not Kind.ATTACHMENT for option in needed)


def form(command: Command, *, channel: str, response_url: str) -> dict[str, JsonValue]:
    """The view.

    Args:
        command: What is asked for.
        channel: Where it was typed, and is answered.
        response_url: Answers it where the bot is no member.
    """
    kept = {"command": command.name, "channel": channel, "response_url": response_url}
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "private_metadata": json.dumps(kept),
        "title": _plain(f"/{command.name}", TITLE_CHARS),
        "submit": _plain("Send", TITLE_CHARS),
        "close": _plain("Close", TITLE_CHARS),
        "blocks": [_input(option) for option in command.options if option.kind is not Kind.ATTACHMENT],
    }


def kept_in(submission: Submission) -> Mapping[str, str]:
    """The command, channel and `response_url` that the form was opened with."""
    kept: Mapping[str, str] = json.loads(submission.view.private_metadata)
    return kept


def options_in(submission: Submission) -> dict[str, object]:
    """What was filled in, by option; what was left empty is not there."""
    answers = {block: next(iter(parts.values())) for block, parts in submission.view.state.values.items() if parts}
    return {name: value for name, answer in answers.items() if (value := _value(answer))}


def _value(answer: Answered) -> str | None:
    if answer.selected_user:
        return f"<@{answer.selected_user}>"
    if answer.selected_conversation:
        return f"<#{answer.selected_conversation}>"
    chosen = answer.selected_option.value if answer.selected_option else None
    return chosen or answer.selected_date or answer.selected_time or answer.value


def _input(option: Option) -> dict[str, JsonValue]:
    block: dict[str, JsonValue] = {
        "type": "input",
        "block_id": option.name,
        "optional": not option.required,
        "label": _plain(option.name, LABEL_CHARS),
        "element": {"action_id": option.name, **_element(option)},
    }
    return block | ({"hint": _plain(option.help, HINT_CHARS)} if option.help else {})


def _element(option: Option) -> dict[str, JsonValue]:
    if 0 < len(option.choices) <= MOST_CHOICES:
        return _select([str(choice) for choice in option.choices])
    match option.kind:
        case Kind.BOOLEAN:
            return _select(["yes", "no"])
        case Kind.USER:
            return {"type": "users_select"}
        case Kind.CHANNEL:
            return {"type": "conversations_select"}
        case Kind.DATE:
            return {"type": "datepicker"}
        case Kind.TIME:
            return {"type": "timepicker"}
        case Kind.INTEGER | Kind.NUMBER:
            bounds = _bounds(option, "min_value", "max_value", _number)
            return {"type": "number_input", "is_decimal_allowed": option.kind is Kind.NUMBER, **bounds}
        case Kind.TEXT:
            lengths = {"max_length": TEXT_CHARS} | _bounds(option, "min_length", "max_length", _length)
            return {"type": "plain_text_input", "multiline": option.multiline, **lengths}
    return {"type": "plain_text_input"}


def _bounds(option: Option, least: str, most: str, shown: Callable[[float], JsonValue]) -> dict[str, JsonValue]:
    """What Slack checks by itself, and says beside the input."""
    bounds = {} if option.range is None else {least: option.range.min, most: option.range.max}
    return {name: shown(bound) for name, bound in bounds.items() if bound is not None}


def _number(bound: float) -> str:
    return str(int(bound)) if bound == int(bound) else str(bound)


def _length(bound: float) -> int:
    return min(int(bound), TEXT_CHARS)


def _select(values: list[str]) -> dict[str, JsonValue]:
    options: list[JsonValue] = [{"text": _plain(value, LABEL_CHARS), "value": value[:LABEL_CHARS]} for value in values]
    return {"type": "static_select", "options": options}


def _plain(text: str, limit: int) -> dict[str, JsonValue]:
    return {"type": "plain_text", "text": text[:limit]}
