"""One process for a store: the second is told so, and a claim ends with its process however that ends."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest
from sqlalchemy import make_url

from bot.errors import ConfigError
from bot.store import claim as claims
from bot.store.claim import claim
from bot.store.database import Database

HOLDER = """
import asyncio, sys
from bot.store.claim import claim

async def hold():
    await claim(sys.argv[1])
    print("held", flush=True)
    await asyncio.Event().wait()

asyncio.run(hold())
"""


async def test_a_second_claim_is_told_in_one_line_what_to_do_until_the_first_one_is_released(
    empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "WAIT_SECONDS", 0.1)
    release = await claim(empty)
    with pytest.raises(ConfigError, match=r"^store\.url: another Atelier is running with the \w+ .*; stop that one.*$"):
        await claim(empty)
    await release()
    await (await claim(empty))()


async def test_what_is_killed_keeps_no_claim(empty: str) -> None:
    holder = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLDER, empty, stdout=asyncio.subprocess.PIPE, cwd=Path.cwd()
    )
    assert holder.stdout is not None
    assert await holder.stdout.readline() == b"held\n"
    os.kill(holder.pid, signal.SIGKILL)
    await holder.wait()
    await (await claim(empty))()


async def test_a_claimed_database_is_read_and_migrated_by_others(empty: str) -> None:
    release = await claim(empty)
    async with await Database.open(empty) as database:
        await database.migrate()
        assert await database.revision() is not None
    await release()


async def test_a_file_is_the_same_by_another_name(tmp_path: Path) -> None:
    release = await claim(f"sqlite:///{tmp_path / 'one.db'}")
    (tmp_path / "one.db").touch()
    (tmp_path / "other.db").symlink_to(tmp_path / "one.db")
    with pytest.raises(ConfigError, match="another Atelier"):
        await claim(f"sqlite:///{tmp_path / 'other.db'}")
    await release()


async def test_what_cannot_be_claimed_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match=r"cannot be opened: .*$"):
        await claim(f"sqlite:///{tmp_path / 'file' / 'atelier.db'}")


async def test_a_server_that_refuses_is_told_in_one_line(postgres_server: str) -> None:
    url = make_url(postgres_server).set(database="nowhere").render_as_string(hide_password=False)
    with pytest.raises(ConfigError, match=r"cannot be opened: .*nowhere.*$"):
        await claim(url)
