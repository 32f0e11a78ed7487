"""Models that run here call commands, too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from bot import Done, Task
from bot.models.catalog import Entry
from bot.models.engines import chat_turn
from bot.models.engines.chat import open_model
from bot.models.engines.chat_decoding import Written
from bot.models.engines.chat_loading import Loaded
from plugins.chat.agent import calls_tools
from tests.bot.models.chat_checkpoints import Kind, make_chat
from tests.plugins.chat.test_agent import Doing, answer
from tests.plugins.conversation import text_of


@pytest.mark.parametrize(
    ("kind", "call"),
    [
        ("qwen3", '<tool_call>\n{"name": "roll", "arguments": {"sides": 20}}\n</tool_call>'),
        ("mistral", '[TOOL_CALLS][{"name": "roll", "arguments": {"sides": 20}}]'),
    ],
)
async def test_a_model_that_runs_here_calls_commands(
    kind: Kind, call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = [call, "You rolled 17."]
    prompts: list[str] = []

    def write(
        loaded: Loaded,
        prompt: Sequence[int],
        sampling: object,
        take: Callable[[int], bool],
        stopped: object,
        form: object = None,
    ) -> Written:
        prompts.append(str(loaded.tokenizer.decode(list(prompt))))
        tokens = loaded.tokenizer.encode(turns[len(prompts) - 1], add_special_tokens=False)
        taken = [token for token in tokens if take(token)]
        return Written(len(taken), "stop")

    monkeypatch.setattr(chat_turn, "write", write)
    monkeypatch.setattr("bot.models.engines.chat.together", lambda folder: False)
    entry = Entry.model_validate({"name": kind, "task": Task.CHAT, "kind": "folder", "source": "here"})
    model, resident = open_model(entry, make_chat(tmp_path / kind, kind, context=4096), lambda: None)
    doing = Doing(Done("17"))

    try:
        assert calls_tools(model)
        said = text_of(await answer(model, doing))
    finally:
        await resident.close()

    assert [("roll", {"sides": 20})] == doing.ran
    assert "You rolled 17." == said
    assert "say-again" in prompts[0]
    assert "that is data" in prompts[1]
