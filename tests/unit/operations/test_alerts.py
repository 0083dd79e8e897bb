"""What is wrong, from its beginning to its end, as those hear of it who look after a district."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.jobs import queue
from lti_app.models import (
    Alert,
    Installation,
    Job,
    JobState,
    Run,
    RunState,
    SyncOptions,
)
from lti_app.operations import alerts, health
from lti_app.outbound.mail import MailDown, MailError
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import NO_REASON, because, other
from lti_app.store.district import District
from lti_app.sync.plan import approval
from tests.factories import (
    add_acting_user,
    add_installation,
    add_job,
    add_run,
    add_sis_connection,
    set_options,
)
from tests.unit.conftest import Engine
from tests.unit.sync.plan.test_approval import Avery

MIDNIGHT = datetime(2026, 11, 25, 5, 0, tzinfo=UTC)
"""Wednesday 12am in New York, when the scheduled sync is due."""
DROPS = {"brake": "drops", "kind": "enrollment", "building": "1"}


@dataclass
class Post:
    """The far end of the mail: keeps what it gets, and fails as it is told."""

    session: Session
    emails: list[tuple[str, str]] = field(default_factory=list)
    fails: list[Exception] = field(default_factory=list)
    meanwhile: Any = None
    tries: int = 0
    configured: bool = True

    def send(self, to: Sequence[str], subject: str, text: str) -> list[str]:
        self.tries += 1
        if self.meanwhile is not None:
            self.meanwhile()
        if self.fails:
            raise self.fails.pop(0)
        self.emails.append((subject.partition(":")[0], text))
        return []

    def look(self) -> list[str]:
        """Look at every district; the subjects of all emails until now."""
        alerts.watch(self.session, self)
        return [subject for subject, _ in self.emails]


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A scheduled district, claimed, whose next sync is due on Wednesday."""
    with time_machine.travel(MIDNIGHT - timedelta(days=1), tick=False):
        engine.session.get_one(Installation, 1).claimed_by_uid = "1"
        options = engine.session.get_one(SyncOptions, 1)
        options.mode, options.mail_to = "scheduled", ["office@district.example"]
        options.next_due_at = MIDNIGHT
        engine.session.commit()
        yield engine.session


@pytest.fixture
def post(session: Session) -> Post:
    return Post(session)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    with time_machine.travel(moment, tick=False):
        yield


def add_sync(session: Session, due: datetime, state: str, **values: Any) -> Run:
    """A sync that ended half an hour after it was due, as the schedule or a person asked for it."""
    ended = due + timedelta(minutes=30)
    when = {"started_at": due, "finished_at": ended}
    job = add_job(
        session,
        params={
            "what": values.get("what", "all"),
            **({"due": due.isoformat()} if "trigger" not in values else {}),
        },
        trigger=values.pop("trigger", "scheduled"),
        state=state,
        message=values.pop("message", NO_REASON),
        created_at=due,
        **when,
    )
    counts = {"trips": values.pop("trips", []), "outcome": {}}
    run = add_run(session, job, **{"state": state, "digest": "d", "counts": counts, **when, **values})
    session.get_one(SyncOptions, 1).next_due_at = due + timedelta(days=1)
    session.commit()
    return run


def hours(number: float) -> datetime:
    return MIDNIGHT + timedelta(hours=number)


def test_a_sync_that_fails_every_night_is_late_until_a_full_one_succeeds(
    session: Session, post: Post
) -> None:
    add_sync(session, MIDNIGHT, JobState.FAILED)
    with at(hours(5)):
        assert post.look() == []
    with at(hours(7)):
        assert post.look() == ["Problem"]
        assert "scheduled for Nov 25, 2026, 12:00 AM EST" in post.emails[0][1]
    add_sync(session, MIDNIGHT + timedelta(days=1), JobState.FAILED)
    with at(hours(25)):
        assert post.look() == ["Problem"], "the next night failed too: nothing is solved"
    add_sync(session, hours(26), JobState.DONE, what="users", trigger="manual")
    with at(hours(27)):
        assert post.look() == ["Problem"], "users alone are not the whole sync"
    add_sync(session, hours(28), JobState.DONE, trigger="manual")
    with at(hours(29)):
        assert post.look() == ["Problem", "Resolved"]


