"""Held plans, limits, undo, missing records and Why? as an administrator meets them, over the real wire."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest

from lti_app.extensions import db
from lti_app.models import Audit, Change, Job, JobState, Link, Run, SyncOptions
from lti_app.runs.words import sentence
from lti_app.school.limits import SHARES, Limits
from lti_app.school.retention import Retention
from lti_app.store import access_review
from lti_app.store.access_review import ReviewTopic, Seen
from lti_app.store.district import District
from tests.support.admin_pages import Pages, launch_acting_user
from tests.support.killed_worker import OVER
from tests.support.world import World, make_synced


@dataclass
class Office:
    """A district that was synced once, and the Acting User's pages over it."""

    world: World
    pages: Pages

    def lose(self, share: float) -> int:
        """So many of the enrollments of every synced section end in the SIS; how many.

        No one leaves a section with a row of an unknown student, since that row could be anybody's. No one
        leaves who has a seat in a section that isn't in Schoology.
        """
        linked = self.linked("enrollment")
        unknown = {key.split("|")[0] for key in self.world.district.planted["enrollment_of_unknown_student"]}
        every = [row for rows in self.world.district.enrollments.values() for row in rows]
        sections = self.linked("section")
        waiting = {row.student_id for row in every if str(row.section_key) not in sections}
        number = 0
        for rows in self.world.district.enrollments.values():
            here = [
                place
                for place, row in enumerate(rows)
                if f"{row.section_key}:student:{row.student_id}" in linked
                and str(row.section_key) not in unknown
                and row.student_id not in waiting
            ]
            for place in here[: int(len(here) * share)]:
                rows[place] = rows[place]._replace(status="D")
                number += 1
        return number

    def linked(self, kind: str) -> set[str]:
        with self.world.app.app_context():
            return {sis_id for (sis_id,) in db.session.query(Link.sis_id).filter(Link.kind == kind)}

    def run_queue(self) -> None:
        with self.world.app.app_context():
            jobs = db.session.query(Job.id).filter(Job.state == JobState.QUEUED).all()
        for (job_id,) in jobs:
            self.world.app.extensions["runner"].run_now(job_id)

    def why(self, sis_id: str) -> str:
        return self.pages.words("/admin/why/record", kind="user", sis_id=sis_id)

    def seats(self) -> int:
        return len(self.world.store.enrollments)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with make_synced(tmp_path, public_url="http://localhost") as world:
        yield Office(world, launch_acting_user(world.app))


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]* value="([^"]*)"', page)
    assert found, f"no field {name}"
    return found.group(1)


def open_held(office: Office) -> tuple[Job, str]:
    job = office.world.sync()
    assert job.state == JobState.HELD
    return job, office.pages.press("/admin/logs/run", job=job.id)


def test_a_held_plan_is_shown_on_every_tab_with_its_limit_and_numbers(office: Office) -> None:
    number = office.lose(0.5)

    job, page = open_held(office)

    assert "Changes need your approval" in office.pages.words("/admin/users")
    assert "The limit is 10% or 500." in page
    assert f"Approve {number:,} changes" in page
    with office.world.app.app_context():
        someone = next(each.person for each in office.world.changes(job) if each.state == "held")
        name = db.session.query(Link.label).filter(Link.kind == "user", Link.sis_id == someone).scalar()
    assert name in page
    assert f"{number} changes need your approval" in sentence(job.message)


def test_approved_changes_are_sent(office: Office) -> None:
    before = office.seats()
    number = office.lose(0.5)
    _, page = open_held(office)

    fields = {"run": hidden(page, "run"), "digest": hidden(page, "digest")}
    assert "Approved" in office.pages.words("/admin/held/approve", **fields)
    office.run_queue()

    assert office.seats() == before - number
    assert "Changes need your approval" not in office.pages.words("/admin/users")


