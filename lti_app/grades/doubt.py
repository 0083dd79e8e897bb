"""The first score of a district reads wrong in the SIS: no grades are sent until the Acting User answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import update

from lti_app import clock, formats
from lti_app.grades.rows.section import NoGrades
from lti_app.grades.rules import shown
from lti_app.models import SectionSettings, SisConnection
from lti_app.school.course_codes import CourseCode
from lti_app.school.reasons import because
from lti_app.school.stored_json import StoredJson
from lti_app.store.district import District

STOPPED = because(CourseCode.GRADES_DOUBTED)
IN_EMAILS = {"score": "score {}", "mark": "mark {}", "points": "{} points", "item_weight": "weight {}"}
"""The fields that an email may show: no words of Schoology or of the SIS."""


@dataclass(frozen=True, kw_only=True)
class Doubt(StoredJson):
    """Who answered so about which course, and both readings: field → value (lti_app.grades.ledger)."""

    section_id: str = ""
    course: str = ""
    by: str = ""
    at: str = ""
    """The moment, in ISO format."""
    sent: Mapping[str, str] = field(default_factory=dict)
    read: Mapping[str, str] = field(default_factory=dict)

    @property
    def shown(self) -> str:
        """Stands for what the Acting User is asked about."""
        return shown.digest(self.to_json())


def find(district: District) -> Doubt | None:
    """The doubt that no one has settled yet."""
    row = district.session.get(SisConnection, district.id)
    return Doubt.from_json(row.grades_doubt) if row is not None and row.grades_doubt else None


def raise_if_doubted(district: District) -> None:
    """Raises NoGrades while there is one."""
    if find(district) is not None:
        raise NoGrades(STOPPED)


def begin(district: District, row: SectionSettings, course: str, by: str) -> None:
    """Stop all grades of the district. A doubt that is there already stays as it is. The caller commits."""
    row.trial = {**row.trial, "wrong": True}
    connection = district.session.get_one(SisConnection, district.id)
    if not connection.grades_doubt:
        connection.grades_doubt = Doubt(
            section_id=row.section_id,
            course=course,
            by=by,
            at=clock.now().isoformat(),
            sent=row.trial.get("sent", {}),
            read=row.trial.get("read", {}),
        ).to_json()


def settle(district: District, by: str, *, right: bool) -> None:
    """Take the Acting User's answer: the score was right, or one is to be sent again. The caller commits."""
    connection = district.session.get_one(SisConnection, district.id)
    connection.grades_doubt = {}
    connection.grades_confirmed_at = clock.now() if right else None
    connection.grades_confirmed_by = by if right else ""
    mine = SectionSettings.installation_id == district.id
    district.session.execute(update(SectionSettings).where(mine).values(trial={}))


def for_email(fields: Mapping[str, str]) -> str:
    """A reading in a few words, such as “score 8, 10 points, due Nov 19, 2026”."""
    said = [words.format(fields[name]) for name, words in IN_EMAILS.items() if fields.get(name)]
    due = [f"due {formats.stored(fields['due'])}"] if fields.get("due") else []
    return ", ".join([*said, *due]) or "nothing"
