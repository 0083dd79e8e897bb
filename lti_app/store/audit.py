"""Who changed what setting: the one writer of the audit.

A line holds ids, so that nothing of it has to be erased with a person. Each line that was committed is also a
line of the process log, with a digest of its content: who changes a row of the table afterwards can't change
that one.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import event, inspect
from sqlalchemy.orm import Session, SessionTransaction, object_session

from lti_app import clock
from lti_app.logs import say
from lti_app.models import Audit
from lti_app.school.reasons import Reason, encoded
from lti_app.store.district import District

log = logging.getLogger(__name__)

CHANGED = "changed"
"""What the audit shows instead of a secret."""


PAUSE = "Pause of all syncs"
VIEWED, DOWNLOADED = "Page viewed", "File downloaded"
"""What is noted of people who only look."""
NAMED = "{}"
"""Where the words of a line have their `named`."""
ACCOUNT = "Schoology user "
"""What comes before the id of an account in a line, so that its name can be shown beside it."""
WAITING = "audit_lines_to_log"


class Who(Protocol):
    """The person behind a change: the Schoology uid, and the name at that time."""

    @property
    def uid(self) -> str: ...

    @property
    def name(self) -> str: ...


@dataclass(frozen=True)
class Nobody:
    """Who changes something without a launch: the people who host the app, or the app itself."""

    name: str
    uid: str = ""


THE_HOST, THE_APP = Nobody("command line"), Nobody("the app")


def account(uid: str) -> str:
    """A person with a Schoology account, as a line names them; empty for no one."""
    return f"{ACCOUNT}{uid}" if uid else ""


def record(  # noqa: PLR0913 - what a line consists of
    district: District,
    who: Who,
    what: str,
    *,
    old: object = "",
    new: object = "",
    named: str = "",
    about: tuple[str, str] = ("", ""),
) -> None:
    """Add one line in the caller's transaction; nothing when old and new are the same.

    A secret is passed as CHANGED, never as a value, and a person as an id. `what` are words of ours; NAMED in
    them stands for `named`, which may be anything but a person: the title of a course, a host. `about` is
    (kind, SIS id) of a record, whose name is shown after the words.
    """
    before, after = _text(old), _text(new)
    if before == after:
        return
    line = Audit(
        installation_id=district.id,
        at=clock.now(),
        uid=who.uid,
        name="" if who.uid else who.name,
        what=what.replace(NAMED, named),
        kind=about[0],
        sis_id=about[1],
        old=before,
        new=after,
    )
    district.session.add(line)
    words = " ".join(what.replace(NAMED, "").split()).replace(" :", ":").rstrip(":")
    session = object_session(line)
    assert session is not None
    session.info.setdefault(WAITING, []).append((line, _facts(line, words)))


def digest(line: Audit) -> str:
    """Stands for the content of a line: the process log has it, too."""
    parts = (line.at.isoformat(), line.uid, line.name, line.what, line.kind, line.sis_id, line.old, line.new)
    return hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()[:16]


def _text(value: object) -> str:
    """A reason is kept as its JSON; its sentence is made when it is shown."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Reason):
        return encoded(value.to_json())
    return "" if value is None else str(value)


def _facts(line: Audit, words: str) -> dict[str, object]:
    facts: dict[str, object] = {"installation": line.installation_id}
    facts["by"] = line.uid or line.name.replace(" ", "-")
    facts["what"] = words.replace(" ", "-")
    if line.sis_id:
        facts["about"] = f"{line.kind}-{line.sis_id}"
    return {**facts, "digest": digest(line)}


@event.listens_for(Session, "after_commit")
def _log_committed(session: Session) -> None:
    """The lines that are in the database now. A savepoint's end is no commit. The session can't load anything
    here, so everything about a line was noted before."""
    if session.in_nested_transaction():
        return
    for line, facts in session.info.pop(WAITING, ()):
        identity = inspect(line).identity
        if identity and object_session(line) is session:  # one that was rolled back belongs to none
            say(log, "audit", line=identity[0], **facts)


@event.listens_for(Session, "after_soft_rollback")
def _forget_rolled_back(session: Session, previous: SessionTransaction) -> None:
    if previous.parent is None:
        session.info.pop(WAITING, None)
