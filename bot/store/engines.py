"""Connections to the database, and how a SQLite file is used."""

from __future__ import annotations

import json
from functools import partial

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.store.driver import OneGo

BUSY_SECONDS = 10
"""How long a writer waits for another process, and a connection for its server."""

_serialize = partial(json.dumps, allow_nan=False)


def async_engine(url: URL, *, foreign_keys: bool = True) -> AsyncEngine:
    """An engine; one without foreign keys is for a migration and keeps no connection."""
    pool = None if foreign_keys else NullPool
    if url.get_backend_name() != "sqlite":
        connect = {"timeout": BUSY_SECONDS, "server_settings": {"application_name": "atelier", "timezone": "UTC"}}
        return create_async_engine(
            url,
            pool_pre_ping=pool is None,  # a server that was restarted is noticed before the first statement fails
            poolclass=pool,
            json_serializer=_serialize,
            hide_parameters=True,  # an error's text is logged; what people wrote is not
            connect_args=connect,
        )
    # Without an isolation level Python's driver leaves BEGIN to us: it would not begin one for a change of tables.
    engine = create_async_engine(
        url,
        poolclass=pool,
        json_serializer=_serialize,
        hide_parameters=True,
        connect_args={"isolation_level": None, "timeout": BUSY_SECONDS, "async_creator_fn": OneGo.open},
    )
    _prepare(engine.sync_engine, foreign_keys=foreign_keys)
    return engine


def quick_engine(url: URL) -> Engine:
    """An engine for a SQLite file that writes without waiting for the disk; made for one thread."""
    engine = create_engine(
        url.set(drivername="sqlite"),
        json_serializer=_serialize,
        hide_parameters=True,
        connect_args={"isolation_level": None, "timeout": BUSY_SECONDS},
    )
    _prepare(engine, quick=True)
    return engine.execution_options(writes=True)


def _prepare(engine: Engine, *, foreign_keys: bool = True, quick: bool = False) -> None:
    @event.listens_for(engine, "connect")
    def configure(connection: DBAPIConnection, record: object) -> None:
        del record
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")
        cursor.execute("PRAGMA secure_delete = ON")  # what is erased is overwritten, too
        # To wait for the disk takes several times as long as all the rest.
        cursor.execute(f"PRAGMA synchronous = {'NORMAL' if quick else 'FULL'}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A reader that turns writer can be refused at once when another wrote in between; who will write says so first.
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
