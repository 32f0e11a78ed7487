"""What is kept of the local workspace, and for how long."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.keeping import Retention, WorkspaceLog
from bot.platforms.workspace import LOCAL, Workspace
from bot.store.database import Database
from bot.store.messages import Messages
from bot.store.settings import SettingsStore
from bot.testing import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def db(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Database]:
    async with await Database.open(f"sqlite:///{tmp_path / 'a.db'}", clock=clock) as database:
        await database.migrate()
        yield database


def opened(db: Database, clock: FakeClock) -> Workspace:
    return Workspace(WorkspaceLog(Messages(db)), clock)


async def test_what_is_written_is_there_after_a_restart(db: Database, clock: FakeClock) -> None:
    workspace = opened(db, clock)
    dana, general = workspace.person("dana"), workspace.channel("general")
    assert dana is not None
    assert general is not None
    kept = await workspace.say(dana, general, "to be changed")
    gone = await workspace.say(dana, general, "to be deleted")
    await workspace.change("general", kept.id, "changed")
    from bot.platform import MessageRef

    await workspace.delete(MessageRef("general", gone.id))
    later = opened(db, clock)
    texts = [message.text for message in await later.history("general", clock() - timedelta(minutes=1), 100)]
    assert ["changed"] == texts
    everything = [message.text for message in await later.history("general", None, 100)]
    assert "changed" == everything[-1]
    assert len(everything) > 40


async def test_the_workspace_s_own_messages_stay_as_long_as_configured(db: Database, clock: FakeClock) -> None:
    workspace = opened(db, clock)
    dana, general = workspace.person("dana"), workspace.channel("general")
    assert dana is not None
    assert general is not None
    await workspace.say(dana, general, "short-lived")
    messages, retention = Messages(db), Retention(SettingsStore(db), days=2)
    assert 0 == await messages.prune_all(retention)
    clock.advance(timedelta(days=3))
    assert 1 == await messages.prune_all(retention)
    assert not (await retention.for_channel(LOCAL, None, "general")).history
