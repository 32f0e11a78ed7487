"""Which personas there are in a place, and which of them answers a person."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence

from pydantic import ValidationError
from sqlalchemy import select

from bot.errors import UserError
from bot.persona import AS_IT_IS, TAKE_BACK, Chosen, Persona, Reach, key_of, resolve
from bot.personas import PersonaFile, problem
from bot.request import Request
from bot.settings import ChannelSettings, Scope
from bot.store.database import Database, delete_where
from bot.store.identities import find_or_add
from bot.store.places import Place, channel_key
from bot.store.settings import PERSONA, WRITTEN, SettingsStore
from bot.store.tables import IdentityRow
from bot.store.tables_personas import PersonaChoiceRow

MOST = 50
"""Personas that are written in one server."""

EVERYWHERE = ""


class ScopedPersonas:
    """The `Personas` of one request.

    Args:
        db: Where people's own choices are kept.
        settings: Where admins' choices are, and what they wrote.
        presets: The personas that are known everywhere, by key.
        request: Who asks, and where.
    """

    def __init__(self, db: Database, settings: SettingsStore, presets: Mapping[str, Persona], request: Request) -> None:
        self._db = db
        self._settings = settings
        self._presets = presets
        self._request = request

    async def all(self) -> Sequence[Persona]:
        """Every one, by name; what was written here takes the place of a preset of the same name."""
        return _sorted(await self._known())

    async def find(self, name: str) -> Persona:
        """The one called so.

        Raises:
            UserError: There is none; the text suggests names.
        """
        known = await self._known()
        if (key := key_of(name)) in known:
            return known[key]
        near = [known[key].name for key in difflib.get_close_matches(key, known, n=2)]
        names = near or [each.name for each in _sorted(known)]
        hint = f"Did you mean {' or '.join(names)}?" if near else f"There are {', '.join(names)}."
        raise UserError(f"No persona is called “{name.strip()[:60]}”. {hint}")

    async def written(self) -> Sequence[Persona]:
        """Those that were written here, by name."""
        return _sorted((await self._here()).personas)

    async def chosen(self) -> Chosen:
        """What is chosen, whether or not it is there still."""
        own = await self._own()
        channel, server = (await self._here()).persona
        return Chosen(next((key for key in own if key), None), channel, server)

    async def current(self) -> Persona | None:
        """The one that answers the person here; None is Atelier as it is."""
        settings = await self._here()
        return resolve([*await self._own(), *settings.persona], {**self._presets, **settings.personas})

    async def use(self, name: str | None, reach: Reach) -> None:
        """Choose a persona, or `AS_IT_IS`; None takes the choice back.

        A preset that a person chooses for themselves answers them everywhere, any other persona only here.

        Raises:
            UserError: There is no such persona.
        """
        key = None if name is None or key_of(name) == TAKE_BACK else key_of(name)
        if key is not None and key != AS_IT_IS:
            key = key_of((await self.find(str(name))).name)
        if reach == "me":
            await self._choose(key)
        else:
            await self._settings.change(Place.of(self._request, Scope(reach)), {PERSONA: key})

    async def write(self, persona: Persona) -> Persona | None:
        """Add a persona or change the one of the same name; returns what was written before.

        Raises:
            UserError: A part is empty or too long, the name cannot be one, or there are too many.
        """
        try:
            kept = PersonaFile.of(persona)
        except ValidationError as error:
            raise UserError(f"That is no persona: {problem(error)}.") from None
        key, written = key_of(kept.name), (await self._here()).personas
        if key not in written and len(written) >= MOST:
            raise UserError(f"There are {MOST} personas here already; `/persona remove` makes room.")
        await self._settings.change(self._server, {WRITTEN + key: kept.model_dump(mode="json")})
        return written.get(key)

    async def remove(self, name: str) -> Persona | None:
        """Remove what was written under a name; returns it, or None when there was nothing."""
        before = (await self._here()).personas.get(key_of(name))
        await self._settings.change(self._server, {WRITTEN + key_of(name): None})
        return before

    @property
    def _server(self) -> Place:
        return Place.of(self._request, Scope.SERVER)

    @property
    def _place(self) -> str:
        """The server, or the direct message, that a choice of what was written there is for."""
        channel = self._request.channel
        return channel.server or channel_key(self._request.origin.platform, channel.id)

    async def _here(self) -> ChannelSettings:
        channel = self._request.channel
        platform = self._request.origin.platform
        return await self._settings.for_channel(platform, channel.server, channel.id, channel.parent)

    async def _known(self) -> Mapping[str, Persona]:
        return {**self._presets, **(await self._here()).personas}

    async def _own(self) -> tuple[str | None, str | None]:
        """What the person chose for here, and for everywhere."""
        choice = PersonaChoiceRow
        query = (
            select(choice.server, choice.name)
            .join(IdentityRow, IdentityRow.person == choice.person)
            .where(IdentityRow.account == self._request.person.id, choice.server.in_((self._place, EVERYWHERE)))
        )
        async with self._db.read() as session:
            found = {row.server: row.name for row in await session.execute(query)}
        return found.get(self._place), found.get(EVERYWHERE)

    async def _choose(self, key: str | None) -> None:
        """Keep the person's choice; what they chose before for here gives way."""
        place = EVERYWHERE if key == AS_IT_IS or key in self._presets else self._place
        async with self._db.write() as session:
            person = await find_or_add(self._db, session, self._request.person)
            before = [PersonaChoiceRow.person == person, PersonaChoiceRow.server.in_((self._place, EVERYWHERE))]
            if key is not None and place != EVERYWHERE:
                # Elsewhere their other choice goes on to hold.
                before[1] = PersonaChoiceRow.server == place
            await delete_where(session, PersonaChoiceRow, *before)
            if key is not None:
                session.add(PersonaChoiceRow(person=person, server=place, name=key))


def _sorted(personas: Mapping[str, Persona]) -> list[Persona]:
    return [personas[key] for key in sorted(personas)]