def test_a_sync_that_no_one_queued_is_late_and_so_is_one_that_was_skipped(
    session: Session, post: Post
) -> None:
    with at(hours(5)):
        assert post.look() == []
    with at(hours(7)):
        assert post.look() == ["Problem"]
    add_job(
        session,
        params={"what": "all", "due": MIDNIGHT.isoformat()},
        trigger="scheduled",
        state=JobState.FAILED,
        created_at=hours(19),
        finished_at=hours(19),
    )
    session.get_one(SyncOptions, 1).next_due_at = hours(24)
    session.commit()
    with at(hours(20)):
        assert post.look() == ["Problem"]


def test_while_an_approved_plan_is_applied_nothing_is_late_or_too_long(session: Session, post: Post) -> None:
    run = add_sync(session, MIDNIGHT, JobState.HELD, trips=[DROPS])
    with at(hours(15)):
        assert post.look() == []
        job = approval.approve(District(session, 1), run.id, "d", who=Avery())
        session.commit()
        queue.claim(session, job.id, "w")
    with at(hours(16)):
        assert post.look() == []
    with at(hours(19)):
        assert post.look() == ["Problem"]
        assert "longer than its window" in post.emails[0][1]


def test_a_sync_that_runs_past_its_window_is_told_and_a_check_is_not(session: Session, post: Post) -> None:
    drift = add_sync(session, hours(-40), JobState.RUNNING, what="drift")
    with at(hours(-30)):
        assert post.look() == []
    session.get_one(Job, drift.job_id).state = JobState.DONE
    run = add_sync(session, MIDNIGHT, JobState.RUNNING)
    with at(hours(4)):
        assert post.look() == ["Problem"]
    session.get_one(Job, run.job_id).state = JobState.DONE
    session.commit()
    with at(hours(5)):
        assert post.look() == ["Problem", "Resolved"]


def hold(session: Session, day: float, **values: Any) -> Run:
    """A newer plan makes the older void, as provisioning does."""
    run = add_sync(session, MIDNIGHT + timedelta(days=day), RunState.HELD, trips=[DROPS], **values)
    approval.void_older(session, run)
    session.commit()
    return run


def test_a_brake_that_holds_for_a_day_is_told_whatever_runs_beside_it(session: Session, post: Post) -> None:
    hold(session, 0)
    hold(session, 1)
    add_sync(session, hours(25), RunState.APPLYING, what="users", trigger="manual", trips=[])
    with at(hours(25.5)):
        assert post.look() == ["Problem"]
        assert "for more than a day" in post.emails[0][1]


@pytest.mark.parametrize("between", ["approved", "discarded", "other building", "other kind", "went through"])
def test_the_day_is_counted_from_the_first_such_plan_since_a_decision(
    session: Session, post: Post, between: str
) -> None:
    first = hold(session, 0)
    if between == "approved":
        approval.approve(District(session, 1), first.id, "d", who=Avery())
        first.state = RunState.DONE
    elif between == "discarded":
        approval.discard(District(session, 1), first.id, "d", who=Avery())
    elif between == "went through":
        add_sync(session, hours(12), RunState.DONE, trigger="manual")
    else:
        other = {"other building": {"building": "2"}, "other kind": {"kind": "user"}}[between]
        first.counts = {"trips": [{**DROPS, **other}]}
    session.commit()
    hold(session, 1)

    with at(hours(26)):
        keys = [each.key for each in health.conditions(District(session, 1))]

    assert "held" not in keys


def test_emails_contain_only_the_apps_own_sentences(session: Session, post: Post) -> None:
    child = "Nova Sparrow, nova.sparrow, nova@school.example"
    add_sis_connection(session, problem=other(f"500: cannot read {child}"))
    add_acting_user(session, name=child, problem=because(Code.PERMISSION_VOID, name=child, at=MIDNIGHT))
    add_sync(session, MIDNIGHT, JobState.FAILED, message=other(f"500: {child}"), reason=other(child))
    session.get_one(SyncOptions, 1).daily_summary = True
    session.commit()

    with at(hours(31)):
        subjects = post.look()

    assert subjects == ["Problem"] * 3 + ["Daily summary"]
    assert not [text for _, text in post.emails if "Nova" in text or "nova" in text]


def fail_credentials(session: Session) -> None:
    add_sis_connection(session, problem=other("no"))
    session.commit()


