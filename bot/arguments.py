"""What a handler is called with: the values of its options, and what it asks for by type."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from bot.commands import Command
from bot.errors import ModelMissing, UserError
from bot.middleware.call import Call
from bot.options import Converter
from bot.plugin import Plugin
from bot.reply import Reply
from bot.request import Message, Request
from bot.signatures import Need

Provide: TypeAlias = Callable[[Call, Plugin], Awaitable[object]]
"""Makes what a handler asks for by type, for one call of one plugin's command."""


@dataclass
class Arguments:
    """Makes what handlers are called with.

    Attributes:
        providers: Makes injected values by type.
        converter_for: Makes the option converter of a request.
        configs: Each plugin's own configuration.
    """

    providers: Mapping[type, Provide]
    converter_for: Callable[[Request], Converter]
    configs: dict[Plugin, object] = field(default_factory=dict)

    async def of_command(self, call: Call, command: Command) -> dict[str, object]:
        """What a command's handler is called with, by its parameters.

        Raises:
            UserError: An option is missing, is not known or cannot be read, or there is not what it asks for.
        """
        values = await self._options(call, command)
        for need in command.signature.needs:
            values[need.name] = await self.injected(call, command.plugin, need)
        return values

    async def injected(self, call: Call, plugin: Plugin, need: Need) -> object:
        """What a handler asks for by type; None where it is optional and there is no such thing.

        Raises:
            UserError: There is none, and it is needed.
        """
        if need.type is Request:
            return call.request
        if need.type is Reply:
            return call.reply
        if need.type is Message:
            if call.request.reply_to is None and not need.optional:
                raise UserError("Use this on a message: reply to it, or choose it from the message's menu.")
            return call.request.reply_to
        if need.type is plugin.config:
            if plugin not in self.configs:
                raise UserError("This is being reloaded; please try again in a moment.")
            return self.configs[plugin]
        try:
            return await self.providers[need.type](call, plugin)
        except ModelMissing:
            if need.optional:
                return None
            raise

    async def _options(self, call: Call, command: Command) -> dict[str, object]:
        values: dict[str, object] = {}
        known = {option.name for option in command.options}
        unknown = [name for name in call.options if name not in known]
        if unknown:
            raise UserError(f"`/{command.name}` has no option `{unknown[0]}`. Usage: `{command.usage}`")
        converter: Converter | None = None
        for option in command.options:
            raw = call.options.get(option.name)
            if raw is None or raw == "":
                if option.required:
                    raise UserError(f"`{option.name}` is missing. Usage: `{command.usage}`")
                values[option.parameter or option.name] = option.default
            else:
                converter = converter or self.converter_for(call.request)
                values[option.parameter or option.name] = await converter.convert(option, raw)
        return values