def test_one_school_of_a_held_plan_is_approved_and_the_rest_waits(office: Office) -> None:
    before = office.seats()
    number = office.lose(0.5)
    job, _ = open_held(office)
    with office.world.app.app_context():
        held = db.session.query(Change).filter(Change.state == "held").order_by(Change.seq).all()
        school, here = held[0].building, number // 3
        for each in held[here:]:
            each.building = "other"
        db.session.commit()
    page = office.pages.press("/admin/logs/run", job=job.id)
    fields = {"run": hidden(page, "run"), "digest": hidden(page, "digest")}
    assert f"({here:,})" in page and f"({number - here:,})" in page

    assert "Nothing was approved" in office.pages.words("/admin/held/approve", **fields, part_building="none")
    assert "Approved" in office.pages.words("/admin/held/approve", **fields, part_building=school)
    office.run_queue()
    assert office.seats() == before - here

    rest = office.pages.press("/admin/logs/run", job=job.id)
    assert f"Approve {number - here:,} change" in rest
    office.pages.press("/admin/held/approve", run=hidden(rest, "run"), digest=hidden(rest, "digest"))
    office.run_queue()
    assert office.seats() == before - number


def test_discarded_changes_are_not_sent(office: Office) -> None:
    before = office.seats()
    office.lose(0.5)
    _, page = open_held(office)

    fields = {"run": hidden(page, "run"), "digest": hidden(page, "digest")}
    assert "discarded. If the SIS data stays the same" in office.pages.words("/admin/held/discard", **fields)
    office.run_queue()

    assert office.seats() == before


def test_a_page_that_was_left_open_cannot_approve_a_newer_plan(office: Office) -> None:
    office.lose(0.5)
    _, old = open_held(office)
    office.world.sync()

    said = office.pages.words("/admin/held/approve", run=hidden(old, "run"), digest=hidden(old, "digest"))

    assert "Nothing was approved" in said and "newer sync replaced them" in said


def test_undo_asks_shows_every_line_and_puts_the_students_back(office: Office) -> None:
    before = {(each.section_id, each.uid) for each in office.world.store.enrollments.values()}
    office.pages.press("/admin/limits/save", **{**LIMITS, "drop_share": "50", "section_share": "90"})
    office.lose(0.5)
    job = office.world.sync()
    assert {(e.section_id, e.uid) for e in office.world.store.enrollments.values()} != before

    asked = office.pages.words("/admin/logs/undo", job=job.id)
    assert "Nothing is sent yet" in asked
    office.pages.press("/admin/logs/undo", job=job.id, confirm="yes")
    office.run_queue()
    with office.world.app.app_context():
        undo_job = db.session.query(Job).order_by(Job.id.desc()).first()
    page = office.pages.press("/admin/logs/run", job=undo_job.id)
    assert "This undoes the sync of" in page
    assert sum(name in page for name in dropped_names(office, job)) > 5
    office.pages.press("/admin/held/approve", run=hidden(page, "run"), digest=hidden(page, "digest"))
    office.run_queue()

    assert {(e.section_id, e.uid) for e in office.world.store.enrollments.values()} == before


def dropped_names(office: Office, job: Job) -> set[str]:
    """Who lost a seat in a sync."""
    with office.world.app.app_context():
        people = [each.person for each in office.world.changes(job) if each.action == "drop"]
        found = db.session.query(Link.label).filter(Link.kind == "user", Link.sis_id.in_(people))
        return {label for (label,) in found}


LIMITS = {
    name: str(round(value * 100) if name in SHARES else value) for name, value in Limits().to_json().items()
}


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("drop_share", "0", "Enter a number from 1 to 50."),
        ("drop_share", "many", "Enter a number from 1 to 50."),
        ("drop_share", "100", "Enter a number from 1 to 50."),
        ("section_share", "100", "Enter a number from 10 to 90."),
        ("update_share", "100", "Enter a number from 1 to 80."),
        ("rollover_drop_share", "100", "Enter a number from 1 to 95."),
        ("drop_ceiling", "3", "can’t be lower than"),
        ("update_ceiling", "3", "can’t be lower than"),
        ("rollover_until", "2027-11-23", "at most 92 days from today"),
    ],
)
def test_limits_outside_sane_bounds_are_refused(office: Office, field: str, value: str, words: str) -> None:
    page = office.pages.words("/admin/limits/save", **{**LIMITS, field: value})

    assert "Nothing was saved" in page and words in page
    with office.world.app.app_context():
        assert db.session.query(Audit).count() == 0


