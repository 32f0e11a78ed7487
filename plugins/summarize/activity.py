"""A picture of when how much was said: a bar for each hour or day, and the same in words."""

from __future__ import annotations

import io
from bisect import bisect_left
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from bot import File, Message, count, moment

if TYPE_CHECKING:
    from .wording import Reader

FEWEST = 20
"""Messages from which a picture tells more than a number."""

HOURS = timedelta(hours=49)
"""Up to so long a bar is an hour, and a day from then on; one day more where the clocks change."""

LABELS = 8
"""Bars that have a label at most."""

WEEK = 7
"""Days up to which each is called by its name."""

_BAR, _PEAK, _WORDS = "#7c93d6", "#4a6ee0", "#868b96"
"""Colours that can be told from both a white and a dark background."""


def activity_picture(messages: Sequence[Message], start: datetime, end: datetime, reader: Reader) -> File | None:
    """When how much was said; None where that is hardly worth a look. It takes a moment: call it in a thread.

    Args:
        messages: What was said.
        start: Where the stretch of time begins.
        end: Where it ends.
        reader: Whose clock it is told by.
    """
    hourly = end - start <= HOURS
    bars = counted([message.sent for message in messages], start, end, reader.zone, hourly=hourly)
    busy = [number for _, number in bars if number]
    if len(messages) < FEWEST or len(busy) < 3:
        return None
    labels = [_label(when, reader, len(bars), hourly=hourly) for when, _ in bars]
    most = max(number for _, number in bars)
    unit, place = ("hour", "in the hour from") if hourly else ("day", "on")
    top = labels[[number for _, number in bars].index(most)]
    alt = (
        f"{count(len(messages), 'message')} by the {unit}, {reader.time(start)} to {reader.time(end)} "
        f"({reader.zone_name}): most, {most:,}, {place} {top}; none in {len(bars) - len(busy)} of "
        f"{count(len(bars), unit)}."
    )
    return File("activity.png", _drawn([number for _, number in bars], labels), "image/png", alt=alt)


def counted(
    times: Sequence[datetime], start: datetime, end: datetime, zone: tzinfo, *, hourly: bool
) -> list[tuple[datetime, int]]:
    """How many of some times are in each hour or day, by the clock of a zone.

    Args:
        times: From `start` up to `end`.
        start: Where the first hour or day begins, or goes on.
        end: Where the last one ends, or is cut off.
        zone: Whose hours and days.
        hourly: Hours instead of days.

    Returns:
        The beginning of each, in order, and how many are in it.
    """
    ordered = sorted(times)
    bars: list[tuple[datetime, int]] = []
    at = _floor(start, zone, hourly=hourly)
    while at < end:
        # By the clock a day may have 23 or 25 hours.
        following = at + timedelta(hours=1) if hourly else _floor(at + timedelta(hours=30), zone, hourly=False)
        bars.append((at, bisect_left(ordered, following) - bisect_left(ordered, at)))
        at = following
    return bars


def _floor(when: datetime, zone: tzinfo, *, hourly: bool) -> datetime:
    local = when.astimezone(zone)
    local = (
        local.replace(minute=0, second=0, microsecond=0)
        if hourly
        else local.replace(hour=0, minute=0, second=0, microsecond=0)
    )
    return local.astimezone(UTC)


def _drawn(numbers: Sequence[int], labels: Sequence[str]) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 1.5), dpi=150)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.02, 0.24, 0.96, 0.6))
    most = max(numbers)
    axes.bar(range(len(numbers)), numbers, width=0.78, color=[_PEAK if each == most else _BAR for each in numbers])
    axes.set_xlim(-0.6, len(numbers) - 0.4)
    axes.set_yticks([])
    for side in ("left", "right", "top"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(_WORDS)
    axes.annotate(
        f"{most:,}",
        (numbers.index(most), most),
        xytext=(0, 2),
        textcoords="offset points",
        ha="center",
        color=_WORDS,
        fontsize=9,
    )
    places = range(0, len(numbers), -(-len(numbers) // LABELS))
    axes.set_xticks(list(places), [labels[place] for place in places])
    axes.tick_params(axis="x", colors=_WORDS, labelsize=8.5, length=0, pad=4)
    data = io.BytesIO()
    figure.savefig(data, format="png", transparent=True)
    return data.getvalue()


def _label(when: datetime, reader: Reader, bars: int, *, hourly: bool) -> str:
    """The hour; the day of the week; or the date, where there are more days than a week has."""
    told = when if bars <= WEEK else when + timedelta(days=30)
    label = moment(when, told, reader.zone, day=not hourly)
    return label if hourly else label.rpartition(" ")[0]
