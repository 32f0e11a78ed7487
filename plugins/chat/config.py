"""What `[plugin.chat]` of the configuration may say."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field, model_validator

from bot import Person


class Source(BaseModel, extra="forbid"):
    """A server of the Model Context Protocol whose tools the language model may call.

    Attributes:
        command: The program that is the server, started when it is first needed.
        args: What follows it.
        env: Names of environment variables that the program is given; it sees no others that may be secret.
        url: Where it is reached instead, by HTTP.
        token: The name of the environment variable with the token that is sent there.
        trusted: Whether its tools run without asking the person.
        people: Accounts for which its tools are called, such as `discord:1234`, or `*` for everyone; no others.
        timeout_seconds: How long one call may take.
    """

    command: str = ""
    args: tuple[str, ...] = ()
    env: tuple[str, ...] = ()
    url: str = ""
    token: str = ""
    trusted: bool = False
    people: tuple[str, ...] = ()
    timeout_seconds: Annotated[float, Field(gt=0)] = 60.0

    @model_validator(mode="after")
    def _reached_one_way(self) -> Source:
        if bool(self.command) == bool(self.url):
            raise ValueError("give either command or url")
        return self

    def serves(self, person: Person) -> bool:
        """Whether its tools are called for a person."""
        return not {person.id, "*"}.isdisjoint(self.people)


class ChatConfig(BaseModel, extra="forbid"):
    """How the language model does things.

    Attributes:
        steps: How often it may think and call commands before it has to answer; 0 lets it only talk.
        mcp: Servers whose tools it may call besides, by name.
        history_messages: How far back a conversation is read; what is older is told of in a running summary.
        knowledge_passages: How many passages of what the server knows it is given.
    """

    steps: Annotated[int, Field(ge=0, le=50)] = 8
    mcp: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,15}$")], Source] = {}
    history_messages: Annotated[int, Field(ge=2, le=1000)] = 200
    knowledge_passages: Annotated[int, Field(ge=0, le=50)] = 6

    def sources_for(self, person: Person) -> dict[str, Source]:
        """The servers whose tools are called for a person, by name."""
        return {name: source for name, source in self.mcp.items() if source.serves(person)}
