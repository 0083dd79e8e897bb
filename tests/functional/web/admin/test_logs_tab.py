from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from lti_app import clock
from lti_app.models import Audit, Job, JobState, Run
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import because, other
from tests.factories import (
    OURS,
    THEIRS,
    add_audit,
    add_building,
    add_change,
    add_job,
    add_link,
    add_run,
    set_options,
)
from tests.support.admin_pages import Pages, open_pages


@pytest.fixture
def pages(tmp_path: Path) -> Pages:
    return open_pages(tmp_path)


@pytest.fixture
def run(pages: Pages) -> Run:
    """A finished sync: one user made, one moved, one refused, one enrollment."""
    with pages.database() as session:
        add_building(session, "10", schoology_id="910", name="North High")
        add_building(session, "20", schoology_id="920", name="South Middle")
        set_options(session, known_roles={"3": "Student"})
        job = add_job(session, state=JobState.DONE_WITH_PROBLEMS, message=other("2 changes applied."))
        made = add_run(
            session,
            job,
            counts={
                "read": {"students": 3},
                "outcome": {"done": 3, "failed": 1},
                "left_out": {"user": {"Syncing parents is switched off on the Users tab.": 88}},
            },
        )
        add_change(session, made, 1, label="Lovelace, Ada", building="10", after=json.dumps({"role_id": "3"}))
        add_change(
            session,
            made,
            2,
            action="update",
            label="Byron, George",
            building="20",
            before=json.dumps({"building_id": "910", "username": "gb"}),
            after=json.dumps({"building_id": "920", "username": "gb"}),
        )
        add_change(
            session,
            made,
            3,
            state="failed",
            label="=HYPERLINK(1)",
            reason=because(Code.REFUSED_BY_SCHOOLOGY, kind="user"),
            words="school_uid is taken",
        )
        add_change(session, made, 4, kind="enrollment", sis_id="7:student:1", parent="7", person="student:1")
        add_link(session, "user", "student:1", label="Lovelace, Ada")
        add_link(session, "section", "7", label="Algebra II")
    return made


def test_an_empty_log_says_what_will_be_here(pages: Pages) -> None:
    shown = pages.words("/admin/logs")

    assert "No syncs yet" in shown
    assert "When someone changes a setting" in shown


def test_syncs_are_listed_with_trigger_person_and_result(pages: Pages, run: Run) -> None:
    shown = pages.words("/admin/logs")

    assert "Sync of everything manually by Ada Admin" in shown
    assert "Done with problems" in shown
    assert "3 done, 1 failed" in shown


def test_a_sync_opens_to_its_changes_before_and_after(pages: Pages, run: Run) -> None:
    shown = pages.words("/admin/logs/run", job=run.job_id)

    assert "Create user: Lovelace, Ada" in shown
    assert "Role Student" in shown
    assert "School North High → becomes South Middle" in shown
    assert "Username" not in shown.partition("Byron, George")[2].partition("HYPERLINK")[0]
    assert "Schoology message: school_uid is taken" in shown
    assert "Lovelace, Ada in Algebra II" in shown
    assert "88 × Syncing parents is switched off" in shown


@pytest.mark.parametrize(
    ("wanted", "there", "missing"),
    [
        ({"kind": "enrollment"}, "Algebra II", "Byron"),
        ({"outcome": "failed"}, "HYPERLINK", "Byron"),
        ({"building": "20"}, "Byron", "HYPERLINK"),
        ({"action": "update"}, "Byron", "HYPERLINK"),
        ({"text": "is taken"}, "HYPERLINK", "Byron"),
        ({"text": "nothing like it"}, "No changes match the filter", "Byron"),
    ],
)
def test_changes_are_filtered(
    pages: Pages, run: Run, wanted: dict[str, str], there: str, missing: str
) -> None:
    shown = pages.words("/admin/logs/run", job=run.job_id, **wanted)

    assert there in shown
    assert missing not in shown


def test_show_all_forgets_the_filter(pages: Pages, run: Run) -> None:
    shown = pages.words("/admin/logs/run", job=run.job_id, outcome="failed", all="yes")

    assert "Byron, George" in shown


def test_the_download_holds_the_filtered_changes_and_no_formula(pages: Pages, run: Run) -> None:
    answer = pages.app.test_client().post(
        "/admin/logs/run/csv",
        data={"launch": pages.token, "job": run.job_id, "kind": "user"},
        headers={"Origin": "http://localhost"},
    )

    rows = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))
    assert answer.headers["Content-Disposition"] == f'attachment; filename="sync-{run.job_id}-changes.csv"'
    assert [row["Name"] for row in rows] == ["Lovelace, Ada", "Byron, George", "'=HYPERLINK(1)"]
    assert rows[1]["Before"] == "School: North High"
    assert rows[1]["After"] == "School: South Middle"


