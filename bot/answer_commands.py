"""The buttons under an answer and the commands that they run; they work after a restart. And `/stop`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Literal

from bot.answers import Answers
from bot.body import Button, Card, Forward, State
from bot.commands import Command, Commands
from bot.errors import UserError
from bot.feedback import offer, undo
from bot.options import Kind
from bot.plugin import Plugin
from bot.profile import Profile, Profiles
from bot.request import Request
from bot.storage import Storage
from bot.wording import count

plugin = Plugin("answers", "What can be done about an answer.")


def buttons_for(command: Command, request_id: str) -> Mapping[State, Sequence[Button]]:
    """The buttons under a command's answer, by how it ends.

    Args:
        command: What was asked.
        request_id: What the answer is kept by.
    """
    if not command.again:
        return {}

    def button(label: str, action: str) -> Button:
        return Button(label, f"/answer-{action} {request_id}")

    again, delete = button("Regenerate", "again"), button("Delete", "delete")
    more = [button("Continue", "continue")] if command.more else []
    return {
        State.DONE: [again, *more, delete, button("👍", "rate yes"), button("👎", "rate no")],
        State.FAILED: [again, delete],
        State.CANCELLED: [again, delete],
    }


@plugin.command(unlimited=True, private=True, examples=("/stop",))
async def stop(answers: Answers) -> str:
    """Stop what I am answering to you here."""
    stopped = await answers.stop()
    return f"Stopped {count(stopped, 'answer')}." if stopped else "I am not answering anything of yours here."


@plugin.command(hidden=True, private=True, quiet=True)
async def answer_again(request_id: str, answers: Answers) -> None:
    """Make an answer anew.

    Args:
        request_id: What was asked.
    """
    await answers.again(request_id)


@plugin.command(hidden=True, repeatable=True)
async def answer_continue(request_id: str, answers: Answers, commands: Commands) -> Forward:
    """Go on with an answer, in a new one.

    Args:
        request_id: What was asked.
    """
    command = commands.get(await answers.command(request_id))
    text = next((option for option in command.options if option.kind is Kind.TEXT), None) if command else None
    if command is None or not command.more or text is None:
        raise UserError("This answer cannot be continued any more; ask me to go on.")
    return Forward(command.name, {text.name: command.more})


@plugin.command(hidden=True, private=True, quiet=True, unlimited=True)
async def answer_delete(request_id: str, answers: Answers) -> None:
    """Remove an answer.

    Args:
        request_id: What was asked.
    """
    await answers.delete(request_id)


@plugin.command(hidden=True, private=True, unlimited=True, repeatable=True)
async def answer_rate(
    good: bool, request_id: str, answers: Answers, profile: Profile, storage: Storage, request: Request
) -> AsyncIterator[str | Card]:
    """Say whether an answer is good.

    Args:
        good: Whether it is.
        request_id: What was asked.
    """
    await answers.rate(request_id, good=good)
    if good:
        yield "Thank you: noted as a good answer."
        return
    yield "Thank you: noted as a poor answer. Regenerate tries once more."
    question = await offer(await answers.poor(), profile, storage.person, request.received)
    if question is not None:
        yield question


@plugin.command(hidden=True, private=True, unlimited=True, repeatable=True)
async def answer_prefer(
    name: Literal["length", "tone", "nothing"], profile: Profile, profiles: Profiles, value: str = ""
) -> AsyncIterator[str | Card]:
    """Have answers shorter, longer or in another tone from now on.

    Args:
        name: What is to change.
        value: What it is to be.
    """
    if name == "nothing":
        yield "Nothing was changed. `/profile set` changes how I answer you at any time."
        return
    await profiles.set(name, value)
    yield f"Your answers have the {name} “{value}” from now on; `/profile set` changes it again."
    yield Card(name.capitalize(), buttons=(undo(name, profile),))
