"""The same event or message, delivered again, is answered once."""

from __future__ import annotations

from collections import OrderedDict

from bot.middleware.call import Call, Proceed

REMEMBERED = 20_000
"""How many events are remembered; at 20 a second that is a quarter of an hour, longer than any platform retries."""


class Duplicates:
    """Lets each event and each message through once."""

    def __init__(self) -> None:
        self._seen: OrderedDict[tuple[str, str, str], None] = OrderedDict()

    async def __call__(self, call: Call, proceed: Proceed) -> None:
        """Go on unless it was seen before."""
        origin = call.request.origin
        # A message's id is unique only in its channel.
        # What is asked once more has the message of the first time.
        message = None if call.request.first_asked else origin.message
        named = (("event", origin.event), (f"message in {call.request.channel.id}", message))
        keys = [(origin.platform, kind, key) for kind, key in named if key is not None]
        known = any(key in self._seen for key in keys)
        for key in keys:
            self._seen[key] = None
        while len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        if not known:
            await proceed(call)