@pytest.mark.parametrize("path", ["/admin/logs/run", "/admin/logs/run/csv"])
def test_a_sync_of_another_district_is_not_there(pages: Pages, run: Run, path: str) -> None:
    stranger = pages.as_person("800", installation_id=THEIRS)

    stranger.press(path, expect=404, job=run.job_id)
    assert "No syncs yet" in stranger.words("/admin/logs")


def test_long_lists_are_paged_with_the_filter_kept(pages: Pages) -> None:
    with pages.database() as session:
        made = add_run(session, add_job(session))
        for seq in range(1, 61):
            add_change(session, made, seq, label=f"Number {seq}", state="done" if seq % 2 else "failed")

    page = pages.press("/admin/logs/run", job=made.job_id, outcome="done", page=2)

    assert "26–30 of 30 changes" in page
    assert "Number 59" in page
    assert 'name="outcome" value="done"' in page
    assert ">Previous</button>" in page
    assert ">Next</button>" not in page


def test_a_job_that_could_not_start_is_listed_with_its_reason(pages: Pages) -> None:
    with pages.database() as session:
        job = add_job(
            session, state=JobState.FAILED, message=other("Not started: nobody is the Acting User.")
        )

    shown = pages.words("/admin/logs/run", job=job.id)

    assert "Not started: nobody is the Acting User." in shown
    assert "No changes planned" in shown


def test_the_live_twin_shows_progress_and_stops_at_the_end(pages: Pages) -> None:
    with pages.database() as session:
        job = add_job(
            session, state=JobState.RUNNING, phase="sending_user", done=30, total=120, started_at=clock.now()
        )
        add_run(session, job, state="applying")

    running = pages.ask("/admin/progress", job=job.id, tab="users")
    with pages.database() as session:
        session.get_one(Job, job.id).state = JobState.DONE
    ended = pages.ask("/admin/progress", job=job.id, tab="users")

    assert 'max="120"' in running["fragments"]["job"]
    assert "Sending users to Schoology" in running["fragments"]["job"]
    assert running["stop"] is False
    assert ended["stop"] is True
    assert "Reload" not in ended["fragments"]["job"]


def test_a_paused_sync_says_why_and_until_when_and_tries_again_when_asked(pages: Pages) -> None:
    until = clock.now() + timedelta(minutes=20)
    with pages.database() as session:
        job = add_job(session, state=JobState.QUEUED, resume_at=until, message=other("Schoology is down."))

    shown = pages.words("/admin/users")
    assert "Paused" in shown and "Schoology is down. It tries again at" in shown
    assert "Waiting in the queue" not in shown and "Try again now" in shown
    assert "Paused" in pages.words("/admin/configuration")
    stranger = pages.as_person("800", installation_id=THEIRS)
    stranger.press("/admin/logs/try-now", expect=404, job=job.id)
    with pages.database() as session:
        assert session.get_one(Job, job.id).resume_at is not None

    pages.press("/admin/logs/try-now", job=job.id)

    with pages.database() as session:
        assert session.get_one(Job, job.id).resume_at is None


def test_what_waits_for_an_administrator_is_not_tried_before(pages: Pages) -> None:
    now = clock.now()
    with pages.database() as session:
        waits = {"resume_at": now + timedelta(days=14), "parked_at": now}
        job = add_job(session, state=JobState.QUEUED, **waits)

    pages.press("/admin/logs/try-now", job=job.id)

    with pages.database() as session:
        assert session.get_one(Job, job.id).resume_at is not None


def test_the_live_twin_of_another_district_shows_nothing(pages: Pages) -> None:
    with pages.database() as session:
        job = add_job(session, state=JobState.RUNNING, phase="sending_user", done=30, total=120)
    stranger = pages.as_person("800", installation_id=THEIRS)

    assert stranger.ask("/admin/progress", job=job.id, tab="users")["stop"] is True
    assert "Sending" not in stranger.ask("/admin/progress", job=job.id, tab="users")["fragments"]["job"]