def test_a_changed_limit_is_kept_and_audited(office: Office) -> None:
    office.pages.press("/admin/limits/save", **{**LIMITS, "drop_share": "25"})
    page = office.pages.press("/admin/limits")

    assert hidden(page, "drop_share") == "25"
    assert hidden(page, "update_floor") == "5"
    assert hidden(page, "rollover_section_ceiling") == "100"
    assert "more than 25% of a school’s enrollments" in office.pages.words("/admin/configuration")
    with office.world.app.app_context():
        lines = db.session.query(Audit).all()
        assert [(each.what, each.old, each.new) for each in lines] == [
            (("Limit “Drops: approval above (%)”"), "10%", "25%")
        ]


def test_a_declared_rollover_window_has_limits_and_an_end_of_its_own(office: Office) -> None:
    window = {**LIMITS, "rollover_until": "2026-11-30", "rollover_drop_share": "95"}
    wide = {**window, "rollover_section_share": "90", "drop_share": "1"}
    office.pages.press("/admin/limits/save", **wide)
    page = office.pages.press("/admin/limits")
    assert hidden(page, "rollover_until") == "2026-11-30"
    assert hidden(page, "rollover_drop_share") == "95"
    before, number = office.seats(), office.lose(0.5)

    job = office.world.sync()

    assert job.state in OVER, sentence(job.message)
    assert office.seats() == before - number


def test_after_the_window_the_usual_limits_hold_again(office: Office) -> None:
    office.pages.press("/admin/limits/save", **{**LIMITS, "rollover_until": "2026-11-22"})
    office.lose(0.5)

    assert office.world.sync().state == JobState.HELD


KEEPING = {name: str(value) for name, value in Retention().to_json().items()}


def test_how_long_things_are_kept_is_a_setting(office: Office) -> None:
    refused = office.pages.words("/admin/limits/retention", **{**KEEPING, "changes": "29"})
    assert "Nothing was saved" in refused and "Enter a number of days from 30 to 1825." in refused

    office.pages.press("/admin/limits/retention", **{**KEEPING, "changes": "60", "reads": "7"})

    assert hidden(office.pages.press("/admin/limits"), "changes") == "60"
    with office.world.app.app_context():
        kept = db.session.get_one(SyncOptions, 1).retention
        said = [(each.what, each.old, each.new) for each in db.session.query(Audit).order_by(Audit.id)]
    assert (kept["changes"], kept["reads"]) == (60, 7)
    assert said == [
        ("Data retention: Changes made by syncs (days)", "180", "60"),
        ("Data retention: SIS data from the last refresh (days)", "90", "7"),
    ]


def deleted_section(office: Office) -> Link:
    """A teacher deletes one section in Schoology, and the next sync notices."""
    with office.world.app.app_context():
        link = db.session.query(Link).filter(Link.kind == "section").order_by(Link.sis_id).first()
        db.session.expunge(link)
    office.world.store.delete_section(int(link.schoology_id))
    with office.world.app.app_context():
        db.session.query(Link).filter(Link.kind == "section", Link.sis_id == link.sis_id).update(
            {"fingerprint": ""}
        )
        db.session.commit()
    office.world.sync("sections")
    return link


def test_a_deleted_section_is_asked_about_and_made_again(office: Office) -> None:
    before = len(office.world.store.sections)
    link = deleted_section(office)
    assert "1 linked record was deleted in Schoology" in office.pages.words("/admin/logs")

    page = office.pages.words("/admin/missing")
    assert link.label in page and "Recreate it (empty)" in page
    office.pages.press("/admin/missing/decide", choice="make-again", kind="section", sis_id=link.sis_id)
    office.world.sync("sections")

    assert len(office.world.store.sections) == before
    assert "Nothing is missing" in office.pages.words("/admin/missing")


