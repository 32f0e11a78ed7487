"""What Slack sends when somebody uses a command, a shortcut, a button or a form; the names are Slack's own."""

from __future__ import annotations

from pydantic import Field

from bot.platforms.slack.payloads import Payload, SlackMessage


class Named(Payload):
    """A person, channel or workspace as an interaction names it."""

    id: str
    name: str = ""


class SlashCommand(Payload):
    """A slash command."""

    command: str
    text: str = ""
    team_id: str
    user_id: str
    user_name: str = ""
    channel_id: str
    channel_name: str = ""
    response_url: str
    trigger_id: str


class Interaction(Payload):
    """What shortcuts, buttons and modals have in common."""

    team: Named
    user: Named
    trigger_id: str


class Shortcut(Interaction):
    """A shortcut on a message."""

    callback_id: str
    channel: Named
    message: SlackMessage
    response_url: str


class Container(Payload):
    """Where a button stands."""

    message_ts: str = ""
    thread_ts: str | None = None
    is_ephemeral: bool = False


class Action(Payload):
    """The button that was pressed."""

    action_id: str
    value: str = ""


class Press(Interaction):
    """A button was pressed."""

    channel: Named
    container: Container
    message: SlackMessage | None = None
    actions: tuple[Action, ...]
    response_url: str


class Selected(Payload):
    """What was chosen of a list."""

    value: str


class Answered(Payload):
    """What was filled into one input of a modal."""

    value: str | None = None
    selected_option: Selected | None = None
    selected_user: str | None = None
    selected_conversation: str | None = None
    selected_date: str | None = None
    selected_time: str | None = None


class Filled(Payload):
    """Everything that was filled in, by block and input."""

    values: dict[str, dict[str, Answered]] = Field(default_factory=dict)


class View(Payload):
    """A modal."""

    private_metadata: str = ""
    state: Filled = Filled()


class Submission(Interaction):
    """A modal was sent."""

    view: View
