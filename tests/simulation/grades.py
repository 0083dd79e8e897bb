"""Grades under random teachers, an office that types in the SIS, re-enrollments, and looks and pushes that
overlap: a state machine with a model of who has typed what, and what a teacher was shown.

Kept at every write: no score leaves the SIS without a copy, and no value that a person typed is replaced
unless it was shown. Kept after a quiet sync: both gradebooks agree, or the page names why, and its buttons
make them agree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from lti_app.extensions import db
from lti_app.grades.course.view import CourseView, course_view, shown_losses
from lti_app.grades.live.dispatch import ask
from lti_app.grades.rows import conflicts
from lti_app.grades.rules.compare import plain, text_of
from lti_app.grades.rules.timing import WAITS_FOR_SCORE
from lti_app.models import ItemState, Job, KeptScore, RemovedAssignment, ScoreState
from lti_app.school.grade_policy import GradePolicy
from lti_app.school.gradebook import SisScore
from lti_app.store.district import District
from tests.simulation.room import Room
from tests.support.decisions import decide

Cell = tuple[str, str]
"""(Schoology item, SIS id of a student)."""
STUDENTS, MOST_ITEMS, MOST_DELETES = 2, 3, 2
WHO, WHICH = st.integers(0, STUDENTS - 1), st.integers(0, MOST_ITEMS - 1)
SCORES = st.integers(0, 20).map(lambda each: each / 2)
MOST_ROUNDS = 6
"""So often the page's buttons are pressed until both gradebooks agree."""


