"""What people decide in Data Prep: accept, part, pair by hand, make again. Nothing is linked or sent here."""

from __future__ import annotations

from sqlalchemy import ColumnElement, delete, exists, select
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.models import Action, Change, ChangeState, Link, LinkState, PairState, PrepPair, PrepRow, Side
from lti_app.runs.words.kinds import PREP_RULES, counted_kind
from lti_app.school.prep import DecisionCode
from lti_app.school.reasons import Told, because
from lti_app.school.records import Kind
from lti_app.store import audit, links
from lti_app.store.bulk import upsert
from lti_app.store.district import District
from lti_app.sync.data_prep import reading as data_prep_reading
from lti_app.sync.data_prep import status

NO_DATA = because(DecisionCode.PREP_NO_DATA)


class CannotDecide(Told):
    """The decision can't be carried out; the reason says why and what to do."""


def accept(  # noqa: PLR0913 - what a bulk decision consists of
    district: District,
    kind: str,
    *,
    who: audit.Who,
    rule: str = "",
    building: str = "",
    sis_id: str = "",
) -> int:
    """Accept proposals: one, or those of a rule, of a building, or all. How many; the caller commits."""
    run_id = _run_id(district)
    narrowed = [PrepPair.rule == rule] if rule else []
    if sis_id:
        narrowed.append(PrepPair.sis_id == sis_id)
    if building:
        here = exists().where(
            data_prep_reading.row_is(run_id, kind, Side.SIS),
            PrepRow.ident == PrepPair.sis_id,
            PrepRow.building == building,
        )
        narrowed.append(here)
    accepted = district.session.execute(
        district.update(PrepPair)
        .where(
            PrepPair.kind == kind,
            PrepPair.state == PairState.PROPOSED,
            *narrowed,
        )
        .values(state=PairState.ACCEPTED, decided_by=who.name, decided_at=clock.now())
        .returning(PrepPair.sis_id)
        .execution_options(synchronize_session=False)
    ).all()
    if accepted:
        place = f"school {building}" if building else ""
        which = ", ".join(each for each in (PREP_RULES.get(rule, rule), place) if each)
        narrowly = f" ({which})" if which else "" if sis_id else " (all)"
        what = f"Data Prep: accepted matches of {counted_kind(kind, 2)}{narrowly}"
        audit.record(district, who, what, new=len(accepted), about=(kind, sis_id) if sis_id else ("", ""))
    return len(accepted)


def pair(  # noqa: PLR0913 - what a pair consists of
    district: District,
    kind: str,
    *,
    sis_id: str,
    schoology_id: str,
    who: audit.Who,
    by: str = "hand",
) -> None:
    """Pair two rows as a person says. Raises CannotDecide. The caller commits and calls `write_status`."""
    run_id = _run_id(district)
    for side, ident in ((Side.SIS, sis_id), (Side.SCHOOLOGY, schoology_id)):
        if district.session.get(PrepRow, (run_id, kind, str(side), ident)) is None:
            raise CannotDecide(because(DecisionCode.PREP_NOT_IN_DATA, kind=kind, id=ident))
    _raise_if_linked(district, kind, sis_id=sis_id, schoology_id=schoology_id)
    mine = (PrepPair.installation_id == district.id, PrepPair.kind == kind)
    if by != "hand":
        _raise_if_accepted(district.session, *mine, sis_id=sis_id, schoology_id=schoology_id)
    for column, value in ((PrepPair.sis_id, sis_id), (PrepPair.schoology_id, schoology_id)):
        district.session.execute(
            delete(PrepPair)
            .where(*mine, column == value, PrepPair.state != PairState.REFUSED)
            .execution_options(synchronize_session=False)
        )
    both = {"sis_id": sis_id, "schoology_id": schoology_id}
    _decide(district, kind, **both, state=PairState.ACCEPTED, rule=by, who=who)
    if by == "hand":
        audit.record(district, who, f"Data Prep: {kind} matched", new=schoology_id, about=(kind, sis_id))


