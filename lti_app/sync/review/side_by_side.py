"""Two records of the SIS that may be one person, as an administrator compares them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import select

from lti_app.models import AccessReview, Link, Run, Staged
from lti_app.school.reasons import NO_REASON, Reason
from lti_app.school.records import Kind
from lti_app.school.run_kinds import RunKind
from lti_app.store import links
from lti_app.store.access_review import ReviewTopic
from lti_app.store.district import District
from lti_app.sync.review.preview import last_planned_run

TOLD = {
    "school_uid": ("school_uid",),
    "username": ("username", "login"),
    "email": ("email",),
    "graduation_year": ("graduation_year",),
}
"""Field that is compared → as a payload or a record of the SIS calls it."""
CLASSES = 20
"""So many classes are named."""


@dataclass(frozen=True)
class Side:
    """One of the two records: `facts` are field → value, `problem` what keeps it out of Schoology."""

    sis_id: str
    label: str
    building: str
    facts: Mapping[str, str]
    classes: tuple[str, ...]
    problem: Reason = NO_REASON
    birth: str = ""
    """Whether the other record has the same birth date: same, different, or nothing where it isn't known."""


def of(district: District, entry: AccessReview) -> tuple[Side, ...]:
    """Both records of a drop that was put off; nothing of other entries."""
    why = entry.reason.values.get("other") if entry.topic == ReviewTopic.DROP else None
    if not why:
        return ()
    birth = _birth(district, entry.person, str(why))
    return tuple(replace(_side(district, each), birth=birth) for each in (entry.person, str(why)))


def _birth(district: District, one: str, other: str) -> str:
    run = last_planned_run(district, RunKind.covering(Kind.USER))
    born = links.todays.birth_marks(district.session, run, (one, other)) if run else {}
    if one not in born or other not in born:
        return ""
    return "same" if born[one] == born[other] else "different"


def _side(district: District, sis_id: str) -> Side:
    run = last_planned_run(district, RunKind.covering(Kind.USER))
    staged = district.session.get(Staged, (run.id, Kind.USER, sis_id)) if run else None
    link = links.read.one(district, Kind.USER, sis_id)
    told = _told(staged, link)
    facts = {
        field: next((str(told[name]) for name in names if told.get(name)), "")
        for field, names in TOLD.items()
    }
    row = staged or link
    return Side(
        sis_id,
        (row.label if row else "") or sis_id,
        row.building if row else "",
        facts,
        _classes(district, sis_id),
        staged.reason if staged else NO_REASON,
    )


def _told(staged: Staged | None, link: Link | None) -> dict[str, object]:
    """What the SIS says of a record, or else what was last sent."""
    for text in (staged.payload, staged.record) if staged else ():
        if text:
            return {"school_uid": staged.natural_key if staged else "", **json.loads(text)}
    return dict(json.loads(link.payload or "{}")) if link else {}


def _classes(district: District, sis_id: str) -> tuple[str, ...]:
    """Its classes, in the SIS or in Schoology, by name."""
    seats = last_planned_run(district, RunKind.covering(Kind.ENROLLMENT))
    sections = {each.parent for each in links.lists.seats(district, "person", sis_id, limit=CLASSES)}
    if isinstance(seats, Run):
        mine = (Staged.run_id == seats.id, Staged.kind == Kind.ENROLLMENT, Staged.person == sis_id)
        sections |= set(district.session.scalars(select(Staged.parent).where(*mine).limit(CLASSES)))
    names = links.read.labels(district, Kind.SECTION, sorted(sections))
    return tuple(sorted(f"{names[each]} ({each})" if each in names else each for each in sections))[:CLASSES]