class Grades(RuleBasedStateMachine):
    """Random deeds in one course."""

    room: ClassVar[Room]
    """Set by the test that runs it."""
    ended: ClassVar[int] = 0
    """So many stories ended well."""

    def __init__(self) -> None:
        super().__init__()
        self.room.begin_again()
        self.class_ = self.room.room
        self.typed: dict[Cell, str] = {}
        """What a person typed in the SIS, where it still is."""
        self.ours: dict[Cell, str] = {}
        """What the app wrote last, or found the same on both sides: typing it again is no edit."""
        self.shown: set[tuple[str, str, str]] = set()
        """Item, student and value of the SIS that a page of the teacher has shown."""
        self.wrong: list[str] = []
        self.left: set[Cell] = set()
        """Cells that have been blank since their student left and was enrolled again."""
        self.deletes = 0
        self.live = False
        self.page: dict[str, dict[str, str]] = {}
        """What the page that is open shows as to be replaced."""
        self.next: list[Callable[[], object]] = []
        """What happens inside the next job, while it waits for the SIS."""
        client = self.room.client
        client.watch, client.watch_delete, client.meanwhile = self._writes, self._deletes, self._meanwhile

    @initialize(asks=st.booleans(), live=st.booleans())
    def begin(self, asks: bool, live: bool) -> None:
        self.class_.policy(GradePolicy(ask=asks))
        self.room.decide(live=live)
        self.live = live
        for title in ("Quiz", "Test"):
            self.class_.grade_all(self.class_.item(title), 7)
        self.push()

    # The teacher in Schoology

    @precondition(lambda self: len(self.items()) < MOST_ITEMS)
    @rule()
    def make_an_item(self) -> None:
        self.class_.item(f"Work {len(self.room.store.items)}")

    @rule(which=WHICH, who=WHO, score=SCORES)
    def type_a_score(self, which: int, who: int, score: float) -> None:
        self._type(which, who, score)

    @rule(which=WHICH, who=WHO)
    def clear_a_score(self, which: int, who: int) -> None:
        self._type(which, who, None)

    @rule(which=WHICH, who=WHO, exception=st.integers(1, 3))
    def type_an_exception(self, which: int, who: int, exception: int) -> None:
        self._type(which, who, None, exception=exception)

    @rule(which=WHICH)
    def rename(self, which: int) -> None:
        self._with(which, lambda item: self.class_.change(item, title=f"{item.title} again"))

    @precondition(lambda self: self.deletes < MOST_DELETES)
    @rule(which=WHICH)
    def delete_an_item(self, which: int) -> None:
        self.deletes += 1
        self._with(which, self.class_.delete)

    @rule(who=WHO)
    def enroll_again(self, who: int) -> None:
        """A student leaves the course and comes back: every cell of the new enrollment is blank."""
        store, seat = self.room.store, self.class_.seats()[who]
        section = int(self.class_.section_id)
        store.unenroll(seat.id)
        self.left |= {(str(item.id), self._student(seat)) for item in self.items()}
        store.enroll(section, seat.uid)

    # The office in the SIS

    @rule(which=WHICH, who=WHO, score=SCORES)
    def type_in_the_sis(self, which: int, who: int, score: float) -> None:
        self._office(which, who, score)

    @rule(which=WHICH, who=WHO)
    def clear_in_the_sis(self, which: int, who: int) -> None:
        self._office(which, who, None)

    @rule(which=WHICH, who=WHO, theirs=SCORES, ours=SCORES)
    def both_type_in_one_cell(self, which: int, who: int, theirs: float, ours: float) -> None:
        """The cell that a sync must not decide about by itself."""
        self._office(which, who, theirs)
        self._type(which, who, ours)
        if self.live:
            self.hear_an_event()

    # The teacher in the app

    @rule()
    def look(self) -> None:
        self.class_.look()
        self._forget_equal()

    @rule()
    def open_the_page(self) -> None:
        self._see()

    @rule()
    def push(self) -> None:
        """Press *Sync grades* on a page that was just opened."""
        self._see()
        self.class_.sync(shown=self.page)
        self._run_all()

    @rule()
    def push_on_an_old_page(self) -> None:
        self.class_.sync(shown=self.page)
        self._run_all()

    @precondition(lambda self: self.live)
    @rule()
    def hear_an_event(self) -> None:
        with self.room.app.app_context():
            ask(District(db.session, 1), self.class_.section_id)
        self._run_all()

    @rule(way=st.sampled_from(["overwrite", "keep"]))
    def decide_a_conflict(self, way: str) -> None:
        waiting = [(item, each) for item in self._see().items for each in item.conflicts]
        for item, each in waiting[:1]:
            self.room.teacher.pages.press(
                f"/course/sync/{way}", score=f"{item.id}:{each.student_id}:{each.digest}"
            )
            self._run_all()

    @rule()
    def restore(self) -> None:
        for each in self._see().kept[:1]:
            self.room.teacher.pages.press("/course/sync/restore", kept=each.id)
            self._run_all()

    # What overlaps

    @rule(which=WHICH, who=WHO, score=SCORES)
    def the_office_types_during_the_next_job(self, which: int, who: int, score: float) -> None:
        self.next.append(lambda: self._office(which, who, score))

    @rule(which=WHICH, who=WHO, score=SCORES)
    def the_teacher_types_during_the_next_job(self, which: int, who: int, score: float) -> None:
        self.next.append(lambda: self._type(which, who, score))

    @rule()
    def a_look_meets_the_next_job(self) -> None:
        self.next.append(self.class_.look)

    @rule(seconds=st.integers(1, 90))
    def time_goes_by(self, seconds: int) -> None:
        self.room.pass_time(seconds)

    # What holds

    @invariant()
    def nothing_was_lost_or_replaced_unseen(self) -> None:
        assert not self.wrong, "\n".join(self.wrong)

    def teardown(self) -> None:
        self.next = []
        if self.items() and not self.wrong:
            self._agree()
        self.nothing_was_lost_or_replaced_unseen()
        Grades.ended += 1

    def _agree(self) -> None:
        """Quiet syncs; where the gradebooks differ the page names why, and its buttons end it."""
        for _ in range(MOST_ROUNDS):
            self.push()
            self.class_.look()
            differing = self._differing()
            view = self._see()
            unnamed = {cell for cell in differing if not self._is_named(view, cell)}
            assert not unnamed, f"the page does not say why: {self._told(unnamed)}"
            if not differing:
                return
            self._press_buttons(view)
        raise AssertionError(f"the buttons do not make both agree: {self._told(differing)}")

    def _press_buttons(self, view: CourseView) -> None:
        """Everything that the page offers to have Schoology's score sent."""
        pages = self.room.teacher.pages
        for item in view.items:
            for each in item.conflicts:
                pages.press("/course/sync/overwrite", score=f"{item.id}:{each.student_id}:{each.digest}")
            for each in item.findings:
                if each["code"] == WAITS_FOR_SCORE:
                    pages.press("/course/sync/choose", choice=f"now:{item.id}:{each['about']}")
        if view.decided:
            pages.press("/course/sync/use-ours", score=[each.score for each in view.decided])
        if 'action="/course/live/decide"' in pages.press("/course/sync"):
            decide(pages, "go")
        self._run_all()

    # The model

    def items(self) -> list[Any]:
        """The items of the course."""
        store = self.room.store
        return [store.items[each] for each in store.items_of.get(int(self.class_.section_id), [])]

    def _with(self, which: int, deed: Callable[[Any], object]) -> None:
        found = self.items()
        if found:
            deed(found[which % len(found)])

    def _type(self, which: int, who: int, score: float | None, **more: Any) -> None:
        def deed(item: Any) -> None:
            self.class_.grade(item, who, score, **more)
            if score is not None or more:
                self.left.discard((str(item.id), self.class_.student(who)))

        self._with(which, deed)

    def _office(self, which: int, who: int, score: float | None) -> None:
        order = {str(item.id): place for place, item in enumerate(self.items())}
        there = sorted(
            self.room.book.assignments(self.class_.key),
            key=lambda each: order.get(each.schoology_id, len(order)),
        )
        if not there:
            return
        made, student = there[which % len(there)], self.class_.student(who)
        cell = (made.schoology_id, student)
        entry = {"STUDENT_ID": student, "ASMT_SCORE": None if score is None else str(score)}
        before = self._has(cell)
        self.room.book.put_score(self.class_.key, made.session, made.schoology_id, entry)
        now = self._has(cell)
        if now == self.ours.get(cell):
            self.typed.pop(cell, None)
        elif now != before:
            self.typed[cell] = now

    def _has(self, cell: Cell) -> str:
        """What the SIS has, as the app writes it."""
        for made, score in self.room.book.scores(self.class_.key):
            if (made.schoology_id, score.student_id) == cell:
                return text_of(SisScore(score.student_id, score.score, score.mark, score.comment))
        return ""

    def _writes(self, item: str, student: str, entry: Mapping[str, Any]) -> None:
        """The app is about to write a score."""
        cell, before = (item, student), self._has((item, student))
        number = None if entry["ASMT_SCORE"] is None else Decimal(entry["ASMT_SCORE"])
        after = text_of(
            SisScore(student, number, entry.get("ASMT_ALPHA_MARK") or "", entry.get("COMMENT") or "")
        )
        typed = before != "" and self.typed.get(cell) == before
        if after == before:
            return
        if before and (after == "" or typed) and not self._is_kept(cell, before):
            self.wrong.append(f"{cell}: {before!r} became {after!r} without a copy")
        if typed and (*cell, before) not in self.shown:
            self.wrong.append(f"{cell}: {before!r} was typed and never shown, and became {after!r}")
        self.typed.pop(cell, None)
        self.ours[cell] = after

    def _deletes(self, item: str) -> None:
        """The app is about to delete an assignment."""
        there = {
            score.student_id: text_of(SisScore(score.student_id, score.score, score.mark))
            for made, score in self.room.book.scores(self.class_.key)
            if made.schoology_id == item
        }
        with self.room.app.app_context():
            rows = db.session.query(RemovedAssignment).filter(RemovedAssignment.item_id == item).all()
            kept = [row.scores for row in rows]
        if there and there not in kept:
            self.wrong.append(f"item {item} was deleted, and its scores {there} are not kept: {kept}")
        self.typed = {cell: value for cell, value in self.typed.items() if cell[0] != item}

    def _is_kept(self, cell: Cell, before: str) -> bool:
        with self.room.app.app_context():
            rows = db.session.query(KeptScore).filter(
                KeptScore.item_id == cell[0], KeptScore.student_id == cell[1], KeptScore.before == before
            )
            return rows.first() is not None

    def _meanwhile(self, _call: str) -> None:
        if self.next:
            self.next.pop()()

    def _see(self) -> CourseView:
        """Open the page: what it shows counts as shown from here on."""
        with self.room.app.app_context():
            district, section = District(db.session, 1), self.class_.section_id
            self.page = {}
            for item, score in shown_losses(district, section):
                self.page.setdefault(item.item_id, {})[score.student_id] = score.offered
            rows = db.session.query(ItemState, ScoreState).join(
                ScoreState, ScoreState.item_state_id == ItemState.id
            )
            for item, score in rows:
                if score.loss or conflicts.waits(score):
                    self.shown.add((item.item_id, score.student_id, score.offered))
                elif conflicts.is_decided(score):
                    self.shown.add((item.item_id, score.student_id, score.seen))
            return course_view(district, section, None)

    def _run_all(self) -> None:
        with self.room.app.app_context():
            queued = db.session.query(Job.id).filter(Job.state == "queued").order_by(Job.id).all()
        for (job_id,) in queued:
            self.room.app.extensions["runner"].run_now(job_id)
        self._forget_equal()

    def _forget_equal(self) -> None:
        """What both sides have, typed twice or synced, is Schoology's own once a job has read it."""
        seats = {self._student(seat): seat.id for seat in self.class_.seats()}
        for item, student in list(self.typed):
            grade = self.room.store.grades.get((seats.get(student), int(item)))
            score = None if grade is None or grade.grade is None else _decimal(grade.grade)
            if score is not None and self.typed[item, student] == plain(score):
                self.ours[item, student] = self.typed.pop((item, student))

    def _differing(self) -> set[Cell]:
        """Cells whose score in the SIS is not that of Schoology; a mark for each exception is right."""
        found, known = set(), set(self.room.book.students(self.class_.key))
        for item in self.items():
            for seat in self.class_.seats():
                student = self._student(seat)
                if student not in known:
                    continue  # the page lists who is not in the SIS section
                grade = self.room.store.grades.get((seat.id, item.id))
                has = self._has((str(item.id), student))
                blank = grade is None or (grade.grade is None and not grade.exception)
                if grade is not None and grade.exception:
                    same = has.startswith("=") or (grade.exception == 3 and has == "0")
                else:
                    score = None if grade is None else grade.grade
                    same = has == plain(None if score is None else _decimal(score))
                if not same and not (blank and self._is_its_own((str(item.id), student))):
                    found.add((str(item.id), student))
        return found

    def _is_its_own(self, cell: Cell) -> bool:
        """A blank cell of Schoology takes nothing from the SIS that never came from it."""
        return cell in self.left or cell in self.typed

    def _student(self, seat: Any) -> str:
        return str(self.room.store.users[seat.uid].school_uid)

    def _is_named(self, view: CourseView, cell: Cell) -> bool:
        """Whether the page says why a cell differs."""
        for item in view.items:
            if item.id != cell[0]:
                continue
            if item.findings or item.status in ("held", "error", "waits", "opted_out"):
                return True
            if any(each.student_id == cell[1] for each in item.students):
                return True
        if any(each.score.startswith(f"{cell[0]}:{cell[1]}:") for each in view.decided):
            return True
        return 'action="/course/live/decide"' in self.room.teacher.pages.press("/course/sync")

    def _told(self, cells: set[Cell]) -> str:
        found = []
        for item, student in sorted(cells):
            with self.room.app.app_context():
                row = conflicts.find(db.session, (1, self.class_.section_id), item, student)
                state = (
                    {name: value for name, value in vars(row).items() if not name.startswith("_")}
                    if row
                    else {}
                )
            found.append(f"{item} {student}: SIS {self._has((item, student))!r}, {state}")
        return "\n".join(found)


def _decimal(value: float) -> Any:
    return Decimal(str(value))
