"""What Atelier keeps: SQLAlchemy tables, and the few questions asked of them.

Importing this package loads SQLAlchemy; whoever only wants `--help` does not.
"""

from bot.store.database import Database
from bot.store.digests import Digests
from bot.store.messages import Messages
from bot.store.people import PersonProfiles
from bot.store.settings import ScopedSettings, SettingsStore
from bot.store.shelves import PluginStorage
from bot.store.usage import Usage

__all__ = [
    "Database",
    "Digests",
    "Messages",
    "PersonProfiles",
    "PluginStorage",
    "ScopedSettings",
    "SettingsStore",
    "Usage",
]
