"""What may be seen from where: nobody is shown what not everyone around them may see."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

from bot.request import ChannelKind, Request


@dataclass(frozen=True, slots=True)
class View:
    """From where somebody looks.

    Attributes:
        shelf: What all that can be seen is kept under: the server, or the direct conversation; None where nothing can.
        platform: The platform's name.
        channels: The channel and, of a thread, the one that holds it. A thread may be private, so what belongs to it
            is not seen in the channel.
        account: In a direct conversation, the person in it.
    """

    shelf: str | None
    platform: str
    channels: tuple[str, ...]
    account: str | None = None

    @classmethod
    def of(cls, request: Request) -> View:
        """From where a request was made."""
        platform, channel = request.origin.platform, request.channel
        channels = (channel.id, channel.parent) if channel.parent else (channel.id,)
        if channel.server is not None:
            return cls(channel.server, platform, channels)
        if channel.kind is ChannelKind.DM:
            # By both: several people may be in one such conversation, and what one of them added is theirs. Its threads
            # are the same conversation.
            person = request.person.id
            return cls(f"dm {platform} {channel.parent or channel.id} {person}", platform, channels, person)
        # Atelier is no member there, and nobody can tell who reads.
        return cls(None, platform, channels)

    @property
    def places(self) -> list[str]:
        """The marks of all passages that may be seen."""
        return [] if self.shelf is None else [mark(self.shelf, channel) for channel in (None, *self.channels)]


def mark(shelf: str, channel: str | None) -> str:
    """A word that stands for who may see a passage.

    Args:
        shelf: What it is kept under.
        channel: The only channel that it may be used in; None for all of the shelf.
    """
    place = shelf if channel is None else f"{shelf}\n{channel}"
    return f"p{blake2b(place.encode(), digest_size=12).hexdigest()}"
