"""Who changed what setting: the one writer of the audit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from lti_app import clock
from lti_app.models import Audit
from lti_app.school.reasons import Reason, encoded
from lti_app.store.district import District

CHANGED = "changed"
"""What the audit shows instead of a secret."""


PAUSE = "Pause of all syncs"
VIEWED, DOWNLOADED = "Page viewed", "File downloaded"
"""What is noted of people who only look."""


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


def record(district: District, who: Who, what: str, *, old: object = "", new: object = "") -> None:
    """Add one line in the caller's transaction; nothing when old and new are the same.

    A secret is passed as CHANGED, never as a value.
    """
    before, after = _text(old), _text(new)
    if before == after:
        return
    district.session.add(
        Audit(
            installation_id=district.id,
            at=clock.now(),
            uid=who.uid,
            name=who.name,
            what=what,
            old=before,
            new=after,
        )
    )


def _text(value: object) -> str:
    """A reason is kept as its JSON; its sentence is made when it is shown."""
    if isinstance(value, Reason):
        return encoded(value.to_json())
    return "" if value is None else str(value)
