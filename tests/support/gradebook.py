"""One synced section of the world with its teacher's two gradebooks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from lti_app import clock
from lti_app.extensions import db
from lti_app.grades.rows import category_map
from lti_app.grades.rows.section import settings_row
from lti_app.jobs.queue import enqueue
from lti_app.models import (
    ItemState,
    Job,
    KeptScore,
    Link,
    ScoreState,
    SectionSettings,
    SisConnection,
    SyncOptions,
)
from lti_app.sandbox.schoology import gradebook as far_book
from lti_app.sandbox.schoology.store import STUDENT
from lti_app.sandbox.sis.gradebook import Gradebook
from lti_app.school.grade_policy import GradePolicy, Ungraded
from lti_app.store.district import District
from tests.support.world import World, make_synced

DUE = "2026-11-19 23:59:00"
"""A Thursday with class before the day of the world."""
POLICY = GradePolicy(ask=False, ungraded=Ungraded.SEND)
"""What a class begins with: most tests have items without scores."""


@dataclass
class Class:
    """A section that is linked on both sides, with one category mapped."""

    world: World
    section_id: str
    key: int
    session: int
    sis: Gradebook
    code: str
    category: Any

    # Schoology's side

    def item(self, title: str = "Cell walls", **fields: Any) -> Any:
        """A graded item in the mapped category, due on a day with class."""
        values = {"due": DUE, "max_points": "10", "grading_category": self.category.id, **fields}
        return far_book.add_item(self.world.store, int(self.section_id), title, **values)

    def change(self, item: Any, **fields: Any) -> None:
        """Edit an item in Schoology."""
        far_book.update_item(self.world.store, item.id, **fields)

    def delete(self, item: Any) -> None:
        """Delete an item in Schoology."""
        far_book.delete_item(self.world.store, item.id)

    def seats(self) -> list[Any]:
        """The students of the course."""
        return [each for each in self.world.store.members(int(self.section_id)) if not each.admin]

    def student(self, number: int = 0) -> str:
        """The SIS id of a student of the course."""
        return str(self.world.store.users[self.seats()[number].uid].school_uid)

    def grade(self, item: Any, number: int = 0, score: float | None = 8, **more: Any) -> None:
        """Type a score for one student."""
        far_book.set_grade(self.world.store, item.id, self.seats()[number].id, grade=score, **more)

    def type(self, item: Any, number: int, score: float | None, **more: Any) -> None:
        """A teacher types a score and saves; Schoology posts an event."""
        grade = far_book.set_grade(self.world.store, item.id, self.seats()[number].id, grade=score, **more)
        far_book.grades_saved(self.world.store, int(self.section_id), [grade])

    def grade_all(self, item: Any, score: float = 8) -> None:
        """Type the same score for everybody."""
        for number in range(len(self.seats())):
            self.grade(item, number, score)

    # the SIS's side

    def assignments(self) -> dict[str, Any]:
        """Schoology item id → assignment of the SIS."""
        return {each.schoology_id: each for each in self.sis.assignments(self.key)}

    def scores(self, item: Any) -> dict[str, Any]:
        """Student → score of the SIS."""
        found = self.sis.scores(self.key)
        return {score.student_id: score for made, score in found if made.schoology_id == str(item.id)}

    def score(self, item: Any, number: int = 0) -> Decimal | None:
        """One student's number in the SIS."""
        found = self.scores(item).get(self.student(number))
        return found.score if found else None

    def edit_in_sis(self, item: Any, number: int, score: str | None, **more: Any) -> None:
        """Someone types into the SIS by hand."""
        entry = {"STUDENT_ID": self.student(number), "ASMT_SCORE": score, **more}
        self.sis.put_score(self.key, self.session, str(item.id), entry)

    def watch(self, route: str) -> Callable[[], int]:
        """How many requests of a route (METHOD ^regex) reach the SIS from now on."""
        faults = self.world.sis_faults
        faults.add([{"route": route, "nth": 1_000_000, "fault": "500"}])
        entry = faults.entries[-1]
        return lambda: entry.seen

    def leave(self, number: int) -> None:
        """A student leaves the SIS section; Schoology does not know it yet."""
        rows = self.world.district.enrollments[self.key]
        gone = self.student(number)
        self.world.district.enrollments[self.key] = [each for each in rows if each.student_id != gone]

    def add_students(self, number: int, letter: str = "X") -> None:
        """So many more students, on both sides; `letter` begins their ids."""
        store, rows = self.world.store, self.world.district.enrollments[self.key]
        pattern = rows[0]._replace(modeled=False, status="A", ranges=((date(2026, 8, 1), None),))
        for count in range(number):
            student = f"{letter}{count:05d}"
            rows.append(pattern._replace(student_id=student))
            user = store.add_user(
                name_first="Added",
                name_last=f"Member {count:05d}",
                username=f"added{letter}{count}",
                school_uid=student,
                building_id=next(iter(store.buildings)),
                role_id=STUDENT,
            )
            store.enroll(int(self.section_id), user.uid)

    # the app

    def job(self, kind: str = "grades", **params: Any) -> Job:
        """Queue a job of the section as the page does, and run it here."""
        with self.world.app.app_context():
            asked = enqueue(
                District(db.session, 1),
                kind,
                params={"what": "grades", **params},
                trigger="manual",
                asked_by="Tess Teacher",
                lane=kind,
                section_id=self.section_id,
            )
            db.session.commit()
            job_id = asked.job.id
            self.world.app.extensions["runner"].run_now(job_id)
            db.session.expire_all()
            job = db.session.get_one(Job, job_id)
            db.session.refresh(job)
            db.session.expunge(job)
            return job

    def sync(self, **params: Any) -> Job:
        """Press Sync grades."""
        return self.job("grades", **params)

    def newest(self) -> Job:
        """The newest push of the section, or whatever else is a job of its lane."""
        with self.world.app.app_context():
            mine = db.session.query(Job).filter(Job.lane == "grades", Job.section_id == self.section_id)
            job = mine.order_by(Job.id.desc()).first()
            assert job is not None
            db.session.expunge(job)
            return job

    def resume(self, job: Job) -> Job:
        """Let a paused job's moment come, and run it."""
        with self.world.app.app_context():
            row = db.session.get_one(Job, job.id)
            row.resume_at = None
            db.session.commit()
            self.world.app.extensions["runner"].run_now(job.id)
            db.session.expire_all()
            row = db.session.get_one(Job, job.id)
            db.session.refresh(row)
            db.session.expunge(row)
            return row

    def look(self) -> Job:
        """Press Refresh."""
        return self.job("grades-look")

    def state(self, item: Any) -> ItemState:
        """What the app keeps of an item."""
        with self.world.app.app_context():
            row = db.session.query(ItemState).filter(ItemState.item_id == str(item.id)).one()
            db.session.expunge(row)
            return row

    def score_state(self, item: Any, number: int = 0) -> ScoreState | None:
        """What the app keeps of a score."""
        with self.world.app.app_context():
            row = (
                db.session.query(ScoreState)
                .join(ItemState, ItemState.id == ScoreState.item_state_id)
                .filter(ItemState.item_id == str(item.id), ScoreState.student_id == self.student(number))
                .one_or_none()
            )
            if row is not None:
                db.session.expunge(row)
            return row

    def kept_scores(self) -> list[KeptScore]:
        """What the app keeps of scores that it cleared or replaced, oldest first."""
        with self.world.app.app_context():
            found = db.session.query(KeptScore).order_by(KeptScore.id).all()
            db.session.expunge_all()
            return found

    def settings(self) -> SectionSettings:
        """What the app keeps of the section."""
        with self.world.app.app_context():
            row = db.session.get_one(SectionSettings, (1, self.section_id))
            db.session.expunge(row)
            return row

    def findings(self, item: Any) -> set[str]:
        """The codes of what preflight says of an item."""
        return {each["code"] for each in self.state(item).shown["findings"]}

    def may_change(self, *items: Any) -> None:
        """Say yes for items of a marking period that is over, as the page shows them."""
        with self.world.app.app_context():
            for row in db.session.query(ItemState).filter(
                ItemState.item_id.in_([str(each.id) for each in items])
            ):
                about = [each["about"] for each in row.shown["findings"] if each["code"] == "period_over"]
                row.choices = {**row.choices, "period": about[0]}
            db.session.commit()

    def policy(self, policy: GradePolicy) -> None:
        """Decide for the district."""
        with self.world.app.app_context():
            db.session.get_one(SyncOptions, 1).grades = policy.to_json()
            db.session.commit()

    def map(self, **codes: str) -> None:
        """Match categories: id with a leading c → code."""
        with self.world.app.app_context():
            row = settings_row(District(db.session, 1), self.section_id)
            category_map.save(db.session, row, {name[1:]: code for name, code in codes.items()})
            db.session.commit()


