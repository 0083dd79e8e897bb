"""The row of a section's grades and its link, or why there is none."""

from __future__ import annotations

from lti_app.models import Link, LinkState, SectionSettings, SyncOptions
from lti_app.school.course_codes import CourseCode
from lti_app.school.grade_policy import GradePolicy
from lti_app.school.reasons import NO_REASON, Told, because
from lti_app.school.records import Kind
from lti_app.store import links
from lti_app.store.district import District


class NoGrades(Told):
    """The section's grades cannot be worked on; the reason says why and who can do what."""


def link_of(district: District, section_id: str) -> Link:
    """The link of a Schoology section that is in use. Raises NoGrades."""
    link = links.read.by_schoology_id(district, Kind.SECTION, section_id)
    if link is None:
        raise NoGrades(because(CourseCode.GRADES_NOT_LINKED))
    if link.state == LinkState.RELEASED:
        raise NoGrades(because(CourseCode.GRADES_SECTION_LEFT))
    if link.state not in LinkState.in_use():
        raise NoGrades(because(CourseCode.GRADES_COURSE_LOST))
    return link


def policy_of(district: District) -> GradePolicy:
    """What the district decided about grades."""
    row = district.session.get(SyncOptions, district.id)
    return GradePolicy.from_json(row.grades if row else {})


def settings_row(district: District, section_id: str) -> SectionSettings:
    """The row of a section, made when there is none. Raises NoGrades for a section without a link."""
    row = district.session.get(SectionSettings, (district.id, section_id))
    if row is None:
        key = link_of(district, section_id).sis_id
        row = SectionSettings(installation_id=district.id, section_id=section_id, section_key=key)
        row.settings, row.snapshot, row.learned, row.trial, row.agreement = {}, {}, {}, {}, {}
        row.own_map, row.problem = False, NO_REASON
        district.session.add(row)
        district.session.flush()
    return row
