"""What every request passes on its way to a command, in the order that `bot.path.build_dispatcher` gives."""

from __future__ import annotations

from bot.middleware.call import Call, Middleware, Proceed

__all__ = ["Call", "Middleware", "Proceed"]
