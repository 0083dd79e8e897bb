"""Match: write the keys of a reading, and let each rule in turn propose the pairs that are beyond doubt.

A rule pairs where one text stands at exactly one record and exactly one object. Whatever it leaves is looked
at by the next rule, and what no rule pairs is a person's to decide. Decisions of people are kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, case, delete, exists, func, or_, select
from sqlalchemy.orm import Session

from lti_app.models import PairState, PrepKey, PrepPair, PrepRow, Side
from lti_app.school.prep import PrepOptions
from lti_app.school.records import OBJECTS, Kind, SeatRole
from lti_app.setup import choices
from lti_app.store import links
from lti_app.store.bulk import AT_ONCE, chunks, insert_rows, refresh_statistics
from lti_app.store.district import District
from lti_app.sync.context import RunContext
from lti_app.sync.data_prep import matching_keys, reading
from lti_app.sync.data_prep.status import refresh

PAIRS_AT_ONCE = 5000
KEY_COLUMNS = ("run_id", "kind", "rule", "side", "text", "ident")
PAIR_COLUMNS = ("installation_id", "kind", "sis_id", "schoology_id", "rule", "state", "decided_by")
SAME = "ON CONFLICT DO NOTHING"


def match(context: RunContext, run_id: int) -> None:
    """Propose pairs again for the reading of a run. Commits as it goes; repeating it changes nothing."""
    district = context.district
    options = choices.data_prep_options(district)
    refresh_statistics(district.session, "prep_row")
    for kind in OBJECTS:
        context.progress.report(f"matching_{kind}", 0, 0)
        _forget(district, run_id, kind)
        _write_keys(context, run_id, kind, options)
        refresh_statistics(district.session, "prep_key", "link", "prep_pair")
        district.session.commit()
        for rule in options.used(kind):
            propose(district, run_id, kind=kind, rule=rule)
            refresh_statistics(district.session, "prep_pair")
            context.progress.report(f"matching_{kind}", 0, 0)
    refresh(district, run_id)
    district.session.commit()


def _forget(district: District, run_id: int, kind: Kind) -> None:
    """Drop the proposals, and decisions on something that is not there any more."""
    mine = and_(PrepPair.installation_id == district.id, PrepPair.kind == kind)
    ours = exists().where(reading.row_is(run_id, kind, Side.SIS), PrepRow.ident == PrepPair.sis_id)
    theirs = exists().where(
        reading.row_is(run_id, kind, Side.SCHOOLOGY), PrepRow.ident == PrepPair.schoology_id
    )
    lost = and_(PrepPair.state == PairState.ACCEPTED, or_(~ours, ~theirs))
    district.session.execute(
        delete(PrepPair)
        .where(mine, or_(PrepPair.state == PairState.PROPOSED, lost))
        .execution_options(synchronize_session=False)
    )
    district.session.execute(delete(PrepKey).where(PrepKey.run_id == run_id, PrepKey.kind == kind))


def _write_keys(context: RunContext, run_id: int, kind: Kind, options: PrepOptions) -> None:
    session = context.session
    for side in Side:
        for batch in _rows(session, run_id, kind, side):
            facts = _named(context, run_id, batch) if kind == Kind.SECTION else _facts(batch)
            made = {
                (rule, text, ident)
                for ident, fact in facts.items()
                for rule, text in matching_keys.keys(kind, fact, options)
            }
            rows = [(run_id, str(kind), rule, str(side), text, ident) for rule, text, ident in sorted(made)]
            insert_rows(session, "prep_key", KEY_COLUMNS, rows)
            context.progress.hold()
            session.commit()


def _rows(session: Session, run_id: int, kind: Kind, side: Side) -> Iterator[list[Any]]:
    """Every row in lists, in the order of their ids."""
    last = ""
    while True:
        query = (
            select(PrepRow.ident, PrepRow.side, PrepRow.parent, PrepRow.facts)
            .where(reading.row_is(run_id, kind, side), PrepRow.ident > last)
            .order_by(PrepRow.ident)
            .limit(PAIRS_AT_ONCE)
        )
        batch = list(session.execute(query))
        if not batch:
            return
        last = batch[-1].ident
        yield batch


def _facts(batch: list[Any]) -> dict[str, Mapping[str, Any]]:
    return {row.ident: row.facts for row in batch}


def _named(context: RunContext, run_id: int, batch: list[Any]) -> dict[str, Mapping[str, Any]]:
    """Sections with their teachers; those of Schoology name courses and teachers as the SIS does, where that
    is known."""
    if batch[0].side == Side.SIS:
        return _with_primary_teachers(context.session, run_id, batch)
    district = context.district
    courses = sis_names(district, Kind.COURSE, {row.parent for row in batch})
    seats = district.session.execute(
        select(PrepRow.parent, PrepRow.person, PrepRow.facts).where(
            reading.row_is(run_id, Kind.ENROLLMENT, Side.SCHOOLOGY),
            PrepRow.parent.in_([row.ident for row in batch]),
        )
    )
    teaching = [(section, uid) for section, uid, facts in seats if facts["admin"]]
    people = sis_names(district, Kind.USER, {uid for _, uid in teaching})
    teachers: dict[str, list[str]] = {}
    for section, uid in teaching:
        teachers.setdefault(section, []).extend([people[uid]] if uid in people else [])
    return {
        row.ident: {
            **row.facts,
            "course": courses.get(row.parent, ""),
            "teachers": sorted(teachers.get(row.ident, ())),
        }
        for row in batch
    }


def _with_primary_teachers(session: Session, run_id: int, batch: list[Any]) -> dict[str, Mapping[str, Any]]:
    """Sections of the SIS, each with the teacher who answers for it."""
    seats = session.execute(
        select(PrepRow.parent, PrepRow.person, PrepRow.facts).where(
            reading.row_is(run_id, Kind.ENROLLMENT, Side.SIS),
            PrepRow.role == SeatRole.TEACHER,
            PrepRow.parent.in_([row.ident for row in batch]),
        )
    )
    primary = {section: [person] for section, person, facts in seats if facts.get("primary")}
    return {row.ident: {**row.facts, "teachers": primary.get(row.ident, [])} for row in batch}


def sis_names(district: District, kind: Kind, ids: set[str]) -> dict[str, str]:
    """Schoology id → SIS id of what is linked or paired."""
    found: dict[str, str] = {}
    for batch in chunks(sorted(ids), AT_ONCE):
        pairs = district.session.execute(
            select(PrepPair.schoology_id, PrepPair.sis_id).where(
                reading.stands(district.id, kind), PrepPair.schoology_id.in_(batch)
            )
        )
        found.update({schoology_id: sis_id for schoology_id, sis_id in pairs})
        found.update(links.read.sis_ids(district, kind, batch))
    return found


def propose(district: District, run_id: int, *, kind: Kind, rule: str) -> None:
    """Propose what one rule finds among the rows that are in no pair yet. The caller commits."""
    alone = _alone(district.id, run_id, kind, rule)
    found = district.session.execute(
        select(alone.c.ours, alone.c.theirs)
        .where(
            free(district.id, kind, alone.c.ours, sis=True),
            free(district.id, kind, alone.c.theirs, sis=False),
            ~reading.decided_against(district.id, kind, alone.c.ours, alone.c.theirs),
        )
        .execution_options(yield_per=PAIRS_AT_ONCE)
    )
    for batch in chunks(found, PAIRS_AT_ONCE):
        ours = _facts_of(district.session, run_id, kind, Side.SIS, idents=[each for each, _ in batch])
        theirs = _facts_of(district.session, run_id, kind, Side.SCHOOLOGY, idents=[each for _, each in batch])
        sure = [
            (district.id, str(kind), mine, other, rule, str(PairState.PROPOSED), "")
            for mine, other in batch
            if not matching_keys.doubt(kind, rule, ours[mine], theirs[other])
        ]
        insert_rows(district.session, "prep_pair", PAIR_COLUMNS, sure, on_conflict=SAME)


def _alone(installation_id: int, run_id: int, kind: Kind, rule: str) -> Any:
    """Texts of a rule that stand at one row of each side and nowhere else, as those two rows.

    A section that is in a pair by a better rule does not count: within a course its code names one section.
    A person does: of two namesakes, the one without an account may not get the other's second account.
    """
    ours = case((PrepKey.side == Side.SIS, PrepKey.ident))
    theirs = case((PrepKey.side == Side.SCHOOLOGY, PrepKey.ident))
    counted = [] if kind != Kind.SECTION else [_key_is_free(installation_id, kind)]
    return (
        select(func.min(ours).label("ours"), func.min(theirs).label("theirs"))
        .where(PrepKey.run_id == run_id, PrepKey.kind == kind, PrepKey.rule == rule, *counted)
        .group_by(PrepKey.text)
        .having(func.count() == 2, func.count(ours) == 1)
        .subquery()
    )


def _key_is_free(installation_id: int, kind: Kind) -> ColumnElement[bool]:
    ours, theirs = (free(installation_id, kind, PrepKey.ident, sis=sis) for sis in (True, False))
    return or_(and_(PrepKey.side == Side.SIS, ours), and_(PrepKey.side == Side.SCHOOLOGY, theirs))


def _facts_of(
    session: Session, run_id: int, kind: Kind, side: Side, *, idents: list[str]
) -> dict[str, Mapping[str, Any]]:
    found = session.execute(
        select(PrepRow.ident, PrepRow.facts).where(
            reading.row_is(run_id, kind, side), PrepRow.ident.in_(idents)
        )
    )
    return {ident: facts for ident, facts in found}


def free(installation_id: int, kind: str, ident: Any, *, sis: bool) -> ColumnElement[bool]:
    """Neither linked nor in a pair that stands."""
    linked = {"sis_id": ident} if sis else {"schoology_id": ident}
    paired = PrepPair.sis_id if sis else PrepPair.schoology_id
    return and_(
        ~links.conditions.is_linked(installation_id, kind, **linked),
        ~exists().where(reading.stands(installation_id, kind), paired == ident),
    )
