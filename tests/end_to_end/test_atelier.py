"""A whole Atelier, from a question to a model's answer: in the browser, in the terminal, and by the scheduler."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from bot.app import App
from bot.config import Config, ModelsConfig, Platforms, Store, Web
from bot.places import connected_platforms
from bot.platforms.web.playground import Playground
from bot.platforms.workspace import LOCAL
from bot.testing import FakeClock

pytestmark = pytest.mark.asyncio(loop_scope="module")

MORNING = datetime(2026, 3, 4, 8, 0, tzinfo=UTC)
"""A Wednesday."""


@dataclass
class House:
    """A running Atelier, and a page that shows its playground."""

    app: App
    page: Page
    clock: FakeClock

    async def say(self, text: str) -> None:
        """Type a line and send it; a command's own form is not wanted here."""
        box = self.page.get_by_role("combobox", name=re.compile("^Message "))
        await box.fill(text)
        await box.press("Escape")
        await box.press("Enter")


@pytest_asyncio.fixture(loop_scope="module")
async def house(browser: Browser, tmp_path: Path) -> AsyncIterator[House]:
    clock = FakeClock(MORNING)
    config = Config(
        store=Store(url=f"sqlite:///{tmp_path / 'atelier.db'}"),
        models=ModelsConfig(dir=tmp_path / "models"),
        platforms=Platforms(web=Web(port=0)),
    )
    app = App(config, connected_platforms, clock=clock)
    await app.start()
    playground = app.dispatcher.platforms[LOCAL]
    assert isinstance(playground, Playground)
    context = await browser.new_context(timezone_id="Europe/Berlin", viewport={"width": 1280, "height": 820})
    context.set_default_timeout(30_000)
    page = await context.new_page()
    await page.goto(playground.url)
    await page.locator("#scroll[data-watched]").wait_for()
    yield House(app, page, clock)
    await context.close()
    await app.stop(grace=0)


async def test_the_sample_channel_is_summarized_with_who_said_what(house: House) -> None:
    await house.say("/summarize")
    answer = house.page.get_by_role("article").last
    await expect(answer).to_contain_text("the main points", timeout=60_000)
    await expect(answer).to_contain_text("Dana Okafor")
    await expect(answer).to_contain_text("quotes picked by meaning")


async def test_a_statement_of_a_summary_leads_to_its_message(house: House) -> None:
    page = house.page
    await house.say("/summarize")
    statement = page.get_by_role("article").last.get_by_role("listitem").first
    await statement.wait_for(timeout=60_000)
    author = await statement.locator("strong").first.inner_text()
    words = (await statement.inner_text()).partition(" — ")[2]
    await statement.get_by_role("link").first.click()

    marked = page.locator("article.found")
    await expect(marked).to_be_in_viewport()
    await expect(marked).to_contain_text(author)
    await expect(marked).to_contain_text(re.split(r"\. | … ", words)[0].rstrip("…"))


async def test_a_question_is_answered_from_the_conversation(house: House) -> None:
    await house.say("@atelier What was decided about the release?")
    answer = house.page.get_by_role("article").last
    await expect(answer).to_contain_text("Decision: 0.9 ships", timeout=60_000)
    await expect(answer).to_contain_text("No language model is installed")


async def test_a_profile_setting_changes_the_next_answer(house: House) -> None:
    answer = house.page.get_by_role("article").last
    await house.say("/summarize")
    # Without a choice, times are the browser's.
    await expect(answer).to_contain_text("times in Europe/Berlin", timeout=60_000)
    await house.say("/profile set name:zone value:Tokyo")
    await expect(answer).to_contain_text("Asia/Tokyo")
    await house.say("/summarize")
    await expect(answer).to_contain_text("times in Asia/Tokyo", timeout=60_000)


async def test_a_digest_is_posted_by_the_scheduler_once(house: House) -> None:
    answer = house.page.get_by_role("article").last
    await house.say("/digest on at:08:30 days:daily zone:UTC")
    await expect(answer).to_contain_text("comes")
    house.clock.advance(timedelta(minutes=31))
    before = await house.page.get_by_role("article").count()
    await house.app.digesting.run_due(house.clock())
    await expect(answer).to_contain_text("Digest of #", timeout=60_000)
    await house.app.digesting.run_due(house.clock())
    assert before + 1 == await house.page.get_by_role("article").count()


async def test_an_unknown_command_says_what_comes_near(house: House) -> None:
    await house.say("/sumarize")
    await expect(house.page.get_by_role("article").last).to_contain_text("Did you mean /summarize?")


async def run(folder: Path, *words: str) -> asyncio.subprocess.Process:
    """The real command line, in a folder of its own."""
    environment = os.environ | {
        "ATELIER__STORE__URL": f"sqlite:///{folder / 'atelier.db'}",
        "ATELIER__MODELS__DIR": str(folder / "models"),
        "ATELIER__PLATFORMS__WEB__PORT": "0",
        "COLUMNS": "200",
    }
    return await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("atelier"),
        *words,
        cwd=folder,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def asked(folder: Path, *words: str) -> str:
    process = await run(folder, "ask", *words)
    out, err = await process.communicate()
    assert 0 == process.returncode, err.decode()
    return out.decode()


async def test_the_terminal_answers_and_remembers_between_calls(tmp_path: Path) -> None:
    await asked(tmp_path, "/profile set zone Tokyo", "--as", "dana")
    assert "times in Asia/Tokyo" in await asked(tmp_path, "/summarize last:30", "--as", "dana")
    assert "Asia/Tokyo" not in await asked(tmp_path, "/summarize last:30", "--as", "ben")
    found = await asked(tmp_path, "What was decided about the release?")
    assert "Decision: 0.9 ships" in found


async def test_a_signal_ends_the_process_in_order(tmp_path: Path) -> None:
    process = await run(tmp_path, "run")
    assert process.stdout is not None
    assert "Atelier is ready. Open http://127.0.0.1:" in (await process.stdout.readline()).decode()
    process.send_signal(signal.SIGTERM)
    _, err = await asyncio.wait_for(process.communicate(), 10)
    assert 0 == process.returncode
    assert '"event": "stopped"' in err.decode()