def test_a_deleted_section_can_be_linked_to_another_that_was_searched(office: Office) -> None:
    link = deleted_section(office)
    store = office.world.store
    other = next(each for each in store.sections.values() if each.section_school_code)

    nothing = office.pages.words("/admin/missing/search", kind="section", sis_id=link.sis_id, key="zzz")
    taken = office.pages.press(
        "/admin/missing/search", kind="section", sis_id=link.sis_id, key=other.section_school_code
    )
    refused = office.pages.words(
        "/admin/missing/decide", choice="link", kind="section", sis_id=link.sis_id, schoology_id=other.id
    )

    assert "No record in Schoology has the key “zzz”" in nothing
    assert "Found in Schoology" in taken
    assert "already. Choose another record" in refused


def test_why_finds_a_person_and_syncs_only_that_one(office: Office) -> None:
    students = office.world.district.students
    linked = [key for key in students if f"student:{key.strip()}" in office.linked("user")]
    for key in linked[:4]:
        students[key] = replace(students[key], last_name="Zzyzx")
    number = linked[0].strip()
    key = f"student:{number}"

    found = office.pages.words("/admin/why", text=number)
    record = office.pages.words("/admin/why/record", kind="user", sis_id=key)
    office.pages.press("/admin/why/sync", kind="user", sis_id=key)
    office.run_queue()

    assert "Explain" in found
    assert "Schoology already matches the SIS" in record
    assert "Allows syncing" in record
    with office.world.app.app_context():
        run = db.session.query(Run).order_by(Run.id.desc()).first()
        lines = db.session.query(Change).filter(Change.run_id == run.id).all()
        assert [(each.sis_id, each.action, each.state) for each in lines] == [(key, "update", "done")]


def test_why_finds_words_in_any_order_usernames_and_codes_and_answers_first(office: Office) -> None:
    students = office.world.district.students
    key = next(key for key in students if f"student:{key.strip()}" in office.linked("user"))
    row = students[key]
    said = f"student {key.strip()}"
    parts = (f"{row.first_name[:4]} {row.last_name}", f"{row.last_name} {row.first_name}", row.login_id)
    for text in parts:
        assert said in office.pages.words("/admin/why", text=text), text
    assert "No results" in office.pages.words("/admin/why", text=f"{row.last_name} nobody-else")
    with office.world.app.app_context():
        section = db.session.query(Link).filter(Link.kind == "section").first()
        code = json.loads(section.payload)["section_code"]
    assert section.label in office.pages.words("/admin/why", text=code)

    page = office.why(f"student:{key.strip()}")
    assert page.index("In Schoology.") < page.index("Recent changes") < page.index("next sync would do")
    students[key] = replace(row, last_name="")
    office.world.sync("users")
    assert "In Schoology, but not up to date. The last name is empty." in office.why(f"student:{key.strip()}")


def test_why_shows_what_the_sis_says_of_someone_who_cannot_be_used(office: Office) -> None:
    students = office.world.district.students
    key = next(key for key in students if f"student:{key.strip()}" in office.linked("user"))
    students[key] = replace(students[key], last_name="", contacts=(("M", "lone.star@mail.example"),))
    office.world.sync("users")

    found = office.pages.words("/admin/why", text="Lone.Star@mail")
    record = office.pages.words("/admin/why/record", kind="user", sis_id=f"student:{key.strip()}")

    assert f"student {key.strip()}" in found
    assert "Has a problem" in record
    assert f"First name {students[key].first_name}" in record and "lone.star@mail.example" in record


