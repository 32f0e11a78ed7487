"""What every request passes on its way to a command, in the order of `ORDER`."""

from __future__ import annotations

from bot.middleware.call import Call, Middleware, Proceed

__all__ = ["Call", "Middleware", "Proceed"]
