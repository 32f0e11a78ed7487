"""Small windows: about the sample, and editing a message."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui import ui

from bot.platforms.sample import Sample
from bot.platforms.web.fragments import fragment
from bot.platforms.web.messages import colour, initials


def about_sample(sample: Sample) -> ui.dialog:
    """What the sample workspace is, and who is in it."""
    with ui.dialog() as dialog, ui.card().classes("window"):
        ui.label("About this sample").classes("title")
        ui.label(sample.about)
        ui.label(
            "The conversation that you find here is invented and read anew at every start. What you write and what "
            "Atelier answers is real: it is kept in your own database, and nothing leaves this machine unless you "
            "configured a model that runs elsewhere."
        )
        ui.label("Choose at the bottom left whom you speak as; Dana administers the workspace.")
        for person in sample.people.values():
            line = f"{sample.roles[person.id]}, {person.locale}"
            ui.html(fragment("parts.html", "someone", person.name, initials(person.name), colour(person.id), line))
        ui.button("Close", on_click=dialog.close).props("flat no-caps").classes("end")
    return dialog


def edit_message(text: str, save: Callable[[str], Awaitable[None]]) -> None:
    """Let a person change what they wrote."""
    with ui.dialog() as dialog, ui.card().classes("window"):
        ui.label("Edit your message").classes("title")
        field = ui.textarea(value=text).props('outlined autogrow autofocus aria-label="Message"').classes("wide")

        async def done() -> None:
            dialog.close()
            await save(field.value or "")

        with ui.row().classes("end"):
            ui.button("Cancel", on_click=dialog.close).props("flat no-caps")
            ui.button("Save", on_click=done).props("unelevated no-caps")
    dialog.on("hide", dialog.delete)
    dialog.open()
