"""A real PostgreSQL for the tests: the one that ATELIER_TEST_POSTGRES names, or a throwaway cluster.

Workers of one pytest-xdist run share a cluster: the first to need it starts it, the last to finish stops it.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import NullPool, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from bot.store import urls

ENV = "ATELIER_TEST_POSTGRES"

FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "unix_socket_directories": ""}
"""A throwaway database may be lost."""


def binaries() -> Path | None:
    """The folder of `initdb`, which Debian keeps off the path."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    return versions[-1].parent if versions else None


def run(*command: str | Path) -> None:
    """Run one of PostgreSQL's programs; they refuse to work for root, so then it is for the user `postgres`."""
    user = "postgres" if os.geteuid() == 0 else None
    subprocess.run(
        [str(part) for part in command],
        check=True,
        cwd="/",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        user=user,
        group=user,
        extra_groups=[] if user else None,
    )


def start(programs: Path) -> tuple[str, str]:
    """Make and start a cluster on a free port of this machine; returns its URL and its folder."""
    folder = Path(tempfile.mkdtemp(prefix="atelier-postgres-"))
    password = secrets.token_hex(8)
    secret = folder / "password"
    secret.write_text(password)
    if os.geteuid() == 0:
        for path in (folder, secret):
            shutil.chown(path, "postgres", "postgres")
    data = folder / "data"
    run(
        programs / "initdb",
        "-D",
        data,
        "-U",
        "atelier",
        "-A",
        "scram-sha-256",
        f"--pwfile={secret}",
        "-E",
        "UTF8",
        "-N",
    )
    settings = " ".join(f"-c {name}={value or chr(39) * 2}" for name, value in FAST.items())
    for attempt in range(3):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        options = f"-h 127.0.0.1 -p {port} {settings}"
        try:
            run(programs / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start")
            break
        except subprocess.CalledProcessError:  # somebody else may have taken the port meanwhile
            if attempt == 2:
                raise
    return f"postgresql://atelier:{password}@127.0.0.1:{port}/postgres", str(folder)


def stop(programs: Path, folder: str) -> None:
    """Stop the cluster and remove it."""
    run(programs / "pg_ctl", "-D", Path(folder) / "data", "-w", "-m", "immediate", "stop")
    shutil.rmtree(folder)


@contextmanager
def _shared(file: Path) -> Iterator[dict[str, object]]:
    """What the workers know together, while no other can change it."""
    with file.open("a+") as opened:
        fcntl.flock(opened, fcntl.LOCK_EX)
        opened.seek(0)
        known = json.loads(opened.read() or "{}")
        yield known
        opened.seek(0)
        opened.truncate()
        opened.write(json.dumps(known))


@contextmanager
def server(shared: Path) -> Iterator[str]:
    """The URL of a PostgreSQL whose user may create databases; skips the test, saying why, where there is none.

    Args:
        shared: A folder that all workers of this run have in common.
    """
    given = os.environ.get(ENV)
    if given:
        yield given
        return
    programs = binaries()
    if programs is None:
        pytest.skip(f"PostgreSQL is not installed (Debian: postgresql), and {ENV} names none")
    file = shared / "postgres.json"
    with _shared(file) as known:
        if not known.get("users"):
            known["url"], known["folder"] = start(programs)
            known["users"] = 0
        known["users"] = int(str(known["users"])) + 1
        url = str(known["url"])
    try:
        yield url
    finally:
        with _shared(file) as known:
            known["users"] = int(str(known["users"])) - 1
            if known["users"] == 0:
                stop(programs, str(known["folder"]))


async def create(server_url: str, template: str = "template0") -> str:
    """A new database, a copy of a template; returns its URL."""
    name = f"atelier_{secrets.token_hex(8)}"
    await _execute(server_url, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)


async def drop(server_url: str, url: str) -> None:
    """Remove a database, whoever is connected."""
    await _execute(server_url, f'DROP DATABASE "{make_url(url).database}" WITH (FORCE)')


async def _execute(server_url: str, statement: str) -> None:
    engine = create_async_engine(urls.parse(server_url), poolclass=NullPool, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(statement))
    await engine.dispose()
