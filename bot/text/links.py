"""Where links lead, and whether their labels say something else."""

from __future__ import annotations

import re
import unicodedata

_ADDRESS = re.compile(
    r"[a-z][a-z0-9+.-]*:/+\s*\S+|//\S+"
    r"|(?:\d{1,3}\.){3}\d{1,3}\S*"
    r"|(?:[\w-]+\.)+(?P<last>[^\W\d_][\w-]+)(?:[:/?#]\S*)?"
)
# Of files and names such as Node.js; no top-level domain is called like this.
_NO_DOMAINS = frozenset("js mjs ts tsx jsx cs txt json yaml yml toml html css csv xml pdf exe lock ini cfg log".split())
_SLASHES = str.maketrans("╱⁄∕⧸〳", "/////")
_DOTS = str.maketrans("。․｡", "...")
_BEFORE_HOST = re.compile(r"^[a-z][a-z0-9+.-]*:/*|^//+")
_PING = re.compile(r"@(?=everyone|here|[!&]?\d)", re.IGNORECASE)


def is_web(target: str) -> bool:
    """Whether a target is a web page."""
    return target.casefold().startswith(("http://", "https://"))


def is_same(label: str, target: str) -> bool:
    """Whether a label is its target, written out."""
    return _bare(label) == _bare(target)


def is_disguised(label: str, target: str) -> bool:
    """Whether a label looks like an address other than its target."""
    goal = _bare(target)
    for found in _ADDRESS.finditer(_as_seen(label)):
        if found["last"] in _NO_DOMAINS:
            continue
        address = _bare(found[0]).rstrip(".")  # an ellipsis is three of them
        following = goal[len(address) : len(address) + 1]
        if not goal.startswith(address) or ("/" not in address and following not in {"", "/", "?", "#", ":"}):
            return True
    return False


def readable(label: str) -> str:
    """A label on one line, without characters that turn the direction of what follows."""
    return " ".join("".join(mark for mark in label if unicodedata.category(mark) != "Cf" or mark == "\u200d").split())


def web_address(target: str) -> str:
    """A target that cannot be read as anything but an address."""
    return _PING.sub("%40", target).replace("|", "%7C").replace("<", "%3C").replace(">", "%3E").replace(" ", "%20")


def _as_seen(text: str) -> str:
    """What people take a text for: look-alikes are what they look like, and what cannot be seen is not there."""
    plain = unicodedata.normalize("NFKC", text.translate(_SLASHES).translate(_DOTS))
    return "".join(mark for mark in plain if unicodedata.category(mark) not in {"Cf", "Mn", "Cc"}).casefold()


def _bare(address: str) -> str:
    """An address without what does not matter."""
    return _BEFORE_HOST.sub("", _as_seen(address).strip()).removeprefix("www.").rstrip("/")
