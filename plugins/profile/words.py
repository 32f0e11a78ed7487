"""A profile in words."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from bot import Length, Profile, Request, Tone

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


def describe(profile: Profile, request: Request) -> str:
    """The whole profile, with how to change it.

    Args:
        profile: What it says.
        request: Where it is shown, and when.
    """
    place = "this conversation" if request.channel.server is None else "this server"
    lines = [
        "**How I answer you**, everywhere",
        f"- Language: {_language(profile, request)}",
        f"- Time zone: {_zone(profile, request)}",
        f"- Tone: {profile.tone.value}, {_TONES[profile.tone]}",
        f"- Length: {profile.length.value}, {_LENGTHS[profile.length]}",
        "",
    ]
    if profile.facts:
        lines.append(f"**What I remember for you**, in {place} only")
        lines += [f"{number}. {fact.text}" for number, fact in enumerate(profile.facts, 1)]
    else:
        lines.append(f"I remember no facts for you in {place}; `/profile remember` adds one.")
    lines += [
        "",
        "`/profile set` changes how I answer; `/profile export` gives you all I keep; `/profile erase` deletes it.",
    ]
    return "\n".join(lines)


def set_to(name: str, profile: Profile, request: Request) -> str:
    """What a preference is now, in a sentence.

    Args:
        name: The preference.
        profile: What the profile says now.
        request: Who asks, and when.
    """
    match name:
        case "language":
            return f"Language: {_language(profile, request)}."
        case "zone":
            return f"Time zone: {_zone(profile, request)}."
        case "tone":
            return f"Tone: {profile.tone.value}, {_TONES[profile.tone]}."
        case _:
            return f"Length: {profile.length.value}, {_LENGTHS[profile.length]}."


def _language(profile: Profile, request: Request) -> str:
    if profile.language is not None:
        return f"{profile.language.name} ({profile.language.tag})"
    if request.person.locale:
        return f"as your app is set ({request.person.locale})"
    return "not chosen, so English"


def _zone(profile: Profile, request: Request) -> str:
    zone = profile.zone or ZoneInfo("UTC")
    now = f"it is {request.received.astimezone(zone):%H:%M} there now"
    return f"{zone.key}, {now}" if profile.zone else f"not chosen, so UTC; {now}"
