"""The app as its hosts run it: gunicorn and workers, each a real process."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from lti_app.config import Settings

ROOT = Path(__file__).resolve().parents[2]
Value = TypeVar("Value")
PATIENCE = 240.0
"""Seconds after which what should have happened by itself is said to have failed."""


def environment(settings: Settings) -> dict[str, str]:
    """The settings as a host writes them."""
    requests, seconds = settings.schoology_pace
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "LTI_APP_DATABASE_URL": settings.database_url,
        "LTI_APP_SECRET_KEYS": ",".join(settings.secret_keys),
        "LTI_APP_PUBLIC_URL": settings.public_url,
        "LTI_APP_SCHOOLOGY_API_URL": settings.schoology_api_url,
        "LTI_APP_DEMO": "1",
        "LTI_APP_TASKS": settings.tasks,
        "LTI_APP_SCHOOLOGY_PACE": f"{requests}/{seconds}",
        "LTI_APP_SMTP_URL": settings.smtp_url,
        "LTI_APP_LOG_LEVEL": "WARNING",
    }


def free_port() -> int:
    """A port that no one listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def running(*arguments: str, env: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process of the app's environment, ended at the end. A failure beside it tells what it said."""
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 - our own commands
            [sys.executable, "-m", *arguments], env=env, cwd=ROOT, stdout=output, stderr=output
        )
        try:
            yield process
        except BaseException as error:
            error.add_note(
                f"{' '.join(arguments)} ({_state_of(process)}) said: {log.read_text()[-2000:] or '-'}"
            )
            raise
        finally:
            _end(process)


def _state_of(process: subprocess.Popen[bytes]) -> str:
    return "still running" if process.poll() is None else f"ended with {process.returncode}"


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def answers(port: int) -> bool:
    """Whether the app on a port of this machine serves pages."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def until(seen: Callable[[], Value], *, every: float = 0.2, patience: float = PATIENCE) -> Value:
    """Look again and again until something is there."""
    pause = threading.Event()
    for _ in range(int(patience / every)):
        if found := seen():
            return found
        pause.wait(every)
    raise AssertionError("it did not happen in time")
