"""A server of the Model Context Protocol, for tests: `python weather_server.py`."""

from __future__ import annotations

import os

from mcp.server.fastmcp import FastMCP

server = FastMCP("weather")


@server.tool()
def forecast(place: str) -> str:
    """Tell the weather of a place."""
    return f"Rain in {place}, says {os.environ.get('WEATHER_KEY', 'nobody')}, {os.environ.get('OTHER_KEY', 'nobody')}."


@server.tool()
def storm() -> str:
    """Make a storm."""
    raise ValueError("no wind")


@server.tool()
def crash() -> str:
    """End the server."""
    os._exit(1)


if __name__ == "__main__":
    server.run()
