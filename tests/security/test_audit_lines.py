"""The audit holds ids: names are looked up, and who edits the table can't edit the process log."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from lti_app.models import Audit, Link
from lti_app.store import audit
from lti_app.store.district import District
from tests.factories import add_link
from tests.support.admin_pages import ACTING_UID, Pages, open_pages


@pytest.fixture
def pages(tmp_path: Path) -> Pages:
    return open_pages(tmp_path)


def lines_of(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.getMessage() for each in caplog.records if each.name == "lti_app.store.audit"]


def test_a_line_holds_ids_and_shows_the_names_of_today(pages: Pages) -> None:
    who = audit.Nobody("Ada Byron", ACTING_UID)
    with pages.database() as session:
        add_link(session, "user", "student:1", 1, label="Lovelace, Annabella", schoology_id="77")
        district = District(session, 1)
        audit.record(district, who, "Access to review", new="kept", about=("user", "student:1"))
        audit.record(district, who, "Acting User", old=audit.account("77"), new=audit.account("78"))
        session.commit()
        rows = session.scalars(select(Audit)).all()
        assert not [each for each in rows if "Ada" in str(vars(each)) or "Lovelace" in str(vars(each))]

    shown = pages.words("/admin/logs/settings")
    assert "Access to review: Lovelace, Annabella (student 1)" in shown
    assert "Lovelace, Annabella (Schoology user 77)" in shown and "Schoology user 78" in shown
    assert "Person 900" in shown

    with pages.database() as session:
        session.execute(delete(Link))
        session.commit()
    shown = pages.words("/admin/logs/settings")
    assert "Access to review: student 1" in shown and "Lovelace" not in shown


def test_each_line_goes_to_the_process_log_once_it_is_committed(
    pages: Pages, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="lti_app")
    who = audit.Nobody("Ada Byron", ACTING_UID)
    with pages.database() as session:
        district = District(session, 1)
        audit.record(district, who, "Course {}: grades sent", new="Essay of Ada", named="Algebra with Ada")
        session.rollback()
        assert lines_of(caplog) == []
        audit.record(district, who, "Course {}: grades sent", new="Essay of Ada", named="Algebra with Ada")
        with session.begin_nested():
            audit.record(district, audit.THE_HOST, "Allowed host {}", new="allowed", named="sis.example.org")
        assert lines_of(caplog) == []
        session.commit()
        first, second = session.scalars(select(Audit).order_by(Audit.id)).all()
        said = [audit.digest(first), audit.digest(second)]

    assert lines_of(caplog) == [
        f"audit line={first.id} installation=1 by=900 what=Course:-grades-sent digest={said[0]}",
        f"audit line={second.id} installation=1 by=command-line what=Allowed-host digest={said[1]}",
    ]
    assert first.what == "Course Algebra with Ada: grades sent"
    assert not re.search("Ada|Essay|sis.example", caplog.text)

    with pages.database() as session:
        session.execute(update(Audit).where(Audit.id == first.id).values(new="nothing"))
        session.commit()
        assert audit.digest(session.get_one(Audit, first.id)) != said[0]


def test_a_savepoint_that_is_undone_leaves_no_line_in_the_log(
    pages: Pages, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="lti_app")
    with pages.database() as session:
        audit.record(District(session, 1), audit.THE_HOST, "Kept", new="1")
        savepoint = session.begin_nested()
        audit.record(District(session, 1), audit.THE_HOST, "Undone", new="1")
        savepoint.rollback()
        session.commit()

    assert [re.sub(r".* what=(\S+) .*", r"\1", each) for each in lines_of(caplog)] == ["Kept"]
