"""What Slack sends, as far as it is read here; the names are Slack's own."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, JsonValue


class Payload(BaseModel):
    """A part of what Slack sends; what is not named here is passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True, coerce_numbers_to_str=True)


class Named(Payload):
    """A person, channel or workspace as an interaction names it."""

    id: str
    name: str = ""


class SharedFile(Payload):
    """A file in a message."""

    id: str
    name: str | None = None
    mimetype: str = ""
    size: int = 0
    url_private: str | None = None
    mode: str = ""


class ShownAt(Payload):
    """A message that shows a file."""

    ts: str


class Shared(Payload):
    """Where a file is shown, as `files.info` tells it: by `public` or `private`, and channel."""

    shares: dict[str, dict[str, tuple[ShownAt, ...]]] = {}


class Edited(Payload):
    """When a message was changed."""

    ts: str


class Metadata(Payload):
    """What an app has noted on a message, for apps alone."""

    event_type: str
    event_payload: dict[str, JsonValue] = {}


class SlackMessage(Payload):
    """A message, in an event and in the history; its metadata only where that is asked for."""

    ts: str = ""
    text: str = ""
    user: str | None = None
    username: str | None = None
    bot_id: str | None = None
    subtype: str | None = None
    thread_ts: str | None = None
    edited: Edited | None = None
    files: tuple[SharedFile, ...] = ()
    metadata: Metadata | None = None


class MessageEvent(SlackMessage):
    """`message` and `app_mention`."""

    type: str
    channel: str
    channel_type: str | None = None
    message: SlackMessage | None = None
    previous_message: SlackMessage | None = None
    deleted_ts: str | None = None


class AssistantThread(Payload):
    """Where the assistant pane was opened."""

    user_id: str
    channel_id: str
    thread_ts: str


class PaneEvent(Payload):
    """`assistant_thread_started`."""

    assistant_thread: AssistantThread


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

    values: dict[str, dict[str, Answered]] = {}


class View(Payload):
    """A modal."""

    private_metadata: str = ""
    state: Filled = Filled()


class Submission(Interaction):
    """A modal was sent."""

    view: View


class UserProfile(Payload):
    """The names of a person, and the address of their picture."""

    display_name: str = ""
    real_name: str = ""
    image_192: str = ""


class SlackUser(Payload):
    """A person, as `users.info` shows them."""

    id: str
    name: str = ""
    real_name: str = ""
    profile: UserProfile = UserProfile()
    locale: str | None = None
    tz: str | None = None
    is_admin: bool = False
    is_owner: bool = False
    deleted: bool = False

    @property
    def shown(self) -> str:
        """What others see."""
        return self.profile.display_name or self.profile.real_name or self.real_name or self.name

    @property
    def names(self) -> frozenset[str]:
        """Everything they may be called by."""
        names = (self.name, self.real_name, self.profile.display_name, self.profile.real_name)
        return frozenset(name.casefold() for name in names if name)


class SlackChannel(Payload):
    """A channel, as `conversations.info` shows it."""

    id: str
    name: str = ""
    is_im: bool = False


class SignedIn(Payload):
    """Who the token belongs to, as `auth.test` tells it."""

    url: str = ""
    team_id: str
    user_id: str
    bot_id: str = ""


class Cursor(Payload):
    """Where the next page begins."""

    next_cursor: str = ""


class Page(Payload):
    """A page of a list; only one of the lists is there."""

    members: tuple[SlackUser, ...] = ()
    channels: tuple[SlackChannel, ...] = ()
    messages: tuple[SlackMessage, ...] = ()
    response_metadata: Cursor | None = None

    @property
    def next(self) -> str:
        """The cursor of the page after this one; empty after the last."""
        return self.response_metadata.next_cursor if self.response_metadata else ""
