"""Both outside systems behind the app's ports, straight over the sandboxes' stores: no HTTP between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from lti_app.outbound.errors import OutboundError
from lti_app.sandbox.schoology import averages, wire
from lti_app.sandbox.schoology import gradebook as far_book
from lti_app.sandbox.schoology.objects import Grade
from lti_app.sandbox.schoology.store import SchoologyStore
from lti_app.sandbox.sis.api_gradebook import gradebook_rows
from lti_app.sandbox.sis.gradebook import Gradebook
from lti_app.sandbox.sis.wire import GRADEBOOK_CALLS, ROSTER_CALLS, Refusal
from lti_app.school.gradebook import (
    GradeCategory,
    GradedItem,
    GradeScale,
    SchoologyGrades,
    Seat,
    SectionGrading,
)
from lti_app.schoology.api import grade_rows
from lti_app.schoology.port import Me, SectionBook
from lti_app.sis.errors import SisRejected
from lti_app.sis.eschoolplus.adapter import Eschoolplus
from lti_app.sis.eschoolplus.client import ReadJob

Watcher = Callable[[str, str, Mapping[str, Any]], None]
"""(Schoology item, student, entry) of a score that the app is about to write."""


class BookClient:
    """What the SIS's adapter calls, answered by the sandbox's gradebook. `meanwhile` happens after a call has
    its answer, and before the adapter has it; `watch` hears of each write before it happens."""

    def __init__(self, district: Any, gradebook: Callable[[], Gradebook]) -> None:
        self.repeated: dict[str, str] = {}
        self.meanwhile: Callable[[str], None] = lambda call: None
        self.watch: Watcher = lambda item, student, entry: None
        self.watch_delete: Callable[[str], None] = lambda item: None
        self._district, self._gradebook = district, gradebook
        self._jobs: dict[str, Sequence[Any]] = {}

    def start(self, call_type: str, parameters: Mapping[str, Any]) -> ReadJob:
        if call_type in GRADEBOOK_CALLS:
            rows = gradebook_rows(self._gradebook(), call_type, parameters["SECTION_KEY"])
        else:
            collect, spell = ROSTER_CALLS[call_type]
            key = int(parameters["SECTION_KEY"])
            rows = [spell(each) for each in collect(self._district) if each.section_key == key]
        self._jobs[call_type] = [msgspec.Raw(msgspec.json.encode(each)) for each in rows]
        return ReadJob(call_type, 1, len(rows))

    def page(self, job: ReadJob, number: int) -> tuple[int, int, Sequence[Any]]:
        rows = self._jobs[job.job_id]
        self.meanwhile(job.job_id)
        return number, 1, rows

    def write(self, method: str, path: str, json: Any = None) -> Any:
        _, key, _, session, _, item, *scores = path.split("/")
        place = (int(key), int(session), item)
        try:
            answer = self._scores(place, json) if scores else self._assignment(method, place, json)
        except Refusal as refusal:
            raise SisRejected(refusal.code, refusal.message) from refusal
        self.meanwhile(method)
        return answer

    def _assignment(self, method: str, place: tuple[int, int, str], json: Any) -> Any:
        if method == "DELETE":
            self.watch_delete(place[2])
            self._gradebook().delete_assignment(*place)
            return {}
        made, _ = self._gradebook().put_assignment(*place, json)
        return {"ASMT_NUMBER": made.number}

    def _scores(self, place: tuple[int, int, str], json: Any) -> Any:
        return {"RESULTS": [self._score(place, entry) for entry in json["SCORES"]]}

    def _score(self, place: tuple[int, int, str], entry: Mapping[str, Any]) -> dict[str, Any]:
        student = str(entry["STUDENT_ID"])
        self.watch(place[2], student, entry)
        try:
            self._gradebook().put_score(*place, entry)
        except Refusal as refusal:
            told = {"STATUS": 422, "CODE": refusal.code, "MESSAGE": refusal.message}
            return {"STUDENT_ID": student, **told}
        return {"STUDENT_ID": student, "STATUS": 200}


def sis_over(client: BookClient) -> Eschoolplus:
    """The SIS port."""
    return Eschoolplus(client)  # type: ignore[arg-type]


class StoreSchoology:
    """The part of the Schoology port that grades need."""

    def __init__(self, store: SchoologyStore) -> None:
        self._store = store

    def me(self) -> Me:
        return Me("1", "Avery Admin", "1", "System Admin", True, "America/New_York")

    def section_grading(self, section_id: str) -> SectionGrading:
        section = self._store.sections[int(section_id)]
        return SectionGrading(bool(section.weighted_grading_categories), archived=not section.active)

    def grade_categories(self, section_id: str) -> list[GradeCategory]:
        weighted = self.section_grading(section_id).weighted
        rows = far_book.categories_of(self._store, int(section_id))
        return [grade_rows.category(wire.category_row(each, weighted)) for each in rows]

    def grade_scales(self, section_id: str) -> list[GradeScale]:
        return []

    def grading_groups(self, section_id: str) -> dict[str, frozenset[str]]:
        return {}

    def graded_items(self, section_id: str) -> list[GradedItem]:
        rows = [self._store.items[each] for each in self._store.items_of.get(int(section_id), [])]
        return grade_rows.items(wire.item_row(each) for each in rows if each.published)

    def seats(self, section_id: str) -> list[Seat]:
        found = []
        for each in self._store.members(int(section_id)):
            user = self._store.users[each.uid]
            if not each.admin and each.status == 1:
                found.append(Seat(str(each.id), str(each.uid), user.school_uid, user.name))
        return found

    def grades(self, section_id: str, since: int = 0) -> SchoologyGrades:
        store, seats = self._store, [int(each.enrollment_id) for each in self.seats(section_id)]
        cells = [
            store.grades.get((seat, item)) or Grade(seat, item)
            for item in store.items_of.get(int(section_id), [])
            for seat in seats
        ]
        rows = [wire.grade_row(store, each) for each in cells if each.timestamp >= since]
        found = averages.averages(store, int(section_id), seats)
        return SchoologyGrades(
            tuple(grade_rows.grade(row) for row in rows), {str(seat): value for seat, value in found.items()}
        )

    def books(self, since: Mapping[str, int]) -> dict[str, SectionBook | OutboundError | None]:
        return {
            each: SectionBook(
                self.section_grading(each),
                tuple(self.graded_items(each)),
                tuple(self.seats(each)),
                self.grades(each, moment),
                int(self._store.clock()),
            )
            for each, moment in since.items()
        }

    def is_deleted(self, section_id: str, item_id: str) -> bool:
        return int(item_id) not in self._store.items
