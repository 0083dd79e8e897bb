"""Settings: read once from the environment, with every missing or bad value named together."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from cryptography.fernet import Fernet
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

REAL_SCHOOLOGY_API = "https://api.schoology.com/v1"
LOCAL = "http://localhost:8000"
LOOPBACK = ("localhost", "127.0.0.1", "::1")
TASK_ENGINES = ("in-process", "procrastinate")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
LOG_FORMATS = ("text", "json")
TRUE, FALSE = ("1", "true", "yes", "on"), ("", "0", "false", "no", "off")


class SettingsError(Exception):
    """One or more environment variables are missing or bad; the message lists all of them."""


@dataclass(frozen=True)
class Settings:
    """Everything that the environment decides."""

    database_url: str
    secret_keys: tuple[str, ...]
    public_url: str
    schoology_api_url: str = REAL_SCHOOLOGY_API
    tasks: str = "in-process"
    allow_private_sis_hosts: bool = False
    """Only in the demo, whose SIS is on this machine. Elsewhere, hosts are allowed one by one for one
    installation."""
    smtp_url: str = ""
    contact: str = ""
    """How to reach the people who host the app, such as an email address or a phone number; pages show it."""

    metrics_token: str = ""
    """What Prometheus sends to GET /metrics; without it there is no such page."""

    log_level: str = "INFO"
    log_format: str = "text"
    schoology_pace: tuple[int, float] = (15, 5.0)
    """Requests and seconds: the pace kept toward Schoology for one installation."""
    trusted_proxies: int = 0
    """How many proxies before the app are believed about the address of who asks."""
    scheduler: bool = True
    """Whether this process ticks; commands and tests that do not serve pages switch it off."""

    tick_seconds: float = 30.0
    """How often a process looks for what is due; tests look more often."""

    @property
    def distributed(self) -> bool:
        """Whether jobs run on workers of their own, on this machine or others."""
        return self.tasks == "procrastinate"

    @property
    def conninfo(self) -> str:
        """The database as PostgreSQL's own library spells it."""
        return self.database_url.replace("postgresql+psycopg://", "postgresql://", 1)


def read_settings(environ: Mapping[str, str], instance_folder: Path | None) -> Settings:
    """Settings from LTI_APP_* variables.

    The instance folder is the default place of the database. An installed app has none, so that its database
    is never among its code.

    Raises SettingsError that names every missing or bad variable and how to fix it.
    """
    problems: list[str] = []
    values = {
        "database_url": _database_url(environ, instance_folder, problems),
        "secret_keys": _secret_keys(environ, problems),
        "public_url": _http_url(environ, "LTI_APP_PUBLIC_URL", LOCAL, problems),
        "schoology_api_url": _schoology_url(environ, problems),
        "tasks": _one_of(environ, "LTI_APP_TASKS", "in-process", TASK_ENGINES, problems=problems),
        "allow_private_sis_hosts": _is_demo(environ, problems),
        "smtp_url": _smtp_url(environ, problems),
        "contact": " ".join(environ.get("LTI_APP_CONTACT", "").split()),
        "metrics_token": _metrics_token(environ, problems),
        "log_level": _one_of(environ, "LTI_APP_LOG_LEVEL", "INFO", LOG_LEVELS, problems=problems),
        "log_format": _one_of(environ, "LTI_APP_LOG_FORMAT", "text", LOG_FORMATS, problems=problems),
        "schoology_pace": _pace(environ, problems),
        "trusted_proxies": _proxies(environ, problems),
    }
    if values["tasks"] == "procrastinate" and not str(values["database_url"]).startswith("postgresql"):
        problems.append(
            "LTI_APP_TASKS=procrastinate needs PostgreSQL: set LTI_APP_DATABASE_URL to a postgresql:// URL."
        )
    if problems:
        raise SettingsError("The settings cannot be used:\n" + "\n".join(f"- {each}" for each in problems))
    return Settings(**values)  # type: ignore[arg-type]


def _database_url(environ: Mapping[str, str], instance_folder: Path | None, problems: list[str]) -> str:
    url = environ.get("LTI_APP_DATABASE_URL", "")
    if not url and instance_folder is None:
        problems.append(
            "LTI_APP_DATABASE_URL is missing: a sqlite:/// or postgresql:// URL, such as "
            "sqlite:////var/lib/sis/app.sqlite."
        )
        return url
    if not url and instance_folder is not None:
        try:
            instance_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            problems.append(
                f"LTI_APP_DATABASE_URL is missing, and {instance_folder} can't be made ({error.strerror}): "
                "set the variable, such as to sqlite:////var/lib/sis/app.sqlite."
            )
        return f"sqlite:///{instance_folder / 'app.sqlite'}"
    if url.startswith("postgresql://"):
        url = "postgresql+psycopg://" + url.removeprefix("postgresql://")
    try:
        made = make_url(url)
    except (ArgumentError, ValueError):
        made = make_url("unknown://")
    if made.drivername not in ("sqlite", "postgresql+psycopg"):
        problems.append("LTI_APP_DATABASE_URL must be a sqlite:/// or postgresql:// URL.")
    elif made.drivername == "sqlite" and (made.query or not Path(made.database or "").is_absolute()):
        problems.append(
            "LTI_APP_DATABASE_URL must name the whole path of a file without a question mark, such as "
            "sqlite:////var/lib/sis/app.sqlite."
        )
    return url


