"""A person's preferences in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from bot import Format, Length, Profile, Request, Tone, unmarked, zone_of

Name: TypeAlias = Literal[
    "language", "zone", "tone", "length", "format", "summaries", "digest", "quoted", "pictures", "music"
]
"""What a person can choose."""

_LABELS: Mapping[str, str] = {
    "language": "Language",
    "zone": "Time zone",
    "tone": "Tone",
    "length": "Length",
    "format": "Format",
    "summaries": "Summaries",
    "digest": "Digests",
    "quoted": "Quoted",
    "pictures": "Pictures",
    "music": "Music",
}
_TONES = {
    Tone.PLAIN: "matter of fact",
    Tone.FRIENDLY: "warm",
    Tone.FORMAL: "polite and reserved",
    Tone.PLAYFUL: "with a wink",
}
_LENGTHS = {
    Length.SHORT: "the essence in a few lines",
    Length.MEDIUM: "as long as needed",
    Length.LONG: "with the details",
}
_FORMATS = {
    Format.AUTO: "whatever suits the answer",
    Format.PLAIN: "running text without lists and headings",
    Format.BULLETS: "short points where that can be",
}


def preferences(profile: Profile, request: Request) -> list[str]:
    """Every preference in words, such as `Tone: friendly, warm`, and who answers.

    Args:
        profile: What it says.
        request: Where it is shown, and when.
    """
    persona = [f"Persona here: {unmarked(profile.persona.name)}"] if profile.persona else []
    return [*(preference(name, profile, request) for name in _LABELS), *persona]


def preference(name: str, profile: Profile, request: Request) -> str:
    """One preference in words.

    Args:
        name: Its name.
        profile: What the profile says.
        request: Where it is shown, and when.
    """
    return f"{_LABELS[name]}: {_value(name, profile, request)}"


def _value(name: str, profile: Profile, request: Request) -> str:
    match name:
        case "language":
            return _language(profile, request)
        case "zone":
            return _zone(profile, request)
        case "tone":
            return f"{profile.tone.value}, {_TONES[profile.tone]}"
        case "length":
            return f"{profile.length.value}, {_LENGTHS[profile.length]}"
        case "format":
            return f"{profile.format.value}, {_FORMATS[profile.format]}"
        case "summaries":
            return profile.summaries.value if profile.summaries else "as long as answers"
        case "digest":
            return f"at {profile.digest_at:%H:%M}" if profile.digest_at else "at 09:00, where nobody says another time"
        case "quoted":
            return _quoted(profile)
        case "pictures":
            return _own(profile.pictures, "no style of your own", "where you name no style")
        case _:
            return _own(profile.music, "no taste of your own", "where you name no genre, instrument or mood")


def _quoted(profile: Profile) -> str:
    if profile.quoted:
        return "yes, summaries, digests and quotations that others read may tell what you write"
    return "no, summaries, digests and quotations that others read leave out what you write"


def _own(words: str, nothing: str, when: str) -> str:
    return f"“{unmarked(words)}”, {when}" if words else nothing


def _language(profile: Profile, request: Request) -> str:
    if profile.language is not None:
        return f"{profile.language.name} ({profile.language.tag})"
    if request.person.locale:
        return f"as your app is set ({request.person.locale})"
    return "not chosen, so English"


def _zone(profile: Profile, request: Request) -> str:
    zone = zone_of(profile)
    now = f"it is {request.received.astimezone(zone):%H:%M} there now"
    return f"{zone.key}, {now}" if profile.zone else f"not chosen, so UTC; {now}"
