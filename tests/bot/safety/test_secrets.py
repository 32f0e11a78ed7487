"""Messages that must not be repeated, and those that may."""

from __future__ import annotations

import string
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.safety.secrets import has_secret

# Put together here, so that no scanner takes this file for a leak.
SECRETS = {
    "pem": "-----BEGIN " + "OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA",
    "pgp": "-----BEGIN PGP " + "PRIVATE KEY BLOCK-----",
    "putty": "PuTTY-User-" + "Key-File-3: ssh-ed25519",
    "age": "AGE-SECRET-" + "KEY-1" + "Q9" * 29,
    "github": "ghp_" + "a1B2" * 9,
    "github fine-grained": "github_pat_" + "11ABCDEFG0" * 8,
    "gitlab": "glpat-" + "x9Yz_" * 4,
    "slack bot": "xoxb-" + "123456789012-123456789012-abcDEF123",
    "slack app": "xapp-" + "1-A012345-678-abcdef",
    "slack refresh": "xoxe." + "xoxp-1-abcdefgh12345678",
    "slack webhook": "https://hooks.slack.com/" + "services/T000/B000/XXXXabcd1234",
    "discord bot": "MTk4NjIyNDgzNDcxOTI1MjQ4." + "Cl2FMQ." + "ZnCjm1XVW7vRze4b7Cq4se7kKWs",
    "discord webhook": "https://discord.com/api/" + "webhooks/123456789012345678/" + "abc_DEF-" * 8,
    "telegram": "123456789:" + "AA" + "Hd1x_Yz" * 5,
    "aws": "AKIA" + "IOSFODNN7EXAMPLE",
    "aws secret": "aws_secret_access_key = " + "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "google": "AIza" + "Sy0123456789abcdefghijklmnopqrstuvw"[:35],
    "google client": "GOCSPX-" + "abcdefgh12345678ABCDEFGH",
    "azure": "AccountKey=" + "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
    "digitalocean": "dop_v1_" + "0123456789abcdef" * 4,
    "openai": "sk-proj-" + "abcDEF123_-" * 5,
    "anthropic": "sk-ant-api03-" + "abcDEF123_-" * 5,
    "stripe": "sk_live_" + "51H8x9ABCdefGHI0jkl",
    "hugging face": "hf_" + "abcdefghijklmnopqrstuvwxyzABCDEFGH",
    "npm": "npm_" + "a1B2c3" * 6,
    "pypi": "pypi-AgE" + "IcHlwaS5vcmcC" * 5,
    "sendgrid": "SG." + "abcdefghijklmnopqrstuv." + "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
    "shopify": "shpat_" + "0123456789abcdef" * 2,
    "jwt": "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0In0." + "dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P",
    "address": "postgres://app:" + "s3cr3t@db.example.org/app",
    "bearer": "curl -H 'Authorization: Bearer " + "abcdef0123456789abcdef0123'",
    "basic": "Authorization: Basic " + "YWxhZGRpbjpvcGVuc2VzYW1l",
    "password": "password: hunter2",
    "a word": "Password: swordfish",
    "in bold": "the **password**: **Tr0ub4dor&3**",
    "in a spoiler": "wifi password is ||correct-h0rse||",
    "in code": "`password=opensesame`",
    "german": "Das Passwort ist Sommer2026!",
    "french": "le mot de passe est Tulipe42",
    "spanish": "contraseña: girasol",
    "russian": "пароль: подсолнух7",
    "chinese": "密码\N{FULLWIDTH COLON}abc12345",
    "pin": "the PIN is 4821",
    "api key": "API key: 9f8e7d6c5b4a39281706",
    "client secret": "CLIENT_SECRET=Zx9Yw8Vu7Ts6",
    "visa": "4111 1111 1111 1111",
    "mastercard": "it is 5555-5555-5555-4444, go ahead",
    "amex": "3782 822463 10005",
    "diners": "30569309025904",
}


@pytest.mark.parametrize("text", SECRETS.values(), ids=SECRETS)
def test_what_must_not_be_repeated(text: str) -> None:
    assert has_secret(text)
    assert has_secret(f"Here it is:\n{text}\nThanks!")


@pytest.mark.parametrize(
    "text",
    [
        "Good morning! Shall we ship on Friday?",
        "I changed my password yesterday",
        "the password is wrong, please reset it",
        "Password: required",
        "password is at least 12 characters",
        "Forgot your password? Ask Ana.",
        "password: <your password>",
        "password = ********",
        "PASSWORD=$DB_PASSWORD",
        "password = getpass()",
        'password = os.environ["PASSWORD"]',
        "the password is in the vault",
        "password: see https://vault.example.org/item/7",
        "the token is expired",
        "token: the smallest piece that a model reads",
        "a context of 128000 tokens, each token is about 4 characters",
        "token limit: 4096",
        "The key is to start early.",
        "key: value",
        "The secret is patience",
        "secret: we all like Ben",
        "Pin: see the map",
        "pinned the message",
        "commit 1f8ac10f23c5b5bc1167bda84b833e5c057a77d2 breaks the build",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "the basic configuration is documented",
        "bearer of good news",
        "<@198622483471925248> and <#381870553235193857>, see <:smile:198622483471925249>",
        "https://discord.com/channels/198622483471925248/381870553235193857/1124567890123456789",
        "https://example.org:8080/path?x=1@2",
        "https://example.org/a:b@c",
        "mail ana@example.org or ben@example.org",
        "git@github.com:owner/project.git",
        "call +49 30 1234 5678 9012 or 030 12345678",
        "order 4111 1111 1111 1112",
        "1712345678000100 and 1712345678901",
        "at 2026-03-02T09:30:00.000000Z",
        "version 10.15.7.1234567.20260302",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl ana@laptop",
        "-----BEGIN PUBLIC KEY-----",
        "sk-learn and sk-image are libraries",
        "sk-learn-is-a-very-good-library-for-everyone",
        "task-force, desk-lamp, risk-assessment-of-the-whole-project",
        "use pypi-mirror and npm_config_registry",
        "The sum is 123456789012345678901234567890",
    ],
)
def test_ordinary_lines_may_be_repeated(text: str) -> None:
    assert not has_secret(text)


@given(st.uuids(), st.binary(min_size=20, max_size=32), st.integers(10**16, 10**19 - 1))
def test_identifiers_are_no_secrets(one: uuid.UUID, hash: bytes, snowflake: int) -> None:
    assert not has_secret(f"{one} {hash.hex()} <@{snowflake}> https://example.org/{snowflake}/{hash.hex()}")


@given(st.text(string.ascii_lowercase + " .,!?\n", max_size=400))
def test_plain_words_are_no_secrets(text: str) -> None:
    assert not has_secret(f"so {text}".replace("bearer", "").replace("pass", "").replace("pw", "").replace("pin", ""))


@given(
    st.text(max_size=60), st.text(string.ascii_letters + string.digits, min_size=36, max_size=60), st.text(max_size=60)
)
def test_a_token_is_found_wherever_it_stands(before: str, token: str, after: str) -> None:
    assert has_secret(f"{before}ghp_{token}{after}")
    assert has_secret(f"{before} password: {token}1\n{after}")


@given(st.integers(0, 10**14 - 1))
def test_of_ten_card_numbers_one_is_right(number: int) -> None:
    found = [has_secret(f"card 4{number:014d}{last} please") for last in range(10)]
    assert 1 == sum(found)


@given(st.text(alphabet="password token:= is*`'\"x1/@.-\n", max_size=600))
def test_any_text_is_read_to_its_end(text: str) -> None:
    has_secret(text)
