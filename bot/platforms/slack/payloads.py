"""What Slack sends, as far as it is read here; the names are Slack's own."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, JsonValue


class Payload(BaseModel):
    """A part of what Slack sends; what is not named here is passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True, coerce_numbers_to_str=True)


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
    """A file as `files.info` tells of it, and where it is shown: by `public` or `private`, and channel."""

    name: str = ""
    shares: dict[str, dict[str, tuple[ShownAt, ...]]] = {}


class Edited(Payload):
    """When a message was changed."""

    ts: str


class Metadata(Payload):
    """What an app has noted on a message, for apps alone."""

    event_type: str
    event_payload: dict[str, JsonValue] = {}


class Reaction(Payload):
    """An emoji under a message; of those who put it there not all need be named."""

    count: int = 0
    users: tuple[str, ...] = ()


class SlackMessage(Payload):
    """A message, in an event and in the history; its metadata only where that is asked for."""

    ts: str = ""
    text: str = ""
    user: str | None = None
    username: str | None = None
    bot_id: str | None = None
    subtype: str | None = None
    thread_ts: str | None = None
    latest_reply: str | None = None
    edited: Edited | None = None
    files: tuple[SharedFile, ...] = ()
    reactions: tuple[Reaction, ...] = ()
    metadata: Metadata | None = None


class MessageEvent(SlackMessage):
    """`message` and `app_mention`."""

    type: str
    channel: str
    channel_type: str | None = None
    message: SlackMessage | None = None
    previous_message: SlackMessage | None = None
    deleted_ts: str | None = None


class ChannelEvent(Payload):
    """`channel_deleted` and `group_deleted`."""

    channel: str


class Reacted(Payload):
    """What a reaction stands under; files have neither channel nor time."""

    type: str
    channel: str = ""
    ts: str = ""


class ReactionEvent(Payload):
    """`reaction_added` and `reaction_removed`."""

    type: str
    user: str
    reaction: str
    item: Reacted


class AssistantThread(Payload):
    """Where the assistant pane was opened."""

    user_id: str
    channel_id: str
    thread_ts: str


class PaneEvent(Payload):
    """`assistant_thread_started`."""

    assistant_thread: AssistantThread


class UserProfile(Payload):
    """The names of a person, and the address of their picture."""

    display_name: str = ""
    real_name: str = ""
    image_192: str = ""


class Organization(Payload):
    """The workspaces that a person of an organization with several is in."""

    teams: tuple[str, ...] = ()


class SlackUser(Payload):
    """A person, as `users.info` shows them; who is not said to be no guest is taken for one."""

    id: str
    team_id: str = ""
    name: str = ""
    real_name: str = ""
    profile: UserProfile = UserProfile()
    locale: str | None = None
    tz: str | None = None
    is_admin: bool = False
    is_owner: bool = False
    is_restricted: bool = True
    is_ultra_restricted: bool = False
    enterprise_user: Organization = Organization()
    deleted: bool = False

    def belongs_to(self, team: str) -> bool:
        """Whether they are a full member of a workspace, who may read its public channels."""
        at_home = team in {self.team_id, *self.enterprise_user.teams}
        return at_home and not (self.is_restricted or self.is_ultra_restricted or self.deleted)

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
    """A channel, as `conversations.info` shows it; one that is not said to be public is taken for private."""

    id: str
    name: str = ""
    is_private: bool = True
    is_ext_shared: bool = False
    is_pending_ext_shared: bool = False
    is_org_shared: bool = False

    @property
    def reaches_outside(self) -> bool:
        """Whether people of other workspaces read it, or were asked to join."""
        return self.is_ext_shared or self.is_pending_ext_shared or self.is_org_shared


class SignedIn(Payload):
    """Who the token belongs to, as `auth.test` tells it."""

    url: str = ""
    team_id: str
    user_id: str
    bot_id: str = ""


class Cursor(Payload):
    """Where the next page begins."""

    next_cursor: str = ""


class Listed(Payload):
    """A page of a list."""

    response_metadata: Cursor | None = None

    @property
    def next(self) -> str:
        """The cursor of the page after this one; empty after the last."""
        return self.response_metadata.next_cursor if self.response_metadata else ""


class Page(Listed):
    """A page of things; only one of the lists is there."""

    members: tuple[SlackUser, ...] = ()
    channels: tuple[SlackChannel, ...] = ()
    messages: tuple[SlackMessage, ...] = ()


class Members(Listed):
    """A page of the ids of a channel's members."""

    members: tuple[str, ...] = ()
