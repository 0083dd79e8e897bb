"""Who runs a job: a process of this very machine, or of another one."""

from __future__ import annotations

import hashlib
import os
import socket
import uuid
from contextlib import suppress
from pathlib import Path

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
PROCESS_NAMES = Path("/proc/self/ns/pid")
"""Links to the name space in which Linux counts the processes of this container."""


def this_machine() -> str:
    """Where our process numbers mean something: this boot of this machine, and the container in it.

    Two containers may have one host name, and then each would find the other's processes dead.
    """
    parts = [str(uuid.getnode())]
    with suppress(OSError):
        parts = [BOOT_ID.read_text().strip(), str(PROCESS_NAMES.readlink())]
    digest = hashlib.blake2b("|".join(parts).encode(), digest_size=6).hexdigest()
    return f"{socket.gethostname()}/{digest}"


def new_owner() -> str:
    """A name for a runner of this process: machine, process, and a word of its own."""
    return f"{this_machine()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"


def dead_owners_here(owners: set[str]) -> set[str]:
    """Those owners that were processes of this machine and are gone."""
    machine = this_machine()
    dead = set()
    for owner in owners:
        name, _, rest = owner.partition(":")
        pid = rest.partition(":")[0]
        if name == machine and pid.isdigit() and not _alive(int(pid)):
            dead.add(owner)
    return dead


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
