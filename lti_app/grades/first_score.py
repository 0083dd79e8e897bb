"""The first score over a wire that no one has verified: one goes out, is read back, and a person judges."""

from __future__ import annotations

from dataclasses import replace

from lti_app.grades.assignments import read_assignments
from lti_app.grades.context import GradeContext
from lti_app.grades.ledger import assignment_fields, score_fields
from lti_app.grades.rules.compare import text_of
from lti_app.grades.rules.decide import Decision
from lti_app.grades.rules.snapshot import Snapshot
from lti_app.grades.rules.work import ItemWork
from lti_app.models import SectionSettings, SisConnection
from lti_app.school.gradebook import Assignment, SisScore
from lti_app.store.district import District


def confirmed(district: District) -> bool:
    """Whether someone has confirmed what the first score looked like in the SIS, and no one doubts it."""
    row = district.session.get(SisConnection, district.id)
    return row is not None and row.grades_confirmed_at is not None and not row.grades_doubt


def first_of(chosen: list[ItemWork]) -> list[ItemWork]:
    """One item with one score: the first that has a score to send, else the first that can be sent."""
    sendable = [each for each in chosen if each.judged.assignment]
    scored = [each for each in sendable if any(line.desired.score is not None for line in each.sends)]
    if scored:
        line = next(each for each in scored[0].sends if each.desired.score is not None)
        return [replace(scored[0], lines=(line,))]
    new = [each for each in sendable if each.send_assignment]
    return [replace(each, lines=()) for each in new[:1]] or [
        replace(each, lines=tuple(each.sends[:1])) for each in sendable if each.sends
    ][:1]


def only(decision: Decision, row: SectionSettings) -> Decision:
    """Of what was decided only the check; nothing while its answer is awaited."""
    works = () if row.trial else tuple(first_of(list(decision.works)))
    return replace(decision, works=works)


def note(context: GradeContext, row: SectionSettings, work: ItemWork, sent: Assignment) -> None:
    """Read the item back and keep both readings for the person who decides; in the caller's transaction."""
    line = next(iter(work.sends), None)
    there = _there(context, row.section_key, sent)
    score = _score(context, row.section_key, there, line.student_id) if line and there else None
    row.trial = {
        "item_id": work.item_id,
        "student_id": line.student_id if line else "",
        "student": Snapshot.from_json(row.snapshot).students.get(line.student_id, "") if line else "",
        "sent": {**assignment_fields(sent), **(score_fields(line.desired) if line else {})},
        "read": {
            **(assignment_fields(there) if there else {}),
            **(score_fields(score) if score else {}),
        },
        "same_score": bool(line is None or (score and text_of(score) == text_of(line.desired))),
    }


def _there(context: GradeContext, section_key: str, sent: Assignment) -> Assignment | None:
    found = read_assignments(context, section_key)
    return next(
        (each for each in found if (each.item_id, each.session) == (sent.item_id, sent.session)), None
    )


def _score(context: GradeContext, section_key: str, there: Assignment, student_id: str) -> SisScore | None:
    scores = context.sis.scores(section_key).get((there.session, there.number), ())
    return next((each for each in scores if each.student_id == student_id), None)