def test_two_processes_that_check_together_send_one_email(session: Session, post: Post) -> None:
    """And the database is not locked while the mail server takes its time: the other one can write."""
    fail_credentials(session)
    other = Post(Session(session.get_bind()))

    def look_too() -> None:
        other.look()
        other.session.get_one(SyncOptions, 1).window = 3
        other.session.commit()

    post.meanwhile = look_too
    session.get_one(SyncOptions, 1).daily_summary = True
    session.commit()
    with at(hours(31)):
        post.look()
    other.session.close()

    assert sorted(subject for subject, _ in (*post.emails, *other.emails)) == [
        "Daily summary",
        "Problem",
        "Problem",
    ]
    assert session.scalar(select(SyncOptions.window)) == 3


def test_a_condition_is_recorded_once_by_two_processes(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_credentials(session)
    real, raced = alerts._news, []

    def racing(district: District) -> list[Alert]:
        found = real(district)
        if not raced:
            raced.append(True)
            with Session(session.get_bind()) as other:
                alerts._note(District(other, district.id))
        return found

    monkeypatch.setattr(alerts, "_news", racing)
    alerts._note(District(session, 1))

    assert [each.key for each in session.scalars(select(Alert))] == ["credentials"]


@pytest.mark.parametrize(("error", "tries"), [(MailDown("closed"), 1), (MailError("refused"), 2)])
def test_a_server_that_is_down_is_tried_once_a_tick_and_no_email_is_lost(
    session: Session, post: Post, error: Exception, tries: int
) -> None:
    fail_credentials(session)
    add_installation(session, "c-2", name="Second", claimed_by_uid="1")
    set_options(session, 2, mail_to=["office@second.example"])
    add_sis_connection(session, 2, problem=other("no"))
    session.commit()

    post.fails = [error]
    assert len(post.look()) == tries - 1
    assert post.tries == tries

    with at(clock.now() + timedelta(minutes=16)):
        assert post.look() == ["Problem", "Problem"]
        assert post.look() == ["Problem", "Problem"]


def test_a_refused_summary_is_sent_later_the_same_day(session: Session, post: Post) -> None:
    session.get_one(SyncOptions, 1).daily_summary = True
    session.get_one(SyncOptions, 1).next_due_at = hours(48)
    session.commit()
    post.fails = [MailError("refused")]
    with at(hours(8)):
        assert post.look() == []
        assert post.look() == []
    with at(hours(9)):
        assert post.look() == ["Daily summary"]
        assert post.look() == ["Daily summary"]


def test_the_summary_speaks_of_runs_in_the_words_of_the_pages(session: Session, post: Post) -> None:
    session.get_one(SyncOptions, 1).daily_summary = True
    night = (
        ("all", RunState.DONE, {"done": 1200}),
        ("one", RunState.DONE_WITH_PROBLEMS, {"done": 2, "blocked": 3}),
        ("undo", RunState.HELD, {"held": 4, "discarded": 1}),
        ("drift", RunState.DONE, {}),
        ("prep", RunState.FAILED, {}),
        ("sweep", RunState.DONE, {"sent": 1}),
    )
    for number, (what, state, outcome) in enumerate(night):
        run = add_sync(session, hours(number), JobState.DONE, what=what)
        run.state, run.counts = state, {"outcome": outcome}
    session.get_one(SyncOptions, 1).next_due_at = hours(48)
    session.commit()
    with at(hours(31)):
        post.look()

    assert post.emails[-1][1].splitlines()[:6] == [
        "12:00 AM EST Sync of everything: done, 1,200 done",
        "1:00 AM EST Sync of one record: done with problems, 3 blocked, 2 done",
        "2:00 AM EST Undo of an earlier sync: on hold, 1 not sent, 4 on hold",
        "3:00 AM EST Check of Schoology: done, no changes",
        "4:00 AM EST Data Prep: failed, no changes",
        "5:00 AM EST Comparison of courses: done, 1 sent, no answer yet",
    ]


def test_a_district_that_cannot_be_judged_does_not_silence_the_others(
    session: Session, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_credentials(session)
    add_installation(session, "c-0", id=7, name="Broken", time_zone="?")
    session.commit()
    real = health.conditions

    def judge(district: District) -> list[health.Condition]:
        if district.id == 7:
            raise ZeroDivisionError
        return real(district)

    monkeypatch.setattr(health, "conditions", judge)

    assert post.look() == ["Problem"]
