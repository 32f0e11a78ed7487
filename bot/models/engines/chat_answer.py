"""Reads what a chat model writes: the answer, without its thoughts, and the functions it calls."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from pydantic import JsonValue

from bot.errors import UserError

if TYPE_CHECKING:
    from transformers.utils.chat_parsing import ResponseParser

    from bot.models.engines.chat_loading import Loaded

MARKS = frozenset(
    "<think> </think> [THINK] [/THINK] <tool_call> </tool_call> [TOOL_CALLS] [CALL_ID] [ARGS] <|python_tag|>".split()
)
"""Tokens that mean something to a reader of the answer; other special ones are left out."""

_THOUGHTS: JsonValue = {"open_pattern": r"\s*(?:<think>|\[THINK\])", "close_pattern": r"(?:</think>|\[/THINK\])\s*"}

_CALLS: dict[str, JsonValue] = {
    "<tool_call>": {"open_pattern": r"\s*<tool_call>", "close": "</tool_call>"},
    "[TOOL_CALLS]": {"open_pattern": r"\s*\[TOOL_CALLS\]"},
    # Llama writes bare JSON: an answer that begins so is one call, or several one after another.
    "{": {"open_pattern": r"\A\s*(?:<\|python_tag\|>\s*)?(?=\{)"},
}
"""How a call begins and ends, by the mark that tells a template's way."""


@dataclass(frozen=True, slots=True)
class Call:
    """A function the model calls.

    Attributes:
        name: Of the function; empty where what was written is none.
        arguments: JSON, as it was written.
    """

    name: str
    arguments: str


Piece: TypeAlias = "str | Call"
"""Text to show, or a call."""


def way(loaded: Loaded, *, plain: bool) -> str:
    """The mark by which the model begins a call.

    Args:
        loaded: The model.
        plain: Whether it was told of the functions in words, for its template does not know any.
    """
    template = "<tool_call>" if plain else loaded.tokenizer.get_chat_template(tools=[{}])
    if "<tool_call>" in template:
        return "<tool_call>"
    return "[TOOL_CALLS]" if "[TOOL_CALLS]" in template else "{"


class Reader:
    """Takes an answer apart while it is written.

    What a checkpoint says itself of the form of its answers holds; the usual forms are known.

    Args:
        loaded: The model.
        prompt: What stands before the answer.
        mark: How a call begins; None when there is nothing to call.
        stops: Texts that end the answer; they are not part of it.
    """

    def __init__(self, loaded: Loaded, prompt: str, mark: str | None, stops: Sequence[str]) -> None:
        from transformers.utils.chat_parsing import ResponseParser

        own = loaded.tokenizer.response_template
        # A template may have begun the thoughts already.
        begun = "<think>" if prompt.rstrip().endswith("<think>") else ""
        self.ended = False
        self._mark = mark
        self._parser: ResponseParser = ResponseParser(own or _form(mark), prefix=prompt if own else begun)
        self._stops = [stop for stop in stops if stop]
        self._held = ""
        self._said = False

    def feed(self, text: str) -> Iterator[Piece]:
        """What more of the answer there is.

        Args:
            text: What the model wrote next.

        Yields:
            Text and calls; nothing more once `ended`.

        Raises:
            UserError: The answer has not the form that the checkpoint says its answers have.
        """
        try:
            events = self._parser.feed(text)
        except ValueError as error:  # The checkpoint's own form demands JSON.
            raise UserError("The language model made a call that cannot be read; ask again.") from error
        yield from self._take(events)

    def finish(self) -> Iterator[Piece]:
        """What is left when the model writes no more."""
        _, events = self._parser.finalize()
        yield from self._take(events)
        if not self.ended and self._held:
            yield self._held
        self._held = ""

    def _take(self, events: list[dict[str, JsonValue]]) -> Iterator[Piece]:
        for event in events:
            if self.ended:
                return
            kind, part = event["type"], event["field"]
            if part == "content" and kind == "region_chunk":
                yield from self._show(str(event["text"]))
            elif part == "tool_calls" and kind == "region_close":
                yield from self._called(event["value"])

    def _called(self, value: JsonValue) -> Iterator[Piece]:
        if self._mark is None:
            return
        found = calls(value)
        # Braces alone need not be a call: an answer may be JSON that was asked for.
        if self._mark == "{" and isinstance(value, str) and not all(call.name for call in found):
            yield from self._show(value)
        else:
            yield from found

    def _show(self, text: str) -> Iterator[str]:
        self._held += text
        if not self._said:
            self._held = self._held.lstrip()
        if not self._held:
            return
        self._said = True
        found = [place for stop in self._stops if (place := self._held.find(stop)) >= 0]
        if found:
            self.ended = True
            ready = self._held[: min(found)]
        else:
            ready = self._held[: len(self._held) - self._begun()]
            self._held = self._held[len(ready) :]
        if ready:
            yield ready

    def _begun(self) -> int:
        """How many characters at the end may be the beginning of a stop."""
        return max(
            (length for stop in self._stops for length in range(1, len(stop)) if self._held.endswith(stop[:length])),
            default=0,
        )


def calls(value: JsonValue) -> list[Call]:
    """The calls in what stands between the marks.

    Args:
        value: As it was written, in Hermes', Qwen's, Llama's or Mistral's way; or taken apart by the checkpoint's own
            template.

    Returns:
        The calls; one without a name where it cannot be read.
    """
    if not isinstance(value, str):
        return _from_json(value)
    if found := re.match(r"\s*<function=([^>\n]+)>(.*?)(?:</function>|\Z)", value, re.DOTALL):
        pairs = re.findall(r"<parameter=([^>\n]+)>\s*(.*?)\s*</parameter>", found[2], re.DOTALL)
        return [Call(found[1], json.dumps({key: _value(text) for key, text in pairs}, ensure_ascii=False))]
    made: list[Call] = []
    for part in re.split(r"\[TOOL_CALLS\]", value):
        made += _from_text(part.strip()) if part.strip() else []
    return made


def _from_text(text: str) -> list[Call]:
    # Mistral's newer way: name[ARGS]{…}, with an id between them at times.
    if found := re.fullmatch(r"([\w.-]+)\s*(?:\[CALL_ID\]\w*)?(?:\[ARGS\])?\s*(\{.*)", text, re.DOTALL):
        return [Call(found[1], found[2])]
    read = json.JSONDecoder()
    made: list[Call] = []
    rest = text
    while rest:
        try:
            value, end = read.raw_decode(rest)
        except ValueError:
            return [*made, Call("", rest)]
        made += _from_json(value)
        rest = rest[end:].lstrip(" \n;,")
    return made


def _from_json(value: JsonValue) -> list[Call]:
    if isinstance(value, list):
        return [call for one in value for call in _from_json(one)]
    told = value.get("function", value) if isinstance(value, dict) else None
    if isinstance(told, dict) and isinstance(name := told.get("name"), str):
        arguments = told.get("arguments", told.get("parameters", {}))
        return [Call(name, arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False))]
    return [Call("", json.dumps(value, ensure_ascii=False))]


def _value(text: str) -> JsonValue:
    try:
        value: JsonValue = json.loads(text)
    except ValueError:
        return text
    return value


def _form(mark: str | None) -> dict[str, JsonValue]:
    fields: dict[str, JsonValue] = {"thoughts": _THOUGHTS, "content": {"content": "text"}}
    if mark is not None:
        call = _CALLS[mark]
        fields["tool_calls"] = {**call, "repeats": True} if isinstance(call, dict) else call
    return {"start_anchor_pattern": r"\A", "fields": fields}
