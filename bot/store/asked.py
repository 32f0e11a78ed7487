"""A request as it is kept: what is needed to ask it once more."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from pydantic import BaseModel, ConfigDict, JsonValue

from bot.errors import UserError
from bot.request import Attachment, Channel, Message, Origin, Person, Request
from bot.values import ChannelRef, User


class _File(BaseModel):
    model_config = ConfigDict(frozen=True)

    name: str
    media_type: str
    size: int

    def opened(self) -> Attachment:
        async def read() -> bytes:
            raise UserError(f"{self.name} is no longer at hand; please send it again.")

        return Attachment(self.name, self.media_type, self.size, read)

    @classmethod
    def of(cls, file: Attachment) -> _File:
        return cls(name=file.name, media_type=file.media_type, size=file.size)


class _Option(BaseModel):
    """An option's value as a platform gives it: plain, or a person, channel or file."""

    model_config = ConfigDict(frozen=True)

    value: JsonValue = None
    user: User | None = None
    channel: ChannelRef | None = None
    file: _File | None = None

    def given(self) -> object:
        if self.file is not None:
            return self.file.opened()
        return self.user or self.channel or self.value

    @classmethod
    def of(cls, value: object) -> _Option:
        match value:
            case User():
                return cls(user=value)
            case ChannelRef():
                return cls(channel=value)
            case Attachment():
                return cls(file=_File.of(value))
            case None | str() | int() | float():
                return cls(value=value)
            case _:
                raise TypeError(f"a platform gives no option as a {type(value).__name__}")


class Asked(BaseModel):
    """What a person asked; files are known by name only, and of what was withdrawn no words."""

    model_config = ConfigDict(frozen=True)

    platform: str
    message: str | None
    person: Person
    channel: Channel
    command: str | None
    options: dict[str, _Option]
    text: str
    files: tuple[_File, ...]
    reply_to: Message | None
    received: datetime
    withdrawn: bool = False

    @classmethod
    def of(cls, request: Request) -> Asked:
        """The request, without what only this process can know."""
        return cls(
            platform=request.origin.platform,
            message=request.origin.message,
            person=request.person,
            channel=request.channel,
            command=request.command,
            options={name: _Option.of(value) for name, value in request.options.items()},
            text=request.text,
            files=tuple(_File.of(file) for file in request.attachments),
            reply_to=request.reply_to,
            received=request.first_asked or request.received,
        )

    def withdraw(self) -> Asked:
        """The same without its words."""
        return self.model_copy(
            update={"options": {}, "text": "", "files": (), "reply_to": None, "withdrawn": True},
        )

    def revise(self, text: str) -> Asked:
        """The same about a message that says this now."""
        return self.model_copy(update={"reply_to": self.reply_to and replace(self.reply_to, text=text)})

    def again(self, received: datetime) -> Request:
        """The request, asked once more now.

        Raises:
            UserError: It was withdrawn.
        """
        if self.withdrawn:
            raise UserError("What this answers was deleted; please ask again.")
        return Request(
            Origin(self.platform, message=self.message),
            self.person,
            self.channel,
            command=self.command,
            options={name: option.given() for name, option in self.options.items()},
            text=self.text,
            attachments=tuple(file.opened() for file in self.files),
            reply_to=self.reply_to,
            received=received,
            first_asked=self.received,
        )
