"""Everything that is not `chat.*`: who, where, what was said, files, panes."""

from __future__ import annotations

from tests.servers.slack.web_api import Refused, method
from tests.servers.slack.workspace import Json, Posted, T, Workspace


@method("auth.test")
def auth_test(workspace: Workspace, arguments: Json) -> Json:
    """Who the token belongs to."""
    return {
        "url": workspace.url,
        "team": "Sample",
        "user": "atelier",
        "team_id": workspace.team,
        "user_id": workspace.bot,
        "bot_id": "B_ATELIER",
    }


@method("users.info", "users:read")
def users_info(workspace: Workspace, arguments: Json) -> Json:
    """A person."""
    user = workspace.users.get(arguments.get("user", ""))
    if user is None:
        raise Refused("user_not_found")
    return {"user": user}


@method("users.list", "users:read")
def users_list(workspace: Workspace, arguments: Json) -> Json:
    """Everyone, in pages."""
    page, cursor = _page(list(workspace.users.values()), arguments)
    return {"members": page, "response_metadata": {"next_cursor": cursor}}


@method("conversations.info", "channels:read")
def conversations_info(workspace: Workspace, arguments: Json) -> Json:
    """A channel."""
    return {"channel": _channel(workspace, arguments)}


@method("conversations.list", "channels:read")
def conversations_list(workspace: Workspace, arguments: Json) -> Json:
    """Every channel, in pages; direct conversations are asked for by type."""
    channels = [channel for channel in workspace.channels.values() if not channel.get("is_im")]
    page, cursor = _page(channels, arguments)
    return {"channels": page, "response_metadata": {"next_cursor": cursor}}


@method("users.conversations", "channels:read")
def users_conversations(workspace: Workspace, arguments: Json) -> Json:
    """The channels that the bot is in, in pages."""
    joined = [channel for id_, channel in workspace.channels.items() if id_ in workspace.members]
    archived = str(arguments.get("exclude_archived")).lower() not in {"true", "1"}
    mine = [each for each in joined if not each.get("is_im") and (archived or not each["is_archived"])]
    page, cursor = _page(mine, arguments)
    return {"channels": page, "response_metadata": {"next_cursor": cursor}}


@method("conversations.members", "channels:read")
def conversations_members(workspace: Workspace, arguments: Json) -> Json:
    """Who is in a channel, in pages; of a private one only where the bot is in it."""
    channel = _channel(workspace, arguments)
    joined = channel["id"] in workspace.members
    if channel["is_private"] and not joined:
        raise Refused("channel_not_found")
    people = [*workspace.people[channel["id"]], *([workspace.bot] if joined else [])]
    page, cursor = _page(people, arguments)
    return {"members": page, "response_metadata": {"next_cursor": cursor}}


@method("conversations.open", "im:write")
def conversations_open(workspace: Workspace, arguments: Json) -> Json:
    """The direct conversation with a person."""
    user = str(arguments.get("users", ""))
    if user not in workspace.users:
        raise Refused("user_not_found")
    if workspace.users[user]["deleted"]:
        raise Refused("user_disabled")
    known = (channel for channel in workspace.channels.values() if channel.get("user") == user)
    channel = next(known, None)
    if channel is None:
        workspace.add_channel(f"D{user}", "", is_im=True, user=user)
        channel = workspace.channels[f"D{user}"]
    return {"channel": {"id": channel["id"]}}


@method("conversations.history", "channels:history")
def conversations_history(workspace: Workspace, arguments: Json) -> Json:
    """A channel's messages without the replies in threads, newest first."""
    found = [m for m in _readable(workspace, arguments) if m.thread in {None, m.ts}]
    return _messages(workspace, list(reversed(found)), arguments)


@method("conversations.replies", "channels:history")
def conversations_replies(workspace: Workspace, arguments: Json) -> Json:
    """A thread, by any of its messages, oldest first, beginning with the message it hangs on."""
    parent = str(arguments.get("ts"))
    asked = workspace.find(str(arguments.get("channel")), parent)
    parent = (asked and asked.thread) or parent
    found = [m for m in _readable(workspace, arguments) if parent in {m.ts, m.thread}]
    if not found:
        raise Refused("thread_not_found")
    return _messages(workspace, found, arguments)


@method("files.getUploadURLExternal", "files:write")
def get_upload_url(workspace: Workspace, arguments: Json) -> Json:
    """Where a file's bytes go; the server adds the address."""
    if int(arguments.get("length", 0)) <= 0 or not arguments.get("filename"):
        raise Refused("invalid_arguments")
    file = workspace.next_file()
    workspace.files[file] = b""
    return {"file_id": file}


