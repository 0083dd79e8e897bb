"""Records with a problem: since when, grouped by reason; and what an administrator already knows of."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, distinct, func, select

from lti_app import clock
from lti_app.models import KnownProblem, Problem
from lti_app.school.records import Kind, PersonGroup, SeatRole
from lti_app.store import links
from lti_app.store.bulk import AT_ONCE, chunks, upsert
from lti_app.store.district import District


@dataclass(frozen=True)
class Found:
    """A record that a run could not bring into Schoology; `code` is that of its reason."""

    kind: str
    sis_id: str
    code: str
    role: str = ""
    person: str = ""
    building: str = ""


@dataclass(frozen=True)
class Group:
    """The records of one kind with one reason."""

    code: str
    kind: str
    count: int
    new: int
    """Found for the first time since the moment that was asked about."""
    since: datetime
    """When the first of them was found."""
    latest: datetime
    """When the last of them was found."""
    run_id: int
    """The run that last found one of them."""


def note(district: District, run_id: int, found: Iterable[Found]) -> None:
    """Keep what a run found; what was there with the same reason keeps its moment. The caller commits."""
    rows = {(each.kind, each.sis_id): vars(each) for each in found}
    own = {"installation_id": district.id, "since": clock.now(), "seen_run": run_id}
    statement = upsert(district.session, Problem)
    fresh = statement.excluded
    since = case((Problem.code == fresh.code, Problem.since), else_=fresh.since)
    names = ("code", "role", "person", "building", "seen_run")
    changed = {**{name: getattr(fresh, name) for name in names}, "since": since}
    keys = ["installation_id", "kind", "sis_id"]
    for part in chunks(rows.values(), AT_ONCE):
        district.session.execute(
            statement.on_conflict_do_update(index_elements=keys, set_=changed),
            [{**each, **own} for each in part],
        )


def forget_others(
    district: District, run_id: int, kinds: Collection[str], *, silent: Collection[str] = ()
) -> None:
    """Forget the problems of these kinds that a run didn't find anymore, except in schools of which it read
    nothing. The caller commits."""
    district.session.execute(
        district.delete(Problem)
        .where(Problem.kind.in_(kinds), Problem.seen_run != run_id, Problem.building.not_in(silent))
        .execution_options(synchronize_session=False)
    )


def forget_one(district: District, run_id: int, kind: str, sis_id: str) -> None:
    """Forget the problem of a record unless this run found it. The caller commits."""
    district.session.execute(
        district.delete(Problem)
        .where(Problem.kind == kind, Problem.sis_id == sis_id, Problem.seen_run != run_id)
        .execution_options(synchronize_session=False)
    )


def groups(district: District, since: datetime) -> list[Group]:
    """Code and kind → how many records, and how many of them were found after a moment; most first."""
    is_new = case((Problem.since > since, 1), else_=0)
    number = func.count()
    rows = district.session.execute(
        select(
            Problem.code,
            Problem.kind,
            number,
            func.sum(is_new),
            func.min(Problem.since),
            func.max(Problem.since),
            func.max(Problem.seen_run),
        )
        .where(Problem.installation_id == district.id)
        .group_by(Problem.code, Problem.kind)
        .order_by(number.desc(), Problem.code, Problem.kind)
    )
    return [Group(*row) for row in rows]


def by_building(district: District, since: datetime) -> dict[str, tuple[int, int]]:
    """Building → records with a problem, and how many of them were found after a moment."""
    is_new = case((Problem.since > since, 1), else_=0)
    rows = district.session.execute(
        select(Problem.building, func.count(), func.sum(is_new))
        .where(Problem.installation_id == district.id)
        .group_by(Problem.building)
    )
    return {building: (count, new) for building, count, new in rows}


def without_account(district: District) -> dict[str, int]:
    """Code of a reason → current students, teachers and staff that the SIS lists and who have no account in
    Schoology."""
    rows = district.session.execute(
        district.select(Problem.code, func.count())
        .where(
            Problem.kind == Kind.USER,
            Problem.role.in_((PersonGroup.STUDENT, PersonGroup.STAFF)),
            Problem.sis_id.not_in(links.counts.with_account(district)),
        )
        .group_by(Problem.code)
    )
    return {code: number for code, number in rows}


def without_class(district: District, since: datetime | None = None) -> int:
    """Students and teachers with an account that the SIS lists in classes and Schoology has in none; all, or
    those found after a moment."""
    found = district.select(func.count(distinct(Problem.person))).where(
        *([] if since is None else [Problem.since > since]),
        Problem.kind == Kind.ENROLLMENT,
        Problem.role.in_((SeatRole.STUDENT, SeatRole.TEACHER)),
        Problem.person != "",
        Problem.person.in_(links.counts.with_account(district)),
        Problem.person.not_in(links.counts.with_class(district)),
    )
    return district.session.scalar(found) or 0


def known(district: District) -> dict[str, KnownProblem]:
    """Key → what an administrator knows of."""
    return {row.key: row for row in district.session.scalars(district.select(KnownProblem))}


def acknowledge(district: District, key: str, count: int, by: str, *, until: datetime | None = None) -> None:
    """Keep that an administrator knows of something, and when the reminder comes. The caller commits."""
    row = district.session.get(KnownProblem, (district.id, key))
    if row is None:
        row = KnownProblem(installation_id=district.id, key=key)
        district.session.add(row)
    row.count, row.at, row.by, row.until = count, clock.now(), by, until


def bring_back(district: District, key: str) -> None:
    """Forget that an administrator knows of something. The caller commits."""
    district.session.execute(
        district.delete(KnownProblem)
        .where(KnownProblem.key == key)
        .execution_options(synchronize_session=False)
    )
