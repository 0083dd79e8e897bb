"""The gradebook half of the toy's adapter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal

from lti_app.school.gradebook import (
    Assignment,
    AssignmentRef,
    GradebookSettings,
    ScoreFlag,
    ScoreOutcome,
    ScoresByAssignment,
    SisAverage,
    SisCategory,
    SisScore,
)
from lti_app.sis.capabilities import Capabilities, ContactType, Limits
from lti_app.sis.errors import IncompleteRead, SisForbidden, SisRejected, SisUnavailable
from tests.support.toy.server import LONGEST_TITLE, Down, No, NotAllowed, Result, ToyServer, Work

CAPABILITIES = Capabilities(
    product="Toybox SIS",
    grades=True,
    delete=True,
    clear=True,
    exempt=True,
    comments=True,
    narrow=True,
    limits=Limits(title=LONGEST_TITLE, comment=20, digits=5, points=Decimal(500), whole_points=True, batch=3),
    contact_types=(
        ContactType("parent", "Parent", parent=True),
        ContactType("guardian", "Guardian", parent=True),
        ContactType("relative", "Relative"),
    ),
)
SESSION = 1


class ToyGradebook:
    """Implements lti_app.sis.port.SisGradebook."""

    capabilities = CAPABILITIES

    def __init__(self, server: ToyServer) -> None:
        self.server = server

    def gradebook_settings(self, section_key: str) -> GradebookSettings:
        with self.asking("settings"):
            self.server.students(section_key)
            categories = [SisCategory(SESSION, code, code, name, ()) for code, name in self._categories()]
            return GradebookSettings(section_key, None, None, tuple(categories))

    def assignments(self, section_key: str) -> list[Assignment]:
        with self.asking("works"):
            self.server.students(section_key)
            return [_assignment(each) for each in self.server.works.get(section_key, {}).values()]

    def scores(self, section_key: str) -> ScoresByAssignment:
        with self.asking("results"):
            works = self.server.works.get(section_key, {})
            return {
                (SESSION, work): tuple(_score(each) for each in self.server.results[work].values())
                for work in works
                if self.server.results.get(work)
            }

    def averages(self, section_key: str) -> list[SisAverage]:  # noqa: ARG002 - it has none
        return []

    def put_assignment(self, ref: AssignmentRef, assignment: Assignment) -> str:
        with self.asking("put work"):
            work = Work(
                "",
                assignment.title,
                int(assignment.points),
                assignment.due,
                assignment.category,
                assignment.detail,
            )
            return self.server.put_work(ref.section_key, ref.item_id, ref.sis_id, work)

    def put_scores(self, ref: AssignmentRef, scores: Sequence[SisScore]) -> list[ScoreOutcome]:
        if len(scores) > CAPABILITIES.limits.batch:
            raise ValueError("too many scores at once")
        with self.asking("put results"):
            if ref.sis_id not in self.server.works.get(ref.section_key, {}):
                raise No("ASSIGNMENT_UNKNOWN")
            return [self._put(ref, each) for each in scores]

    def delete_assignment(self, ref: AssignmentRef) -> bool:
        with self.asking("delete work"):
            return self.server.delete_work(ref.section_key, ref.sis_id)

    def student_id(self, person: str) -> str:
        """The toy has one id for everything; its keys of others are no students."""
        people = {each["id"]: each for each in self.server.records.get("people", [])}
        return person if "pupil" in people.get(person, {}).get("is", ()) else ""

    @contextmanager
    def asking(self, name: str) -> Iterator[None]:
        """The toy's refusals in the language of the port."""
        try:
            self.server.call(name)
            yield
            if self.server.moving and not name.startswith(("put", "delete")):
                raise IncompleteRead("The list moved while it was read.")
        except Down as error:
            raise SisUnavailable("The toy sleeps.") from error
        except NotAllowed as error:
            raise SisForbidden("The toy does not let this app in.") from error
        except No as error:
            raise SisRejected(str(error), "The toy says no.") from error

    def _categories(self) -> list[tuple[str, str]]:
        return list(self.server.categories.items())

    def _put(self, ref: AssignmentRef, score: SisScore) -> ScoreOutcome:
        blank = score.score is None and score.flag is ScoreFlag.NONE
        try:
            if blank and score.sis_id:
                self.server.delete_result(ref.sis_id, score.sis_id)
            elif score.student_id not in self.server.students(ref.section_key):
                raise No("STUDENT_NOT_IN_SECTION")
            elif not blank:
                number = "" if score.score is None else f"{score.score:f}"
                status = "exempt" if score.flag is ScoreFlag.EXEMPT else "graded"
                result = Result("", score.student_id, number, status, score.comment)
                self.server.put_result(ref.section_key, ref.sis_id, result)
        except No as error:
            return ScoreOutcome(score.student_id, ok=False, code=str(error), words="The toy says no.")
        return ScoreOutcome(score.student_id, ok=True)


def _assignment(work: Work) -> Assignment:
    return Assignment(
        session=SESSION,
        item_id="",
        category=work.category,
        title=work.title,
        points=Decimal(work.points),
        weight=None,
        due=work.due,
        detail=work.text,
        number=work.id,
    )


def _score(result: Result) -> SisScore:
    exempt = result.status == "exempt"
    return SisScore(
        result.student,
        None if exempt or not result.score else Decimal(result.score),
        comment=result.comment,
        sis_id=result.id,
        flag=ScoreFlag.EXEMPT if exempt else ScoreFlag.NONE,
    )
