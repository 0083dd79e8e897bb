"""Files and folders that hold people's data: for their owner only, from the moment they exist."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TextIO

OWNER_ONLY, OWNER_ONLY_FOLDER = 0o600, 0o700
OTHERS = stat.S_IRWXG | stat.S_IRWXO


def new_file(path: Path) -> TextIO:
    """A new file to write text to. Raises FileExistsError, and other OSErrors."""
    return os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OWNER_ONLY), "w", encoding="utf-8")


def folder(path: Path) -> None:
    """Make a folder, unless it is there."""
    path.mkdir(mode=OWNER_ONLY_FOLDER, parents=True, exist_ok=True)


def is_open(path: Path) -> bool:
    """Whether other users of this machine may use a file or a folder."""
    return bool(path.stat().st_mode & OTHERS)
