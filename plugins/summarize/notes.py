"""What a language model is asked to note of a topic, and what is made of its answer."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field, JsonValue

from .cues import decided
from .headlines import capital
from .sentences import shorten
from .supporting import Claim
from .topics import Kind

LONGEST = 280
"""Characters of a claim."""

ITEMS = 24
"""Claims of one kind that are read of one answer."""

_INLINE = re.compile(r"\s*[\[(](?:messages?|msgs?\.?|nos?\.?)?\s*#?(\d{1,5}(?:\s*,\s*#?\d{1,5})*)[\])]", re.IGNORECASE)
_MARK = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+")
_NOBODY = frozenset(
    {"", "none", "null", "nobody", "n/a", "unknown", "unassigned", "not stated", "unspecified", "-", "tbd"}
)


def _whole(value: object) -> object:
    """The numbers in whatever a model gives for a list of them."""
    given = value if isinstance(value, list) else [value]
    return [int(number) for each in given if each is not None for number in re.findall(r"\d{1,9}", str(each))]


def _item(value: object) -> object:
    """A claim that came as bare words."""
    return {"text": value, "messages": []} if isinstance(value, str) else value


def _items(value: object) -> object:
    given = value if isinstance(value, list) else [] if value is None else [value]
    return [each for each in given if each not in (None, "", {})][:ITEMS]


def _text(value: object) -> object:
    return None if value is None else str(value)


class Item(BaseModel):
    """One thing that was said."""

    text: Annotated[str, Field(description="One sentence that can stand alone, with the names of those it is about.")]
    messages: Annotated[
        list[int], BeforeValidator(_whole), Field(description="The numbers of the one to four messages that say it.")
    ] = []


class Task(Item):
    """Something that somebody is to do."""

    owner: Annotated[
        str | None, BeforeValidator(_text), Field(description="Who does it, by name; null where nobody is named.")
    ] = None
    due: Annotated[
        str | None,
        BeforeValidator(_text),
        Field(description="Until when, in the words of the message; null where it names no date."),
    ] = None


class Notes(BaseModel):
    """What a conversation was about, and what came of it."""

    headline: Annotated[str, Field(description="What it was about, in at most eight words, in sentence case.")] = ""
    points: Annotated[
        list[Annotated[Item, BeforeValidator(_item)]],
        BeforeValidator(_items),
        Field(description="What a reader has to know, the most important first."),
    ] = []
    decisions: Annotated[
        list[Annotated[Item, BeforeValidator(_item)]],
        BeforeValidator(_items),
        Field(description="What was decided; a proposal or a question is no decision."),
    ] = []
    actions: Annotated[
        list[Annotated[Task, BeforeValidator(_item)]],
        BeforeValidator(_items),
        Field(description="Who is to do what, where somebody said so."),
    ] = []
    questions: Annotated[
        list[Annotated[Item, BeforeValidator(_item)]],
        BeforeValidator(_items),
        Field(description="Questions that nobody answered."),
    ] = []
    disagreements: Annotated[
        list[Annotated[Item, BeforeValidator(_item)]],
        BeforeValidator(_items),
        Field(description="Who contradicts whom about what."),
    ] = []

    def claims(self) -> Iterator[Claim]:
        """Everything that it claims, by kind; the numbers that a model wrote into its sentences count as citations."""
        kinds: tuple[tuple[Kind, list[Item] | list[Task]], ...] = (
            (Kind.DECISION, self.decisions),
            (Kind.POINT, self.points),
            (Kind.DISAGREEMENT, self.disagreements),
            (Kind.ACTION, self.actions),
            (Kind.QUESTION, self.questions),
        )
        for kind, items in kinds:
            for item in items:
                text, inline = uncited(item.text)
                if kind is Kind.DECISION:
                    text = capital(text[decided(text) or 0 :])
                who, due = (item.owner, item.due) if isinstance(item, Task) else (None, None)
                if text:
                    cited = tuple(number - 1 for number in (*item.messages, *inline))
                    yield Claim(text, cited, kind, _stated(who), _stated(due))


def uncited(text: str) -> tuple[str, list[int]]:
    """A sentence on one line without the numbers of messages in it, and these numbers."""
    inline = [int(number) for group in _INLINE.findall(text) for number in re.findall(r"\d+", group)]
    return shorten(" ".join(_MARK.sub("", _INLINE.sub("", text)).replace("**", "").split()), LONGEST), inline


def form() -> str:
    """The keys of the answer, for a model that cannot be held to a form."""
    example: JsonValue = {
        "headline": "…",
        **{
            name: [{"text": "…", "messages": [1, 2], **({"owner": None, "due": None} if name == "actions" else {})}]
            for name in Notes.model_fields
            if name != "headline"
        },
    }
    told = [f"- {name}: {field.description}" for name, field in Notes.model_fields.items()]
    return "\n".join([json.dumps(example, ensure_ascii=False), *told])


def _stated(text: str | None) -> str | None:
    """An owner or a date; models write "none" in many ways."""
    words = " ".join((text or "").split())
    return None if words.casefold() in _NOBODY else words[:80]
