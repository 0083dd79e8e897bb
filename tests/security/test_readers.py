"""Who may look: people confirmed by Schoology or allowed by name, never whoever launches as Administrator."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine

from lti_app import clock
from lti_app.extensions import db
from lti_app.models import ActingUser, Reader
from lti_app.operations.prune import prune
from lti_app.sandbox.schoology.store import TEACHER
from lti_app.school.reason_codes import Code
from tests.factories import add_launch, add_reader
from tests.support.confirming import TOKEN, Confirming, confirming
from tests.support.launching import MEMBERSHIP, launching, sub_of

DOWN = {"route": "* /v1", "times": 1000, "fault": "500"}


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Confirming]:
    with confirming(tmp_path) as made:
        yield made


def test_a_teacher_launching_as_administrator_sees_nothing_but_whom_to_ask(
    there: Confirming,
) -> None:
    page = there.open_as("casey.handmade")

    assert page.status_code == 403
    assert "Ask Avery Admin" in page.text
    with there.launcher.app.app_context():
        add_launch(db.session(), "casey", there.uid_of("casey.handmade"), 1, confirmed=False)
        db.session.commit()
    for path in ("/admin/configuration", "/admin/users", "/admin/logs", "/admin/users/left/csv"):
        answer = there.press_with("casey", path)
        assert answer.status_code == 403 and "Ask Avery Admin" in answer.text, path


def test_the_acting_user_allows_by_name_and_takes_it_back(there: Confirming) -> None:
    there.open_as("casey.handmade")
    acting = there.open_as("avery.admin")
    assert "casey.handmade" in acting.text and "Can’t view" in acting.text
    casey = sub_of(there.uid_of("casey.handmade"))

    allowed = there.press(acting, "/admin/configuration/readers/allow", reader=casey)

    assert "casey.handmade can view everything here now" in allowed.text
    page = there.open_as("casey.handmade")
    assert page.status_code == 200 and "Read-only" in page.text
    by_reader = there.press(page, "/admin/configuration/readers/allow", reader=casey)
    assert by_reader.status_code == 403
    there.press(acting, "/admin/configuration/readers/stop", reader=casey)
    assert there.press(page, "/admin/users").status_code == 403
    assert there.open_as("casey.handmade").status_code == 403
    uid = there.uid_of("casey.handmade")
    assert there.audit(f"People who can view: Schoology user {uid}") == [
        (there.uid_of("avery.admin"), "allowed"),
        (there.uid_of("avery.admin"), ""),
    ]


def test_a_system_administrator_is_confirmed_once_a_day_and_not_for_longer(there: Confirming) -> None:
    with time_machine.travel(clock.now(), tick=False) as traveller:
        page = there.open_as("blair.backup")
        asked = dict(there.store.traffic.requests)
        assert page.status_code == 200
        assert there.press(page, "/admin/schools").status_code == 200
        assert there.open_as("blair.backup").status_code == 200
        assert there.store.traffic.requests == asked
        there.store.update_user(int(there.uid_of("blair.backup")), role_id=TEACHER)
        traveller.shift(timedelta(hours=25))

        assert there.open_as("blair.backup").status_code == 403


def test_a_confirmation_stands_a_week_while_schoology_cannot_be_asked(there: Confirming) -> None:
    there.launcher.app.extensions["wiring"].sleep = lambda _: None
    with time_machine.travel(clock.now(), tick=False) as traveller:
        there.open_as("blair.backup")
        there.faults.add([DOWN])
        traveller.shift(timedelta(days=6, hours=23))
        assert there.open_as("blair.backup").status_code == 200
        traveller.shift(timedelta(hours=2))
        refused = there.open_as("blair.backup")
        never = there.open_as("casey.handmade")

        assert refused.status_code == 503 and "Schoology didn’t respond" in refused.text
        assert never.status_code == 503


@pytest.mark.parametrize("loss", ["revoked", "demoted", "none"])
def test_without_an_acting_user_who_works_there_is_only_the_way_to_become_it(
    there: Confirming, loss: str
) -> None:
    with there.launcher.app.app_context():
        if loss == "none":
            db.session.query(ActingUser).delete()
        db.session.commit()
    if loss == "revoked":
        del there.store.tokens["t"]
    elif loss == "demoted":
        there.store.update_user(int(there.uid_of("avery.admin")), role_id=TEACHER)
    page = there.open_as("avery.admin")

    assert page.status_code == 200
    assert "Make me the Acting User" in page.text
    assert "Avery" not in page.text and "/admin/users" not in page.text
    for path in ("/admin/users", "/admin/configuration", "/admin/users/left/csv"):
        answer = there.press(page, path)
        assert answer.status_code == 403 and "Make me the Acting User" in answer.text, path
    window = there.press(page, "/acting-user/start")
    assert window.status_code == 303 and "/oauth/authorize" in window.location
    with there.launcher.app.app_context():
        found = db.session.query(ActingUser).first()
        code = {"revoked": Code.PERMISSION_VOID, "demoted": Code.ROLE_LOST}.get(loss)
        assert (found.problem.code if found else None) == code


def test_a_session_from_before_the_upgrade_is_confirmed_too(there: Confirming) -> None:
    with there.launcher.app.app_context():
        for name in ("blair.backup", "casey.handmade"):
            add_launch(db.session(), name, there.uid_of(name), 1, confirmed=False)
        db.session.commit()

    assert there.press_with("blair.backup", "/admin/schools").status_code == 200
    assert there.press_with("casey.handmade", "/admin/schools").status_code == 403


def test_who_looks_leaves_a_line_for_each_page_and_day_and_for_each_download(there: Confirming) -> None:
    with time_machine.travel(clock.now(), tick=False) as traveller:
        page = there.open_as("blair.backup")
        token = TOKEN.search(page.text)
        assert token
        for _ in range(2):
            there.press(page, "/admin/users")
            assert there.press(page, "/admin/users/left/csv").status_code == 200
        there.press(page, "/admin/logs")
        traveller.shift(timedelta(days=1))
        there.press(there.open_as("blair.backup"), "/admin/users")

    blair = there.uid_of("blair.backup")
    viewed = [path for uid, path in there.audit("Page viewed") if uid == blair]
    assert sorted(viewed) == ["/admin/logs", "/admin/users", "/admin/users", "/admin/users/left"]
    assert there.audit("File downloaded") == [(blair, "users-left.csv")] * 2
    lines = there.press(there.open_as("avery.admin"), "/admin/logs/settings", views="1")
    assert "users-left.csv" in lines.text


def test_a_custom_uid_that_contradicts_a_numeric_sub_is_refused(there: Confirming) -> None:
    avery, casey = there.uid_of("avery.admin"), there.uid_of("casey.handmade")

    page = there.launcher.as_admin(casey, confirmed=False, custom={"uid": avery})

    assert page.status_code == 401
    assert "two different people" in page.text
    assert there.launcher.sessions() == 0


def test_the_acting_user_is_who_launches_with_their_sub_whatever_uid_says(there: Confirming) -> None:
    avery = there.uid_of("avery.admin")
    page = there.launcher.as_admin(avery, confirmed=False, sub="somebody-else", custom={"uid": avery})
    assert page.status_code == 200

    saved = there.press(page, "/admin/configuration/time-zone", time_zone="America/Denver")

    assert saved.status_code == 403 and "Only the Acting User" in saved.text


def test_an_acting_user_from_before_is_bound_at_the_next_launch(there: Confirming) -> None:
    with there.launcher.app.app_context():
        db.session.query(ActingUser).one().subject = ""
        db.session.commit()

    assert "Read-only" not in there.open_as("avery.admin").text
    with there.launcher.app.app_context():
        assert db.session.query(ActingUser).one().subject == sub_of(there.uid_of("avery.admin"))


@pytest.mark.parametrize("claimed", [True, False])
def test_without_a_uid_there_is_no_admin_page(tmp_path: Path, claimed: bool) -> None:
    with launching(tmp_path, claimed=claimed) as launcher:
        page = launcher.as_admin("", sub="opaque", custom={}, roles=[f"{MEMBERSHIP}Administrator"])

        assert page.status_code == 403
        assert "didn’t say who you are" in page.text
        with launcher.app.app_context():
            assert db.session.query(Reader).filter(Reader.subject == "opaque").count() == 0


def test_readers_of_long_ago_are_forgotten_unless_allowed_by_name(there: Confirming) -> None:
    long_ago = clock.now() - timedelta(days=91)
    with there.launcher.app.app_context():
        for uid, allowed in (("501", None), ("502", long_ago)):
            add_reader(db.session(), uid, confirmed_at=long_ago, seen_at=long_ago, allowed_at=allowed)
        add_reader(db.session(), "503")
        db.session.commit()

        prune(db.session())

        assert {each.uid for each in db.session.query(Reader)} >= {"502", "503"}
        assert "501" not in {each.uid for each in db.session.query(Reader)}
