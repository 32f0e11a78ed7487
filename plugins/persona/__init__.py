"""`/persona`: who Atelier is when it talks with you, in a channel or in a server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from pydantic import BaseModel

from bot import (
    AS_IT_IS,
    TAKE_BACK,
    Button,
    Card,
    Commands,
    Models,
    Multiline,
    Persona,
    Personas,
    Plugin,
    Range,
    Reach,
    Recent,
    Request,
    Storage,
    Task,
    UserError,
    key_of,
)

from .words import about, examples_in, listed, shown, used

plugin = Plugin(
    "persona", "Who I am when we talk: tutor, code helper, writer, or one that your server wrote.", group=True
)

CHANGES = 20
"""Changes of a server's personas that can be undone."""


class Change(BaseModel):
    """What a persona was before it was changed, so that this can be undone.

    Attributes:
        name: The persona's.
        before: What was written under that name; None for nothing.
    """

    name: str
    before: Persona | None


@plugin.command(private=True, examples=["/persona list", "which personas are there?"], repeatable=True)
async def list_(personas: Personas, request: Request) -> Card:
    """List the personas that there are here, and which one answers you."""
    return listed(
        await personas.all(), await personas.written(), await personas.chosen(), await personas.current(), request
    )


@plugin.command(private=True, examples=["/persona show tutor"], repeatable=True)
async def show(personas: Personas, name: str = "") -> str:
    """Show what a persona is told, and examples of how it answers.

    Args:
        name: Which; the one that answers you here by default.
    """
    if name.strip():
        return shown(await personas.find(name))
    current = await personas.current()
    if current is None:
        return "No persona is chosen here: I answer as I am. `/persona list` shows which there are."
    return shown(current)


@plugin.command(
    private=True,
    examples=["/persona use tutor", "/persona use code-helper for:channel", "be my tutor", "/persona use none"],
    asks=lambda options: options.get("for") != "me",
    repeatable=True,
)
async def use(
    name: Annotated[str, Range(1, 40)],
    *,
    for_: Reach = "me",
    personas: Personas,
    commands: Commands,
    models: Models,
    request: Request,
) -> str:
    """Choose who answers: your own choice counts before the channel's, and that before the server's.

    Args:
        name: A persona of `/persona list`; `plain` for none, `none` to take the choice back.
        for_: For you, for the channel or for the whole server; the last two are for admins.
    """
    if for_ != "me" and commands.get("persona write") is None:
        raise UserError(f"Only an admin can choose for the {for_}; without `for` you choose for yourself.")
    persona = None if key_of(name) in {AS_IT_IS, TAKE_BACK} else await personas.find(name)
    await personas.use(key_of(persona.name) if persona else key_of(name), for_)
    preset = persona is not None and all(key_of(each.name) != key_of(name) for each in await personas.written())
    said = used(key_of(name), persona, for_, await personas.current(), request, preset=preset)
    if persona is not None and not await _talks(models):
        said += " A persona speaks through a language model, and none is installed; `/models` shows how to add one."
    return said


@plugin.command(
    private=True,
    admin=True,
    asks=True,
    examples=["/persona write name:Pirate instructions:Talk like a pirate.", "/persona write name:Tutor"],
)
async def write(
    name: Annotated[str, Range(1, 32)],
    instructions: Annotated[str, Multiline(), Range(1, 4000)],
    *,
    about_: Annotated[str, Range(0, 150)] = "",
    examples: Annotated[str, Multiline(), Range(0, 4000)] = "",
    personas: Personas,
    storage: Storage,
) -> AsyncIterator[str | Card]:
    """Write a persona for this server, or change one; a preset's name replaces it here.

    Args:
        name: What people will call it.
        instructions: How it answers, in words to the language model.
        about_: One line that says what it is for.
        examples: What people say, each line of it after `>`, and below that how it answers.
    """
    known = {key_of(each.name): each for each in await personas.all()}.get(key_of(name))
    persona = Persona(
        name=" ".join(name.split()),
        about=about_.strip() or (known.about if known else about(instructions)),
        instructions=instructions.strip(),
        examples=examples_in(examples) or (known.examples if known else ()),
    )
    before = await personas.write(persona)
    done = "changed" if before else "written; it replaces the preset in this server" if known else "written"
    yield f"**{persona.name}** is {done}. `/persona use {key_of(name)} for:channel` puts it to work."
    yield await _undoable(persona.name, before, storage)


@plugin.command(private=True, admin=True, asks=True, examples=["/persona remove pirate"])
async def remove(name: Annotated[str, Range(1, 40)], personas: Personas, storage: Storage) -> AsyncIterator[str | Card]:
    """Remove a persona that was written for this server.

    Args:
        name: Which.
    """
    persona = await personas.find(name)
    before = await personas.remove(persona.name)
    if before is None:
        raise UserError(f"{persona.name} comes with Atelier; only what was written here can be removed.")
    left = {key_of(each.name) for each in await personas.all()}
    rest = " The preset of that name is back." if key_of(persona.name) in left else ""
    yield f"**{persona.name}** is removed.{rest}"
    yield await _undoable(persona.name, before, storage)


@plugin.command(hidden=True, private=True, admin=True, repeatable=True)
async def undo(key: str, personas: Personas, storage: Storage) -> str:
    """Take the change of a persona back.

    Args:
        key: Which change, as its button says.
    """
    change = await Recent(storage.server, Change, CHANGES).find(key)
    if change is None:
        raise UserError(f"That is too long ago: only the last {CHANGES} changes can be undone.")
    if change.before is None:
        await personas.remove(change.name)
        return f"**{change.name}** is gone again."
    await personas.write(change.before)
    return f"**{change.name}** is as it was before."


async def _undoable(name: str, before: Persona | None, storage: Storage) -> Card:
    key = await Recent(storage.server, Change, CHANGES).keep(Change(name=name, before=before))
    return Card(name, buttons=(Button("Undo", f"/persona undo {key}"),))


async def _talks(models: Models) -> bool:
    """Whether there is a language model, without loading it."""
    return any(each.task is Task.CHAT and each.chosen and each.installed for each in await models.all())
