"""Choosing files: a plain button in front of the browser's own dialog."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui import ui
from nicegui.events import MultiUploadEventArguments, UploadEventArguments

from bot.platforms.web.conversation import FILE_BYTES


def file_picker(
    *,
    on_upload: Callable[[UploadEventArguments], Awaitable[None]] | None = None,
    on_uploads: Callable[[MultiUploadEventArguments], Awaitable[None]] | None = None,
    on_rejected: Callable[[], None],
) -> ui.upload:
    """Takes files without showing anything itself; `pick_button` opens its dialog.

    Args:
        on_upload: Takes the only file.
        on_uploads: Takes several files at once.
        on_rejected: Called when a file is too large.
    """
    return ui.upload(
        multiple=on_uploads is not None,
        auto_upload=True,
        max_file_size=FILE_BYTES,
        on_upload=on_upload,
        on_multi_upload=on_uploads,
        on_rejected=on_rejected,
    ).classes("file-picker")


def pick_button(picker: ui.upload, text: str = "", *, icon: str) -> ui.button:
    """A button that opens the dialog; in the browser itself, which wants it to follow a click at once."""
    opened = f"() => getElement({picker.id}).$refs.qRef.pickFiles()"
    return ui.button(text, icon=icon, color=None).on("click", js_handler=opened)
