"""Reads a typed command line: `/digest on at:08:30 days:mon-fri`.

A value is given by name (`last:20`, `last=20`, `text:"two words"`) or by position. An unquoted value of a named option
runs up to the next named option, except numbers, switches, choices and `#channels`, which are one word, and languages,
which may be two. What is left fills the other options in their order.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache

from bot.commands import Command
from bot.errors import UserError
from bot.options import Kind, Option
from bot.request import Attachment
from bot.values import ChannelRef, Language, User

_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"(?=\s|$)|“([^”]*)”(?=\s|$)', re.DOTALL)
_NAMED = re.compile(r"(?<!\S)(\w{3,20})[:=](?=\S)")
_WORD = re.compile(r"\S*")
_CHANNEL = re.compile(r"<#[^>\s]+>|#\S+")
_TWO_WORDS = re.compile(r"(\S+)[ \t]+\S+")
_PLAIN = re.compile(r"[\w.#@<>:+-]+")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


def quote(value: str) -> str:
    """`value` as it can be typed for a named option."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def written(command: Command, options: Mapping[str, object]) -> str:
    """A command with options as it would be typed: `/imagine prompt:"a sleepy fox" count:2`."""
    texts = {name: _typed(value) for name, value in options.items() if value not in (None, "")}
    parts = (f"{name}:{text if _PLAIN.fullmatch(text) else quote(text)}" for name, text in texts.items())
    return " ".join((f"/{command.name}", *parts))


def split_command(line: str) -> tuple[list[str], str]:
    """The first two words of a line without its slash, and the whole line without the slash."""
    text = line.strip().removeprefix("/").lstrip()
    return text.split(None, 2)[:2], text


def read_options(text: str, options: Sequence[Option], usage: str) -> dict[str, str]:
    """The raw option values in what follows a command's name.

    Args:
        text: What follows the name.
        options: The command's options, in order.
        usage: Shown when the text does not fit.

    Raises:
        UserError: Something is given twice, or nothing takes it.
    """
    by_name = {option.name: option for option in options if option.kind is not Kind.ATTACHMENT}
    values: dict[str, str] = {}
    rest: list[str] = []
    position = 0
    named = _names(tuple(by_name))
    while position < len(text):
        match = named.search(text, position) if named else None
        if match is None:
            rest.append(text[position:])
            break
        rest.append(text[position : match.start()])
        option = by_name[match[1]]
        if option.name in values:
            raise UserError(f"`{option.name}` is given twice.")
        values[option.name], position = _value(text, match.end(), option, named)
    leftover = " ".join(part.strip() for part in rest if part.strip())
    _refuse_misspelt(leftover, by_name)
    for option in by_name.values():
        if not leftover:
            break
        if option.name in values:
            continue
        if option.one_word:
            word, _, leftover = leftover.partition(" ")
            values[option.name] = word
            leftover = leftover.strip()
        else:
            quoted = _QUOTED.fullmatch(leftover)
            values[option.name] = _unquote(quoted) if quoted else leftover
            leftover = ""
    if leftover:
        raise UserError(f"I don't know what to do with “{leftover}”. Usage: `{usage}`")
    return values


@lru_cache(maxsize=1024)
def _names(options: tuple[str, ...]) -> re.Pattern[str] | None:
    if not options:
        return None
    names = "|".join(sorted(map(re.escape, options), key=len, reverse=True))
    return re.compile(rf"(?<!\S)({names})[:=]")


def _refuse_misspelt(text: str, by_name: Collection[str]) -> None:
    """Words before a colon are often just text; one that is nearly an option's name was meant to be it."""
    for word in _NAMED.findall(text):
        if near := difflib.get_close_matches(word.lower(), by_name, n=1, cutoff=0.75):
            raise UserError(f"There is no option `{word}`. Did you mean `{near[0]}`?")


def _value(text: str, start: int, option: Option, named: re.Pattern[str] | None) -> tuple[str, int]:
    quoted = _QUOTED.match(text, start)
    if quoted:
        return _unquote(quoted), quoted.end()
    if option.one_word:
        word = _WORD.match(text, start)
        assert word is not None
        return word[0], word.end()
    if option.kind is Kind.CHANNEL and (mention := _CHANNEL.match(text, start)):
        return mention[0], mention.end()
    if option.kind is Kind.LANGUAGE:
        end = _end_of_language(text, start)
        return text[start:end], end
    following = named.search(text, start) if named else None
    end = following.start() if following else len(text)
    return text[start:end].strip(), end


def _end_of_language(text: str, start: int) -> int:
    """Where the name of a language ends: `Brazilian Portuguese` is two words, `French Hello` one and a text."""
    found = _TWO_WORDS.match(text, start)
    if found is None:
        word = _WORD.match(text, start)
        assert word is not None
        return word.end()
    one, two = _language(found[1]), _language(found[0])
    return found.end() if two is not None and two != one else found.end(1)


def _language(name: str) -> Language | None:
    try:
        return Language.find(name)
    except ValueError:
        return None


def _typed(value: object) -> str:
    return value.name if isinstance(value, Attachment | ChannelRef | Language | User) else str(value)


def _unquote(match: re.Match[str]) -> str:
    return match[2] if match[1] is None else _ESCAPE.sub(r"\1", match[1])