def test_cancel_stops_a_waiting_job_at_once_and_a_running_one_soon(pages: Pages) -> None:
    with pages.database() as session:
        waiting = add_job(session, state=JobState.QUEUED)
    assert "Canceling" in pages.words("/admin/logs/cancel", job=waiting.id)
    with pages.database() as session:
        running = add_job(session, state=JobState.RUNNING)
    assert "Canceling" in pages.words("/admin/logs/cancel", job=running.id)
    with pages.database() as session:
        assert session.get_one(Job, waiting.id).state == JobState.CANCELED
        assert session.get_one(Job, running.id).cancel_requested


def test_no_one_cancels_a_job_of_another_district(pages: Pages) -> None:
    with pages.database() as session:
        job = add_job(session, state=JobState.QUEUED)
    stranger = pages.as_person("800", installation_id=THEIRS)

    assert "There’s nothing to cancel" in stranger.words("/admin/logs/cancel", job=job.id)
    with pages.database() as session:
        assert session.get_one(Job, job.id).state == JobState.QUEUED


def test_changed_settings_are_listed_and_downloaded(pages: Pages) -> None:
    with pages.database() as session:
        for owner, name in ((OURS, "Ada Admin"), (THEIRS, "Elsewhere")):
            add_audit(session, owner, name=name, what="Time zone", old="UTC", new="+1")

    assert "Time zone" in pages.words("/admin/logs")
    shown = pages.words("/admin/logs/settings")
    file = pages.press("/admin/logs/settings/csv")
    assert "Ada Admin" in shown
    assert "Elsewhere" not in shown + file
    assert "'+1" in file
    with pages.database() as session:
        assert len(session.scalars(select(Audit).where(Audit.what == "Time zone")).all()) == 2


def test_the_queue_tells_place_person_waiting_time_and_estimate(pages: Pages, run: Run) -> None:
    with pages.database() as session:
        now = clock.now()
        for installation_id, trigger, minutes in ((OURS, "scheduled", 12), (THEIRS, "manual", 3)):
            add_job(
                session,
                installation_id,
                state=JobState.QUEUED,
                trigger=trigger,
                asked_by="the schedule" if trigger == "scheduled" else "Somebody Else",
                created_at=now - timedelta(minutes=minutes),
            )
        done = session.get_one(Job, run.job_id)
        done.params = {"what": "all"}
        done.started_at, done.finished_at = now - timedelta(hours=2), now - timedelta(minutes=50)
        session.commit()

    for tab in ("/admin/logs", "/admin/configuration"):
        said = pages.words(tab)
        assert "Sync of everything on schedule, started by the schedule Queued 2 waiting for 12 min" in said
        assert "the last one took 1 hr 10 min" in said
        assert "Somebody Else" not in said


def test_changes_are_sorted_and_shown_in_pages_of_a_chosen_size(pages: Pages) -> None:
    with pages.database() as session:
        job = add_job(session, state=JobState.DONE)
        run = add_run(session, job)
        for number in range(1, 31):
            add_change(session, run, number, label=f"Person {100 - number}")

    first = pages.words("/admin/logs/run", job=job.id)
    sorted_by_name = pages.words("/admin/logs/run", job=job.id, order="name", size="100")

    assert "1–25 of 30 changes" in first
    assert "1–30 of 30 changes" in sorted_by_name
    assert sorted_by_name.index("Person 70") < sorted_by_name.index("Person 99")
    assert first.index("Person 99") < first.index("Person 80")
    assert "1–25 of 30 changes" in pages.words("/admin/logs/run", job=job.id, size="7000000", order="made-up")


def test_problems_are_listed_by_reason_and_a_deletion_is_one_line(pages: Pages) -> None:
    with pages.database() as session:
        job = add_job(session, state=JobState.DONE)
        run = add_run(session, job)
        blocked = {"action": "block", "state": "blocked"}
        add_change(session, run, 1, **blocked, reason=because(Code.NAME_EMPTY, field="last_name"))
        add_change(session, run, 2, **blocked, reason=because(Code.NAME_EMPTY, field="first_name"))
        add_change(
            session,
            run,
            3,
            action="differ",
            before='{"title": "Biology"}',
            after="{}",
            reason=because(Code.DELETED_IN_SCHOOLOGY),
        )

    shown = pages.words("/admin/logs/run", job=job.id)

    assert "Problems by reason" in shown and "2 × no name in the SIS" in shown
    assert "1–2 of 2 changes" in pages.words("/admin/logs/run", job=job.id, reason="name_empty")
    assert "It isn’t in Schoology anymore" in shown and "Biology" not in shown
    assert "Undo this sync" not in shown  # it changed nothing
