"""`chat.*`: posting, changing, streaming."""

from __future__ import annotations

from tests.servers.slack.web_api import (
    MARKDOWN_CHARS,
    POST_CHARS,
    UPDATE_CHARS,
    Refused,
    check,
    method,
    the_bots,
    writable,
)
from tests.servers.slack.workspace import Json, Posted, Workspace


@method("chat.postMessage", "chat:write")
def post_message(workspace: Workspace, arguments: Json) -> Json:
    """Post a message."""
    channel = writable(workspace, arguments)
    check(arguments, POST_CHARS)
    message = workspace.add(_message(workspace, channel, arguments))
    return {"channel": channel, "ts": message.ts, "message": message.as_json(workspace.bot)}


@method("chat.postEphemeral", "chat:write")
def post_ephemeral(workspace: Workspace, arguments: Json) -> Json:
    """Post a message that one person sees; it can be neither changed nor found again."""
    channel = writable(workspace, arguments)
    if arguments.get("user") not in workspace.users:
        raise Refused("user_not_in_channel")
    check(arguments, POST_CHARS)
    message = _message(workspace, channel, arguments)
    message.only_for = arguments["user"]
    workspace.add(message)
    return {"message_ts": message.ts}


@method("chat.update", "chat:write")
def update(workspace: Workspace, arguments: Json) -> Json:
    """Replace what a message shows."""
    message = the_bots(workspace, arguments)
    if message.streaming:
        raise Refused("streaming_state_conflict")
    check(arguments, UPDATE_CHARS)
    message.text = arguments.get("text", "")
    message.blocks = arguments.get("blocks", message.blocks)
    message.markdown = None
    message.arguments = arguments
    workspace.note(message)
    return {"channel": message.channel, "ts": message.ts, "text": message.text}


@method("chat.delete", "chat:write")
def delete(workspace: Workspace, arguments: Json) -> Json:
    """Remove a message."""
    message = the_bots(workspace, arguments)
    if message.streaming:
        raise Refused("streaming_state_conflict")
    workspace.messages[message.channel].remove(message)
    return {"channel": message.channel, "ts": message.ts}


@method("chat.startStream", "chat:write")
def start_stream(workspace: Workspace, arguments: Json) -> Json:
    """Start a message that grows: in a thread, and in a channel for a named person."""
    channel = writable(workspace, arguments)
    thread = arguments.get("thread_ts")
    if not thread:
        raise Refused("missing_thread_ts")
    if not workspace.channels[channel].get("is_im") and not (
        arguments.get("recipient_user_id") in workspace.users and arguments.get("recipient_team_id") == workspace.team
    ):
        raise Refused("missing_recipient_user_id")
    message = Posted(workspace.next_ts(), channel, workspace.bot, "", thread, streaming=True, arguments=arguments)
    message.markdown = _markdown(arguments)
    workspace.add(message)
    return {"channel": channel, "ts": message.ts}


@method("chat.appendStream", "chat:write")
def append_stream(workspace: Workspace, arguments: Json) -> Json:
    """Add to it."""
    message = _streaming(workspace, arguments)
    added = _markdown(arguments)
    if not added:
        raise Refused("no_text")
    message.markdown = (message.markdown or "") + added
    workspace.note(message)
    return {"channel": message.channel, "ts": message.ts}


@method("chat.stopStream", "chat:write")
def stop_stream(workspace: Workspace, arguments: Json) -> Json:
    """End it, with blocks below."""
    message = _streaming(workspace, arguments)
    check({"text": " ", "blocks": arguments.get("blocks")}, UPDATE_CHARS)
    message.markdown = (message.markdown or "") + _markdown(arguments)
    message.blocks = arguments.get("blocks") or []
    message.metadata = arguments.get("metadata")
    message.streaming = False
    workspace.note(message)
    return {"channel": message.channel, "ts": message.ts}


def _streaming(workspace: Workspace, arguments: Json) -> Posted:
    message = the_bots(workspace, arguments)
    if not message.streaming:
        raise Refused("message_not_in_streaming_state")
    return message


def _markdown(arguments: Json) -> str:
    text = str(arguments.get("markdown_text") or "")
    text += "".join(chunk["text"] for chunk in arguments.get("chunks") or [] if chunk["type"] == "markdown_text")
    if len(text) > MARKDOWN_CHARS:
        raise Refused("msg_too_long")
    return text


def _message(workspace: Workspace, channel: str, arguments: Json) -> Posted:
    return Posted(
        workspace.next_ts(),
        channel,
        workspace.bot,
        str(arguments.get("text") or ""),
        arguments.get("thread_ts"),
        blocks=arguments.get("blocks") or [],
        arguments=arguments,
        metadata=arguments.get("metadata"),
    )
