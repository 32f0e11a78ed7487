"""The boundary: a person sees one plain sentence, the log has the trace."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeAlias

import structlog

from bot.errors import UserError
from bot.middleware.call import Call, Proceed

log = structlog.get_logger(__name__)

RESTARTING = "I am being restarted and could not finish. Please ask again in a minute."

STOPPING = "stopping"
"""The message a task is cancelled with when Atelier stops, rather than by the person."""

HANDING_OVER = "handing over"
"""The message a task is cancelled with when Atelier stops and the next start goes on with it."""

GOES_ON = "I am being restarted; this goes on in a moment"

REVISED = "revised"
"""The message a task is cancelled with when its question was edited: the answer to that takes its place.

One that only the person sees goes instead.
"""

WITHDRAWN = "withdrawn"
"""The message a task is cancelled with when its question was deleted."""

Explain: TypeAlias = Callable[[Exception], UserError | None]
"""Turns an error of a library into a sentence for people, where it can."""


class Errors:
    """Ends every call with an answer, an apology or "cancelled".

    Args:
        explain: Knows the errors that have a better explanation than an apology.
    """

    def __init__(self, explain: Explain) -> None:
        self._explain = explain

    async def __call__(self, call: Call, proceed: Proceed) -> None:
        """Go on, and close the reply whatever comes."""
        try:
            await proceed(call)
            await call.reply.close()
        except UserError as error:
            await self._refuse(call, str(error))
        except asyncio.CancelledError as error:
            call.outcome = "cancelled"
            if HANDING_OVER in error.args:
                call.handed_over = True
                await call.reply.pause(GOES_ON)
                raise
            if STOPPING in error.args:
                if not (call.request.scheduled and call.reply.discard(RESTARTING)):
                    await call.reply.fail(RESTARTING)
                raise
            if REVISED in error.args and not call.reply.private:
                await call.reply.abandon()
            elif REVISED in error.args or WITHDRAWN in error.args:
                await call.reply.withdraw()
            else:
                await call.reply.cancelled()
        except Exception as error:
            if call.reply.closed:
                # The answer is complete; only the platform did not take it.
                log.warning("answer not shown yet", request=call.request.id, error=repr(error))
                await call.reply.close()
                return
            known = self._explain(error)
            if known is not None:
                log.warning("explained error", request=call.request.id, error=repr(error))
                await self._refuse(call, str(known))
                return
            call.outcome = "failed"
            command = call.command.name if call.command else None
            log.exception("request failed", request=call.request.id, command=command)
            # The end of the id: short enough to be read out, and found by a search of the log.
            sorry = f"Sorry, something went wrong on my side. It is noted as `{call.request.id[-8:]}`; "
            if call.request.scheduled and call.reply.discard(f"{sorry}please tell the admin this number."):
                return
            await call.reply.fail(f"{sorry}please try again, or tell the admin this number.")

    async def _refuse(self, call: Call, reason: str) -> None:
        call.outcome = "refused"
        if call.request.scheduled and call.reply.discard(reason):
            # Nobody asked just now, so nobody in the channel is to be told.
            log.warning("scheduled request refused", request=call.request.id, reason=reason)
            return
        await call.reply.fail(reason)
