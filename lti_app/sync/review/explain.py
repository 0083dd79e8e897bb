"""Why is this record (not) in Schoology: everything that the app knows of one record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from lti_app.models import BuildingRow, Change, ChangeState, Link, LinkState, Run, Staged, StagedState
from lti_app.runs.record_names import joining_name, record_name
from lti_app.runs.words.reasons import sentence
from lti_app.school.records import OBJECTS, Kind
from lti_app.school.run_kinds import RunKind
from lti_app.store import links
from lti_app.store.district import District
from lti_app.store.links.lists import has_words
from lti_app.sync.context import rule_context
from lti_app.sync.review.explain_rules import Record, Rule, rules_of
from lti_app.sync.review.preview import last_planned_run

FOUND = 25
"""So many hits of a search are shown."""
ACTIONS = 10
"""So many of the last actions on a record are shown."""
SEATS = 100
"""So many enrollments of a person or a section are shown."""


@dataclass(frozen=True)
class Hit:
    """A record that a search found."""

    kind: str
    sis_id: str
    label: str
    building: str


@dataclass(frozen=True)
class Explanation:
    """One record: as the SIS had it, the rules, the link, what was done, what comes next."""

    kind: str
    sis_id: str
    name: str
    """Its key in words."""
    label: str
    read_by: Run | None
    staged: Staged | None
    link: Link | None
    next: str
    answer: str
    """Whether it is in Schoology, and if not, why, in one sentence."""
    rules: Sequence[Rule] = ()
    actions: Sequence[Change] = ()
    seats: Sequence[Hit] = field(default_factory=list)


def search(district: District, text: str) -> list[Hit]:
    """Records that have every word in their name, ID, username, email address, or code, in any order, in what
    was last read and in what is linked."""
    wanted = text.split()
    if not wanted:
        return []
    hits: dict[tuple[str, str], Hit] = {}
    for scope in OBJECTS:
        run = last_planned_run(district, RunKind.covering(scope))
        if run is not None:
            columns = [Staged.label, Staged.sis_id, Staged.natural_key, Staged.second_key]
            # Of what was left out or blocked there may only be what the SIS says.
            said = [Staged.record] if "@" in text else []
            query = select(Staged).where(
                Staged.run_id == run.id,
                Staged.kind == scope,
                has_words((*columns, *said), Staged.payload, wanted),
            )
            _add(hits, district.session.scalars(query.order_by(Staged.label).limit(FOUND)))
    _add(hits, links.lists.search(district, OBJECTS, wanted, limit=FOUND))
    return list(hits.values())[:FOUND]


def explain(district: District, kind: Kind, sis_id: str, *, today: date) -> Explanation | None:
    """Everything about one record, or None when no one has heard of it."""
    run = last_planned_run(district, RunKind.covering(kind))
    staged = district.session.get(Staged, (run.id, kind, sis_id)) if run else None
    link = links.read.one(district, kind, sis_id)
    actions = district.session.scalars(
        district.select(Change)
        .where(Change.kind == kind, Change.sis_id == sis_id)
        .order_by(Change.id.desc())
        .limit(ACTIONS)
    ).all()
    if staged is None and link is None and not actions:
        return None
    known = rule_context(district, today)
    row = staged or link or actions[0]
    name = joining_name(kind, sis_id, parent=row.parent, person=row.person)
    label = (staged.label if staged else "") or (link.label if link else "") or name
    record = Record(kind, sis_id, row.building, staged, link)
    return Explanation(
        kind=kind,
        sis_id=sis_id,
        name=name,
        label=label,
        read_by=run,
        staged=staged,
        link=link,
        answer=_answer(staged, link, actions),
        next=_held(actions) or _next(district.session, run, kind, staged=staged, link=link),
        rules=rules_of(district, record, known),
        actions=actions,
        seats=_seats(district, run, kind, sis_id=sis_id),
    )


def _add(hits: dict[tuple[str, str], Hit], rows: Iterable[Staged] | Iterable[Link]) -> None:
    for row in rows:
        hits.setdefault((row.kind, row.sis_id), Hit(row.kind, row.sis_id, row.label, row.building))


def _answer(staged: Staged | None, link: Link | None, actions: Sequence[Change]) -> str:
    """One sentence or two, the reason in the second."""
    if link is not None and link.state in LinkState.deleted():
        return "Not in Schoology: it was deleted there."
    if link is not None and link.state == LinkState.RELEASED:
        return "In Schoology, but not in the SIS anymore, so the app doesn’t change it."
    wrong = (StagedState.BLOCKED, StagedState.OUT)
    why = sentence(staged.reason) if staged is not None and staged.state in wrong else ""
    refused = next(
        (each for each in actions if each.state in (ChangeState.FAILED, ChangeState.BLOCKED)), None
    )
    if not why and refused is not None and refused is actions[0]:
        why = sentence(refused.reason)
    if link is not None:
        return f"In Schoology, but not up to date. {why}" if why else "In Schoology."
    if why:
        return f"Not in Schoology. {why}"
    return "Not in Schoology yet." if staged is not None else "Not in Schoology and not in the SIS."


def _held(actions: Sequence[Change]) -> str:
    """What a brake holds of the record."""
    if any(each.state == ChangeState.HELD for each in actions):
        return (
            "A change to this record needs your approval. In Logs, review the sync on hold, then approve "
            "or discard it."
        )
    return ""


def _next(session: Session, run: Run | None, kind: Kind, *, staged: Staged | None, link: Link | None) -> str:
    """What the next sync would do, if the SIS still says the same."""
    if link is not None and link.state == LinkState.MISSING:
        return (
            "Nothing, because this record was deleted in Schoology. Decide what to do under Deleted in "
            "Schoology in Logs."
        )
    if link is not None and link.state == LinkState.IGNORED:
        return (
            "Nothing, because this record was deleted in Schoology and an administrator decided not to "
            "restore it."
        )
    if run is None:
        return "Unknown, because there’s no SIS data yet. Preview a sync."
    if staged is None:
        return _next_without_record(session, run, kind, link)
    if staged.state == StagedState.BLOCKED:
        return f"Nothing, because this record has a problem: {sentence(staged.reason)}"
    if staged.state == StagedState.OUT:
        return f"Nothing, because this record isn’t synced: {sentence(staged.reason)}"
    if link is None:
        return "Create this record in Schoology."
    if link.state == LinkState.RELEASED:
        return "Manage and update this record in Schoology again, because it’s back in the SIS."
    if link.fingerprint != staged.fingerprint:
        return "Update this record in Schoology."
    return "Nothing, because Schoology already matches the SIS."


def _next_without_record(session: Session, run: Run, kind: Kind, link: Link | None) -> str:
    if session.scalar(select(~exists().where(Staged.run_id == run.id, Staged.kind == kind))):
        return "Unknown, because the latest SIS data is no longer kept. Preview a sync."
    if link is None:
        return "Nothing, because this record isn’t in the latest SIS data and isn’t linked."
    if kind == Kind.ENROLLMENT and (link.state == LinkState.OWNED or _may_drop(session, run, link)):
        return "End this enrollment if its section is still synced, because it’s no longer in the SIS."
    if kind == Kind.ENROLLMENT:
        return "Nothing, because this enrollment was added in Schoology, not by the app."
    return "Stop managing this record, because it’s no longer in the SIS. It stays in Schoology."


def _may_drop(session: Session, run: Run, link: Link) -> bool:
    """Whether the building's administrator lets the app end enrollments that it found."""
    building = select(BuildingRow.drop_adopted).where(
        BuildingRow.installation_id == run.installation_id, BuildingRow.sis_id == link.building
    )
    return link.state == LinkState.ADOPTED and bool(session.scalar(building))


