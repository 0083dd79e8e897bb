"""The gradebook of a section over the REST API: read whole, written only where it must match the SIS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

from lti_app.outbound.errors import NotFound, OutboundError, Transient, Unexpected
from lti_app.school.gradebook import (
    Calculation,
    GradeCategory,
    GradedItem,
    GradeScale,
    SchoologyGrades,
    Seat,
    SectionGrading,
)
from lti_app.schoology.api import grade_rows
from lti_app.schoology.api.client import PAGE, SchoologyClient
from lti_app.schoology.api.results import code_of, outcomes
from lti_app.schoology.port import BULK, Outcome, Outgoing, SectionBook
from lti_app.schoology.words import SchoologyCode, told

ACTIVE_SEAT = "1"
ROOT = "0"
NEVER_GRADED = ("folder", "document", "page", "media-album")
PARTS = 4
"""Parts of a multiget that one section takes."""


class GradebookApi:
    """Implements lti_app.schoology.port.SchoologyGradebook."""

    def __init__(self, client: SchoologyClient) -> None:
        self._client = client

    def section_grading(self, section_id: str) -> SectionGrading:
        """Weighting and archiving of a section."""
        return grade_rows.grading(self._client.get(f"sections/{section_id}"))

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
        return grade_rows.items(self._client.pages(f"sections/{section_id}/grade_items", "assignment"))

    def drafts(self, section_id: str) -> list[GradedItem]:
        """Everything in the folders of the course that can be graded and isn't listed; the root is folder 0
        (developers.schoology.com: Course Folder, Discussion Thread). Raises NotFound for material of which
        Schoology doesn't tell whether it's graded."""
        listed = {each.id for each in self.graded_items(section_id)}
        found: list[GradedItem] = []
        folders, seen = [ROOT], {ROOT}
        while folders:
            rows = self._client.get(f"courses/{section_id}/folder/{folders.pop()}").get("folder-item") or []
            for row in rows:
                kind, number = str(row.get("type", "")), str(row.get("id", ""))
                if kind == "folder" and number not in seen:
                    seen.add(number)
                    folders.append(number)
                    continue
                if kind == "discussion":
                    number = self._graded_as(section_id, number)
                if number and kind not in NEVER_GRADED and number not in listed:
                    item = self._client.get(f"sections/{section_id}/grade_items/{number}")
                    found.append(grade_rows.item(item))
        return found

    def _graded_as(self, section_id: str, number: str) -> str:
        """The graded item of a discussion, which has an id of its own; empty for one that isn't graded."""
        row = self._client.get(f"sections/{section_id}/discussions/{number}")
        graded = grade_rows.flag(row.get("graded"))
        return str(row.get("grade_item_id") or number) if graded else ""

    def seats(self, section_id: str) -> list[Seat]:
        """The active students."""
        return grade_rows.seats(
            self._client.pages(
                f"sections/{section_id}/enrollments",
                "enrollment",
                enrollment_status=ACTIVE_SEAT,
                type="member",
            )
        )

    def grading_groups(self, section_id: str) -> dict[str, frozenset[str]]:
        """The members of every grading group. The documented list has the key of bulk writes,
        `grading_groups` (REST API v1: Grading Groups); other lists have the key of one."""
        pages = self._client.bodies(f"sections/{section_id}/grading_groups")
        lists = (page.get("grading_groups") or page.get("grading_group") or [] for page in pages)
        return grade_rows.groups(row for rows in lists for row in rows)

    def grades(self, section_id: str, since: int = 0) -> SchoologyGrades:
        """Grades with the overall averages; every page repeats the averages."""
        query = {"timestamp": since} if since else {}
        return grade_rows.grades(self._client.bodies(f"sections/{section_id}/grades", **query))

    def books(self, since: Mapping[str, int]) -> dict[str, SectionBook | OutboundError | None]:
        """Several sections at once, four parts of a multiget each."""
        found: dict[str, SectionBook | OutboundError | None] = {}
        ids = list(since)
        for start in range(0, len(ids), BULK // PARTS):
            batch = ids[start : start + BULK // PARTS]
            rows = self._client.read_many([path for each in batch for path in _parts(each, since[each])])
            now = self._client.moment
            for number, section_id in enumerate(batch):
                parts = rows[PARTS * number : PARTS * (number + 1)]
                try:
                    found[section_id] = self._book(section_id, since[section_id], parts, now)
                except OutboundError as error:
                    found[section_id] = error
                except (AttributeError, KeyError, TypeError, ValueError) as error:
                    words = told(SchoologyCode.SECTION_NOT_UNDERSTOOD, kind=type(error).__name__)
                    found[section_id] = Unexpected(**words, url="multiget")
        return found

    def _book(
        self, section_id: str, since: int, parts: Sequence[grade_rows.Row], now: int
    ) -> SectionBook | None:
        """A section out of its parts; a list with more pages than one is read again by itself."""
        bodies = [_body(part) for part in parts]
        if any(body is None for body in bodies):
            return None
        section, items, seats, grades = (body or {} for body in bodies)
        return SectionBook(
            grading=grade_rows.grading(section),
            items=tuple(
                self.graded_items(section_id)
                if _more(items)
                else grade_rows.items(items.get("assignment") or [])
            ),
            seats=tuple(
                self.seats(section_id) if _more(seats) else grade_rows.seats(seats.get("enrollment") or [])
            ),
            grades=self.grades(section_id, since) if _more(grades) else grade_rows.grades([grades]),
            now=now,
        )

    def is_deleted(self, section_id: str, item_id: str) -> bool:
        """Only a plain 404 for the item says so, while its section answers."""
        try:
            self._client.get(f"sections/{section_id}/grade_items/{item_id}")
        except NotFound:
            self._client.get(f"sections/{section_id}")
            return True
        return False

    def update_categories(self, section_id: str, categories: Sequence[GradeCategory]) -> list[Outcome]:
        """Set calculation, weight and drop lowest."""
        return self._write_categories("PUT", section_id, categories)

    def create_categories(self, section_id: str, categories: Sequence[GradeCategory]) -> list[Outcome]:
        """Make categories; an answer that is lost is not asked for again."""
        return self._write_categories("POST", section_id, categories)

    def _write_categories(
        self, method: str, section_id: str, categories: Sequence[GradeCategory]
    ) -> list[Outcome]:
        said: list[Outcome] = []
        for start in range(0, len(categories), BULK):
            batch = categories[start : start + BULK]
            body = {"grading_categories": {"grading_category": [_row(each) for each in batch]}}
            answer = self._client.bulk(
                method,
                f"sections/{section_id}/grading_categories",
                body,
                answer_path=["grading_category"],
                idempotent=method == "PUT",
            )
            said += outcomes(answer, [Outgoing({}, each.id) for each in batch])
        return said

    def delete_category(self, section_id: str, category_id: str) -> None:
        """Remove a category."""
        with suppress(NotFound):
            self._client.delete(f"sections/{section_id}/grading_categories/{category_id}")

    def set_weighting(self, section_id: str, weighted: bool) -> None:
        """Switch weighting on or off."""
        option = {"weighted_grading_categories": 1 if weighted else 0}
        self._client.put(f"sections/{section_id}", {"options": option})


def _parts(section_id: str, since: int) -> list[str]:
    path = f"sections/{section_id}"
    return [
        path,
        f"{path}/grade_items?limit={PAGE}",
        f"{path}/enrollments?limit={PAGE}&enrollment_status={ACTIVE_SEAT}&type=member",
        f"{path}/grades?limit={PAGE}" + (f"&timestamp={since}" if since else ""),
    ]


def _body(part: grade_rows.Row) -> grade_rows.Row | None:
    """The body of a part; None when it cannot be read. Raises Transient for what may pass."""
    code = code_of(part)
    body = part.get("body")
    if code == 200 and isinstance(body, dict):
        return body
    if code in (403, 404):
        return None
    raise Transient(**told(SchoologyCode.PART_FAILED, status=code), url="multiget", status=code)


def _more(page: grade_rows.Row) -> bool:
    return bool((page.get("links") or {}).get("next"))


def _row(category: GradeCategory) -> grade_rows.Row:
    named = {"id": category.id} if category.id else {"title": category.title}
    row: grade_rows.Row = {
        **named,
        "calculation_type": 1 if category.calculation == Calculation.PERCENT else 2,
        "drop_lowest": category.drop_lowest,
    }
    if category.weight is not None:
        row["weight"] = float(category.weight)
    return row
