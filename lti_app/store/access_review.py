"""The list *Access to review*: what a run found again and again, and what an administrator decided on it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from lti_app import clock
from lti_app.models import AccessReview, Link, ReviewState
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import NO_REASON, Reason, because
from lti_app.store import audit
from lti_app.store.district import District

NIGHTS = 3
"""Days with the same verdict before an entry waits for an administrator."""


class ReviewTopic(StrEnum):
    """What an entry is about. ROW: a row of the SIS that can't be used, so no one that it may mean is
    dropped. DROP: access that should end, or a role that should change, and was put off or refused. COURSE:
    a section under another course. PARENT: a parent link that the SIS lost. PERSON: someone who left the
    SIS."""

    ROW = "row"
    DROP = "drop"
    COURSE = "course"
    PARENT = "parent"
    PERSON = "person"


@dataclass(frozen=True)
class Seen:
    """What a run found; `kind` and `sis_id` name it, so the same finding has the same two every night."""

    kind: str
    sis_id: str
    building: str = ""
    parent: str = ""
    person: str = ""
    label: str = ""
    reason: Reason = NO_REASON


def count_day(
    district: District,
    topic: ReviewTopic,
    found: Iterable[Seen],
    day: date,
    *,
    kinds: Collection[str] | None = None,
) -> None:
    """Count a day for everything that was found; what wasn't found is no longer on the list, if its kind was
    looked for (`kinds`; None means all).

    A further run on the same day counts nothing. Decisions stay as long as the finding does. The caller
    commits.
    """
    session = district.session
    every = (each for each in entries(district, topic) if kinds is None or each.kind in kinds)
    known = {(each.kind, each.sis_id): each for each in every}
    for each in found:
        _count(district, topic, each, day, entry=known.pop((each.kind, each.sis_id), None))
    for gone in known.values():
        session.delete(gone)
    session.flush()


def note(district: District, topic: ReviewTopic, seen: Seen, day: date) -> ReviewState:
    """Count a day for one finding; what has been decided on it, or whether it still counts. The caller
    commits."""
    entry = _count(district, topic, seen, day, entry=one(district, topic, seen.kind, seen.sis_id))
    district.session.flush()
    return ReviewState(entry.state)


def _count(
    district: District, topic: ReviewTopic, seen: Seen, day: date, *, entry: AccessReview | None
) -> AccessReview:
    if entry is None:
        entry = AccessReview(
            installation_id=district.id,
            topic=topic,
            kind=seen.kind,
            sis_id=seen.sis_id,
            state=ReviewState.COUNTING,
            days=0,
            first_day=day.isoformat(),
            last_day="",
        )
        district.session.add(entry)
    if entry.last_day != day.isoformat():
        entry.days += 1
        entry.last_day = day.isoformat()
        entry.building, entry.parent, entry.person = seen.building, seen.parent, seen.person
        entry.label, entry.reason = seen.label, seen.reason
    if entry.state == ReviewState.COUNTING and entry.days >= NIGHTS:
        entry.state = ReviewState.WAITING
    return entry


def reopen(
    district: District, topic: ReviewTopic, kind: str, sis_id: str, *, decided: Collection[ReviewState]
) -> None:
    """Let an entry wait again that was decided in one of these ways. The caller commits."""
    entry = one(district, topic, kind, sis_id)
    if entry is not None and entry.state in decided:
        entry.state, entry.decided_by, entry.decided_at = ReviewState.WAITING, "", None


def forget(
    district: District, topic: ReviewTopic, *, kinds: Collection[str], but: Collection[tuple[str, str]]
) -> None:
    """Forget the entries of a topic about these kinds, but those of some kinds and SIS IDs. The caller
    commits."""
    for entry in entries(district, topic):
        if entry.kind in kinds and (entry.kind, entry.sis_id) not in but:
            district.session.delete(entry)
    district.session.flush()


def entries(district: District, topic: ReviewTopic | None = None, *states: ReviewState) -> list[AccessReview]:
    """The entries of the list, the oldest first; of one topic or all, in some states or any."""
    query = district.select(AccessReview)
    if topic is not None:
        query = query.where(AccessReview.topic == topic)
    if states:
        query = query.where(AccessReview.state.in_(states))
    order = (AccessReview.first_day, AccessReview.kind, AccessReview.sis_id)
    return list(district.session.scalars(query.order_by(*order)))


def one(district: District, topic: str, kind: str, sis_id: str) -> AccessReview | None:
    """One entry."""
    return district.session.get(AccessReview, (district.id, topic, kind, sis_id))


def add(district: District, topic: ReviewTopic, link: Link) -> AccessReview:
    """An entry about a linked record. The caller commits."""
    entry = AccessReview(
        installation_id=district.id,
        topic=topic,
        kind=link.kind,
        sis_id=link.sis_id,
        building=link.building,
        parent=link.parent,
        person=link.person,
        label=link.label,
        state=ReviewState.WAITING,
        days=0,
        first_day="",
        last_day="",
        reason=because(Code.LEFT_SIS),
    )
    district.session.add(entry)
    district.session.flush()
    return entry


def decide(district: District, entry: AccessReview, state: ReviewState, who: audit.Who) -> None:
    """Keep a decision with the name of who made it, and audit it. The caller commits."""
    record = (entry.kind, entry.sis_id)
    audit.record(district, who, "Access to review", old=entry.state, new=state, about=record)
    entry.state = state
    entry.decided_by, entry.decided_at = who.name, clock.now()
