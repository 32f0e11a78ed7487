"""What a preference may be: from what people type to what is kept."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.errors import UserError
from bot.profile import Length, Tone
from bot.values import Language
from bot.zones import find_zone


def load_zone(name: str | None) -> ZoneInfo | None:
    """The zone called so; None when there is none."""
    try:
        return None if name is None else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder of zones, or a very long one
        return None


def find_language(text: str) -> str:
    """The tag of the language called `text`.

    Raises:
        UserError: No language is called so.
    """
    try:
        # The dictionary of names breaks on control characters, which are in no name.
        return Language.find(text if text.strip().isprintable() else "").tag
    except ValueError:
        raise UserError(
            f"There is no language called “{text}”; write its name or tag, such as German, de or pt-BR.",
        ) from None


def _one_of(kind: type[StrEnum]) -> Callable[[str], str]:
    def find(text: str) -> str:
        allowed = [str(value) for value in kind]
        wanted = text.strip().casefold()
        if wanted not in allowed:
            raise UserError(f"{kind.__name__} can be {', '.join(allowed[:-1])} or {allowed[-1]}, not “{text}”.")
        return wanted

    return find


PREFERENCES: dict[str, Callable[[str], str]] = {
    "language": find_language,
    "zone": lambda text: find_zone(text).key,
    "tone": _one_of(Tone),
    "length": _one_of(Length),
}
"""By name, what turns what people type into what is kept."""
