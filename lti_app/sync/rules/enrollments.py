"""A student is in a section on the days of an open range."""

from __future__ import annotations

from lti_app.school.records import DateRange, Enrollment, IdSpace, Kind
from lti_app.sync.rules.context import RuleContext, Verdict


def enrollment(record: Enrollment, context: RuleContext) -> Verdict | None:
    """The desired membership; None when the student is not in the section today."""
    if record.dropped or not any(_open(each, context) for each in record.ranges):
        return None
    key = f"{IdSpace.STUDENT}:{record.student_id}"
    return Verdict(
        kind=Kind.ENROLLMENT,
        sis_id=f"{record.section_key}:{key}",
        building=record.building,
        parent=record.section_key,
        person=key,
        payload={"admin": False},
    )


def _open(days: DateRange, context: RuleContext) -> bool:
    """Whether the range holds today; the day of dropping still counts."""
    return days.added <= context.today and (days.dropped is None or days.dropped >= context.today)
