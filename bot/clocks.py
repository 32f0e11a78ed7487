"""Times of day as people say them in English: `half past eight`, `ten to nine`, `eight o'clock`."""

from __future__ import annotations

import re
from collections.abc import Iterable

EARLIEST_HOUR = 7
"""`at 5` is in the afternoon, `at 7` in the morning; `05:00` and `5 am` are what they say."""

SPOKEN_HOURS = {
    word: number
    for number, word in enumerate("one two three four five six seven eight nine ten eleven twelve".split(), 1)
}
"""Hours in words."""

_PARTS = {"five": 5, "ten": 10, "quarter": 15, "twenty": 20, "twenty-five": 25, "twenty five": 25, "half": 30}
_MINUTES = {"fifteen": 15, "thirty": 30, "forty": 40, "forty five": 45, "forty-five": 45, "fifty": 50} | _PARTS


def _either(words: Iterable[str]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_SUFFIX = r"(?:\s?(?P<suffix>[ap]m|[ap]\.m\.|o['’ ]?clock))?(?![\w:-])"
# `five to ten minutes` is how long something takes.
_NO_LENGTH = r"(?! (?:minutes?|hours?|days?|weeks?|months?)\b)"
_BESIDE = re.compile(
    rf"\b(?P<at>at )?(?:(?:a )?(?P<minutes>\d{{1,2}}|{_either(_PARTS)})(?P<unit> minutes?)? "
    rf"(?P<side>past|after|to|before)|half) (?P<hour>\d{{1,2}}|{_either(SPOKEN_HOURS)}){_SUFFIX}{_NO_LENGTH}"
)
_WORDS = re.compile(
    rf"\b(?P<at>at )?(?P<hour>{_either(SPOKEN_HOURS)})"
    rf"(?: (?P<minutes>{_either(_MINUTES.keys() - {'half', 'quarter'})}))?{_SUFFIX}"
)


def in_digits(words: str) -> str:
    """A text in which the times of day that are said in words stand in digits: `half past eight` is `at 8.30`.

    `5.30` is in the afternoon as `5` is, where nothing beside it says otherwise.

    Args:
        words: The text, in small letters.
    """
    return _WORDS.sub(_of_words, _BESIDE.sub(_beside_the_hour, words))


def _beside_the_hour(found: re.Match[str]) -> str:
    hour, minutes = _number(found["hour"]), _number(found["minutes"] or "half")
    suffix = (found["suffix"] or "").replace(".", "")
    # `10 to 12` may be how long something takes.
    sure = found["at"] or found["unit"] or suffix or not (found["minutes"] or "").isdecimal()
    if hour > 23 or minutes > 30 or not sure:
        return found[0]
    if found["side"] not in ("to", "before"):
        return _clock(f"{hour}", minutes, suffix)
    if hour == 12:
        # At 12 the other half of the day begins.
        suffix = {"am": "pm", "pm": "am"}.get(suffix, suffix)
    before = (hour - 1) % 24 or 12
    # `quarter to seven` is in the morning as `seven` is.
    return _clock(f"{before:02}" if hour == EARLIEST_HOUR else f"{before}", 60 - minutes, suffix)


def _of_words(found: re.Match[str]) -> str:
    if not (found["at"] or found["minutes"] or found["suffix"]):
        return found[0]
    minutes = _number(found["minutes"]) if found["minutes"] else 0
    return _clock(f"{_number(found['hour'])}", minutes, (found["suffix"] or "").replace(".", ""))


def _clock(hour: str, minutes: int, suffix: str) -> str:
    return f"at {hour}.{minutes:02}{f' {suffix}' if suffix in ('am', 'pm') else ''}"


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else (SPOKEN_HOURS | _MINUTES)[text]