def _secret_keys(environ: Mapping[str, str], problems: list[str]) -> tuple[str, ...]:
    keys = tuple(part.strip() for part in environ.get("LTI_APP_SECRET_KEYS", "").split(",") if part.strip())
    if not keys:
        problems.append(
            "LTI_APP_SECRET_KEYS is missing: one or more Fernet keys, newest first, separated by commas. "
            "Make one with: python -c 'from cryptography.fernet import Fernet; "
            "print(Fernet.generate_key().decode())'"
        )
    for number, key in enumerate(keys, start=1):
        try:
            Fernet(key)
        except ValueError:
            problems.append(f"LTI_APP_SECRET_KEYS: key {number} is not a Fernet key (32 bytes, base64).")
    return keys


def parts_of(url: str) -> SplitResult:
    """The parts of a URL; those of an empty one when no one can read it, such as https://[ or one whose port
    isn't a number."""
    try:
        parts = urlsplit(url)
        return urlsplit("") if parts.port == 0 else parts
    except ValueError:
        return urlsplit("")


def _http_url(environ: Mapping[str, str], name: str, default: str, problems: list[str]) -> str:
    url = environ.get(name, default).rstrip("/")
    parts = parts_of(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        problems.append(f"{name} must be an http or https URL without query, such as {default}.")
    return url


def _smtp_url(environ: Mapping[str, str], problems: list[str]) -> str:
    url = environ.get("LTI_APP_SMTP_URL", "")
    parts = parts_of(url)
    if url and (parts.scheme not in ("smtp", "smtps") or not parts.hostname):
        problems.append(
            "LTI_APP_SMTP_URL must be an smtp or smtps URL, such as smtp://user:password@mail.example.org:587."
        )
    return url


def _metrics_token(environ: Mapping[str, str], problems: list[str]) -> str:
    token = environ.get("LTI_APP_METRICS_TOKEN", "").strip()
    if token and not re.fullmatch(r"[!-~]{16,}", token):
        problems.append(
            "LTI_APP_METRICS_TOKEN must have 16 or more letters, digits, or signs, and no spaces."
        )
    return token


def _one_of(
    environ: Mapping[str, str], name: str, default: str, choices: tuple[str, ...], *, problems: list[str]
) -> str:
    value = environ.get(name, default) or default
    if value not in choices:
        problems.append(f"{name} must be one of: {', '.join(choices)}.")
    return value


def _flag(environ: Mapping[str, str], name: str, problems: list[str]) -> bool:
    value = environ.get(name, "").lower()
    if value not in TRUE + FALSE:
        problems.append(f"{name} must be 1 or 0.")
    return value in TRUE


def _is_demo(environ: Mapping[str, str], problems: list[str]) -> bool:
    """Whether `demo` started this process. The switch of former versions opened private addresses to every
    district, so it is refused."""
    demo = _flag(environ, "LTI_APP_DEMO", problems)
    local = parts_of(environ.get("LTI_APP_PUBLIC_URL", LOCAL)).hostname in LOOPBACK
    if demo and not local:
        problems.append("LTI_APP_DEMO is for the demo on this machine only: remove it.")
    if not demo and environ.get("LTI_APP_ALLOW_PRIVATE_SIS_HOSTS", "").lower() not in FALSE:
        problems.append(
            "LTI_APP_ALLOW_PRIVATE_SIS_HOSTS no longer exists, because it opened private addresses to every "
            "district. Remove it, and for each district whose SIS is in your own network, run: "
            "flask --app wsgi installation allow-host --installation ID --host HOST"
        )
    return demo and local


def _schoology_url(environ: Mapping[str, str], problems: list[str]) -> str:
    url = _http_url(environ, "LTI_APP_SCHOOLOGY_API_URL", REAL_SCHOOLOGY_API, problems)
    parts = parts_of(url)
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        problems.append("LTI_APP_SCHOOLOGY_API_URL must begin with https:// unless it is on this machine.")
    return url


def _proxies(environ: Mapping[str, str], problems: list[str]) -> int:
    text = environ.get("LTI_APP_TRUSTED_PROXIES", "") or "0"
    if not re.fullmatch(r"[0-9]", text):
        problems.append("LTI_APP_TRUSTED_PROXIES must be a number from 0 to 9: how many proxies are yours.")
        return 0
    return int(text)


def _pace(environ: Mapping[str, str], problems: list[str]) -> tuple[int, float]:
    text = environ.get("LTI_APP_SCHOOLOGY_PACE", "15/5")
    match = re.fullmatch(r"(\d+)/(\d+(?:\.\d+)?)", text)
    if not match or int(match[1]) < 1 or float(match[2]) <= 0:
        problems.append("LTI_APP_SCHOOLOGY_PACE must be requests/seconds, such as 15/5.")
        return (15, 5.0)
    return (int(match[1]), float(match[2]))
