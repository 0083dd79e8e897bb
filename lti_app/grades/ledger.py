"""The run of a sync of grades: its lines are written before anything is sent, and closed one by one."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.grades.rules.compare import ScoreAction, ScoreLine, plain
from lti_app.grades.rules.refusals import refusal
from lti_app.grades.rules.work import ItemWork
from lti_app.models import Action, Change, ChangeState, Run, RunState
from lti_app.models.reasons import stored
from lti_app.runs import ledger
from lti_app.school.gradebook import Assignment, AssignmentRef, SisScore
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import NO_REASON, Reason, because, several
from lti_app.school.records import GradeKind, joined
from lti_app.sis.errors import SisRejected
from lti_app.store.district import District

GRADES = "grades"
"""What a run of grades is about, and the kind of its job."""
MOST_REASONS = 3
"""So many reasons are said of what failed."""


@dataclass(frozen=True)
class Ledger:
    """The run that is being written. Lines go from planned to their end: every write is an upsert, so a line
    that was cut off is simply planned again, and never looked up as those of provisioning are."""

    session: Session
    run: Run
    section_key: str
    building: str
    names: dict[str, str]
    """Student id → name, for the labels."""
    people: Mapping[str, str] = field(default_factory=dict)
    """Student id → key of the person."""

    def plan(self, works: Iterable[ItemWork]) -> None:
        """Write every line that the run is going to close. Commits."""
        self.add(row for work in works for row in self._rows(work))

    def add(self, lines: Iterable[dict[str, Any]]) -> None:
        """Write lines in order. Commits."""
        rows = [self._row(**each) for each in lines]
        start = self.session.scalar(select(func.max(Change.seq)).where(Change.run_id == self.run.id)) or 0
        for number, row in enumerate(rows, start + 1):
            row["seq"] = number
        if rows:
            self.session.execute(insert(Change), rows)
        self.session.commit()

    def close(self, keys: Sequence[str], *, ok: bool, reason: Reason = NO_REASON, words: str = "") -> None:
        """Write how lines ended; in the caller's transaction."""
        if ok:  # the reason says what the score took the place of, and stays
            self._set(keys, state=ChangeState.DONE, finished_at=clock.now())
        else:
            self._set(keys, state=ChangeState.FAILED, reason=reason, words=words, finished_at=clock.now())

    def leave(self, keys: Sequence[str], reason: Reason) -> None:
        """Write that lines were not sent after all; in the caller's transaction."""
        self._set(keys, state=ChangeState.DISCARDED, reason=reason, finished_at=clock.now())

    def refuse(self, keys: Sequence[str], error: SisRejected) -> None:
        """Write that the SIS refused lines; in the caller's transaction."""
        words = str(error)
        self.close(keys, ok=False, reason=refusal(error.code, words), words=words)

    def item_line(
        self,
        action: Action,
        item_id: str,
        title: str,
        *,
        before: Assignment | None = None,
        after: Assignment | None = None,
    ) -> dict[str, Any]:
        """The line of an assignment that the SIS has, is going to have, or both."""
        return {
            "kind": GradeKind.ITEM,
            "action": action,
            "sis_id": self.item_key(item_id),
            "schoology_id": item_id,
            "label": title,
            "before": as_json(assignment_fields(before)) if before else "",
            "after": as_json(assignment_fields(after)) if after else "",
            "state": ChangeState.PLANNED,
            **stored(NO_REASON),
        }

    def score_line(
        self, action: Action, item_id: str, title: str, *, before: SisScore, after: SisScore | None = None
    ) -> dict[str, Any]:
        """The line of a student's score on an item."""
        student = before.student_id
        return {
            "kind": GradeKind.SCORE,
            "action": action,
            "sis_id": self.score_key(item_id, student),
            "schoology_id": item_id,
            "person": self.people.get(student, ""),
            "label": f"{self.names.get(student, student)}: {title}",
            "before": as_json(score_fields(before)),
            "after": as_json(score_fields(after)) if after else "",
            "state": ChangeState.PLANNED,
            **stored(NO_REASON),
        }

    def ref(self, each: Assignment) -> AssignmentRef:
        """What names an assignment that the SIS has."""
        return AssignmentRef(self.section_key, each.session, each.item_id, each.number)

    def item_key(self, item_id: str) -> str:
        """The SIS id of an item's line."""
        return joined(self.section_key, ":", item_id)

    def score_key(self, item_id: str, student_id: str) -> str:
        """The SIS id of a score's line."""
        return f"{self.item_key(item_id)}:{student_id}"

    def _set(self, keys: Sequence[str], **values: Any) -> None:
        if keys:
            self.session.execute(
                update(Change)
                .where(
                    Change.run_id == self.run.id,
                    Change.sis_id.in_(list(keys)),
                    Change.state == ChangeState.PLANNED,
                )
                .values(**values)
                .execution_options(synchronize_session=False)
            )

    def _rows(self, work: ItemWork) -> list[dict[str, Any]]:
        item = work.judged
        named = (work.item_id, item.item.title)
        rows = []
        if item.assignment is None and item.stops:
            why = several(*(each.reason for each in item.stops))
            line = self.item_line(Action.BLOCK, *named, before=work.there)
            rows.append({**line, "state": ChangeState.BLOCKED, **stored(why)})
        elif work.send_assignment and item.assignment is not None:
            action = Action.UPDATE if work.there else Action.CREATE
            rows.append(self.item_line(action, *named, before=work.there, after=item.assignment))
        for each in work.lines:
            if each.action != ScoreAction.REMEMBER:
                action, state, reason = _ending(each)
                line = self.score_line(action, *named, before=each.before, after=each.desired)
                rows.append({**line, "state": state, **stored(reason)})
        return rows

    def _row(self, **values: Any) -> dict[str, Any]:
        common = {
            "installation_id": self.run.installation_id,
            "run_id": self.run.id,
            "building": self.building,
            "parent": self.section_key,
            "person": "",
            "natural_key": "",
            "fingerprint": "",
            "batch": 0,
            "words": "",
        }
        finished = clock.now() if values["state"] == ChangeState.BLOCKED else None
        return {**common, "finished_at": finished, **values}


