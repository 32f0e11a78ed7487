"""Makes stickers emoji of the server, and takes them away again for who added them."""

from __future__ import annotations

from bot import Button, Emojis, Shelf, UserError


async def add_emoji(name: str, png: bytes, shelf: Shelf, emojis: Emojis) -> tuple[str, Button]:
    """Add an emoji.

    Args:
        name: What to call it.
        png: The picture, at its size.
        shelf: The person's; it is noted there who added it.
        emojis: Adds it.

    Returns:
        What to say, and the button that takes it away.

    Raises:
        UserError: It cannot be added, or may not.
    """
    emoji = await emojis.add(name, png)
    await shelf.put(_key(emoji), name)
    return f"`:{name}:` is an emoji of this server now.", Button("Undo", f"/sticker remove {emoji}")


async def remove_emoji(emoji: str, shelf: Shelf, emojis: Emojis) -> str:
    """Take an emoji away that the person added.

    Args:
        emoji: Its id.
        shelf: The person's.
        emojis: Takes it away.

    Returns:
        Its name.

    Raises:
        UserError: Somebody else added it, or it may not be taken away.
    """
    name = await shelf.get(_key(emoji))
    if not isinstance(name, str):
        raise UserError("Only who added an emoji by me can take it away by this button, and only once.")
    await emojis.remove(emoji)
    await shelf.delete(_key(emoji))
    return name


def by_hand(name: str, emojis: Emojis) -> str:
    """How people add an emoji of that name themselves."""
    # In lower case, for Slack takes no other.
    return f"{emojis.by_hand} A name for it: `{name.casefold()}`."


def _key(emoji: str) -> str:
    return f"added {emoji}"