def _seats(district: District, run: Run | None, kind: Kind, *, sis_id: str) -> list[Hit]:
    """The enrollments of a person or a section, as last read and as linked."""
    if kind not in (Kind.USER, Kind.SECTION):
        return []
    hits: dict[tuple[str, str], Hit] = {}
    mine: Literal["person", "parent"]
    mine, other = ("person", "parent") if kind == Kind.USER else ("parent", "person")
    seats = last_planned_run(district, RunKind.covering(Kind.ENROLLMENT)) or run
    if seats is not None:
        query = select(Staged).where(
            Staged.run_id == seats.id, Staged.kind == Kind.ENROLLMENT, getattr(Staged, mine) == sis_id
        )
        _add_seats(hits, district.session.scalars(query.limit(SEATS)), other)
    _add_seats(hits, links.lists.seats(district, mine, sis_id, limit=SEATS), other)
    return _named(district, hits, Kind.SECTION if kind == Kind.USER else Kind.USER)


def _add_seats(hits: dict[tuple[str, str], Hit], rows: Iterable[Staged] | Iterable[Link], other: str) -> None:
    for row in rows:
        hits.setdefault((row.kind, row.sis_id), Hit(row.kind, row.sis_id, getattr(row, other), row.building))


def _named(district: District, hits: dict[tuple[str, str], Hit], kind: Kind) -> list[Hit]:
    """The hits with the label of the person or section in place of its id: as linked, or else as read."""
    ids = [each.label for each in hits.values()]
    run = last_planned_run(district, RunKind.covering(kind))
    read = (Staged.run_id == (run.id if run else 0), Staged.kind == kind)
    rows = district.session.execute(select(Staged.sis_id, Staged.label).where(*read, Staged.sis_id.in_(ids)))
    names = {sis_id: label for sis_id, label in rows if label} | links.read.labels(district, kind, ids)
    return [
        Hit(each.kind, each.sis_id, names.get(each.label) or record_name(each.label), each.building)
        for each in hits.values()
    ]
