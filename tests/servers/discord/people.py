"""What people do on the loopback Discord: speak, use commands, press buttons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tests.servers.discord import reactions
from tests.servers.discord.ids import snowflake
from tests.servers.discord.interactions import AUTOCOMPLETE, COMMAND, COMPONENT, MODAL, Interaction
from tests.servers.discord.message import Message
from tests.servers.discord.world import Channel, Guild, Json, Role, User

if TYPE_CHECKING:
    from tests.servers.discord.server import DiscordServer


class DiscordPerson:
    """Somebody with an account.

    Args:
        server: Where.
        user: The account.
    """

    def __init__(self, server: DiscordServer, user: User) -> None:
        self.user = user
        self._server = server

    @property
    def dm(self) -> Channel:
        """The direct conversation with the bot."""
        return self._server.world.dm(self.user)

    def joins(self, guild: Guild, *roles: Role) -> None:
        """Become a member of a server."""
        guild.roles.extend(role for role in roles if role not in guild.roles)
        guild.members[self.user.id] = self.user, list(roles)

    async def says(
        self,
        channel: Channel,
        text: str,
        *,
        reply_to: Message | None = None,
        files: Sequence[tuple[str, bytes, str]] = (),
    ) -> Message:
        """Post a message; `<@id>` mentions, and so does a reply the author it replies to."""
        mentioned = self._server.world.mentions(text)
        if reply_to is not None and reply_to.author not in mentioned:
            mentioned.append(reply_to.author)
        message = Message(channel, self.user, [text], reply_to=reply_to, mentioned=mentioned)
        for name, data, media_type in files:
            self._server.rest.attach(message, name, data, media_type)
        channel.messages[message.id] = message
        await self._server.rest.tell("MESSAGE_CREATE", message)
        return message

    async def mentions_bot(self, channel: Channel, text: str, *, reply_to: Message | None = None) -> Message:
        """Post a message that begins with a mention of the bot."""
        return await self.says(channel, f"<@{self._server.world.me.id}> {text}", reply_to=reply_to)

    async def edits(self, message: Message, text: str) -> None:
        """Change what a message says."""
        message.texts.append(text)
        message.edited = datetime.now(UTC).isoformat()
        await self._server.rest.tell("MESSAGE_UPDATE", message)

    async def deletes(self, message: Message) -> None:
        """Remove a message."""
        message.deleted = True
        await self._server.rest.tell("MESSAGE_DELETE", message)

    async def reacts(self, message: Message, emoji: str) -> None:
        """Put a reaction under a message."""
        message.reactions.setdefault(emoji, []).append(self.user)
        await reactions.tell(self._server.gateway, "ADD", message, emoji, self.user)

    async def takes_back(self, message: Message, emoji: str) -> None:
        """Take a reaction away."""
        message.reactions[emoji].remove(self.user)
        if not message.reactions[emoji]:
            del message.reactions[emoji]
        await reactions.tell(self._server.gateway, "REMOVE", message, emoji, self.user)

    async def clears(self, message: Message, emoji: str | None = None) -> None:
        """Remove everybody's reactions from a message: all, or those with one emoji."""
        if emoji is None:
            message.reactions.clear()
        else:
            del message.reactions[emoji]
        await reactions.tell(self._server.gateway, "REMOVE_EMOJI" if emoji else "REMOVE_ALL", message, emoji)

    async def uses(self, command: str, channel: Channel, **options: object) -> Interaction:
        """Use a slash command; an option can be a person, a channel, or a file as `(name, bytes, media type)`."""
        return await self._server.interact(Interaction(COMMAND, self.user, channel, self._data(command, options)))

    async def types(self, command: str, channel: Channel, option: str, text: str) -> Interaction:
        """Type into an option that suggests values; `choices` then holds what was offered."""
        data = self._data(command, {option: text})
        leaf = data
        while leaf["options"][0]["type"] in (1, 2):
            leaf = leaf["options"][0]
        leaf["options"][0]["focused"] = True
        return await self._server.interact(Interaction(AUTOCOMPLETE, self.user, channel, data))

    async def chooses(self, menu: str, message: Message) -> Interaction:
        """Use a command of a message's context menu."""
        published = self._find(menu, kind=3)
        data: Json = {
            "id": published["id"],
            "name": menu,
            "type": 3,
            "target_id": message.id,
            "resolved": {"messages": {message.id: message.payload()}},
        }
        return await self._server.interact(Interaction(COMMAND, self.user, message.channel, data))

    async def presses(self, message: Message, label: str) -> Interaction:
        """Press a message's button.

        Raises:
            LookupError: It has no such button.
        """
        button = next((button for button in message.buttons if button["label"] == label), None)
        if button is None:
            raise LookupError(f"there is no button {label}, only {[one['label'] for one in message.buttons]}")
        data: Json = {"custom_id": button["custom_id"], "component_type": 2, "id": 1}
        return await self._server.interact(Interaction(COMPONENT, self.user, message.channel, data, message))

    async def submits(self, asked: Interaction, **values: str) -> Interaction:
        """Fill in and send the form that an interaction asked for; values by custom id."""
        assert asked.modal is not None, "no form was asked for"
        fields: list[Json] = []
        for row in asked.modal["components"]:
            inner = row.get("component") or row["components"][0]
            sent = {"type": inner["type"], "custom_id": inner["custom_id"], "value": values.get(inner["custom_id"], "")}
            fields.append({"type": 18, "component": sent} if row["type"] == 18 else {"type": 1, "components": [sent]})
        data: Json = {"custom_id": asked.modal["custom_id"], "components": fields}
        return await self._server.interact(Interaction(MODAL, self.user, asked.channel, data, asked.message))

    def _find(self, name: str, kind: int) -> Json:
        for commands in self._server.rest.commands.values():
            for command in commands:
                if command["name"] == name and command["type"] == kind:
                    return command
        raise LookupError(f"the application has published no command {name}")

    def _data(self, line: str, options: Mapping[str, object]) -> Json:
        first, *words = line.split()
        published = self._find(first, kind=1)
        resolved: Json = {}
        data: Json = {"id": published["id"], "name": first, "type": 1, "resolved": resolved, "options": []}
        known, leaf = published.get("options", []), data
        for word in words:
            below = next(option for option in known if option["name"] == word and option["type"] in (1, 2))
            inner: Json = {"name": word, "type": below["type"], "options": []}
            leaf["options"].append(inner)
            known, leaf = below.get("options", []), inner
        kinds = {option["name"]: option["type"] for option in known}
        missing = [option["name"] for option in known if option.get("required") and option["name"] not in options]
        focused = any(option.get("autocomplete") and option["name"] in options for option in known)
        if missing and not focused:
            raise LookupError(f"/{line} needs {missing[0]}")
        for name, value in options.items():
            raw = self._resolve(value, resolved)
            leaf["options"].append({"name": name, "type": kinds[name], "value": raw})
        return data

    def _resolve(self, value: object, resolved: Json) -> object:
        """An option's value as it is sent: what has an id is sent by it, and described apart."""
        match value:
            case DiscordPerson():
                resolved.setdefault("users", {})[value.user.id] = value.user.payload()
                return value.user.id
            case Channel():
                about = {"id": value.id, "type": value.type, "name": value.name, "permissions": "0"}
                resolved.setdefault("channels", {})[value.id] = about
                return value.id
            case (str(name), bytes(data), str(media_type)):
                id_ = snowflake()
                about = {"id": id_, "filename": name, "size": len(data), "content_type": media_type}
                url = f"{self._server.url}/attachments/{id_}/{name}"
                self._server.rest.uploads[id_] = data
                resolved.setdefault("attachments", {})[id_] = {**about, "url": url, "proxy_url": url}
                return id_
        return value
