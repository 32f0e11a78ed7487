"""One turn of a conversation: from the messages to the answer's pieces, in the model's own thread."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGenerationChunk
from pydantic import JsonValue

from bot.models.engines.chat_answer import MARKS, Call, Piece, Reader, calls, way
from bot.models.engines.chat_choosing import Sampling
from bot.models.engines.chat_decoding import Text, Written, write
from bot.models.engines.chat_loading import Loaded
from bot.models.engines.chat_prompt import Tool, knows_tools, render

OPENINGS = {"<tool_call>": "<tool_call>\n", "[TOOL_CALLS]": "[TOOL_CALLS][", "{": ""}
"""What a call begins with that has to be made, by the mark of the model's way."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What the model is asked for.

    Attributes:
        messages: The conversation.
        sampling: How tokens are chosen.
        stops: Texts that end the answer.
        tools: Functions it may call.
        forced: Those of them of which it has to call one; none leaves it to the model.
    """

    messages: Sequence[BaseMessage]
    sampling: Sampling
    stops: Sequence[str] = ()
    tools: Sequence[Tool] = ()
    forced: Sequence[Tool] = ()


class Draft:
    """An answer while it is written.

    Args:
        turn: What is asked for.
        emit: Handed each piece as soon as it is there; the last one tells the usage.
        loaded: The model.

    Attributes:
        ids: The tokens before the answer.
        sampling: How tokens are chosen.
        form: The JSON schema that the answer has to follow, if any.

    Raises:
        UserError: The conversation cannot be read.
    """

    def __init__(self, turn: Turn, emit: Callable[[ChatGenerationChunk], object], loaded: Loaded) -> None:
        plain = bool(turn.tools) and not knows_tools(loaded)
        prompt = render(loaded, turn.messages, turn.tools)
        mark = way(loaded, plain=plain) if turn.tools else None
        self.ids = [*prompt.ids, *_tokens(loaded, OPENINGS[mark])] if turn.forced and mark else prompt.ids
        self.sampling = turn.sampling
        self.form = _form(turn.forced, "parameters" if mark == "{" else "arguments") if turn.forced else None
        self._name = loaded.name
        self._emit = emit
        self._forced = bool(turn.forced)
        self._text = Text(loaded.tokenizer, _dropped(loaded))
        self._reader = Reader(loaded, prompt.text, mark, turn.stops)
        self._written: list[str] = []
        self._called = 0

    def take(self, token: int) -> bool:
        """Read the next token; says whether the answer goes on."""
        return self._read(self._text.add(token))

    def finish(self, done: Written) -> None:
        """Hand on what is left.

        Args:
            done: How the answer ended.
        """
        if self._read(self._text.rest()) and not self._forced:
            for piece in self._reader.finish():
                self._say(piece)
        for call in calls("".join(self._written)):
            self._say(call)
        read = len(self.ids)
        used = UsageMetadata(input_tokens=read, output_tokens=done.tokens, total_tokens=read + done.tokens)
        told = {
            "finish_reason": "tool_calls" if self._called and done.reason == "stop" else done.reason,
            "model_name": self._name,
        }
        last = AIMessageChunk(content="", usage_metadata=used, response_metadata=told, chunk_position="last")
        self._emit(ChatGenerationChunk(message=last))

    def _say(self, piece: Piece) -> None:
        if isinstance(piece, Call):
            self._emit(ChatGenerationChunk(message=_calling(piece, self._called)))
            self._called += 1
        else:
            self._emit(ChatGenerationChunk(message=AIMessageChunk(content=piece)))

    def _read(self, new: str) -> bool:
        if self._forced:
            self._written.append(new)
            return True
        for piece in self._reader.feed(new):
            self._say(piece)
        return not self._reader.ended


def answer(
    turn: Turn, emit: Callable[[ChatGenerationChunk], object], loaded: Loaded, stopped: Callable[[], bool]
) -> None:
    """Write the answer.

    Args:
        turn: What is asked for.
        emit: Handed each piece as soon as it is there; the last one tells the usage.
        loaded: The model.
        stopped: Asked between tokens.

    Raises:
        UserError: The conversation cannot be read, is too long, or the work was stopped.
    """
    draft = Draft(turn, emit, loaded)
    draft.finish(write(loaded, draft.ids, draft.sampling, draft.take, stopped, draft.form))


def _calling(call: Call, index: int) -> AIMessageChunk:
    arguments = call.arguments
    try:
        whole = call.name and isinstance(json.loads(arguments), dict)
    except ValueError:
        whole = False
    if not whole:
        # LangChain completes what is cut off; as a JSON text it stays what it is: a call that cannot be made.
        arguments = json.dumps(arguments, ensure_ascii=False)
    made = tool_call_chunk(name=call.name, args=arguments, id=secrets.token_hex(5)[:9], index=index)
    return AIMessageChunk(content="", tool_call_chunks=[made])


def _form(tools: Sequence[Tool], key: str) -> dict[str, JsonValue]:
    """The JSON schema of a call of one of the functions."""
    ways: list[JsonValue] = []
    anything: JsonValue = {"type": "object"}
    for tool in tools:
        told = tool["function"]
        ways.append(
            {
                "type": "object",
                "properties": {"name": {"const": told["name"]}, key: _closed(told.get("parameters", anything))},
                "required": ["name", key],
                "additionalProperties": False,
            }
        )
    return {"anyOf": ways}


def _closed(schema: JsonValue) -> JsonValue:
    """The schema without leave to invent further keys, which small models use without end."""
    if isinstance(schema, list):
        return [_closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {
        # What stands in here are names, whatever they are.
        key: {name: _closed(one) for name, one in value.items()}
        if key == "properties" and isinstance(value, dict)
        else _closed(value)
        for key, value in schema.items()
    }
    return {"additionalProperties": False, **closed} if "properties" in closed else closed


def _tokens(loaded: Loaded, text: str) -> list[int]:
    return list(loaded.tokenizer.encode(text, add_special_tokens=False)) if text else []


def _dropped(loaded: Loaded) -> frozenset[int]:
    """The special tokens that are no text of an answer."""
    if loaded.tokenizer.response_template:  # It tells by itself what they mean.
        return frozenset()
    added = loaded.tokenizer.added_tokens_decoder
    return frozenset(id_ for id_, token in added.items() if token.special and token.content not in MARKS)
