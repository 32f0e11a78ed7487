"""Atelier: an assistant for your own Discord servers and Slack workspaces.

These names are what a plugin needs; importing them loads no model library.
"""

from bot.commands import Command, Commands
from bot.emoji import Emojis
from bot.errors import ModelMissing, PluginError, UserError
from bot.history import History
from bot.languages import Detected, detect_language
from bot.models.tasks import (
    ChatModel,
    Embeddings,
    Fit,
    Image,
    ImageGenerator,
    ImagePrompt,
    Models,
    ModelStatus,
    Music,
    MusicBrief,
    MusicGenerator,
    StickerMaker,
    StickerPrompt,
    Summarizer,
    Task,
    Translation,
    Translator,
)
from bot.moments import find_moment
from bot.options import Option
from bot.pictures import read_picture
from bot.platform import Button, Card, Choice, File, Forward, Progress
from bot.plugin import Plugin
from bot.profile import Fact, Length, Profile, Profiles, Tone
from bot.prompts import TONES, context, counter, tokens
from bot.reply import Reply
from bot.request import (
    Attachment,
    Channel,
    ChannelKind,
    Message,
    MessageDeleted,
    MessageEdited,
    MessageSeen,
    Person,
    Request,
)
from bot.schedule import Schedule, Subscription, Window
from bot.settings import ChannelSettings, Rule, Scope, Settings
from bot.storage import Recent, Shelf, Storage
from bot.text.prose import prose, rewrite
from bot.values import ChannelRef, Choices, Complete, Language, Multiline, Range, User
from bot.wording import (
    count,
    is_command,
    language_name,
    locale_of,
    moment,
    sentences,
    size,
    unmarked,
    zone_name,
    zone_of,
)
from bot.zones import find_zone

__all__ = [
    "TONES",
    "Attachment",
    "Button",
    "Card",
    "Channel",
    "ChannelKind",
    "ChannelRef",
    "ChannelSettings",
    "ChatModel",
    "Choice",
    "Choices",
    "Command",
    "Commands",
    "Complete",
    "Detected",
    "Embeddings",
    "Emojis",
    "Fact",
    "File",
    "Fit",
    "Forward",
    "History",
    "Image",
    "ImageGenerator",
    "ImagePrompt",
    "Language",
    "Length",
    "Message",
    "MessageDeleted",
    "MessageEdited",
    "MessageSeen",
    "ModelMissing",
    "ModelStatus",
    "Models",
    "Multiline",
    "Music",
    "MusicBrief",
    "MusicGenerator",
    "Option",
    "Person",
    "Plugin",
    "PluginError",
    "Profile",
    "Profiles",
    "Progress",
    "Range",
    "Recent",
    "Reply",
    "Request",
    "Rule",
    "Schedule",
    "Scope",
    "Settings",
    "Shelf",
    "StickerMaker",
    "StickerPrompt",
    "Storage",
    "Subscription",
    "Summarizer",
    "Task",
    "Tone",
    "Translation",
    "Translator",
    "User",
    "UserError",
    "Window",
    "context",
    "count",
    "counter",
    "detect_language",
    "find_moment",
    "find_zone",
    "is_command",
    "language_name",
    "locale_of",
    "moment",
    "prose",
    "read_picture",
    "rewrite",
    "sentences",
    "size",
    "tokens",
    "unmarked",
    "zone_name",
    "zone_of",
]
