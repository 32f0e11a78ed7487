"""Personas in words."""

from __future__ import annotations

from collections.abc import Sequence

from bot import (
    AS_IT_IS,
    TAKE_BACK,
    Button,
    Card,
    ChannelKind,
    Chosen,
    Example,
    Persona,
    Reach,
    Request,
    UserError,
    key_of,
    shortened,
)

ABOUT = 100
"""Characters of what a persona is for where nobody says it."""

BUTTONS = 10
"""Personas that have a button in the list."""


def listed(
    personas: Sequence[Persona], written: Sequence[Persona], chosen: Chosen, current: Persona | None, request: Request
) -> Card:
    """All personas, who chose which, and a button for each.

    Args:
        personas: All that there are.
        written: Those of them that were written here.
        chosen: Who chose which.
        current: The one that answers.
        request: Where it is shown.
    """
    own = {key_of(each.name) for each in written}
    lines = [
        f"- **{each.name}** – {each.about}{' _(written here)_' if key_of(each.name) in own else ''}"
        for each in personas
    ]
    answers = f"**{current.name}** answers you here." if current else "I answer you as I am."
    names = {key_of(each.name): each.name for each in personas} | {AS_IT_IS: "none"}
    here = "this conversation" if request.channel.kind is ChannelKind.DM else "this channel"
    fields = (
        ("You", names.get(chosen.own or "", "no choice")),
        (here.capitalize(), names.get(chosen.channel or "", "no choice")),
        *([] if request.channel.server is None else [("This server", names.get(chosen.server or "", "no choice"))]),
    )
    return Card(
        "Personas",
        fields=fields,
        text="\n".join(
            [*lines, "", f"{answers} What you choose counts before the channel's, and that before the server's."]
        ),
        buttons=tuple(Button(each.name, f"/persona use {key_of(each.name)}") for each in personas[:BUTTONS]),
    )


def shown(persona: Persona) -> str:
    """The whole of a persona, as it can be written again."""
    fence = "```"
    while fence in persona.instructions:
        fence += "`"
    parts = [f"**{persona.name}** – {persona.about}", f"{fence}\n{persona.instructions}\n{fence}"]
    for example in persona.examples:
        asked = "\n".join(f"> {line}" for line in example.ask.splitlines())
        parts.append(f"{asked}\n\n{example.answer}")
    return "\n\n".join(parts)


def used(
    key: str, persona: Persona | None, reach: Reach, current: Persona | None, request: Request, *, preset: bool
) -> str:
    """What a choice means.

    Args:
        key: What was chosen.
        persona: The persona of that name.
        reach: Whom it is for.
        current: Which one answers the person now.
        request: Where it was chosen.
        preset: Whether it is one that is known everywhere.
    """
    alone = request.channel.kind is ChannelKind.DM
    here = "in this conversation" if alone else "in this channel" if reach == "channel" else "in this server"
    whom = "you" if reach == "me" or alone else "everyone"
    where = "everywhere" if reach == "me" and (preset or key == AS_IT_IS) else here
    suffix = "" if reach == "me" else f" for:{reach}"
    back = f"`/persona use {TAKE_BACK}{suffix}` takes that back."
    if persona is not None:
        said = f"**{persona.name}** answers {whom} {where} from now on"
        said += "." if reach == "me" or alone else ", except those who chose otherwise."
        return f"{said} {back}"
    now = f"**{current.name}** answers you here." if current else "I answer you as I am."
    if key == AS_IT_IS:
        return f"No persona answers {whom} {where} from now on. {back}"
    return f"The choice is taken back. {now}"


def about(instructions: str) -> str:
    """What a persona is for, from the first line of what it is told."""
    line = instructions.strip().splitlines()[0].strip(" #-*") if instructions.strip() else ""
    return shortened(line, ABOUT)


def examples_in(text: str) -> tuple[Example, ...]:
    """The exchanges in a text: lines that begin with `>` are what people say, those below how the persona answers.

    Raises:
        UserError: One half of an exchange is missing.
    """
    found: list[tuple[list[str], list[str]]] = []
    for line in text.strip().splitlines():
        if line.startswith(">"):
            if not found or found[-1][1]:
                found.append(([], []))
            found[-1][0].append(line[1:].strip())
        elif found and (line.strip() or found[-1][1]):
            found[-1][1].append(line.rstrip())
        elif line.strip():
            raise _incomplete()
    if any(not "".join(part).strip() for exchange in found for part in exchange):
        raise _incomplete()
    return tuple(Example("\n".join(ask).strip(), "\n".join(answer).strip()) for ask, answer in found)


def _incomplete() -> UserError:
    return UserError(
        "An example is a line such as `> How do I begin?`, and below it the answer; several follow one another."
    )
