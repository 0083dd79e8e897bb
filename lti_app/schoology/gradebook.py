"""The gradebook of a section over the REST API: read whole, written only where it must match the SIS."""

from __future__ import annotations

from collections.abc import Sequence

from lti_app.school.gradebook import (
    Calculation,
    GradeCategory,
    GradedItem,
    GradeScale,
    SchoologyGrades,
    Seat,
    SectionGrading,
)
from lti_app.schoology import grade_rows
from lti_app.schoology.client import SchoologyClient
from lti_app.schoology.port import BULK, Outcome, Outgoing
from lti_app.schoology.results import outcomes

ACTIVE_SEAT = "1"


class GradebookApi:
    """Implements lti_app.schoology.port.SchoologyGradebook."""

    def __init__(self, client: SchoologyClient) -> None:
        self._client = client

    def section_grading(self, section_id: str) -> SectionGrading:
        """Weighting and archiving of a section."""
        row = self._client.get(f"sections/{section_id}")
        options = row.get("options") or {}
        return SectionGrading(
            weighted=grade_rows.flag(options.get("weighted_grading_categories")),
            archived=str(row.get("active", 1)) == "0",
        )

    def grade_categories(self, section_id: str) -> list[GradeCategory]:
        """Every grading category."""
        rows = self._client.pages(f"sections/{section_id}/grading_categories", "grading_category")
        return [grade_rows.category(row) for row in rows]

    def grade_scales(self, section_id: str) -> list[GradeScale]:
        """The scales of a section."""
        rows = self._client.pages(f"sections/{section_id}/grading_scales", "grading_scale")
        return [grade_rows.scale(row) for row in rows]

    def graded_items(self, section_id: str) -> list[GradedItem]:
        """Every published graded item; drafts are left out by Schoology, and here should it change."""
        rows = self._client.pages(f"sections/{section_id}/grade_items", "assignment")
        return [item for item in map(grade_rows.item, rows) if item.published]

    def seats(self, section_id: str) -> list[Seat]:
        """The active students."""
        rows = self._client.pages(
            f"sections/{section_id}/enrollments", "enrollment", enrollment_status=ACTIVE_SEAT, type="member"
        )
        return [grade_rows.seat(row) for row in rows if str(row.get("admin")) != "1"]

    def grades(self, section_id: str, since: int = 0) -> SchoologyGrades:
        """Grades with the overall averages; every page repeats the averages."""
        query = {"timestamp": since} if since else {}
        found: list[grade_rows.Row] = []
        averages: dict[str, grade_rows.Average] = {}
        for page in self._client.bodies(f"sections/{section_id}/grades", **query):
            found += (page.get("grades") or {}).get("grade") or []
            averages.update(grade_rows.averages(page))
        return SchoologyGrades(tuple(grade_rows.grade(row) for row in found), averages)

    def update_categories(self, section_id: str, categories: Sequence[GradeCategory]) -> list[Outcome]:
        """Set calculation, weight and drop lowest."""
        said: list[Outcome] = []
        for start in range(0, len(categories), BULK):
            batch = categories[start : start + BULK]
            body = {"grading_categories": {"grading_category": [_row(each) for each in batch]}}
            answer = self._client.bulk(
                "PUT",
                f"sections/{section_id}/grading_categories",
                body,
                answer_path=["grading_category"],
                idempotent=True,
            )
            said += outcomes(answer, [Outgoing({}, each.id) for each in batch])
        return said

    def set_weighting(self, section_id: str, weighted: bool) -> None:
        """Switch weighting on or off."""
        option = {"weighted_grading_categories": 1 if weighted else 0}
        self._client.put(f"sections/{section_id}", {"options": option})


def _row(category: GradeCategory) -> grade_rows.Row:
    row: grade_rows.Row = {
        "id": category.id,
        "calculation_type": 1 if category.calculation == Calculation.PERCENT else 2,
        "drop_lowest": category.drop_lowest,
    }
    if category.weight is not None:
        row["weight"] = float(category.weight)
    return row
