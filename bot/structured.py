"""Has a language model fill in a form, held to it by its library or server where that can be done."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ValidationError

from bot.models.tasks import ChatModel

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

MEND = "That cannot be used: {reason}. Answer again with the whole JSON object, mended, and nothing else."

FormT = TypeVar("FormT", bound=BaseModel)


async def fill_in(
    form: type[FormT], messages: Sequence[BaseMessage], model: ChatModel, *, held: bool = True
) -> tuple[FormT | str, bool]:
    """Have a language model fill in a form; one that does not fit goes back to it once.

    Args:
        form: A pydantic model; its name and its fields' descriptions are told where the model is held to it.
        messages: Instructions and what is asked; they ask for one JSON object with the form's keys.
        model: Answers.
        held: Whether to try and have its library or server hold it to the form.

    Returns:
        The form, or the words of a model that could not keep to it; and whether it could be held to it.
    """
    from langchain_core.messages import AIMessage, HumanMessage

    answer = await _held(form, messages, model) if held else None
    if isinstance(answer, form):
        return answer, True
    said = answer if isinstance(answer, str) else (await model.ainvoke(list(messages))).text
    found = read(form, said)
    if isinstance(found, str):
        mended = [*messages, AIMessage(said or "{}"), HumanMessage(MEND.format(reason=found))]
        found = read(form, (await model.ainvoke(mended)).text)
    return (said if isinstance(found, str) else found), answer is not None


def read(form: type[FormT], said: str) -> FormT | str:
    """The form in an answer, whatever stands around it; or why there is none."""
    start, end = said.find("{"), said.rfind("}")
    try:
        return form.model_validate_json(said[start : end + 1] if 0 <= start < end else said)
    except ValidationError as error:
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc'])) or 'the answer'}: {first['msg']}"


async def _held(form: type[FormT], messages: Sequence[BaseMessage], model: ChatModel) -> FormT | str | None:
    """What the model answers when its library or server holds it to the form; None where that cannot be done."""
    try:
        answer = await model.with_structured_output(form, include_raw=True).ainvoke(list(messages))
    except Exception:
        # A model may not know how, a server may refuse: what matters is said again by the plain call that follows.
        return None
    assert isinstance(answer, dict)  # with the raw message beside what became of it
    raw, parsed = answer["raw"], answer["parsed"]
    if isinstance(parsed, form):
        return parsed
    return json.dumps(raw.tool_calls[0]["args"]) if raw.tool_calls else str(raw.text)
