"""Atelier: an assistant for your own Discord servers and Slack workspaces.

These names are what a plugin needs; importing them loads no model library.
"""

from bot.accounts import Account, Accounts, Joined
from bot.actions import Actions, Done
from bot.body import Button, Card, Choice, File, Forward, Progress, Silence, State
from bot.channels import Channels
from bot.cited import Cited
from bot.clocks import EARLIEST_HOUR, SPOKEN_HOURS, in_digits
from bot.commands import Command, Commands
from bot.discretion import Discretion, by_people
from bot.documents import Document, Part, read_attachment, read_document
from bot.emoji import Emojis
from bot.errors import ModelMissing, PluginError, UserError
from bot.history import History, Wanted
from bot.knowledge import Added, Knowledge, Library, Passage, Source, SourceKind
from bot.languages import Detected, detect_language, same_language
from bot.lines import written
from bot.looks import own_style
from bot.meanings import Meanings, vectors_of
from bot.memories import Memories
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
from bot.options import Kind, Option
from bot.persona import AS_IT_IS, TAKE_BACK, Chosen, Example, Persona, Personas, Reach, key_of
from bot.phrases import Phrase
from bot.pictures import read_picture
from bot.plugin import Plugin
from bot.profile import Fact, FactScope, Format, Kept, Length, Profile, Profiles, Tone
from bot.prompts import TONES, context, counter, tokens
from bot.recaps import Recap, Recaps
from bot.reminders import Reminder, Reminders, Repeat
from bot.reply import Reply
from bot.request import (
    Attachment,
    Channel,
    ChannelDeleted,
    ChannelKind,
    Message,
    MessageDeleted,
    MessageEdited,
    MessageSeen,
    Person,
    Request,
)
from bot.schedule import Order, Quiet, Schedule, Subscription, Times, Window
from bot.settings import ChannelSettings, Rule, Scope, Settings
from bot.storage import Recent, Shelf, Storage
from bot.structured import fill_in
from bot.text.prose import prose, rewrite
from bot.translating import translate_lines
from bot.values import ChannelRef, Choices, Complete, Language, Multiline, Range, User
from bot.web import Web
from bot.wording import (
    attributed,
    count,
    figure,
    is_command,
    language_name,
    locale_of,
    moment,
    say_when,
    sentences,
    shortened,
    size,
    spelt,
    unmarked,
    zone_name,
    zone_of,
)
from bot.zones import find_zone

__all__ = [
    "AS_IT_IS",
    "EARLIEST_HOUR",
    "SPOKEN_HOURS",
    "TAKE_BACK",
    "TONES",
    "Account",
    "Accounts",
    "Actions",
    "Added",
    "Attachment",
    "Button",
    "Card",
    "Channel",
    "ChannelDeleted",
    "ChannelKind",
    "ChannelRef",
    "ChannelSettings",
    "Channels",
    "ChatModel",
    "Choice",
    "Choices",
    "Chosen",
    "Cited",
    "Command",
    "Commands",
    "Complete",
    "Detected",
    "Discretion",
    "Document",
    "Done",
    "Embeddings",
    "Emojis",
    "Example",
    "Fact",
    "FactScope",
    "File",
    "Fit",
    "Format",
    "Forward",
    "History",
    "Image",
    "ImageGenerator",
    "ImagePrompt",
    "Joined",
    "Kept",
    "Kind",
    "Knowledge",
    "Language",
    "Length",
    "Library",
    "Meanings",
    "Memories",
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
    "Order",
    "Part",
    "Passage",
    "Person",
    "Persona",
    "Personas",
    "Phrase",
    "Plugin",
    "PluginError",
    "Profile",
    "Profiles",
    "Progress",
    "Quiet",
    "Range",
    "Reach",
    "Recap",
    "Recaps",
    "Recent",
    "Reminder",
    "Reminders",
    "Repeat",
    "Reply",
    "Request",
    "Rule",
    "Schedule",
    "Scope",
    "Settings",
    "Shelf",
    "Silence",
    "Source",
    "SourceKind",
    "State",
    "StickerMaker",
    "StickerPrompt",
    "Storage",
    "Subscription",
    "Summarizer",
    "Task",
    "Times",
    "Tone",
    "Translation",
    "Translator",
    "User",
    "UserError",
    "Wanted",
    "Web",
    "Window",
    "attributed",
    "by_people",
    "context",
    "count",
    "counter",
    "detect_language",
    "figure",
    "fill_in",
    "find_moment",
    "find_zone",
    "in_digits",
    "is_command",
    "key_of",
    "language_name",
    "locale_of",
    "moment",
    "own_style",
    "prose",
    "read_attachment",
    "read_document",
    "read_picture",
    "rewrite",
    "same_language",
    "say_when",
    "sentences",
    "shortened",
    "size",
    "spelt",
    "tokens",
    "translate_lines",
    "unmarked",
    "vectors_of",
    "written",
    "zone_name",
    "zone_of",
]
