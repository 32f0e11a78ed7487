"""Whether a message has something in it that must not be repeated: a key, a token, a password or a card's number."""

from __future__ import annotations

import re

_FORMATS: tuple[tuple[tuple[str, ...], re.Pattern[str]], ...] = tuple(
    (tuple(marks.split()), re.compile(pattern, re.ASCII))
    for marks, pattern in (
        # RFC 7468 and RFC 4880, PuTTY's own files, and age.
        ("PRIVATE PuTTY-User-Key-File", r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY|PuTTY-User-Key-File-\d"),
        ("AGE-SECRET-KEY-", r"AGE-SECRET-KEY-1[A-Z0-9]{40,}"),
        # GitHub and GitLab: prefixes since 2021.
        ("ghp_ gho_ ghu_ ghs_ ghr_", r"gh[pousr]_[A-Za-z0-9_]{30,}"),
        ("github_pat_", r"github_pat_[A-Za-z0-9_]{30,}"),
        ("glpat- gldt- glrt- glptt-", r"gl(?:pat|dt|rt|ptt)-[\w-]{20,}"),
        # Slack: tokens of bots, users, apps and refreshing, and the addresses of webhooks.
        ("xox xapp-", r"xox[a-z](?:\.xox[a-z])?-[\w-]{10,}|xapp-\d-[\w-]{10,}"),
        ("hooks.slack.com", r"hooks\.slack\.com/(?:services|workflows|triggers)/\w+/\w+/\w+"),
        # Discord: the bot's id in base 64, the time, the signature; and webhooks.
        (".", r"\b[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,40}(?![\w-])"),
        ("/webhooks/", r"discord(?:app)?\.com/api/(?:v\d+/)?webhooks/\d+/[\w-]{20,}"),
        ("AA", r"\b\d{8,10}:AA[\w-]{30,40}\b"),  # Telegram
        # Clouds: Amazon (the kinds of ids that its IAM gives to keys), Google, Azure, DigitalOcean.
        ("AKIA ASIA ABIA ACCA", r"\bA(?:KIA|SIA|BIA|CCA)[A-Z0-9]{16}\b"),
        ("AIza GOCSPX- ya29.", r"\bAIza[\w-]{35}|\bGOCSPX-[\w-]{20,}|\bya29\.[\w-]{30,}"),
        ("AccountKey= SharedAccessKey= sig=", r"(?:AccountKey|SharedAccessKey|[?&]sig)=[A-Za-z0-9+/%]{40,}"),
        ("dop_v1_ doo_v1_ dor_v1_", r"do[opr]_v1_[0-9a-f]{60,}"),
        # Models, payments, mail and packages.
        ("sk-", r"\bsk-(?=[\w-]{0,60}\d)(?=[\w-]{0,60}[A-Z])[\w-]{20,}"),
        ("sk_ rk_ whsec_", r"\b(?:[sr]k_(?:live|test)|whsec)_[A-Za-z0-9+/]{16,}"),
        ("hf_ npm_", r"\bhf_[A-Za-z]{30,}|\bnpm_[A-Za-z0-9]{36}"),
        ("pypi-", r"\bpypi-AgE[\w-]{50,}"),
        ("SG.", r"\bSG\.[\w-]{20,24}\.[\w-]{39,50}"),
        ("shp", r"\bshp(?:at|ca|pa|ss)_[0-9a-f]{32}"),
        # What names itself: JSON Web Tokens (RFC 7519), addresses with a password in them, and headers of HTTP.
        ("eyJ", r"\beyJ[\w-]{10,}\.eyJ[\w-]{5,}\.[\w-]{10,}"),
        ("://", r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@?#]{0,60}:(?!//)[^\s/@<{$*]{3,100}@[\w.-]"),
        ("earer", r"\b[Bb]earer [\w.~+/-]{20,}"),
        ("asic", r"\b[Bb]asic [A-Za-z0-9+/]{16,}={0,2}(?![\w/])"),
    )
)
"""What keys and tokens look like, as those who give them out document it; each with what no such one is without."""

_NAMES = {
    # What people call a password is one when it is a word by itself.
    "password": (
        "pass pwd pw kennwort contrase clave senha mot wachtwoord hasło lösenord парол 密 パスワード 비밀번호",
        (
            r"(?:pass(?:word|wd|wort|phrase|code)?s?|pwd|pw|kennwort|contraseñas?|clave|senha|mot de passe|wachtwoord"
            r"|hasło|lösenord|пароль|密码|密碼|パスワード|비밀번호)"
        ),
    ),
    "token": (
        "key secret token credential",
        (
            r"(?:(?:api|access|account|auth|client|consumer|encryption|private|secret|session|signing|webhook|master"
            r"|deploy|license|bot)[ _-]?keys?|secret|token|credentials?)(?:[ _-]id)?"
        ),
    ),
    "pin": ("pin", r"(?<!\w)pin(?:[ -]?code)?"),
}
"""What secrets are called, in small letters, by their kind; each with what there is in every such name."""

_VALUE = (
    r"[*_`\"']{0,3}"
    r"(?P<sign>\s{0,3}(?:[:=\N{FULLWIDTH COLON}]|=>|:=)\s{0,3}|\s(?:is|ist|es|est|é|är|to)(?: now)?:?\s)"
    r"[*_`\"'“„«|]{0,4}"
    r"(?P<value>[^\s`\"'”“»|,;]{4,200})"
    r"(?P<more>[ \t]+[^\s`\"'*_|]+)?"
)
_NAMED = tuple((kind, tuple(stems.split()), re.compile(name + _VALUE)) for kind, (stems, name) in _NAMES.items())

_NO_VALUE = re.compile(
    r"""
    [<{$%\[(*#] | .*[(…{}] | (?:x|\.|\*|•|-|_)+$ | \w+://(?!\S*:\S*@) | \w+\.(?:env|environ|get|getenv)\b
    | (?:your|my|the|change|example|redacted|hidden|required|optional|empty|none|null|nil|true|false|undefined|wrong
        |expired|invalid|incorrect|missing|forgotten|changed|reset|unknown|string|here|same|todo|tbd|see|ask)
      (?:[-_].*|me|d|s)?[.!?]*$
    """,
    re.VERBOSE,
)
"""What stands where a secret would, and is none: placeholders, names of variables, addresses and plain words."""

_CARD = re.compile(
    r"(?<![\w.,:/@#+-])(?:\d{4}([ -]?)\d{4}\1\d{4}\1\d{2,4}|3\d{3}([ -]?)\d{6}\2\d{4,5})(?![\w/@-]|[.,]\d)"
)
_ISSUERS = re.compile(r"4|5[1-5]|2[2-7]|3[0-9]|6[0245]")


def has_secret(text: str) -> bool:
    """Whether a text contains a key, a token, a password or the number of a payment card, as far as its form tells."""
    for marks, pattern in _FORMATS:
        for mark in marks:
            if mark in text:
                if pattern.search(text):
                    return True
                break
    low = text.lower()
    for kind, stems, pattern in _NAMED:
        for stem in stems:
            if stem in low:
                if any(_is_secret(kind, found) for found in pattern.finditer(low)):
                    return True
                break
    return any(_is_card(found[0]) for found in _CARD.finditer(text))


def _is_secret(kind: str, found: re.Match[str]) -> bool:
    """Whether what stands after a name such as “password” is one."""
    value = found["value"].rstrip("*_.!?)")
    if _NO_VALUE.match(value):
        return False
    if kind == "pin":
        return value.isdecimal() and len(value) <= 8
    mixed = any(letter.isdigit() for letter in value) and not value.replace(".", "").isdecimal()
    mixed = mixed or any(letter in value for letter in "!#$%&@^~+=/")
    if kind == "token":
        return mixed and len(value) >= 8
    # A word by itself after a colon is a password, and a word in a sentence is not.
    assigned = not found["sign"].strip(" \n\t:=>\N{FULLWIDTH COLON}")
    return (mixed and len(value) >= 5) or (assigned and not found["more"] and len(value) >= 4)


def _is_card(number: str) -> bool:
    """Whether it is an issuer's, and its last digit is right (ISO/IEC 7812-1)."""
    digits = [int(digit) for digit in number if digit.isdigit()]
    if not 14 <= len(digits) <= 16 or not _ISSUERS.match(number):
        return False
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return (sum(doubled) + sum(digits[-1::-2])) % 10 == 0
