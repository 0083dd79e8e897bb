"""Process logs: one line for a record, and nothing in it that is personal or secret."""

from __future__ import annotations

import logging
import re

REDACTIONS = (
    (re.compile(r"(?i)(authorization: *)\S.*"), r"\1[redacted]"),
    (
        re.compile(r"(?i)\b(oauth_\w+|password|secret|token|id_token|state|launch)=[^\s&,\"']+"),
        r"\1=[redacted]",
    ),
    (re.compile(r"[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}"), "[token]"),
    (re.compile(r"[^\s@\"'<>]+@[^\s@\"'<>]+\.[A-Za-z]{2,}"), "[e-mail]"),
    (re.compile(r"\?[^\s\"']+"), "?[query]"),
)


class Redacting(logging.Formatter):
    """Formats a record, then blots out what must not be kept."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


def redact(text: str) -> str:
    """The text without tokens, passwords, queries and e-mail addresses."""
    for pattern, instead in REDACTIONS:
        text = pattern.sub(instead, text)
    return text


def configure_logging(level: str) -> None:
    """Send our own records to standard error; libraries speak from warnings upwards."""
    logger = logging.getLogger("lti_app")
    logger.setLevel(level)
    if not logger.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(Redacting("%(asctime)s %(levelname)s %(name)s %(message)s"))
        logger.addHandler(handler)
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
