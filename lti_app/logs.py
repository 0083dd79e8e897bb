"""Process logs: one line for a record, and nothing in it that is personal or secret.

What happened is said by `say`: a few words and facts, such as `job ended installation=2 outcome=done`. With
LTI_APP_LOG_FORMAT=json each line is a JSON object, and each fact a field of it. What libraries and gunicorn
say goes the same way.
"""

from __future__ import annotations

import logging
import re
from typing import Any

from pythonjsonlogger.json import JsonFormatter

LINE = "%(asctime)s %(levelname)s %(name)s %(message)s"
REDACTIONS = (
    (re.compile(r"(?i)(authorization: *)\S.*"), r"\1[redacted]"),
    (
        re.compile(r"(?i)\b(oauth_\w+|password|secret|token|id_token|state|launch)=[^\s&,\"']+"),
        r"\1=[redacted]",
    ),
    (re.compile(r"[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}"), "[token]"),
    (re.compile(r"[^\s@\"'<>]+@[^\s@\"'<>]+\.[A-Za-z]{2,}"), "[e-mail]"),
    (re.compile(r"\?[^\s\"']+"), "?[query]"),
    (re.compile(r"(/events/|/acting-user/return/)[^\s\"'?]+"), r"\1[secret]"),
)
GUNICORN = ("gunicorn.error", "gunicorn.access")


class Redacting(logging.Formatter):
    """Formats a record, then blots out what must not be kept."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


class RedactingJson(JsonFormatter):
    """A record as a JSON object, without what must not be kept. A fact of `say` is a field."""

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        log_data.update(log_data.pop("facts", {}))
        return {name: redact(each) if isinstance(each, str) else each for name, each in log_data.items()}


def redact(text: str) -> str:
    """The text without tokens, passwords, queries and email addresses."""
    for pattern, instead in REDACTIONS:
        text = pattern.sub(instead, text)
    return text


def say(log: logging.Logger, event: str, **facts: object) -> None:
    """Log what happened, at INFO. Facts are ids, codes, counts, and seconds: no names, no texts."""
    line = " ".join((event, *(f"{name}={each}" for name, each in facts.items())))
    log.info("%s", line, extra={"facts": {"event": event, **facts}})


def configure_logging(level: str, form: str = "text") -> None:
    """Send our own records to standard error, and those of libraries from warnings upwards."""
    logging.getLogger("lti_app").setLevel(level)
    root = logging.getLogger()
    if not any(isinstance(each, OurHandler) for each in root.handlers):
        root.addHandler(OurHandler())
    for each in (root, *map(logging.getLogger, GUNICORN)):
        use_format(each, form)
    logging.getLogger("apscheduler").setLevel(logging.WARNING)


class OurHandler(logging.StreamHandler[Any]):
    """The one that writes the process log, so that it is added once."""


def use_format(logger: logging.Logger, form: str) -> None:
    """Make a logger's own handlers write `text` or `json`, and nothing that must not be kept."""
    for handler in logger.handlers:
        if isinstance(handler, OurHandler) or logger.name in GUNICORN:
            handler.setFormatter(RedactingJson(LINE) if form == "json" else Redacting(LINE))
