"""What the person who asks has here: the commands they may use, and their profile."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace

from bot.commands import Command
from bot.dispatch import Dispatcher
from bot.middleware.call import Call
from bot.middleware.permissions import refusal
from bot.persona import Personas
from bot.profile import Profile
from bot.router import Router
from bot.store.facts import Place
from bot.store.people import PersonProfiles
from bot.store.preferences import load_zone
from bot.stored import Store


class UsableCommands:
    """The commands that the person who asks may use here."""

    def __init__(self, router: Router, call: Call, owners: Container[str]) -> None:
        self._router = router
        self._call = call
        self._owners = owners

    def all(self) -> list[Command]:
        """Every one that is listed, by name."""
        return [command for command in self._router.all() if command.listed and self._usable(command)]

    def get(self, name: str) -> Command | None:
        """The one of that name, with or without the slash."""
        command = self._router.get(name)
        return command if command is not None and self._usable(command) else None

    def _usable(self, command: Command) -> bool:
        return refusal(command, self._call.request, self._call.settings, self._owners) is None


class CallersProfiles(PersonProfiles):
    """The profile of the person who asks; when they erase everything, this very request goes too."""

    def __init__(self, store: Store, call: Call, dispatcher: Dispatcher, personas: Personas) -> None:
        super().__init__(store.database, call.request.person, Place.of(call.request).server)
        self._store = store
        self._call = call
        self._dispatcher = dispatcher
        self._personas = personas

    async def get(self) -> Profile:
        """The profile as it is now, here; times follow the client where the person chose no zone."""
        profile = replace(await super().get(), persona=await self._personas.current())
        if profile.zone is None and self._call.request.person.zone is not None:
            return replace(profile, zone=load_zone(self._call.request.person.zone))
        return profile

    async def set(self, name: str, value: str | None) -> Profile:
        """Set a preference; who is not to be quoted any more vanishes from what was posted already, too."""
        profile = await super().set(name, value)
        if not profile.quoted:
            self._store.cited.on_change()
        return profile

    async def erase(self) -> int:
        """Delete everything kept about the person, here and in what platforms remember."""
        self._call.unrecorded = True
        await self._store.inbox.forget(self._call.asked.id)
        accounts = await self.accounts()
        # Before it: an answer that is kept just after it must know.
        self._store.cited.erase(accounts)
        erased = await super().erase()
        self._store.recaps.forget_passing()
        self._store.cited.on_change()
        for account in accounts:
            self._dispatcher.questions.forget(account)
            for platform in self._dispatcher.platforms.values():
                await platform.forget(account)
        return erased
