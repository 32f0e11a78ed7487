"""How much room there is: on the disk where everything is kept, and in memory."""

from __future__ import annotations

import shutil
from pathlib import Path

import psutil

GB = 1024**3

LEAST_DISK = GB // 4
"""With less free space the store may soon take nothing more."""

LEAST_MEMORY = GB // 4
"""With less free memory the system may soon end this process."""


def free_disk(path: Path) -> int:
    """Free bytes where a file or folder is, or will be."""
    folder = path.absolute()
    while not folder.is_dir():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def free_memory() -> int:
    """Bytes that can be had without swapping."""
    return int(psutil.virtual_memory().available)
