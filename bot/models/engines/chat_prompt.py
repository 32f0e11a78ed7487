"""Writes a conversation the way a checkpoint's chat template wants it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal, NotRequired, TypeAlias, TypedDict, cast

from langchain_core.messages import AIMessage, BaseMessage, SystemMessage, ToolMessage
from pydantic import JsonValue

from bot.errors import UserError

if TYPE_CHECKING:
    from bot.models.engines.chat_loading import Loaded

Turn: TypeAlias = dict[str, JsonValue]
"""A message as chat templates read it."""


class Function(TypedDict):
    """What a function is called, what it is for and the JSON schema of its arguments."""

    name: str
    description: NotRequired[str]
    parameters: NotRequired[JsonValue]


class Tool(TypedDict):
    """A function that the model may call, in OpenAI's notation."""

    type: Literal["function"]
    function: Function


TOOLS = """You may call functions. Their signatures stand between <tools> and </tools>:
<tools>
{signatures}
</tools>
To call one, answer with its name and arguments as JSON between tags, and nothing else:
<tool_call>
{{"name": "…", "arguments": {{…}}}}
</tool_call>"""

ID = re.compile(r"[a-zA-Z0-9]{9}")
"""How a call is named; Mistral's templates refuse any other form."""


def knows_tools(loaded: Loaded) -> bool:
    """Whether the chat template itself writes down which functions there are.

    Args:
        loaded: The model.
    """
    return re.search(r"\btools\b", loaded.tokenizer.get_chat_template(tools=[{}])) is not None


@dataclass(frozen=True, slots=True)
class Prompt:
    """A conversation up to where the answer begins.

    Attributes:
        text: As the template wrote it.
        ids: The same in tokens; what people typed stands there as plain text, even where it looks like the
            template's own marks: nobody speaks for another.
    """

    text: str
    ids: list[int]


def render(loaded: Loaded, messages: Sequence[BaseMessage], tools: Sequence[Tool]) -> Prompt:
    """The conversation as the model reads it.

    A template that has no place for functions, or that refuses instructions of the system, is given them in the words
    of the first message.

    Args:
        loaded: The model.
        messages: The conversation.
        tools: Functions that the model may call.

    Raises:
        UserError: A message has more than text, or the template refuses the conversation.
    """
    from jinja2 import TemplateError

    called = any(isinstance(message, ToolMessage) or getattr(message, "tool_calls", None) for message in messages)
    plain = bool(tools or called) and not knows_tools(loaded)
    turns = [_turn(loaded, message, plain=plain) for message in messages]
    if plain and tools:
        signatures = "\n".join(json.dumps(tool, ensure_ascii=False) for tool in tools)
        turns.insert(0, {"role": "system", "content": TOOLS.format(signatures=signatures)})
        turns = _merged(turns)
    offered = None if plain else list(tools) or None
    try:
        prompt = _apply(loaded, turns, offered)
        if all(str(turn["content"]).strip() in prompt.text for turn in turns if turn["role"] == "system"):
            return prompt
    except TemplateError:
        pass
    try:
        return _apply(loaded, _folded(turns), offered)
    except TemplateError as error:
        raise UserError(f"The model {loaded.name} cannot read this conversation: {error}") from error


def _apply(loaded: Loaded, turns: Sequence[Turn], tools: list[Tool] | None) -> Prompt:
    apply: Callable[..., object] = loaded.tokenizer.apply_chat_template
    write = partial(
        apply,
        [dict(turn) for turn in turns],
        tools=tools,
        add_generation_prompt=True,
        # Models that can think first are asked for the answer at once: people wait for it.
        enable_thinking=False,
    )
    ids = write(return_dict=False, sanitize_control_tokens=True)
    return Prompt(str(write(tokenize=False)), cast("list[int]", ids))


def _turn(loaded: Loaded, message: BaseMessage, *, plain: bool) -> Turn:
    text = _text(loaded, message)
    match message:
        case SystemMessage():
            return {"role": "system", "content": text}
        case AIMessage() if plain:
            calls = (
                json.dumps({"name": call["name"], "arguments": call["args"]}, ensure_ascii=False)
                for call in message.tool_calls
            )
            told = "\n".join([*([text] if text else []), *(f"<tool_call>\n{call}\n</tool_call>" for call in calls)])
            return {"role": "assistant", "content": told}
        case AIMessage() if message.tool_calls:
            made: list[JsonValue] = [
                {
                    "type": "function",
                    "id": _id(call["id"]),
                    "function": {"name": call["name"], "arguments": call["args"]},
                }
                for call in message.tool_calls
            ]
            return {"role": "assistant", "content": text, "tool_calls": made}
        case AIMessage():
            return {"role": "assistant", "content": text}
        case ToolMessage() if plain:
            return {"role": "user", "content": f"<tool_response>\n{text}\n</tool_response>"}
        case ToolMessage():
            name = message.name or ""
            return {"role": "tool", "content": text, "tool_call_id": _id(message.tool_call_id), "name": name}
    return {"role": "user", "content": text}


def _text(loaded: Loaded, message: BaseMessage) -> str:
    if isinstance(message.content, list):
        kinds = {block.get("type", "text") for block in message.content if isinstance(block, dict)}
        if other := sorted(kinds - {"text", "tool_call", "tool_use", "reasoning", "thinking"}):
            raise UserError(f"The model {loaded.name} reads text only; it was given {', '.join(other)}.")
    return message.text


def _merged(turns: Sequence[Turn]) -> list[Turn]:
    """Turns of the same role made into one."""
    return list(_runs(turns))


def _runs(turns: Sequence[Turn]) -> Iterator[Turn]:
    held: Turn | None = None
    for turn in turns:
        mergeable = turn["role"] in {"system", "user"} and "tool_calls" not in turn
        if held is not None and mergeable and held["role"] == turn["role"]:
            held = {**held, "content": f"{held['content']}\n\n{turn['content']}"}
            continue
        if held is not None:
            yield held
        held = turn
    if held is not None:
        yield held


def _folded(turns: Sequence[Turn]) -> list[Turn]:
    """The system's instructions in the words of the first person, and people and assistant taking turns."""
    asked: list[Turn] = [{**turn, "role": "user"} if turn["role"] == "system" else turn for turn in turns]
    if asked and asked[0]["role"] == "assistant":
        asked.insert(0, {"role": "user", "content": "…"})
    return _merged(asked)


def _id(name: str | None) -> str:
    said = name or ""
    return said if ID.fullmatch(said) else hashlib.sha256(said.encode()).hexdigest()[:9]
