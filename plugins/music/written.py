"""A prompt by a language model: asked for as structured output, checked, and mended once."""

from __future__ import annotations

from bot import ChatModel, fill_in

from .prompts import Prompt
from .words import read

SYSTEM = f"""You write prompts for a model that composes music. A person tells you an idea in any language; you \
answer in English with one JSON object and nothing else. What the person says outright of tempo, key, metre, \
instruments, mood or genre holds; you choose the rest so that it fits. Its keys:
{chr(10).join(f"- {name}: {field.description}" for name, field in Prompt.model_fields.items())}"""


async def by_model(idea: str, model: ChatModel) -> Prompt | None:
    """Let a language model write a prompt.

    Args:
        idea: What somebody has in mind.
        model: Writes it.

    Returns:
        The prompt, with what the idea says outright; None when the model could not write one.
    """
    from langchain_core.messages import HumanMessage, SystemMessage

    prompt, _ = await fill_in(Prompt, [SystemMessage(SYSTEM), HumanMessage(idea)], model)
    return None if isinstance(prompt, str) else prompt.obey(read(idea))
