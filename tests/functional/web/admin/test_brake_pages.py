"""What trips a brake, as an administrator meets it: numbers, silent buildings, new ids, a preview."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lti_app.extensions import db
from lti_app.models import Installation, Job, JobState, Link
from lti_app.runs.words import sentence
from lti_app.sandbox.schoology.store import ADMIN
from lti_app.school.reasons import other
from tests.functional.web.admin.test_held_pages import LIMITS, Office, hidden, office, open_held

__all__ = ["office"]


def decide(office: Office, page: str, what: str) -> str:
    """Press a button of the page of a held plan."""
    return office.pages.words(f"/admin/held/{what}", run=hidden(page, "run"), digest=hidden(page, "digest"))


def renumber(office: Office, number: int) -> None:
    """So many of the synced students get new ids in the SIS."""
    linked, district = office.linked("user"), office.world.district
    old = [key for key in district.students if f"student:{key.strip()}" in linked][:number]
    fresh = {key: f"9{n:08}" for n, key in enumerate(old)}
    for key, new in fresh.items():
        person = district.students.pop(key)
        district.students[new] = replace(person, student_id=new)
    for rows in district.enrollments.values():
        for place, row in enumerate(rows):
            if row.student_id in fresh:
                rows[place] = row._replace(student_id=fresh[row.student_id])


def test_every_limit_that_was_tripped_is_named_with_its_numbers(office: Office) -> None:
    office.pages.press("/admin/limits/save", **{**LIMITS, "section_share": "10", "update_ceiling": "5"})
    office.lose(0.5)
    students = office.world.district.students
    linked = office.linked("user")
    changed = [key for key in students if f"student:{key.strip()}" in linked][:40]
    for key in changed:
        students[key] = replace(students[key], last_name="Zzyzx")

    _, page = open_held(office)

    assert "student enrollments would end. The limit is 10% or 500." in page
    assert "users would change. The limit is 30% or 5." in page
    assert "students. The limit is 10% or 30." in page


def test_a_building_that_sends_nothing_is_said_loudly(office: Office) -> None:
    office.world.district.enrollments.clear()

    job = office.world.sync()
    page = office.pages.words("/admin/logs/run", job=job.id)

    assert "The SIS sent nothing for" in sentence(job.message)
    assert "No data from some schools" in page
    assert "the SIS sent no enrollments at all" in page
    assert "Nothing was dropped." in page


def test_while_syncs_are_paused_nothing_is_approved_and_the_plan_waits(office: Office) -> None:
    before, number = office.seats(), office.lose(0.5)
    job, page = open_held(office)
    pause(office, "Syncs are paused by the people who host this app.")

    said = decide(office, page, "approve")

    assert "Nothing was approved" in said and "paused by the people who host" in said
    with office.world.app.app_context():
        assert db.session.get_one(Job, job.id).state == JobState.HELD
    pause(office, "")
    assert "Approved" in decide(office, page, "approve")
    office.run_queue()
    assert office.seats() == before - number


def pause(office: Office, reason: str) -> None:
    with office.world.app.app_context():
        db.session.get_one(Installation, 1).paused_reason = other(reason)
        db.session.commit()


def test_a_paired_administrator_waits_and_a_new_name_leaves_the_rest(office: Office) -> None:
    """Over the real wire: the present role is read from Schoology, and an update sends only what changed."""
    store, staff = office.world.store, office.world.district.staff
    number = next(key for key in staff if f"staff:{key.strip()}" in office.linked("user"))
    student = next(
        key for key in office.world.district.students if f"student:{key.strip()}" in office.linked("user")
    )
    with office.world.app.app_context():
        boss = db.session.query(Link).filter(Link.sis_id == f"staff:{number.strip()}").one()
        pupil = db.session.query(Link).filter(Link.sis_id == f"student:{student.strip()}").one()
        uid, other = int(boss.schoology_id), int(pupil.schoology_id)
        boss.payload = boss.fingerprint = ""
        db.session.commit()
    store.update_user(uid, role_id=ADMIN)
    store.update_user(other, name_first="Byhand")
    students = office.world.district.students
    students[student] = replace(students[student], last_name="Zzyzx")

    _, page = open_held(office)

    assert "1 user would become a Schoology system administrator or stop being one" in page
    assert store.users[uid].role_id == ADMIN
    assert (store.users[other].name_first, store.users[other].name_last) == ("Byhand", "Zzyzx")


def test_students_under_new_ids_are_linked_again_with_one_press(office: Office) -> None:
    before, people = office.seats(), len(office.world.store.users)
    renumber(office, 12)
    _, page = open_held(office)
    assert "Link to new IDs instead" in page

    said = decide(office, page, "relink")
    job = office.world.sync()

    assert "12 records linked to new IDs" in said
    assert job.state in (JobState.DONE, JobState.DONE_WITH_PROBLEMS)
    assert (office.seats(), len(office.world.store.users)) == (before, people)
    with office.world.app.app_context():
        assert db.session.query(Link).filter(Link.sis_id == "student:900000011").count() == 1


@pytest.mark.parametrize("tab", ["users", "courses", "sections"])
def test_a_preview_is_there_on_each_tab_with_its_lines_and_a_file(office: Office, tab: str) -> None:
    office.lose(0.5)
    linked, district = office.linked("user"), office.world.district
    key = next(each for each in district.students if f"student:{each.strip()}" in linked)
    district.students[key] = replace(district.students[key], last_name="Zzyzx")
    code = next(each for each in district.courses if f"{each[0]}|{each[1]}" in office.linked("course"))
    title = f"{district.courses[code].description} Zzyzx"  # alike, so that no one is asked about it
    told = {"description": title, "long_description": title}
    district.courses[code] = replace(district.courses[code], **told)
    writes = dict(office.world.store.traffic.writes)

    office.pages.press(f"/admin/{tab}/sync", plan_only="yes")
    office.run_queue()
    with office.world.app.app_context():
        job = db.session.query(Job).order_by(Job.id.desc()).first()
    page = office.pages.words("/admin/logs/run", job=job.id)
    file = office.pages.press("/admin/logs/run/csv", job=job.id)

    assert job.params["plan_only"] is True and sentence(job.message).startswith("Preview ready")
    assert "This preview" in page and "All changes" in page
    assert ("Zzyzx" if tab != "sections" else "enrollment") in file
    assert ("Some of these changes would need your approval" in page) is (tab == "sections")
    assert office.world.store.traffic.writes == writes
