"""What `/knowledge` says."""

from __future__ import annotations

from bot import (
    Added,
    Button,
    Card,
    ChannelKind,
    Passage,
    Profile,
    Request,
    Source,
    SourceKind,
    count,
    moment,
    shortened,
    unmarked,
    zone_of,
)

QUOTE = 500
"""Characters of a passage that are shown."""


def place(source: Source, request: Request) -> str:
    """Where a source is used: `only in #general`, `everywhere in this server`."""
    if request.channel.server is None:
        return "in this conversation"
    if source.channel is None:
        return "everywhere in this server"
    if source.channel == request.channel.id:
        kind = "thread" if request.channel.kind is ChannelKind.THREAD else "channel"
        return f"only in this {kind}"
    return f"only in #{source.channel_name or source.channel}"


def told(added: Added, request: Request) -> Card:
    """That a source was added, and what that means."""
    source = added.source
    passages = count(source.passages, "passage")
    if added.again:
        text = f"{passages}, {added.new:,} of them new." if added.new else f"{passages}; nothing has changed."
    else:
        text = f"{passages}. Ask me about it, or use `/knowledge search`."
    if source.kind is SourceKind.CHANNEL:
        text += " What is said there from now on is searched as well, and what is deleted is not any more."
    return Card(
        f"{source.title} is searched for answers {place(source, request)}.",
        text=text,
        buttons=(remove_button(source),),
    )


def remove_button(source: Source) -> Button:
    """The button that takes a source away."""
    return Button("Remove", f"/knowledge remove {source.id}")


def listed(source: Source, request: Request, profile: Profile) -> str:
    """A source in a list."""
    when = moment(source.read, request.received, zone_of(profile))
    title = unmarked(source.title)
    title = f"[{title}]({source.origin})" if source.kind is SourceKind.PAGE else title
    reading = "" if source.kind is SourceKind.CHANNEL else f", read {when}"
    passages = count(source.passages, "passage")
    # A title is what the file itself says; people know it by its name.
    kind = f"file {unmarked(source.origin)}" if source.kind is SourceKind.FILE else source.kind.value
    return f"- `{source.id}` **{title}**: {kind}, {passages}{reading}, {place(source, request)}"


def cited(number: int, passage: Passage) -> str:
    """A passage with where it is from."""
    title = unmarked(passage.title)
    parts = [f"[{title}]({passage.link})" if passage.link else title]
    if passage.heading and passage.heading != passage.title:
        parts.append(unmarked(passage.heading))
    if passage.page is not None:
        parts.append(f"page {passage.page}")
    quote = "\n".join(f"> {line}" for line in shortened(passage.text, QUOTE).splitlines())
    return f"**{number}.** {', '.join(parts)}\n{quote}"


def nothing(request: Request) -> str:
    """That there is nothing to search."""
    who = "you can have" if request.channel.server is None else "an admin can have"
    return f"Nothing is searched here yet; {who} a file, a page or a channel searched with `/knowledge add`."
