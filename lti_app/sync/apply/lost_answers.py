"""After a crash or a lost answer: find out what became of changes that were sent.

A create is looked up by its natural key. What is there and reads as we sent it is ours; what is there and
reads otherwise was there before. Updates and drops of this run can simply be sent again. Of those that
another run left behind, drops are looked up, and the records of updates count as not sent, so that the next
plan makes them right whatever happened.

A request for one record comes in between another run of its district, or while that one is paused: it settles
the lines of that run before it plans, and what did not happen is that run's to send.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, literal_column, select, update
from sqlalchemy.orm import Session

from lti_app.jobs import queue
from lti_app.models import ACTIVE_STATES, Action, Change, ChangeState, Job, Run
from lti_app.school.desired import canonical
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import because
from lti_app.school.records import Kind
from lti_app.schoology.port import BULK, Found, Outcome, Schoology
from lti_app.store import links
from lti_app.store.district import District
from lti_app.sync.apply.batches import make_batches
from lti_app.sync.apply.outcomes import write_outcomes

SENT: ColumnElement[str] = literal_column(f"'{ChangeState.SENT}'")
"""Spelled out, so that the databases can use the index of sent changes."""


def resolve_sent(session: Session, schoology: Schoology, installation_id: int, run_id: int) -> int:
    """Settle every change of the installation that was sent and has no outcome. Returns how many of this run.

    Changes that did not happen go back to planned when their run goes on, and are discarded when an older run
    left them behind: its successor plans afresh. Nothing may be under way. Commits after each batch.
    """
    settled = 0
    witness = Witness(session, installation_id)
    others = _others_that_go_on(District(session, installation_id), run_id)
    while True:
        sent = _next_sent(District(session, installation_id))
        if not sent:
            return settled
        owner = sent[0].run_id
        whose = Whose(ours=owner == run_id, goes_on=owner == run_id or owner in others)
        if sent[0].action == Action.CREATE or (sent[0].action == Action.DROP and not whose.ours):
            _look_up(session, schoology, installation_id, sent=sent, witness=witness, whose=whose)
        else:
            for change in sent:
                _put_back(session, change, whose)
        session.commit()
        settled += len(sent) if whose.ours else 0


@dataclass(frozen=True)
class Whose:
    """Whether a line that was sent is of the run that asks, and whether its run will send what is planned."""

    ours: bool
    goes_on: bool


def _others_that_go_on(district: District, run_id: int) -> set[int]:
    """Other runs whose jobs are not over; what they sent once without an answer counts as sent again."""
    query = (
        select(Run.id)
        .join(Job, Job.id == Run.job_id)
        .where(
            Job.installation_id + 0 == district.id,  # so that SQLite begins with the few active jobs
            Job.state.in_(ACTIVE_STATES),
            Job.lane.in_(queue.WRITERS),
            Run.finished_at.is_(None),
            Run.id != run_id,
        )
    )
    others = set(district.session.scalars(query))
    for each in others:
        asked = (Change.run_id == each, Change.state == ChangeState.PLANNED, Change.batch > 0)
        district.session.execute(update(Change).where(*asked).values(state=ChangeState.SENT))
    return others


def _next_sent(district: District) -> list[Change]:
    query = (
        district.select(Change).where(Change.state == SENT).order_by(Change.run_id, Change.seq).limit(BULK)
    )
    rows = list(district.session.scalars(query))
    return [row for row in rows if _alike(row, rows[0])]


def _alike(one: Change, other: Change) -> bool:
    return (one.run_id, one.kind, one.action) == (other.run_id, other.kind, other.action)


def _look_up(  # noqa: PLR0913 - whose lines, where to look, and how to judge
    session: Session,
    schoology: Schoology,
    installation_id: int,
    *,
    sent: Sequence[Change],
    witness: Witness,
    whose: Whose,
) -> None:
    batches, unresolved = make_batches(District(session, installation_id), sent, looking=True)
    for change, _ in unresolved:
        _put_back(session, change, whose)
    for batch in batches:
        found = schoology.find(batch.kind, batch.items)
        for change, there in zip(batch.changes, found, strict=True):
            outcome = _dropped(there) if batch.action == Action.DROP else _made(change, there, witness)
            if outcome is None:
                _put_back(session, change, whose)
            else:
                write_outcomes(District(session, installation_id), [(change, outcome)])


def _dropped(there: Found | None) -> Outcome | None:
    return Outcome(ok=True) if there is None else None


def _made(change: Change, there: Found | None, witness: Witness) -> Outcome | None:
    if there is None:
        return None
    ok = witness.made_by_the_app(change, there.schoology_id) and agrees(
        json.loads(change.after), there.fields
    )
    return Outcome(ok=ok, schoology_id=there.schoology_id, conflict=not ok)


def agrees(sent: Mapping[str, Any], there: Mapping[str, Any]) -> bool:
    """Whether every field that Schoology gives back reads as it was sent, but for case and blanks."""
    return all(
        _plain(value) == _plain(there.get(name))
        for name, value in sent.items()
        if name in there and not isinstance(value, (list, dict))
    )


def _plain(value: object) -> str:
    return " ".join(str(value or "").split()).casefold()


def _put_back(session: Session, change: Change, whose: Whose) -> None:
    if not whose.ours:
        links.write.mark_uncertain(
            District(session, change.installation_id), change.kind, change.sis_id, payload=_either(change)
        )
    if change.action == Action.CREATE:
        change.schoology_id = ""
    if whose.goes_on:
        change.state = ChangeState.PLANNED
        return
    change.state = ChangeState.DISCARDED
    change.reason = because(Code.ANSWER_LOST)


def _either(change: Change) -> str:
    """What Schoology may hold: every field that was filled before the change or is filled by it."""
    before, after = json.loads(change.before or "{}"), json.loads(change.after or "{}")
    return canonical({**before, **{name: value for name, value in after.items() if value}})


class Witness:
    """Judges the lines of one installation."""

    def __init__(self, session: Session, installation_id: int) -> None:
        self._session, self._mine = session, installation_id
        self._newest: dict[int, str] = {}

    def made_by_the_app(self, change: Change, schoology_id: str) -> bool:
        """Whether an enrollment or parent link cannot have been there before the change was sent; of other
        objects, what they hold tells."""
        if change.kind == Kind.ENROLLMENT:
            return (
                self._is_of_this_run(change, Kind.SECTION, change.parent)
                or self._last_act(change) == Action.DROP
                or self._is_new(change, schoology_id)
            )
        return change.kind != Kind.PARENT_LINK or self._joined_by_the_app(change)

    def _joined_by_the_app(self, change: Change) -> bool:
        """A parent link has no id that counts up: it was looked for just before the call, whose answer was
        lost, or someone's account did not exist before this run."""
        return (
            change.schoology_id != ""
            or self._is_of_this_run(change, Kind.USER, change.parent, change.person)
            or self._last_act(change) == Action.DROP
        )

    def _is_of_this_run(self, change: Change, kind: Kind, *sis_ids: str) -> bool:
        made = select(Change.id).where(
            Change.run_id == change.run_id,
            Change.kind == kind,
            Change.sis_id.in_(sis_ids),
            Change.action == Action.CREATE,
            Change.state == ChangeState.DONE,
        )
        return self._session.scalar(made.limit(1)) is not None

    def _last_act(self, change: Change) -> str | None:
        """What the app last did with this enrollment or link: after a drop it was not there."""
        acts = select(Change.action).where(
            Change.installation_id == self._mine,
            Change.kind == change.kind,
            Change.sis_id == change.sis_id,
            Change.state == ChangeState.DONE,
        )
        return self._session.scalar(acts.order_by(Change.id.desc()).limit(1))

    def _is_new(self, change: Change, schoology_id: str) -> bool:
        """Schoology counts its ids up, so one above all that the app knew before the run is younger than it.

        After a restored backup the app does not know what it knew.
        """
        run = self._session.get_one(Run, change.run_id)
        if run.notes.recover or not schoology_id.isdigit():
            return False
        if run.id not in self._newest:
            self._newest[run.id] = links.read.newest_schoology_id(
                District(self._session, self._mine), Kind.ENROLLMENT, before=run.started_at
            )
        newest = self._newest[run.id]
        return newest != "" and (len(schoology_id), schoology_id) > (len(newest), newest)