def test_what_was_read_outlives_syncs_that_fail_and_a_rehearsal(office: Office) -> None:
    """Three nights without the SIS, then a rehearsal and the sync of one record: Why? still knows."""
    student = next(each for each in office.linked("user") if each.startswith("student:"))
    office.world.sis_faults.add([{"route": "POST ^.*/calls$", "fault": "500", "times": 10_000}])
    for _ in range(3):
        job = office.world.sync()
        with office.world.app.app_context():
            db.session.get_one(Job, job.id).state = JobState.CANCELED
            db.session.commit()
    office.world.sis_faults.clear()
    assert "Schoology already matches the SIS" in office.why(student)

    office.pages.press("/admin/rollover/rehearse", day="2030-07-01")
    office.run_queue()
    key = next(key for key in office.world.district.students if f"student:{key.strip()}" == student)
    office.world.district.students[key] = replace(
        office.world.district.students[key], contacts=(("M", "only.linked@mail.example"),)
    )
    office.pages.press("/admin/why/sync", kind="user", sis_id=student)
    office.run_queue()

    assert "Schoology already matches the SIS" in office.why(student)
    assert student.replace(":", " ") in office.pages.words("/admin/why", text="only.linked@mail")
    assert "the app doesn’t change the section anymore" in office.pages.words("/admin/rollover")


def test_a_rehearsal_is_planned_for_its_day_and_shows_its_frozen_sections(office: Office) -> None:
    writes = dict(office.world.store.traffic.writes)
    students = office.world.district.students
    leaving, copied = [key for key in students if f"student:{key.strip()}" in office.linked("user")][:2]
    students["99999"] = replace(students[copied], student_id="99999", login_id="fresh99999", contacts=())
    del students[leaving]

    office.pages.press("/admin/rollover/rehearse", day="2030-07-01")
    office.run_queue()
    shown = office.pages.words("/admin/rollover")

    assert "Results for Jul 1, 2030" in shown
    assert "the app doesn’t change the section anymore" in shown
    assert "1 user would be created" in shown
    assert "1 linked user is no longer in the SIS and would no longer be managed" in shown
    assert "Match the new terms on the Terms tab" in shown
    for _ in range(4):
        office.world.sync(plan_only=True)
    assert "the app doesn’t change the section anymore" in office.pages.words("/admin/rollover")
    assert office.world.store.traffic.writes == writes
    assert "Select a date to rehearse" in office.pages.words("/admin/rollover/rehearse", day="soon")


def test_a_check_of_schoology_lists_a_changed_name_and_a_guest(office: Office) -> None:
    store = office.world.store
    uid = next(int(each) for each in schoology_ids(office, "user"))
    store.update_user(uid, name_last="Changedbyhand")
    section = next(int(each) for each in schoology_ids(office, "section"))
    store.enroll(section, store.user_by_username["devon.guest"])
    writes = dict(store.traffic.writes)

    office.pages.press("/admin/logs/drift")
    office.run_queue()
    with office.world.app.app_context():
        job = db.session.query(Job).order_by(Job.id.desc()).first()
    page = office.pages.words("/admin/logs/run", job=job.id)

    assert "2 differences found" in sentence(job.message)
    assert "Changedbyhand" in page
    assert "This enrollment was made in Schoology by hand" in page
    assert store.traffic.writes == writes


def schoology_ids(office: Office, kind: str) -> list[str]:
    with office.world.app.app_context():
        rows = db.session.query(Link.schoology_id).filter(Link.kind == kind).order_by(Link.sis_id)
        return [schoology_id for (schoology_id,) in rows]


def test_a_row_that_waits_can_be_ignored_by_the_acting_user(office: Office) -> None:
    with office.world.app.app_context():
        district = District(db.session, 1)
        for day in (1, 2, 3):
            found = Seen("enrollment", "row 1", label="Enrollments, row 1")
            access_review.count_day(district, ReviewTopic.ROW, [found], date(2026, 11, day))
        db.session.commit()
    assert "1 entry needs your review" in office.pages.words("/admin/logs")
    assert "Ignore this row" in office.pages.words("/admin/access-review")

    row = {"topic": "row", "kind": "enrollment", "sis_id": "row 1"}
    page = office.pages.words("/admin/access-review/decide", choice="ignored", **row)

    assert "The next sync ignores this row" in page and "Ignored by" in page
    assert "needs your review" not in office.pages.words("/admin/logs")
    assert "Access to review: enrollment row 1" in office.pages.words("/admin/logs")
