"""Reads a handler's signature: which parameters are options, and which are asked for by type."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Literal, Union, get_args, get_origin, get_type_hints

from bot.errors import PluginError
from bot.options import KINDS, Kind, Option
from bot.values import Choices, Complete, Multiline, Range


@dataclass(frozen=True)
class Need:
    """A parameter that is injected.

    Attributes:
        name: The parameter.
        type: What is asked for.
        optional: Whether None will do.
    """

    name: str
    type: type
    optional: bool


@dataclass(frozen=True)
class Signature:
    """What a handler takes.

    Attributes:
        about: The docstring's first line.
        details: The rest of its description.
        options: What a person gives.
        needs: What is injected.
    """

    about: str
    details: str
    options: tuple[Option, ...]
    needs: tuple[Need, ...]


def where(function: Callable[..., object]) -> str:
    """The file, line and name of a function, for messages to its author."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    place = f"{code.co_filename}:{code.co_firstlineno}: " if code else ""
    return f"{place}{getattr(function, '__name__', function)}()"


def read_signature(function: Callable[..., object], injectable: Collection[type], *, options: bool = True) -> Signature:
    """Read a handler's parameters, types and docstring.

    Args:
        function: The handler.
        injectable: Types that may be asked for.
        options: Whether parameters may be options; False for listeners, jobs and hooks.

    Raises:
        PluginError: A parameter is neither an option nor injectable, or its type cannot be resolved.
    """
    import docstring_parser

    document = docstring_parser.parse(inspect.getdoc(function) or "", style=docstring_parser.DocstringStyle.GOOGLE)
    help_of = {item.arg_name: " ".join((item.description or "").split()) for item in document.params}
    hints = _hints(function)
    found: list[Option] = []
    needs: list[Need] = []
    for parameter in inspect.signature(function).parameters.values():
        place = f"{where(function)}: parameter `{parameter.name}`"
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD, parameter.POSITIONAL_ONLY):
            raise PluginError(f"{place}: *args, **kwargs and positional-only parameters cannot be filled")
        if parameter.name not in hints:
            raise PluginError(f"{place} has no type")
        hint, metadata, optional = _unwrap(hints[parameter.name])
        if isinstance(hint, type) and hint in injectable:
            needs.append(Need(parameter.name, hint, optional))
        elif options:
            found.append(_option(parameter, hint, metadata, optional, help_of.get(parameter.name, ""), place))
        else:
            raise PluginError(f"{place}: {_called(hint)} cannot be injected here")
    return Signature(
        about=(document.short_description or "").strip(),
        details=(document.long_description or "").strip(),
        options=tuple(found),
        needs=tuple(needs),
    )


def _hints(function: Callable[..., object]) -> dict[str, object]:
    try:
        return get_type_hints(function, include_extras=True)
    except NameError as error:
        culprit = next(
            (
                name
                for name, note in inspect.get_annotations(function).items()
                if isinstance(note, str) and str(error.name) in note
            ),
            "?",
        )
        raise PluginError(f"{where(function)}: parameter `{culprit}`: the name `{error.name}` is not known") from None


def _unwrap(hint: object) -> tuple[object, tuple[object, ...], bool]:
    """The bare type, what `Annotated` adds, and whether None is allowed."""
    metadata: tuple[object, ...] = ()
    optional = False
    while True:
        if get_origin(hint) is Annotated:
            hint, *extra = get_args(hint)
            metadata += tuple(extra)
        elif get_origin(hint) in (Union, types.UnionType) and types.NoneType in get_args(hint):
            rest = [arm for arm in get_args(hint) if arm is not types.NoneType]
            if len(rest) != 1:
                return hint, metadata, True
            hint, optional = rest[0], True
        else:
            return hint, metadata, optional


def _option(
    parameter: inspect.Parameter,
    hint: object,
    metadata: tuple[object, ...],
    optional: bool,
    text: str,
    place: str,
) -> Option:
    choices: tuple[str | int | float, ...] = ()
    kind_of: object = hint
    if get_origin(hint) is Literal:
        choices = get_args(hint)
        kind_of = type(choices[0])
    elif isinstance(hint, type) and issubclass(hint, Enum):
        choices = tuple(member.value for member in hint)
        kind_of = type(choices[0]) if choices else None
    if any(type(choice) is not kind_of for choice in choices) or (choices and kind_of not in (str, int, float)):
        raise PluginError(f"{place}: choices must all be text or all numbers")
    kind = KINDS.get(kind_of) if isinstance(kind_of, type) else None
    if kind is None:
        raise PluginError(f"{place}: {_called(hint)} is neither an option's type nor injectable")
    limits = suggest = None
    for extra in metadata:
        match extra:
            case Range():
                if kind not in (Kind.TEXT, Kind.INTEGER, Kind.NUMBER):
                    raise PluginError(f"{place}: Range is for numbers and text")
                limits = extra
            case Choices():
                choices = extra.values
            case Complete():
                suggest = extra.suggest
            case str():
                text = text or extra
    required = parameter.default is inspect.Parameter.empty and not optional
    return Option(
        name=parameter.name.rstrip("_"),
        parameter=parameter.name,
        kind=kind,
        type=hint if isinstance(hint, type) else type(choices[0]),
        help=text,
        required=required,
        default=None if parameter.default is inspect.Parameter.empty else parameter.default,
        choices=choices,
        range=limits,
        suggest=suggest,
        multiline=kind is Kind.TEXT and any(isinstance(extra, Multiline) for extra in metadata),
    )


def _called(hint: object) -> str:
    return f"`{hint.__name__ if isinstance(hint, type) else hint}`"
