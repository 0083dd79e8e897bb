"""One failure stops nobody else: a guard for what is done in turn for many."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

log = logging.getLogger(__name__)


@contextmanager
def alone(session: Session | None, what: str) -> Iterator[None]:
    """Do one of many things. When it fails it is rolled back and logged, and the next one goes on."""
    try:
        yield
    except Exception:
        if session is not None:
            session.rollback()
        log.exception("%s failed, reference %s; it is tried again", what, uuid.uuid4().hex[:8])
