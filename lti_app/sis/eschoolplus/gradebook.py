"""The gradebook of eSchoolPLUS behind the SIS port: four reads of a section, and the writes."""

from __future__ import annotations

from collections.abc import Sequence

from lti_app.school.gradebook import (
    Assignment,
    AssignmentRef,
    GradebookSettings,
    ScoreOutcome,
    ScoresByAssignment,
    SisAverage,
    SisScore,
)
from lti_app.sis.errors import UNREADABLE, IncompleteRead, SisRejected, SisUnavailable
from lti_app.sis.eschoolplus import gradebook_codecs as codecs
from lti_app.sis.eschoolplus import keys, wire
from lti_app.sis.eschoolplus.capabilities import CAPABILITIES
from lti_app.sis.eschoolplus.client import EschoolClient
from lti_app.sis.eschoolplus.columns import OUTCOMES
from lti_app.sis.eschoolplus.reading import UnreadableRow, whole
from lti_app.sis.eschoolplus.words import EschoolCode, failed


class EschoolGradebook:
    """Implements lti_app.sis.port.SisGradebook over the assumed wire."""

    def __init__(self, client: EschoolClient) -> None:
        self._client = client

    def gradebook_settings(self, section_key: str) -> GradebookSettings:
        """How the section counts."""
        parameters = wire.section_parameters(section_key)
        try:
            rows = whole(self._client, wire.GRADEBOOK_SETTINGS, codecs.settings, parameters)
        except UnreadableRow as error:
            raise SisRejected(UNREADABLE, str(error), why=error.reason) from error
        if len(rows) != 1:
            raise failed(IncompleteRead, EschoolCode.NO_SETTINGS)
        return rows[0]

    def assignments(self, section_key: str) -> list[Assignment]:
        """Every assignment."""
        return whole(self._client, wire.ASSIGNMENTS, codecs.assignment, wire.section_parameters(section_key))

    def scores(self, section_key: str) -> ScoresByAssignment:
        """Every score by session and assignment."""
        found: dict[tuple[int, str], list[SisScore]] = {}
        for place, score in whole(
            self._client, wire.SCORES, codecs.score, wire.section_parameters(section_key)
        ):
            found.setdefault(place, []).append(score)
        return {place: tuple(rows) for place, rows in found.items()}

    def averages(self, section_key: str) -> list[SisAverage]:
        """What eSchoolPLUS calculates."""
        return whole(self._client, wire.AVERAGES, codecs.average, wire.section_parameters(section_key))

    def put_assignment(self, ref: AssignmentRef, assignment: Assignment) -> str:
        """Create or change an assignment; its number."""
        path = wire.assignment_path(ref)
        answer = self._client.write("PUT", path, codecs.assignment_body(assignment))
        return str(answer.get("ASMT_NUMBER") or "")

    def put_scores(self, ref: AssignmentRef, scores: Sequence[SisScore]) -> list[ScoreOutcome]:
        """Set or clear at most 100 scores."""
        most = CAPABILITIES.limits.batch
        if len(scores) > most:
            raise ValueError(f"at most {most} scores fit in one request, and these are {len(scores)}")
        path = wire.assignment_path(ref)
        body = {"SCORES": [codecs.score_body(each) for each in scores]}
        answer = self._client.write("PUT", f"{path}/scores", body)
        rows = answer.get("RESULTS") if isinstance(answer, dict) else None
        told = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
        outcomes = [codecs.outcome(OUTCOMES.read(row)) for row in told]
        if [each.student_id for each in outcomes] != [each.student_id for each in scores]:
            raise failed(SisUnavailable, EschoolCode.OTHER_STUDENTS)
        return outcomes

    def delete_assignment(self, ref: AssignmentRef) -> bool:
        """Remove an assignment; False when it was gone."""
        try:
            self._client.write("DELETE", wire.assignment_path(ref))
        except SisRejected as error:
            if error.code == wire.ASSIGNMENT_UNKNOWN:
                return False
            raise
        return True

    def student_id(self, person: str) -> str:
        """The STUDENT_ID of a student's key."""
        return keys.student_id(person)
