"""`atelier doctor` names what is wrong and what to do."""

from __future__ import annotations

import asyncio
import io
import os
import shutil
import socket
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
from pydantic import SecretStr
from rich.console import Console

from bot.config import ChatSource, Config, Discord, ModelsConfig, Platforms, PluginsConfig, Slack, Store, Web
from bot.doctor import Finding, Health, examine, findings
from bot.errors import ConfigError


def made(folder: Path, **sections: Any) -> Config:
    standard: dict[str, Any] = {
        "store": Store(url=f"sqlite:///{folder / 'atelier.db'}"),
        "models": ModelsConfig(dir=folder / "models"),
        "platforms": Platforms(web=Web(enabled=False)),
    }
    return Config(**(standard | sections))


async def found(config: Config) -> dict[str, Finding]:
    return {finding.part: finding async for finding in findings(lambda: config)}


async def test_a_fresh_installation_is_well(tmp_path: Path) -> None:
    output = io.StringIO()
    assert await examine(lambda: made(tmp_path), Console(file=output, width=120))
    shown = output.getvalue()
    for part in ("configuration", "database", "tokens", "model for embeddings", "plugins", "disk", "memory", "network"):
        assert part in shown
    assert "wrong" not in shown


async def test_a_wrong_configuration_ends_the_examination() -> None:
    def load() -> Config:
        raise ConfigError("log.level: no")

    output = io.StringIO()
    assert not await examine(load, Console(file=output))
    assert "log.level: no" in output.getvalue()


async def test_the_database_says_where_it_stands(tmp_path: Path) -> None:
    from bot.store.database import Database

    config = made(tmp_path)
    assert "empty" in (await found(config))["database"].says
    async with await Database.open(config.store.url) as database:
        await database.migrate()
    assert "at revision" in (await found(config))["database"].says
    bad = made(tmp_path, store=Store(url="nonsense://x"))
    assert Health.ILL is (await found(bad))["database"].health


async def test_a_chat_server_that_does_not_answer_is_named(tmp_path: Path) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    chat = ChatSource(provider="openai", model="m", base_url=f"http://127.0.0.1:{port}/v1")
    config = made(tmp_path, models=ModelsConfig(dir=tmp_path, chat=chat))
    seen = await found(config)
    assert (seen["network"].health, seen["tokens"].health) == (Health.WELL, Health.WARN)
    listener.close()
    assert "does not answer" in (await found(config))["network"].says
    keyed = chat.model_copy(update={"api_key": SecretStr("k"), "provider": "ollama"})
    assert (await found(made(tmp_path, models=ModelsConfig(dir=tmp_path, chat=keyed))))["tokens"].health is Health.WELL


async def test_models_that_are_missing_or_unknown_are_named(tmp_path: Path) -> None:
    other = made(tmp_path, models=ModelsConfig(dir=tmp_path, use={"embeddings": "minilm-l12"}))
    assert "atelier models pull minilm-l12" in (await found(other))["model for embeddings"].says
    wrong = made(tmp_path, models=ModelsConfig(dir=tmp_path, use={"embeddings": "nothing"}))
    assert "models.use.embeddings" in (await found(wrong))["models"].says


async def test_broken_plugins_and_missing_folders_are_named(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("1 / 0")
    config = made(tmp_path, plugins=PluginsConfig(paths=[tmp_path, tmp_path / "gone"]))
    says = [finding.says async for finding in findings(lambda: config) if finding.health is Health.ILL]
    assert len(says) == 2
    assert "gone is no folder" in says[0]
    assert "broken cannot be imported" in says[1]


async def test_little_room_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=10))
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=10))
    seen = await found(made(tmp_path))
    assert (seen["disk"].health, seen["memory"].health) == (Health.ILL, Health.ILL)
    assert "nothing more can be kept" in seen["database"].says
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert "cannot be written to" in (await found(made(tmp_path)))["disk"].says


async def test_the_playground_s_port_is_tried(tmp_path: Path) -> None:
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    config = made(tmp_path, platforms=Platforms(web=Web(port=port)))
    assert "already answers" in (await found(config))["playground"].says
    server.close()
    await server.wait_closed()
    assert "is free" in (await found(config))["playground"].says


async def test_what_the_start_would_refuse_is_named(tmp_path: Path) -> None:
    from sqlalchemy import text

    from bot.store.database import Database

    config = made(tmp_path, platforms=Platforms(web=Web(host="0.0.0.0")))
    assert "platforms.web.host: 0.0.0.0 lets others in" in (await found(config))["playground"].says
    async with await Database.open(config.store.url) as database:
        await database.migrate()
        async with database.write() as session:
            await session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert "at revision 9999, which this Atelier does not know" in (await found(config))["database"].says


async def test_tokens_of_platforms_are_looked_at(tmp_path: Path) -> None:
    off = Web(enabled=False)
    wrong = Platforms(web=off, discord=Discord(token=SecretStr("nonsense")), slack=Slack(bot_token=SecretStr("xoxb-1")))
    seen = await found(made(tmp_path, platforms=wrong))
    assert (seen["Discord"].health, seen["Slack"].health) == (Health.ILL, Health.ILL)
    assert "ATELIER__PLATFORMS__SLACK__APP_TOKEN" in seen["Slack"].says
    token = SecretStr("MTIzNDU2Nzg5MDEyMzQ1Njc4.x.y")
    tokens = Slack(bot_token=SecretStr("xoxb-1"), app_token=SecretStr("xapp-1"))
    seen = await found(made(tmp_path, platforms=Platforms(web=off, discord=Discord(token=token), slack=tokens)))
    assert (seen["Discord"].health, seen["Slack"].health) == (Health.WELL, Health.WELL)
