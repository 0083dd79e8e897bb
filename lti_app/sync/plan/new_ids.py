"""Records that left the SIS and came back under new ids: found by name and code, linked on request."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from itertools import chain
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from lti_app.models import Action, Change, ChangeState, Run
from lti_app.school.records import Kind
from lti_app.school.run_kinds import RunKind
from lti_app.store import links
from lti_app.store.district import District
from lti_app.sync.plan import same_person

OPEN = (ChangeState.PLANNED, ChangeState.HELD)
TELLING = ("section_code", "grading_period_ids", "graduation_year", "department")
"""Payload fields that must agree too, where the kind has them. Next year's class has the code of this year's
and other grading periods: it is another class."""
SHORTEST_CODE = 3
Line = tuple[str, str, dict[str, Any]]
"""SIS id, label, payload."""


def pairs(session: Session, run: Run, kind: Kind, building: str) -> dict[str, str]:
    """Old SIS id → new SIS id, of lines of a plan in one building. Namesakes are left out.

    A building of which nothing came may have another number: its records are looked for in every building.
    """
    here: tuple[ColumnElement[bool], ...] = (Change.kind == kind, Change.building == building)
    leaving = _by_name(_lines(session, run, Action.RELEASE, *here))
    if not leaving:
        here = (Change.kind == kind,)
        leaving = _by_name(_of_links(session, run, kind, building))
    coming = _by_name(_lines(session, run, Action.CREATE, *here)) if leaving else {}
    found = {
        leaving[name][0][0]: coming[name][0][0]
        for name in leaving.keys() & coming.keys()
        if len(leaving[name]) == 1 and len(coming[name]) == 1
    }
    if kind != Kind.COURSE or not found:
        return found
    lines = select(Change.sis_id, Change.number).where(Change.run_id == run.id, *here)
    codes = {sis_id: number for sis_id, number in session.execute(lines)}
    district = District(session, run.installation_id)
    codes |= {sis_id: link.number for sis_id, link in links.read.by_sis_id(district, kind, found).items()}
    return {old: new for old, new in found.items() if _codes_agree(codes[old], codes[new])}


def recreated(session: Session, run: Run, building: str) -> dict[str, str]:
    """Old SIS id → new SIS id of sections that left and came in the same course of a school, which may have
    another number now."""
    found = pairs(session, run, Kind.SECTION, building)
    if not found:
        return {}
    lines = select(Change.sis_id, Change.parent).where(Change.run_id == run.id, Change.kind == Kind.SECTION)
    old_links = links.read.by_sis_id(District(session, run.installation_id), Kind.SECTION, found)
    courses = {sis_id: link.parent for sis_id, link in old_links.items()}
    courses |= {sis_id: parent for sis_id, parent in session.execute(lines)}
    renamed = links.todays.renamed_courses(session, run)
    return {
        old: new
        for old, new in found.items()
        if courses[new] in (courses.get(old), renamed.get(courses.get(old, "")))
    }


def accounts(session: Session, run: Run, states: Collection[ChangeState] = OPEN) -> dict[str, str]:
    """Old SIS id → new SIS id of people who did not come, or left before, and come with the same name and the
    same username or email address: Schoology has that account, so another one cannot be made. Those in two
    pairs are left out.

    Whether the old record left isn't always known: its school may have another number, or a row that can't be
    read may hide it.
    """
    user = (Change.kind == Kind.USER, Change.state.in_(states))
    coming: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for sis_id, label, payload in _lines(session, run, Action.CREATE, *user):
        for mark in account_marks(payload):
            coming[label.casefold(), *mark].add(sis_id)
    found: dict[str, set[str]] = defaultdict(set)
    district = District(session, run.installation_id)
    left = chain(
        _lines(session, run, Action.RELEASE, *user),
        _of_links(session, run, Kind.USER),
        ((old, label, json.loads(payload or "{}")) for old, label, _, payload in _before(district, coming)),
    )
    for old, label, payload in left if coming else ():
        for mark in account_marks(payload):
            if news := coming.get((label.casefold(), *mark)):
                found[old] |= news
    taken = [new for news in found.values() for new in news]
    single = {old: next(iter(news)) for old, news in found.items() if len(news) == 1}
    return {old: new for old, new in single.items() if taken.count(new) == 1}


def _before(district: District, coming: Collection[Any]) -> Iterator[tuple[str, str, str, str]]:
    """People who left on an earlier night, unless no one comes."""
    if coming:
        yield from links.lists.released_people(district)


def account_marks(payload: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What Schoology lets only one account have, in this spelling."""
    marks = ((name, str(payload.get(name) or "").casefold()) for name in ("username", "email"))
    return [(name, value) for name, value in marks if value]


def relink(session: Session, run: Run) -> int:
    """Give the links of a held plan the new ids of their twins; how many. The caller commits."""
    renamed: dict[Kind, dict[str, str]] = defaultdict(dict)
    for trip in run.counts.get("trips", []):
        kind = Kind(trip["kind"]) if trip["kind"] else Kind.USER
        if trip["brake"] == "regenerated_ids" and kind in links.write.HANGS_ON:
            renamed[kind] |= pairs(session, run, kind, trip["building"])
        if trip["brake"] == "course_renamed":
            renamed[kind] |= links.todays.renamed_courses(session, run)
        if trip["brake"] == "recreated":
            renamed[kind] |= recreated(session, run, trip["building"])
        if trip["brake"] == "same_account":
            renamed[kind] |= accounts(session, run)
        if trip["brake"] == "same_person":
            renamed[kind] |= same_person.pairs(session, run)
    return sum(
        links.write.relink(District(session, run.installation_id), kind, each)
        for kind, each in renamed.items()
    )


def _lines(session: Session, run: Run, action: Action, *which: ColumnElement[bool]) -> Iterator[Line]:
    rows = session.execute(
        select(Change.sis_id, Change.label, Change.before, Change.after)
        .where(Change.run_id == run.id, Change.action == action, Change.state.in_(OPEN), *which)
        .execution_options(yield_per=5000)
    )
    for sis_id, label, before, after in rows:
        yield sis_id, label, json.loads(after or before or "{}")


def _of_links(session: Session, run: Run, kind: Kind, building: str | None = None) -> Iterator[Line]:
    if run.what == RunKind.ONE:
        return
    district = District(session, run.installation_id)
    for sis_id, label, _, payload in links.todays.not_read(district, run.id, kind, building):
        yield sis_id, label, json.loads(payload or "{}")


def _by_name(lines: Iterator[Line]) -> dict[tuple[str, ...], list[Line]]:
    found: dict[tuple[str, ...], list[Line]] = defaultdict(list)
    for line in lines:
        _, label, payload = line
        found[label.casefold(), *(str(payload.get(name) or "") for name in TELLING)].append(line)
    return found


def _codes_agree(old: str, new: str) -> bool:
    """Whether the codes of two courses are the same but for blanks, marks, zeros or something in front or
    behind, as ALG1 and NHS-ALG1."""
    first, second = sorted((_bare_code(old), _bare_code(new)), key=len)
    return first == second or (len(first) >= SHORTEST_CODE and first in second)


def _bare_code(code: str) -> str:
    return "".join(each for each in code.casefold() if each.isalnum()).lstrip("0")