def _raise_if_accepted(session: Session, *mine: ColumnElement[bool], sis_id: str, schoology_id: str) -> None:
    """A line of a file says nothing of another pair that someone accepted: that one is parted first."""
    one_of_them = (PrepPair.sis_id == sis_id) != (PrepPair.schoology_id == schoology_id)
    other = session.scalars(
        select(PrepPair).where(*mine, PrepPair.state == PairState.ACCEPTED, one_of_them)
    ).first()
    if other is not None:
        code, theirs = DecisionCode.PREP_MATCHED_OTHERWISE, other.schoology_id
        raise CannotDecide(because(code, sis_id=other.sis_id, schoology_id=theirs))


def part(  # noqa: PLR0913 - what a pair consists of
    district: District,
    kind: str,
    *,
    sis_id: str,
    schoology_id: str,
    who: audit.Who,
    by: str = "hand",
) -> None:
    """These two are not the same: never propose it again. What was linked and not synced yet is let go.

    Raises CannotDecide. The caller commits and calls `write_status`.
    """
    link = links.read.one(district, kind, sis_id)
    if link is not None and link.schoology_id == schoology_id:
        if link.state != LinkState.ADOPTED or link.fingerprint or _was_synced(district.session, link):
            raise CannotDecide(because(DecisionCode.PREP_MATCH_IN_USE))
        links.write.forget_children(district, Kind(kind), sis_id)
        links.write.remove(district, kind, [sis_id])
    both = {"sis_id": sis_id, "schoology_id": schoology_id}
    _decide(district, kind, **both, state=PairState.REFUSED, rule="", who=who)
    if by == "hand":
        audit.record(
            district, who, f"Data Prep: {kind} match removed", old=schoology_id, about=(kind, sis_id)
        )


def _was_synced(session: Session, link: Link) -> bool:
    """Whether a sync has written to the object, though what it wrote may be in doubt by now."""
    return bool(
        session.scalar(
            select(
                exists().where(
                    Change.installation_id == link.installation_id,
                    Change.kind == link.kind,
                    Change.sis_id == link.sis_id,
                    Change.action == Action.UPDATE,
                    Change.state == ChangeState.DONE,
                )
            )
        )
    )


def make_new(district: District, kind: str, sis_id: str, *, who: audit.Who) -> None:
    """Nothing in Schoology is this record: a sync makes it. The caller commits and calls `write_status`."""
    _raise_if_linked(district, kind, sis_id=sis_id)
    district.session.execute(
        district.delete(PrepPair)
        .where(
            PrepPair.kind == kind,
            PrepPair.sis_id == sis_id,
            PrepPair.state != PairState.REFUSED,
        )
        .execution_options(synchronize_session=False)
    )
    both = {"sis_id": sis_id, "schoology_id": ""}
    _decide(district, kind, **both, state=PairState.NEW, rule="", who=who)
    audit.record(
        district, who, f"Data Prep: {kind} without a match", new="a sync creates it", about=(kind, sis_id)
    )


def write_status(district: District, kind: str, *, sis_id: str, schoology_id: str) -> None:
    """Write where the rows around a decision stand now. The caller commits."""
    run_id = _run_id(district)
    only = status.around(district.session, run_id, Kind(kind), sis_id=sis_id, schoology_id=schoology_id)
    status.write_status(district, run_id, kind=Kind(kind), only=only)


def _run_id(district: District) -> int:
    reading = data_prep_reading.reading(district)
    if reading is None:
        raise CannotDecide(NO_DATA)
    return reading.id


def _raise_if_linked(district: District, kind: str, *, sis_id: str, schoology_id: str = "") -> None:
    link = links.read.one(district, kind, sis_id)
    other = schoology_id and links.read.by_schoology_id(district, Kind(kind), schoology_id)
    if link is not None or other:
        raise CannotDecide(because(DecisionCode.PREP_ALREADY_LINKED))


def _decide(  # noqa: PLR0913 - the columns of a decision
    district: District,
    kind: str,
    *,
    sis_id: str,
    schoology_id: str,
    state: PairState,
    rule: str,
    who: audit.Who,
) -> None:
    values = {"rule": rule, "state": state, "decided_by": who.name, "decided_at": clock.now()}
    district.session.execute(
        upsert(district.session, PrepPair)
        .values(installation_id=district.id, kind=kind, sis_id=sis_id, schoology_id=schoology_id, **values)
        .on_conflict_do_update(
            index_elements=["installation_id", "kind", "sis_id", "schoology_id"], set_=values
        )
    )