@contextmanager
def make_class(folder: Path, *, confirmed: bool = True, mapped: bool = True, **world: Any) -> Iterator[Class]:
    """The section with most students of a synced district; its SIS counts category weights."""
    with make_synced(folder, **world) as made:
        yield class_in(made, confirmed=confirmed, mapped=mapped)


def class_in(world: World, *, confirmed: bool = True, mapped: bool = True, place: int = 0) -> Class:
    """A class of a world that has been synced; `place` counts from the one with most students."""
    sis = gradebook_of(world)
    with world.app.app_context():
        links = db.session.query(Link).filter(Link.kind == "section").order_by(Link.sis_id).all()
        weighed = [each for each in links if not sis.settings(int(each.sis_id)).use_total_points]
        weighed.sort(key=lambda each: -len(world.store.members(int(each.schoology_id))))
        link = weighed[place]
        if confirmed:
            db.session.get_one(SisConnection, 1).grades_confirmed_at = clock.now()
        db.session.commit()
        section_id, key = link.schoology_id, int(link.sis_id)
    there = sis.settings(key).categories[0]
    category = far_book.add_category(world.store, int(section_id), there.description)
    made = Class(world, section_id, key, there.session, sis, there.code, category)
    made.policy(POLICY)
    if mapped:
        made.map(**{f"c{category.id}": there.code})
    return made


def gradebook_of(world: World) -> Gradebook:
    """The SIS's side."""
    found: Gradebook = world.sis.app.extensions["sis"].gradebook
    return found


def day(text: str) -> date:
    """A day out of ISO text."""
    return date.fromisoformat(text)