def _ending(line: ScoreLine) -> tuple[Action, ChangeState, Reason]:
    if line.action == ScoreAction.CONFLICT:
        return Action.KEEP, ChangeState.BLOCKED, because(Code.CHANGED_IN_SIS_WAITS)
    if line.action == ScoreAction.CANNOT_SEND:
        return Action.BLOCK, ChangeState.BLOCKED, line.reason
    return (Action.UPDATE if _filled(line.before) else Action.CREATE), ChangeState.PLANNED, _note(line)


def _note(line: ScoreLine) -> Reason:
    return because(Code.CHANGED_IN_SIS_KEPT) if line.overwrites else NO_REASON


def _filled(score: SisScore) -> bool:
    return score.score is not None or bool(score.mark or score.flag or score.comment)


def score_fields(score: SisScore) -> dict[str, str]:
    """A score as the log and the pages show it."""
    return {"score": plain(score.score), "mark": score.mark or str(score.flag), "comment": score.comment}


def assignment_fields(each: Assignment) -> dict[str, str]:
    """An assignment as the log shows it."""
    return {
        "title": each.title,
        "sis_category": each.category,
        "points": plain(each.points),
        "item_weight": plain(each.weight),
        "due": each.due.isoformat(),
    }


def as_json(fields: Mapping[str, str]) -> str:
    """The fields of a line as the log keeps them."""
    return json.dumps(fields, ensure_ascii=False, sort_keys=True)


def open_run(district: District, job_id: int) -> Run:
    """The run of a job: a new one, or the interrupted one with its open lines closed. The caller commits."""
    run = ledger.unfinished(district, job_id)
    if run is None:
        return ledger.open_run(district, job_id, GRADES, state=RunState.APPLYING)
    _discard(district.session, run, because(Code.GRADES_INTERRUPTED))
    return run


def _discard(session: Session, run: Run, reason: Reason) -> None:
    session.execute(
        update(Change)
        .where(Change.run_id == run.id, Change.state == ChangeState.PLANNED)
        .values(state=ChangeState.DISCARDED, reason=reason, finished_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def why_failed(session: Session, run: Run) -> Reason:
    """Why lines of a run failed, each reason once and the most frequent first."""
    failed = (Change.run_id == run.id, Change.state == ChangeState.FAILED)
    rows = session.execute(select(Change.reason_code, Change.reason_values).where(*failed))
    counted = Counter(Reason(code, values or {}) for code, values in rows if code)
    return several(*(each for each, _ in counted.most_common(MOST_REASONS)))


def sent_by(session: Session, job_id: int) -> int:
    """Items and scores that the run of a job changed in the SIS, over all of its attempts."""
    done = (
        select(func.count())
        .select_from(Change)
        .join(Run, Run.id == Change.run_id)
        .where(
            Run.job_id == job_id,
            Change.state == ChangeState.DONE,
            (Change.kind == GradeKind.ITEM) | (Change.action != Action.DROP),
        )
    )
    return session.scalar(done) or 0


def close_run(session: Session, run: Run, state: RunState, reason: Reason = NO_REASON) -> None:
    """End a run with its counts; lines that were not sent are closed with it. The caller commits."""
    _discard(session, run, reason or because(Code.NOT_SENT))
    ledger.close(session, run, state, reason)
    run.counts = {**run.counts, "plan": ledger.planned_counts(session, run.id)}
