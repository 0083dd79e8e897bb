"""What the next sync would do to averages, kept for the page after every reading."""

from __future__ import annotations

from dataclasses import replace

from lti_app.grades import agreement
from lti_app.grades.assess import SectionWork, has_of, section_rules
from lti_app.grades.cells import is_blank
from lti_app.grades.context import GradeContext
from lti_app.grades.read import Both
from lti_app.grades.rows.items import Book
from lti_app.grades.rules import effects
from lti_app.grades.rules.effects import Late
from lti_app.models import SectionSettings
from lti_app.school.grade_policy import Joined
from lti_app.sis.errors import SisError

MOST_SECTIONS = 5
"""So many other sections of the course are looked at for earlier scores of students who joined late."""


def note(context: GradeContext, row: SectionSettings, both: Both, *, book: Book, work: SectionWork) -> None:
    """Keep what would drop, and who joined late; in the caller's transaction."""
    taking = [
        each for each in work.items if not (book.item(each.item_id).opted_out or book.item(each.item_id).held)
    ]
    ours, theirs, matching = agreement.inputs(context, row, both, book)
    found = effects.drops(ours, theirs, matching, works=taking, roster=both.sis.roster)
    row.effects = {
        "drops": [each.to_json() for each in found],
        "late": [each.to_json() for each in _late(context, row, both, work)],
    }


def _late(context: GradeContext, row: SectionSettings, both: Both, work: SectionWork) -> list[Late]:
    """Who joined late, with the scores that the SIS has for them elsewhere."""
    if context.policy.joined is Joined.EXCUSE or not both.sis.joined:
        return []
    book = agreement.sis_book(both)
    filled = {
        each.item_id: frozenset(
            {student for student, has in has_of(both, each.item_id).items() if not is_blank(has)}
            | {line.student_id for line in each.sends}
        )
        for each in work.items
    }
    joined = {student: day for student, day in both.sis.joined.items() if student not in row.excused}
    calendar = section_rules(context, row, both).calendar
    found = effects.late(work.items, book, calendar, joined=joined, filled=filled)
    return _elsewhere(context, row, both, found) if found else []


def _elsewhere(context: GradeContext, row: SectionSettings, both: Both, found: list[Late]) -> list[Late]:
    """With the scores that the SIS has for these students in other sections of the course."""
    students = {each.student_id for each in found}
    hits: dict[str, tuple[int, str]] = {}
    for key in _sections_of_course(context, row, both)[:MOST_SECTIONS]:
        try:
            scores = context.sis.scores(key)
        except SisError:
            continue  # it is only a hint, and the next reading looks again
        for student in students:
            count = sum(
                each.student_id == student and not is_blank(each) for own in scores.values() for each in own
            )
            if count > hits.get(student, (0, ""))[0]:
                hits[student] = (count, key)
    return [
        replace(each, elsewhere=hits[each.student_id][0], section=hits[each.student_id][1])
        if each.student_id in hits
        else each
        for each in found
    ]


def _sections_of_course(context: GradeContext, row: SectionSettings, both: Both) -> list[str]:
    """The keys of other sections of the course whose gradebooks the app has read, in this school first."""
    rows = context.session.execute(
        context.district.select(SectionSettings)
        .with_only_columns(SectionSettings.section_key, SectionSettings.snapshot)
        .where(
            SectionSettings.section_id != row.section_id,
            SectionSettings.snapshot["course_code"].as_string() == both.sis.course_code,
        )
    ).all()
    here = both.sis.section.building
    return [key for key, kept in sorted(rows, key=lambda each: (each[1].get("building") != here, each[0]))]
