"""Errors that mean something to a person, an admin or a plugin author."""

from __future__ import annotations


class UserError(Exception):
    """Something the person can put right; its text is shown to them as it stands.

    Write one plain sentence that says what to do next.
    """


class TooLate(UserError):
    """An answer is too old to be changed; it can only be removed."""


class PluginError(Exception):
    """A plugin cannot be loaded; the text names the file, the function and the parameter."""


class ConfigError(Exception):
    """The configuration cannot be used; the text is one line that names the key."""


class ModelMissing(UserError):
    """A task has no model installed; the text names the command that installs one and its size."""


class StoreError(UserError):
    """The store takes nothing now: it is locked, full or away."""

    def __init__(self) -> None:
        super().__init__("My store does not answer, so I cannot do this right now. Please ask again in a minute.")
