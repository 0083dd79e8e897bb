"""A student or teacher is in a section on the days of an open range."""

from __future__ import annotations

from lti_app.school.reason_codes import Code
from lti_app.school.reasons import NO_REASON, because
from lti_app.school.records import Kind, Seat, SeatRole
from lti_app.sync.rules.context import RuleContext, Verdict

ENROLLED = (SeatRole.STUDENT, SeatRole.TEACHER)


def seat(record: Seat, context: RuleContext) -> Verdict | None:
    """The desired membership; None for who is not in the section today, or does something else there."""
    if record.role not in ENROLLED or not record.is_open(context.today):
        return None
    teaches = record.role == SeatRole.TEACHER
    co_teacher = teaches and not record.primary and not context.options.with_co_teachers
    return Verdict(
        kind=Kind.ENROLLMENT,
        sis_id=record.key,
        building=context.section_buildings.get(record.section, ""),
        parent=record.section,
        person=record.person,
        role=record.role,
        payload=None if co_teacher else {"admin": teaches},
        state="out" if co_teacher else "ok",
        reason=because(Code.CO_TEACHERS_OFF) if co_teacher else NO_REASON,
    )
