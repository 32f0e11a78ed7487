"""The playground as people use it, in headless Chromium, with a script in the core's place."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Locator, Page, Route, expect

from bot.body import Body, State
from bot.commands import Command
from bot.config import Web
from bot.platform import Address
from bot.platforms.web.playground import Playground
from bot.platforms.workspace import SERVER, Workspace
from bot.request import CancelAsked, MessageDeleted, MessageEdited, MessageSeen
from tests.bot.platforms.web.scripted import COMMANDS, Script

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass
class Room:
    """A playground, the script behind it, and a browser before it."""

    playground: Playground
    script: Script
    browser: Browser
    problems: list[str]

    async def open(self, path: str = "/", *, width: int = 1200, height: int = 800) -> Page:
        """A new tab, once its messages are there; requests to other servers fail the test."""
        context = await self.browser.new_context(
            viewport={"width": width, "height": height}, timezone_id="Europe/Berlin"
        )
        context.set_default_timeout(10_000)
        await context.route(re.compile(r"^(?!http://127\.0\.0\.1)"), self._refuse)
        page = await context.new_page()
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        await page.goto(self.playground.url + path)
        await page.get_by_role("log").locator("article, .welcome").first.wait_for()
        await page.locator("#scroll[data-watched]").wait_for()
        return page

    async def _refuse(self, route: Route) -> None:
        if not route.request.url.startswith(("data:", "blob:")):
            self.problems.append(f"asked for {route.request.url}")
        await route.abort()

    def _note(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.problems.append(message.text)


@pytest_asyncio.fixture(loop_scope="module")
async def room(browser: Browser) -> AsyncIterator[Room]:
    playground = Playground(Web(port=0), Workspace())
    script = Script(playground)
    await playground.publish(COMMANDS)
    await playground.start(script.receive)
    room = Room(playground, script, browser, [])
    yield room
    for context in browser.contexts:
        await context.close()
    script.go_on.set()
    for task in script.tasks.values():
        await task
    await playground.stop()
    assert room.problems == []


def _many(count: int) -> list[Command]:
    """More commands than fit the list."""
    return [replace(COMMANDS[0], name=f"more{number:02}") for number in range(count)]


def composer(page: Page) -> Locator:
    return page.get_by_role("combobox", name=re.compile("^Message "))


def last(page: Page) -> Locator:
    return page.get_by_role("article").last


async def say(page: Page, text: str) -> None:
    await composer(page).fill(text)
    await composer(page).press("Enter")


async def test_the_sample_workspace_is_shown_and_labelled(room: Room) -> None:
    page = await room.open()

    await expect(page.get_by_text("Sample workspace").first).to_be_visible()
    await expect(page.get_by_role("heading", name="# general")).to_be_visible()
    await expect(page.get_by_role("article").last).to_contain_text("I would raise it by 3 euros")
    await expect(page.get_by_text("Sample conversation.")).to_be_attached()
    await expect(page.get_by_role("separator").first).to_be_attached()


async def test_about_this_sample_says_that_it_is_made_up(room: Room) -> None:
    page = await room.open()
    await page.get_by_role("button", name="About this sample").click()

    window = page.get_by_role("dialog")
    await expect(window).to_contain_text("A made-up team of six")
    await window.get_by_role("button", name="Close").click()
    await expect(window).to_be_hidden()


async def test_enter_sends_and_shift_enter_makes_a_line(room: Room) -> None:
    page = await room.open()
    await composer(page).fill("first line")
    await composer(page).press("Shift+Enter")
    await composer(page).press_sequentially("second line")
    await composer(page).press("Enter")

    await expect(last(page)).to_contain_text("first line\nsecond line", use_inner_text=True)
    await expect(composer(page)).to_have_value("")
    (seen,) = room.script.events
    assert isinstance(seen, MessageSeen)
    assert seen.message.text == "first line\nsecond line"


async def test_the_send_button_sends(room: Room) -> None:
    page = await room.open()
    await composer(page).fill("by mouse")
    await page.get_by_role("button", name="Send").click()

    await expect(last(page)).to_contain_text("by mouse")


async def test_another_tab_sees_the_same_live(room: Room) -> None:
    dana, ana = await room.open("/?as=dana"), await room.open("/?as=ana")
    await say(dana, "Hello Ana")
    await expect(last(ana)).to_contain_text("Hello Ana")
    await say(ana, "Hello Dana")

    await expect(last(dana)).to_contain_text("Ana Ruiz")
    await expect(last(dana)).to_contain_text("Hello Dana")


async def test_news_in_another_channel_is_marked(room: Room) -> None:
    dana, ana = await room.open("/?as=dana"), await room.open("/?as=ana&channel=design")
    await say(ana, "New icons!")

    design = dana.get_by_role("button", name=re.compile("design"))
    await expect(design.get_by_label("new messages")).to_be_visible()
    await design.click()
    await expect(last(dana)).to_contain_text("New icons!")
    await expect(dana.get_by_label("new messages")).to_have_count(0)


async def test_an_answer_streams_in_place_and_can_be_cancelled(room: Room) -> None:
    page = await room.open()
    await say(page, "@atelier slow")
    await expect(last(page)).to_contain_text("First half")
    count = await page.get_by_role("article").count()
    room.script.go_on.set()
    await expect(last(page)).to_contain_text("First half and second half.")

    assert await page.get_by_role("article").count() == count
    room.script.go_on.clear()
    await say(page, "@atelier slow")
    await last(page).get_by_role("button", name="Cancel").click()
    await expect(last(page)).to_contain_text("Cancelled.")
    await expect(page.get_by_role("button", name="Cancel")).to_have_count(0)


async def test_progress_is_shown_while_it_lasts(room: Room) -> None:
    page = await room.open()
    await say(page, "@atelier progress")

    bar = last(page).get_by_role("progressbar", name="drawing")
    await expect(bar).to_have_attribute("aria-valuenow", "40")
    room.script.go_on.set()
    await expect(bar).to_have_count(0)


async def test_markdown_is_shown_and_never_acts(room: Room) -> None:
    page = await room.open()
    await say(page, "/summarize last:20")
    answer = last(page)
    await expect(answer.get_by_role("table")).to_contain_text("release notes")
    await expect(answer.locator("pre .k").first).to_have_text("def")

    await say(page, "@atelier hostile <img src=x onerror='window.hacked=4'>")
    await expect(last(page)).to_contain_text("<script>window.hacked = 1</script>")
    await expect(last(page).get_by_role("link", name="a picture")).to_be_visible()
    await expect(page.get_by_role("img", name="x")).to_have_count(0)
    assert await page.evaluate("window.hacked") is None


async def test_code_can_be_copied(room: Room) -> None:
    page = await room.open()
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await say(page, "/summarize")
    await last(page).get_by_role("button", name="Copy this code").click()

    await expect(last(page).get_by_role("button", name="Copy this code")).to_have_text("Copied")
    assert (await page.evaluate("navigator.clipboard.readText()")).startswith("def moisture")


async def test_pictures_have_alt_text_and_sounds_a_player(room: Room) -> None:
    page = await room.open()
    await say(page, "@atelier files")

    picture = last(page).get_by_role("img", name="A sunset")
    await expect(picture).to_have_js_property("naturalWidth", 320)
    await expect(last(page).get_by_label("Silence")).to_have_js_property("tagName", "AUDIO")
    async with page.expect_download() as download:
        await last(page).get_by_role("link", name="notes.html").click()
    assert (await download.value).suggested_filename == "notes.html"


async def test_a_card_button_sends_its_line_as_who_pressed(room: Room) -> None:
    page = await room.open("/?as=ana")
    await say(page, "@atelier card")
    await expect(last(page)).to_contain_text("Europe/Berlin")
    await last(page).get_by_role("button", name="Say help").click()

    await expect(last(page)).to_contain_text("said: /help")
    assert (room.script.requests[-1].text, room.script.requests[-1].person.name) == ("/help", "Ana Ruiz")


async def test_what_was_asked_stays_with_the_answer(room: Room) -> None:
    page = await room.open()
    await say(page, "@atelier choose")
    await page.get_by_role("button", name="Yes").click()

    await expect(last(page)).to_contain_text("Erase everything? — Yes")
    await expect(last(page)).to_contain_text("You picked Yes.")


async def test_an_admin_can_stop_what_somebody_else_asked(room: Room) -> None:
    dana, ana = await room.open("/?as=dana"), await room.open("/?as=ana")
    await say(ana, "@atelier slow")
    await last(dana).get_by_role("button", name="Cancel").click()

    await expect(last(ana)).to_contain_text("Cancelled.")
    (asked,) = (event for event in room.script.events if isinstance(event, CancelAsked))
    assert (asked.person.name, asked.server) == ("Dana Okafor", SERVER)


async def test_an_erased_persons_messages_vanish_from_open_pages(room: Room) -> None:
    page = await room.open("/?as=ana")
    await say(page, "Hello from Ana")
    await say(page, "@atelier 42?")
    await expect(last(page)).to_contain_text("said: 42?")
    other = await room.open("/?as=dana")
    await expect(last(other)).to_contain_text("said: 42?")
    await room.playground.forget("local:ana")

    for tab in (page, other):
        await expect(last(tab)).to_contain_text("I would raise it by 3 euros")
        await expect(tab.get_by_text("Hello from Ana")).to_have_count(0)


async def test_only_who_asked_can_answer_a_question(room: Room) -> None:
    dana, ana = await room.open("/?as=dana"), await room.open("/?as=ana")
    await say(dana, "@atelier choose")
    await expect(dana.get_by_role("group", name="Erase everything?")).to_be_visible()
    await expect(dana.get_by_role("button", name="Yes")).not_to_have_css("padding-left", "0px")
    await expect(last(ana)).to_contain_text("Atelier")
    await expect(ana.get_by_role("button", name="Yes")).to_have_count(0)
    await dana.get_by_role("button", name="No").click()

    await expect(last(dana)).to_contain_text("You picked No.")
    await expect(last(ana)).to_contain_text("You picked No.")


async def test_a_private_answer_is_seen_by_one_person(room: Room) -> None:
    dana, ana = await room.open("/?as=dana"), await room.open("/?as=ana")
    await say(dana, "/secret")
    await expect(last(dana)).to_contain_text("Psst, Dana Okafor.")
    await expect(dana.get_by_text("Only you can see this")).to_have_count(1)
    line, answer = dana.get_by_role("article").nth(-2), last(dana)
    upper, lower = await line.bounding_box(), await answer.bounding_box()
    assert upper is not None
    assert lower is not None
    assert upper["y"] + upper["height"] == pytest.approx(lower["y"])
    await say(ana, "Did I miss something?")

    await expect(last(dana)).to_contain_text("Did I miss something?")
    await expect(ana.get_by_text("Psst")).to_have_count(0)


async def test_people_can_be_changed(room: Room) -> None:
    page = await room.open("/?channel=dm")
    await page.get_by_role("button", name=re.compile("Dana Okafor.*you speak as")).click()
    await page.get_by_role("menuitem", name="Lena Vogt").click()
    await expect(page.get_by_role("button", name=re.compile("Lena Vogt.*you speak as"))).to_be_visible()
    await expect(page).to_have_url(re.compile(r"as=lena"))
    await say(page, "Hello")

    await expect(last(page)).to_contain_text("Lena Vogt said: Hello")
    assert room.script.requests[0].channel.id == "dm:lena"


async def test_typing_a_slash_offers_commands(room: Room) -> None:
    page = await room.open("/?as=ana")
    await composer(page).press_sequentially("/")
    options = page.get_by_role("option")
    await expect(options).to_have_count(4)
    await expect(options.first).to_contain_text("/summarize")
    await expect(options.first).to_have_attribute("aria-selected", "true")
    await composer(page).press("ArrowUp")
    await expect(options.last).to_have_attribute("aria-selected", "true")
    await composer(page).press("ArrowDown")
    await expect(options.first).to_have_attribute("aria-selected", "true")
    await composer(page).press_sequentially("sum")
    await expect(options).to_have_count(1)
    await composer(page).press("Escape")

    await expect(options).to_have_count(0)
    await expect(composer(page)).to_have_value("/sum")


async def test_a_key_may_overtake_what_was_typed_before_it(room: Room) -> None:
    page = await room.open("/?as=ana")
    await say(page, "Hello")
    options = page.get_by_role("option")
    await composer(page).press_sequentially("/s")
    await expect(options).to_have_count(2)
    await composer(page).evaluate("""box => {
        box.value = "/sum";
        box.dispatchEvent(new Event("input", { bubbles: true }));
        box.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
    }""")
    # What comes after both over the same connection has been seen, so both have.
    await last(page).get_by_role("button", name="Reply to Ana Ruiz").dispatch_event("click")
    await expect(page.get_by_text("Replying to Ana Ruiz")).to_be_visible()

    await expect(options).to_have_count(0)
    await composer(page).press_sequentially("m")
    await expect(options).to_have_count(1)


async def test_what_is_sent_while_the_list_is_yet_to_close_leaves_the_box(room: Room) -> None:
    page = await room.open("/?as=ana")
    await composer(page).press_sequentially("/s")
    await expect(page.get_by_role("option")).to_have_count(2)
    await composer(page).evaluate("""box => {
        box.value = "/see you tomorrow";
        box.dispatchEvent(new Event("input", { bubbles: true }));
        box.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
    }""")

    await expect(last(page)).to_contain_text("/see")
    await expect(composer(page)).to_have_value("")


async def test_admins_are_offered_their_commands(room: Room) -> None:
    page = await room.open("/?as=dana")
    await composer(page).press_sequentially("/shut")

    await expect(page.get_by_role("option", name="/shutdown")).to_contain_text("Only for admins.")


async def test_a_command_without_options_runs_when_chosen(room: Room) -> None:
    page = await room.open()
    await composer(page).press_sequentially("/hel")
    await page.get_by_role("option", name="/help").click()

    await expect(last(page)).to_contain_text("said: /help")
    await expect(composer(page)).to_have_value("")


async def test_a_whole_command_line_is_sent_as_typed(room: Room) -> None:
    page = await room.open()
    await composer(page).press_sequentially("/summarize")
    await expect(page.get_by_role("option")).to_have_count(1)
    await composer(page).press_sequentially(" last:20")
    await expect(page.get_by_text("/summarize [last:integer] [text:text]")).to_be_visible()
    await composer(page).press("Enter")
    await expect(last(page)).to_contain_text("The last two days")
    await composer(page).press_sequentially("/summarize")
    await expect(page.get_by_role("option")).to_have_count(1)
    await composer(page).press("Enter")
    await expect(page.get_by_role("article").nth(-2)).to_have_text(re.compile("/summarize$"))

    assert [request.text for request in room.script.requests] == ["/summarize last:20", "/summarize"]


async def test_a_form_asks_for_the_options(room: Room, tmp_path: Path) -> None:
    (tmp_path / "oak.txt").write_text("an oak")
    page = await room.open()
    await composer(page).press_sequentially("/pl")
    await expect(page.get_by_role("option")).to_have_count(1)
    await composer(page).press("Tab")
    form = page.get_by_role("dialog")
    await form.get_by_role("button", name="Run").click()
    await expect(form.get_by_text("This is needed.")).to_have_count(2)
    await expect(form.get_by_text("This is needed.").first).to_be_in_viewport()
    await expect(form.get_by_label("kind *")).to_be_focused()
    await expect(form.get_by_role("button", name="Run")).not_to_have_css("padding-left", "0px")
    await form.get_by_label("kind *").press_sequentially("b")
    await form.get_by_label("kind *").fill("basil")
    await form.get_by_label("size *").click()
    await page.get_by_role("option", name="large").click()
    await form.get_by_role("switch", name="water").click()
    await form.get_by_label("day").fill("2026-03-14")
    await form.get_by_label("at", exact=True).fill("08:30")
    await form.get_by_label("who").fill("Ana")
    await page.get_by_role("option", name="Ana Ruiz").click()
    await form.get_by_label("where").fill("des")
    await page.get_by_role("option", name="design").click()
    await form.get_by_label("language").fill("Deutsch")
    await form.get_by_label("weight").fill("1.5")
    async with page.expect_file_chooser() as chooser:
        await form.get_by_role("button", name="Choose a file").click()
    await (await chooser.value).set_files(tmp_path / "oak.txt")
    await expect(form.get_by_text("oak.txt · 6 bytes")).to_be_visible()
    await form.get_by_role("button", name="Run").click()

    await expect(form).to_be_hidden()
    await expect(last(page)).to_contain_text(
        "Ran plant with at='08:30', day='2026-03-14', kind='basil', language='Deutsch', photo=oak.txt, size='large', "
        "water=True, weight=1.5, where='design', who='local:ana'."
    )
    await expect(page.get_by_role("article").nth(-2)).to_contain_text("/plant kind:basil size:large water:yes")


async def test_a_form_without_values_uses_the_defaults(room: Room) -> None:
    page = await room.open()
    await composer(page).press_sequentially("/summ")
    await page.get_by_role("option", name="/summarize").click()
    form = page.get_by_role("dialog")
    await form.get_by_label("last").fill("7")
    await form.get_by_label("last").press("Enter")

    await expect(last(page)).to_contain_text("Ran summarize with last=7.")


async def test_files_can_be_attached_and_removed(room: Room, tmp_path: Path) -> None:
    for name in ("one.txt", "two.txt"):
        (tmp_path / name).write_text("hello")
    page = await room.open("/?channel=dm")
    async with page.expect_file_chooser() as chooser:
        await page.get_by_role("button", name="Attach files").click()
    await (await chooser.value).set_files([tmp_path / "one.txt", tmp_path / "two.txt"])
    await expect(page.get_by_text("two.txt · 5 bytes")).to_be_visible()
    await page.get_by_role("button", name="Remove one.txt").click()
    await expect(page.get_by_text("one.txt")).to_have_count(0)
    await composer(page).press("Enter")

    await expect(last(page)).to_contain_text("Received two.txt (5 bytes).")
    await expect(page.get_by_text("two.txt · 5 bytes")).to_have_count(0)


async def test_suggestions_begin_a_conversation(room: Room) -> None:
    page = await room.open()
    await page.get_by_role("button", name="@atelier What was decided about the release?").click()

    await expect(last(page)).to_contain_text("said: What was decided about the release?")
    await expect(page.get_by_label("Suggestions").get_by_role("button")).to_have_count(0)


async def test_suggestions_end_once_anybody_writes(room: Room) -> None:
    dana, ana = await room.open("/?as=dana"), await room.open("/?as=ana")
    chips = dana.get_by_label("Suggestions").get_by_role("button")
    await expect(chips).not_to_have_count(0)
    await say(ana, "Hello")
    await expect(chips).to_have_count(0)
    await dana.reload()
    await expect(last(dana)).to_contain_text("Hello")

    await expect(chips).to_have_count(0)


async def test_the_direct_conversation_begins_empty_with_suggestions(room: Room) -> None:
    page = await room.open("/?channel=dm")
    await expect(page.get_by_role("heading", name="Ask Atelier")).to_be_visible()
    await page.get_by_role("button", name="What can you do?").click()

    await expect(last(page)).to_contain_text("Dana Okafor said: What can you do?")


async def test_a_reply_quotes_and_reaches_atelier(room: Room) -> None:
    await room.playground.post(Address("general"), Body("The answer is 42.", state=State.DONE), "k")
    page = await room.open()
    await last(page).hover()
    await last(page).get_by_role("button", name="Reply to Atelier").click()
    await expect(page.get_by_text("Replying to Atelier")).to_be_visible()
    await page.get_by_role("button", name="Do not reply").click()
    await last(page).get_by_role("button", name="Reply to Atelier").click()
    await say(page, "Why 42?")

    question = page.get_by_role("article").nth(-2)
    await expect(question.get_by_role("button", name="Go to the message by Atelier")).to_contain_text(
        "The answer is 42."
    )
    await expect(last(page)).to_contain_text("said: Why 42?")
    await question.get_by_role("button", name="Go to the message by Atelier").click()
    await expect(page.locator("article.found")).to_contain_text("The answer is 42.")


async def test_ones_own_message_can_be_edited_and_deleted(room: Room) -> None:
    page = await room.open()
    await say(page, "Helo")
    await last(page).get_by_role("button", name="Edit your message").press("Enter")
    await page.get_by_role("dialog").get_by_label("Message").fill("Hello")
    await page.get_by_role("button", name="Save").click()
    await expect(last(page)).to_contain_text("Hello")
    await expect(last(page)).to_contain_text("(edited)")
    await last(page).get_by_role("button", name="Delete your message").press("Enter")
    await expect(last(page)).to_contain_text("I would raise it by 3 euros")

    assert [type(event) for event in room.script.events] == [MessageSeen, MessageEdited, MessageDeleted]


async def test_a_command_on_a_message_is_run(room: Room) -> None:
    page = await room.open()
    message = last(page)
    await message.hover()
    await message.get_by_role("button", name="Explain").click()

    await expect(last(page)).to_contain_text("Ran Explain with nothing.")
    assert room.script.requests[0].reply_to is not None


async def test_a_thread_opens_from_its_message_and_counts_replies(room: Room) -> None:
    page = await room.open()
    opener = page.get_by_role("button", name="7 replies Release checklist for 0.9")
    await opener.click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Release checklist for 0.9")
    await say(page, "Done.")
    await expect(last(page)).to_contain_text("Done.")
    await page.get_by_role("button", name="Back to the channel").click()
    await expect(page.get_by_role("button", name="8 replies Release checklist for 0.9")).to_be_attached()
    other = await room.open("/?as=ana&channel=release-checklist")
    await say(other, "Me too.")

    await expect(page.get_by_role("button", name="9 replies Release checklist for 0.9")).to_be_attached()


async def test_a_link_to_a_message_goes_there_in_the_same_tab(room: Room) -> None:
    page = await room.open("/?as=ana")
    await page.evaluate("window.untouched = true")
    await say(page, "@atelier cite in design")
    await last(page).get_by_role("link", name="12:00").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("# design")
    marked = page.locator("article.found")

    (said,) = await room.playground.history("design", None, 1)
    await expect(marked).to_have_attribute("data-message", said.id)
    await expect(marked).to_be_in_viewport()
    assert await page.evaluate("window.untouched")
    # Here a click only scrolls.
    await say(page, "@atelier cite in design")
    await expect(last(page)).to_contain_text("12:00")
    await last(page).get_by_role("link", name="12:00").click()
    await expect(marked).to_contain_text("@atelier cite in design")


async def test_a_link_to_a_message_opens_in_a_new_tab_for_the_same_person(room: Room) -> None:
    page = await room.open("/?as=ana&channel=dm")
    await say(page, "cite")
    async with page.context.expect_page() as opened:
        await last(page).get_by_role("link", name="12:00").click(modifiers=["ControlOrMeta"])
    other = await opened.value

    await expect(other.locator("article.found")).to_contain_text("cite")
    await expect(other.get_by_role("button", name=re.compile("Ana Ruiz.*you speak as"))).to_be_visible()
    await expect(page.locator("article.found")).to_have_count(0)


async def test_a_message_far_up_is_shown_at_once_and_one_that_is_gone_is_said_to_be(room: Room) -> None:
    page = await room.open("/?channel=general&message=general-3")
    await expect(page.locator("article.found")).to_have_attribute("data-message", "general-3")
    await expect(page.locator("article.found")).to_be_in_viewport()
    await say(page, "Passing by")
    await expect(last(page)).to_be_in_viewport()

    other = await room.open("/?channel=support&message=gone")
    await expect(other.get_by_text("This message is not here")).to_be_visible()
    await expect(other.get_by_role("heading", name="# support")).to_be_visible()
    await expect(last(other)).to_be_in_viewport()


async def test_a_link_to_a_direct_conversation_opens_for_its_person_only(room: Room) -> None:
    workspace = room.playground.workspace
    ana = workspace.people["local:ana"]
    said = await workspace.say(ana, workspace.dm(ana), "A secret of Ana's")
    page = await room.open("/?as=ana")
    await say(page, f"[look]({said.link})")
    await last(page).get_by_role("link", name="look").click()
    await expect(page.locator("article.found")).to_have_text(re.compile("A secret of Ana's"))

    other = await room.open("/?as=ben")
    await last(other).get_by_role("link", name="look").click()
    tab = await room.open(f"{said.link}&as=ben")
    for refused in (other, tab):
        await expect(refused.get_by_text("is not yours to read")).to_be_visible()
        await expect(refused.get_by_role("heading", name="# general")).to_be_visible()
        await expect(refused.get_by_text("A secret of Ana's")).to_have_count(0)


async def test_times_are_the_browsers(room: Room) -> None:
    page = await room.open()
    entries = await room.playground.workspace.entries("general")
    expected = await page.evaluate(
        "sent => new Date(sent).toLocaleTimeString(undefined, {hour: 'numeric', minute: '2-digit'})",
        entries[-1].message.sent.isoformat(),
    )

    shown = await last(page).locator("time").first.inner_text()
    assert shown == expected.replace("\u202f", " ")
    await say(page, "@atelier what time is it?")
    await expect(last(page)).to_contain_text("said: what time is it?")
    await page.get_by_role("button", name=re.compile("you speak as")).click()
    await page.get_by_role("menuitem", name="Lena Vogt").click()
    await expect(page).to_have_url(re.compile(r"as=lena"))
    await say(page, "@atelier and now?")
    await expect(last(page)).to_contain_text("Lena Vogt said: and now?")
    assert ["Europe/Berlin"] * 2 == [request.person.zone for request in room.script.requests]


async def test_the_theme_can_be_chosen_and_is_remembered(room: Room) -> None:
    page = await room.open()
    await page.get_by_role("button", name="Theme: auto").click()
    await page.get_by_role("button", name="Theme: light").click()
    await expect(page.locator("body")).to_have_class(re.compile("body--dark"))
    await page.reload()

    await expect(page.get_by_role("button", name="Theme: dark")).to_be_visible()
    await expect(page.locator("body")).to_have_class(re.compile("body--dark"))


async def test_on_a_phone_the_channels_slide_in(room: Room) -> None:
    page = await room.open(width=390, height=780)
    await expect(page.get_by_role("complementary")).to_be_hidden()
    await page.get_by_role("button", name="Show channels").click()
    await page.get_by_role("button", name="support").click()

    await expect(page.get_by_role("heading", name="# support")).to_be_visible()
    await expect(page.get_by_role("complementary")).to_be_hidden()
    assert await page.evaluate("document.documentElement.scrollWidth") == 390
    await expect(page.get_by_text("Sample workspace").last).to_be_in_viewport()
    assert await composer(page).evaluate(
        """box => {
          const pen = document.createElement("canvas").getContext("2d");
          pen.font = getComputedStyle(box).font;
          return pen.measureText(box.placeholder).width <= box.clientWidth;
        }"""
    )


async def test_no_line_of_the_completion_is_cut(room: Room) -> None:
    await room.playground.publish([*COMMANDS, *_many(12)])
    page = await room.open(width=390, height=780)
    await composer(page).press_sequentially("/")
    await expect(page.get_by_role("option")).to_have_count(17)
    await composer(page).press("ArrowUp")
    await expect(page.get_by_role("option").last).to_have_attribute("aria-selected", "true")
    await expect(page.get_by_role("option").last).to_be_in_viewport(ratio=1)

    cut = await page.get_by_role("listbox").evaluate(
        "list => (list.clientHeight - 2 * parseFloat(getComputedStyle(list).paddingTop)) / "
        "list.firstElementChild.getBoundingClientRect().height % 1"
    )
    assert min(cut, 1 - cut) < 0.02


async def test_an_address_that_is_none_leads_back(room: Room) -> None:
    page = await (await room.browser.new_context()).new_page()
    await page.goto(f"{room.playground.url}/nowhere")
    await page.get_by_role("link", name="Go to the conversation").click()

    await expect(page.get_by_role("article").last).to_be_visible()


async def test_a_channel_that_is_not_there_or_not_ones_own_leads_to_the_first(room: Room) -> None:
    page = await room.open("/?as=nobody&channel=dm:ana")

    await expect(page.get_by_role("heading", name="# general")).to_be_visible()
    await expect(page.get_by_role("button", name=re.compile("Dana Okafor.*you speak as"))).to_be_visible()


async def test_the_login_leads_to_the_page(browser: Browser) -> None:
    playground = Playground(Web.model_validate({"port": 0, "password": "correct horse"}), Workspace())
    await playground.start(Script(playground).receive)
    context = await browser.new_context()
    try:
        page = await context.new_page()
        await page.goto(playground.url)
        await page.get_by_label("Password").fill("wrong")
        await page.get_by_role("button", name="Log in").click()
        await expect(page.get_by_role("alert")).to_have_text("That is not the password.")
        await page.get_by_label("Password").fill("correct horse")
        await page.get_by_label("Password").press("Enter")
        await expect(page.get_by_role("article").last).to_be_visible()
        await say(page, "Hello")
        await expect(last(page)).to_contain_text("Hello")
    finally:
        await context.close()
        await playground.stop()