@method("files.completeUploadExternal", "files:write")
def complete_upload(workspace: Workspace, arguments: Json) -> Json:
    """Share files that were uploaded."""
    files = arguments["files"]
    if any(not workspace.files.get(file["id"]) for file in files):
        raise Refused("file_not_found")
    channel = arguments.get("channel_id")
    if channel:
        if channel not in workspace.members:
            raise Refused("channel_not_found")
        text = str(arguments.get("initial_comment") or "")
        thread = arguments.get("thread_ts")
        workspace.add(Posted(workspace.next_ts(), channel, workspace.bot, text, thread, files=files))
    return {"files": files}


@method("files.info", "files:read")
def files_info(workspace: Workspace, arguments: Json) -> Json:
    """A file, and which messages show it."""
    file = str(arguments.get("file"))
    if file not in workspace.files:
        raise Refused("file_not_found")
    shares: dict[str, list[Json]] = {}
    for message in workspace.showing(file):
        shares.setdefault(message.channel, []).append({"ts": message.ts})
    titles = (each["title"] for message in workspace.showing(file) for each in message.files if "title" in each)
    return {"file": {"id": file, "name": next(titles, ""), "shares": {"public": shares} if shares else {}}}


@method("files.delete", "files:write")
def files_delete(workspace: Workspace, arguments: Json) -> Json:
    """Remove a file; messages that say something besides stay."""
    file = str(arguments.get("file"))
    if workspace.files.pop(file, None) is None:
        raise Refused("file_deleted")
    for message in workspace.showing(file):
        if message.text:
            message.files = [{"id": file, "mode": "tombstone"}]
        else:
            workspace.messages[message.channel].remove(message)
    return {}


@method("views.open")
def views_open(workspace: Workspace, arguments: Json) -> Json:
    """Open a modal; a trigger does that once."""
    trigger = str(arguments.get("trigger_id", ""))
    if not trigger.startswith("trigger."):
        raise Refused("invalid_trigger_id")
    if trigger in workspace.triggered:
        raise Refused("exchanged_trigger_id")
    workspace.triggered.add(trigger)
    return {"view": {"id": "V1", **arguments["view"]}}


@method("reactions.add", "reactions:write")
def reactions_add(workspace: Workspace, arguments: Json) -> Json:
    """React to a message."""
    if workspace.find(str(arguments["channel"]), str(arguments["timestamp"])) is None:
        raise Refused("message_not_found")
    return {}


@method("reactions.remove", "reactions:write")
def reactions_remove(workspace: Workspace, arguments: Json) -> Json:
    """Take a reaction back."""
    return reactions_add(workspace, arguments)


@method("assistant.threads.setStatus", "assistant:write")
@method("assistant.threads.setTitle", "assistant:write")
@method("assistant.threads.setSuggestedPrompts", "assistant:write")
def assistant(workspace: Workspace, arguments: Json) -> Json:
    """What the assistant pane shows; only direct conversations have one."""
    if not workspace.channels.get(str(arguments.get("channel_id")), {}).get("is_im"):
        raise Refused("channel_not_found")
    return {}


def _channel(workspace: Workspace, arguments: Json) -> Json:
    channel = workspace.channels.get(str(arguments.get("channel")))
    if channel is None:
        raise Refused("channel_not_found")
    return channel


def _readable(workspace: Workspace, arguments: Json) -> list[Posted]:
    channel = _channel(workspace, arguments)["id"]
    if channel not in workspace.members:
        raise Refused("not_in_channel")
    oldest = float(arguments.get("oldest") or 0)
    return [m for m in workspace.messages[channel] if not m.only_for and float(m.ts) >= oldest]


def _messages(workspace: Workspace, found: list[Posted], arguments: Json) -> Json:
    told = str(arguments.get("include_all_metadata")).lower() in {"true", "1"}
    rows = [message.as_json(workspace.bot, metadata=told) | _thread(workspace, message) for message in found]
    page, cursor = _page(rows, arguments)
    return {"messages": page, "has_more": bool(cursor), "response_metadata": {"next_cursor": cursor}}


def _thread(workspace: Workspace, message: Posted) -> Json:
    """What a message that a thread hangs on tells of it."""
    replies = [m.ts for m in workspace.messages[message.channel] if m.thread == message.ts != m.ts]
    if not replies:
        return {}
    return {"thread_ts": message.ts, "reply_count": len(replies), "latest_reply": max(replies, key=float)}


def _page(rows: list[T], arguments: Json) -> tuple[list[T], str]:
    start, limit = int(arguments.get("cursor") or 0), int(arguments.get("limit") or 100)
    following = start + limit
    return rows[start:following], str(following) if following < len(rows) else ""
