"""The soak sees what it is there to see."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.soak.asks import GIVEN_UP, LONG, ONCE, PRIVATE, UNKNOWN, Ask, Seen, Verdict
from tests.soak.plugins.slow import LONG_WORDS, WORDS


class Shown(Ask):
    """A question of whose answer this is seen."""

    def __init__(self, seen: Sequence[Seen], command: str = "slow", *, accepted: bool = True) -> None:
        super().__init__("t", command)
        self._seen, self._accepted = seen, accepted

    @property
    def accepted(self) -> bool:
        return self._accepted

    def seen(self) -> Sequence[Seen]:
        return self._seen

    async def ask(self) -> None:
        raise NotImplementedError


def public(text: str, *, unfinished: bool = False) -> Seen:
    return Seen(text, unfinished, public=True, before=text)


def private(text: str, before: str = "") -> Seen:
    return Seen(text, unfinished=False, public=False, before=before or text)


def words(count: int = WORDS) -> str:
    return "".join([f"t-{number} " for number in range(count)]) + "t-end"


WHOLE, HALF = words(), "t-0 t-1"
SENT = "I was restarted while I was sending you an answer. If you did not get it, please ask again."


@pytest.mark.parametrize(
    ("expected", "asked"),
    [
        (Verdict.ANSWERED, Shown([public(WHOLE)])),
        (Verdict.ANSWERED, Shown([public(words(LONG_WORDS)[:390]), public(words(LONG_WORDS)[390:])], LONG)),
        (Verdict.ANSWERED, Shown([private(WHOLE)], PRIVATE)),
        (Verdict.ANSWERED, Shown([public("-# The answer goes on in our direct messages."), private(WHOLE)], PRIVATE)),
        (Verdict.ANSWERED, Shown([private(WHOLE), private(SENT)], PRIVATE)),
        (Verdict.APOLOGISED, Shown([public(f"{HALF} {GIVEN_UP}")])),
        (Verdict.APOLOGISED, Shown([public(UNKNOWN)], ONCE)),
        (Verdict.APOLOGISED, Shown([private(SENT)], PRIVATE)),
        (Verdict.LOST, Shown([])),
        (Verdict.LOST, Shown([public("-# The answer goes on in our direct messages.")])),
        (Verdict.IGNORED, Shown([], accepted=False)),
        (Verdict.TORN, Shown([public(HALF)])),
        (Verdict.TORN, Shown([public("", unfinished=True)])),
        (Verdict.TORN, Shown([public(WHOLE, unfinished=True)])),
        (Verdict.TORN, Shown([public(WHOLE), public("and something else")])),
        (Verdict.TORN, Shown([public(UNKNOWN)])),
        (Verdict.TORN, Shown([public("I am being restarted; this goes on in a moment.")])),
        (Verdict.TWICE, Shown([public(WHOLE), public(WHOLE)])),
        (Verdict.TWICE, Shown([public(f"{WHOLE} {WHOLE}")])),
        (Verdict.TWICE, Shown([public(WHOLE), public(GIVEN_UP)])),
        (Verdict.TWICE, Shown([public(WHOLE), public(WHOLE)], accepted=False)),
        (Verdict.LEAKED, Shown([public(WHOLE)], PRIVATE)),
        (Verdict.LEAKED, Shown([Seen("Done.", unfinished=False, public=True, before=HALF)], PRIVATE)),
    ],
)
def test_the_verdict_on_what_is_seen(expected: Verdict, asked: Shown) -> None:
    assert expected == asked.verdict(), str(asked)
