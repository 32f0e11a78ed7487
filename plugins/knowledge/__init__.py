"""`/knowledge`: what a server, a channel or a person has searched for answers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Annotated

from bot import (
    Added,
    Attachment,
    Button,
    Card,
    ChannelRef,
    Choice,
    Document,
    Knowledge,
    Library,
    Plugin,
    Profile,
    Progress,
    Range,
    Request,
    Source,
    SourceKind,
    UserError,
    Web,
    count,
    read_document,
    unmarked,
)
from plugins.knowledge.wording import cited, listed, nothing, place, remove_button, told

plugin = Plugin("knowledge", "What I search for answers here: documents, pages and channels.", group=True)

LARGEST = 25 * 1024 * 1024
"""Bytes of a file."""

PASSAGES = 5
"""How many a search shows."""

SHARE, KEEP = "Share it with everyone", "Leave it as it is"


@plugin.command(
    admin=True,
    repeatable=True,
    asks=True,
    examples=[
        "/knowledge add url:https://example.org/handbook",
        "/knowledge add channel:#announcements",
        "/knowledge add only_here:yes",
        "learn this document, so that you can answer questions about it",
    ],
)
async def add(
    request: Request,
    library: Library,
    web: Web,
    file: Attachment | None = None,
    url: str | None = None,
    channel: ChannelRef | None = None,
    only_here: bool | None = None,
) -> AsyncIterator[Progress | Choice | Card]:
    """Have a file, a page or a channel searched for answers.

    Args:
        file: A text, PDF, Word, PowerPoint, Excel or HTML file.
        url: The address of a page.
        channel: A channel: the messages that are kept there, and those to come.
        only_here: Whether it is used in this channel alone; otherwise it is in the whole server. A channel is used in
            itself alone, unless you say no.
    """
    if sum(each is not None for each in (file, url, channel)) != 1:
        raise UserError("Add one thing at a time: attach a file, or give `url` or `channel`.")
    if channel is not None:
        shared = only_here is False
        if shared:
            if channel.id not in (request.channel.id, request.channel.parent):
                raise UserError(f"A channel is shared by somebody who reads it: say this again in #{channel.name}.")
            picked = yield Choice(
                f"Everyone in this server will get answers from what is said in #{channel.name}, also those who cannot "
                "read it. Share it?",
                (SHARE, KEEP),
            )
            if picked != SHARE:
                yield Card("Nothing was changed.")
                return
        steps = library.pin(channel, shared=shared)
    else:
        document = await _read(file, url, web)
        steps = library.add(document, only_here=bool(only_here))
    async for step in steps:
        yield step if isinstance(step, Progress) else told(step, request)


@plugin.command(private=True, repeatable=True, examples=["/knowledge list", "which documents do you know?"])
async def list_(request: Request, library: Library, profile: Profile) -> str:
    """List what is searched for answers here; for admins, in the whole server."""
    sources = await library.all(everywhere=True)
    return "\n".join(listed(each, request, profile) for each in sources) or nothing(request)


@plugin.command(
    private=True, admin=True, asks=True, examples=["/knowledge remove 12", "/knowledge remove handbook.pdf"]
)
async def remove(which: Annotated[str, Range(1, 300)], library: Library) -> Card:
    """Search a file, a page or a channel no more.

    Args:
        which: Its number or its title, as `/knowledge list` tells.
    """
    found = _find(which, await library.all(everywhere=True))
    source = await library.remove(found.id)
    if source is None:
        raise UserError(f"{unmarked(found.title)} is removed already.")
    return Card(
        f"{source.title} is no longer searched for answers.",
        text="Within a day you can have it back.",
        buttons=(Button("Undo", f"/knowledge restore {source.id}"),),
    )


@plugin.command(private=True, admin=True, hidden=True, repeatable=True)
async def restore(which: str, request: Request, library: Library) -> Card:
    """Search again what was removed.

    Args:
        which: Its number.
    """
    source = await library.restore(which)
    if source is None:
        raise UserError("That can no longer come back: it is searched already, or was removed more than a day ago.")
    return Card(
        f"{source.title} is searched for answers {place(source, request)} again.", buttons=(remove_button(source),)
    )


@plugin.command(private=True, admin=True, repeatable=True, examples=["/knowledge refresh"])
async def refresh(request: Request, library: Library, web: Web, which: str = "") -> AsyncIterator[Progress | str]:
    """Read pages anew, and take over what has changed.

    Args:
        which: A page's number or title; all pages without it.
    """
    sources = await library.all(everywhere=True)
    pages = [_find(which, sources)] if which else [each for each in sources if each.kind is SourceKind.PAGE]
    if not pages:
        raise UserError("There is no page to read anew; channels follow by themselves, and a file is added again.")
    if pages[0].kind is not SourceKind.PAGE:
        raise UserError("Only pages are read anew; channels follow by themselves, and a file is added again.")
    for number, page in enumerate(pages):
        yield Progress(number / len(pages), f"reading {page.title}")
        try:
            document = await web.read(page.origin)
            async for step in library.renew(page, document):
                if isinstance(step, Added):
                    yield f"- **{unmarked(step.source.title)}**: {count(step.new, 'new passage')}\n"
        except UserError as error:
            yield f"- **{unmarked(page.title)}** stays as it was. {error}\n"


@plugin.command(
    repeatable=True,
    examples=[
        "/knowledge search how many days of leave do we have?",
        "what does the handbook say about travel costs?",
        "look it up in the documents",
    ],
)
async def search(
    question: Annotated[str, Range(1, 2000)], request: Request, knowledge: Knowledge, library: Library
) -> str:
    """Show the passages that may answer a question, and where they are from.

    Args:
        question: In plain words.
    """
    passages = await knowledge.search(question, PASSAGES)
    if passages:
        return "\n\n".join(cited(number, each) for number, each in enumerate(passages, 1))
    if not (sources := await library.all()):
        return nothing(request)
    return f"I found nothing about that in {count(len(sources), 'source')}; other words may help."


async def _read(file: Attachment | None, url: str | None, web: Web) -> Document:
    if file is not None:
        return await read_document(file, LARGEST)
    return await web.read(url or "")


def _find(which: str, sources: Sequence[Source]) -> Source:
    """The source that is meant by its number, its title or how that begins.

    Raises:
        UserError: There is none, or more than one.
    """
    wanted = which.strip().removeprefix("#").casefold()
    if found := next((each for each in sources if each.id == wanted), None):
        return found
    titles = {each.id: {each.title.removeprefix("#").casefold(), each.origin.casefold()} for each in sources}
    same = [each for each in sources if wanted in titles[each.id]]
    like = same or [each for each in sources if any(title.startswith(wanted) for title in titles[each.id])]
    if not like:
        raise UserError(f"Nothing called “{unmarked(which)}” is searched here; `/knowledge list` tells what is.")
    if len(like) > 1:
        numbers = ", ".join(f"{unmarked(each.title)} (`{each.id}`)" for each in like[:5])
        raise UserError(f"Several are called so; say the number: {numbers}.")
    return like[0]
