"""The tables' history: Alembic migrations, applied by `bot.store` when Atelier starts.

A migration is written by hand in `versions/`, named after its revision (`0002_what_it_does.py`), and goes forward
and back; the tests compare its result with `bot/store/tables.py` on SQLite and on PostgreSQL.
"""
