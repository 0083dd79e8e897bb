"""What the work on one section's grades gets in its hands, and why it may not begin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy.orm import Session

from lti_app.grades.rows import generation
from lti_app.school.grade_policy import GradePolicy
from lti_app.schoology.port import Schoology
from lti_app.sis.capabilities import Capabilities
from lti_app.sis.port import Sis
from lti_app.store.district import District

LANE, LOOK_LANE = "grades", "grades-look"
"""The lanes of the two kinds of jobs, and their kinds."""


SENDING, MAKING = "sending_grades", "making_categories"
"""The phases of jobs in which something is written to the SIS, and to Schoology."""


def silent(phase: str, done: int, total: int) -> None:
    """Tell no one."""


def nobody_else() -> None:
    """No one else writes."""


@dataclass(frozen=True)
class GradeContext:
    """One section's tools. `report` commits and may raise JobCanceled, JobLost or NoGrades; `hold` makes the
    transaction under way hold only while the job is this worker's, and raises JobLost; `account_zone` is the
    zone in which Schoology writes due moments for the Acting User."""

    session: Session
    installation_id: int
    section_id: str
    sis: Sis
    capabilities: Capabilities
    schoology: Schoology
    today: date
    zone: str
    account_zone: str = ""
    policy: GradePolicy = field(default_factory=GradePolicy)
    report: Callable[[str, int, int], None] = silent
    hold: Callable[[], None] = nobody_else

    def save(self) -> None:
        """Commit what became of a write; every reading that began before it is too old by then.

        Raises JobLost, with nothing written, when another worker has the job.
        """
        self.hold()
        generation.grow(self.district, self.section_id)
        self.session.commit()

    @property
    def district(self) -> District:
        """Whose rows these are."""
        return District(self.session, self.installation_id)
