"""The measure of how plain words reach commands."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot import Embeddings
from plugins.chat.routing import Wish
from tests.plugins.chat.routing_plugin import Letters, Usable, plugin
from training.evaluate import routing
from training.evaluate.routing import Everything, Outcome, Phrasing, read

TABLE = """phrase\tcommand\toptions
bake a plum cake\tbake\twhat=Plum cake
bake some bread, extra large bread\tbake\tsize=extra large bread
turn off the oven\toven|menu\ton=yes
see you tomorrow\t-\t
"""


def test_phrasings_are_read_with_the_names_that_commands_have(tmp_path: Path) -> None:
    (tmp_path / "seen.tsv").write_text("phrase\tcommand\toptions\nlist models\tmodels list|help\tname=time zone; a=B\n")

    assert [Phrasing("list models", frozenset({"models", "help"}), {"name": "zone", "a": "b"})] == read(
        tmp_path / "seen.tsv"
    )


def test_a_command_that_is_only_offered_is_not_reached() -> None:
    wanted = Phrasing("bake", frozenset({"bake"}), {"what": "pie"})
    bake = plugin.commands["bake"]

    done, offered, none = (
        Outcome(wanted, wish) for wish in (Wish(bake, {"what": "a Pie"}, 1), Wish(bake, {}, -1), None)
    )

    assert [("bake", True, False), ("", False, True), ("", False, False)] == [
        (each.done, each.right, each.offered) for each in (done, offered, none)
    ]
    assert [True] == done.filled()
    assert [] == offered.filled()


def test_a_table_counts_what_was_reached_and_only_the_seen_set_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    @asynccontextmanager
    async def letters() -> AsyncIterator[Embeddings]:
        yield Letters()

    monkeypatch.setattr(routing, "starter_embeddings", letters)
    monkeypatch.setattr(routing, "Everything", Usable)
    for name in ("seen", "unseen"):
        (tmp_path / f"{name}.tsv").write_text(TABLE)

    routing.evaluate(tmp_path)
    both = capsys.readouterr().out
    routing.evaluate(tmp_path, seen_only=True)
    seen = capsys.readouterr().out

    assert "| reach a right one | 100.0% (3 of 3) | 100.0% (3 of 3) |" in both
    assert "| are not taken for one | 100.0% (1 of 1) | 100.0% (1 of 1) |" in both
    assert "plum" not in both
    assert "'turn off the oven': {'on': 'no'}, not {'on': 'yes'}" in seen


def test_every_command_that_comes_with_atelier_is_measured() -> None:
    names = {command.name for command in Everything().all()}

    assert {"summarize", "reminder add", "settings limits", "find"} <= names
    assert Everything().get("/find") is not None
