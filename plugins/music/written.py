"""A prompt by a language model: asked for as structured output, checked, and mended once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pydantic import ValidationError

from bot import ChatModel

from .prompts import Prompt
from .words import read

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

SYSTEM = f"""You write prompts for a model that composes music. A person tells you an idea in any language; you \
answer in English with one JSON object and nothing else. What the person says outright of tempo, key, metre, \
instruments, mood or genre holds; you choose the rest so that it fits. Its keys:
{chr(10).join(f"- {name}: {field.description}" for name, field in Prompt.model_fields.items())}"""

MEND = "That cannot be used: {reason}. Answer again with the whole JSON object, mended, and nothing else."


async def by_model(idea: str, model: ChatModel) -> Prompt | None:
    """Let a language model write a prompt.

    Args:
        idea: What somebody has in mind.
        model: Writes it.

    Returns:
        The prompt, with what the idea says outright; None when the model could not write one.
    """
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

    messages: list[BaseMessage] = [SystemMessage(SYSTEM), HumanMessage(idea)]
    said = await _structured(messages, model)
    if said is None:
        said = (await model.ainvoke(messages)).text
    found = _read(said)
    if isinstance(found, str):
        messages += [AIMessage(said or "{}"), HumanMessage(MEND.format(reason=found))]
        found = _read((await model.ainvoke(messages)).text)
    return None if isinstance(found, str) else found.obey(read(idea))


async def _structured(messages: list[BaseMessage], model: ChatModel) -> str | None:
    """What the model answers when its library or server holds it to the form; None where that cannot be done."""
    try:
        answer = await model.with_structured_output(Prompt, include_raw=True).ainvoke(messages)
    except Exception:
        # A model may not know how, a server may refuse: what matters is said again by the plain call that follows.
        return None
    assert isinstance(answer, dict)  # with the raw message beside what became of it
    raw, parsed = answer["raw"], answer["parsed"]
    if isinstance(parsed, Prompt):
        return parsed.model_dump_json()
    return json.dumps(raw.tool_calls[0]["args"]) if raw.tool_calls else str(raw.text)


def _read(said: str) -> Prompt | str:
    """The prompt in an answer, whatever stands around it; or why there is none."""
    start, end = said.find("{"), said.rfind("}")
    try:
        return Prompt.model_validate_json(said[start : end + 1] if 0 <= start < end else said)
    except ValidationError as error:
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc'])) or 'the answer'}: {first['msg']}"
