"""Which records that come are those that leave: by name and code, and people also by their account."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from lti_app.models import Run
from lti_app.school.records import Kind
from lti_app.sync.plan import new_ids
from tests import factories


@pytest.fixture
def session() -> Iterator[Session]:
    with factories.open_database() as session:
        yield session


@pytest.fixture
def run(session: Session) -> Run:
    return factories.add_run(session, factories.add_job(session), state="held")


def line(
    session: Session, run: Run, action: str, sis_id: str, kind: Kind = Kind.COURSE, **payload: str
) -> None:
    told = json.dumps(payload)
    factories.add_change(
        session,
        run,
        session.query(Run).count() + len(session.query(factories.Change).all()),
        kind=kind,
        action=action,
        sis_id=sis_id,
        building="1",
        label=payload.get("title", "Okafor, Mei"),
        state="held",
        **({"before": told} if action == "release" else {"after": told}),
    )


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("ALG1", "NHS-ALG1", True),
        ("ALG-1", "alg1", True),
        ("0123", "123", True),
        ("ALG1", "GEO2", False),
        ("A1", "BA12", False),
    ],
)
def test_courses_are_the_same_by_title_and_code(
    session: Session, run: Run, old: str, new: str, same: bool
) -> None:
    line(session, run, "release", f"1|{old}", title="Algebra I", code=f"1-{old}", department="Mathematics")
    line(session, run, "create", f"1|{new}", title="Algebra I", code=f"1-{new}", department="Mathematics")

    assert new_ids.pairs(session, run, Kind.COURSE, "1") == ({f"1|{old}": f"1|{new}"} if same else {})


def test_courses_of_one_title_in_two_departments_are_two(session: Session, run: Run) -> None:
    line(session, run, "release", "1|SEM1", title="Seminar", department="English")
    line(session, run, "create", "1|SEM10", title="Seminar", department="Arts")

    assert new_ids.pairs(session, run, Kind.COURSE, "1") == {}


def test_two_of_one_name_are_told_by_nothing(session: Session, run: Run) -> None:
    line(session, run, "release", "1|ALG1", title="Algebra I")
    for key in ("1|ALG1X", "1|ALG1Y"):
        line(session, run, "create", key, title="Algebra I")

    assert new_ids.pairs(session, run, Kind.COURSE, "1") == {}


@pytest.mark.parametrize(
    ("there", "same"),
    [
        ({"username": "MEI", "email": ""}, True),
        ({"username": "", "email": "mei@d.example"}, True),
        ({"username": "mei2", "email": "other@d.example"}, False),
        ({"username": "", "email": ""}, False),
    ],
)
def test_a_person_has_the_account_already_by_name_and_username_or_address(
    session: Session, run: Run, there: dict[str, str], same: bool
) -> None:
    line(session, run, "release", "student:1", Kind.USER, username="mei", email="mei@d.example")
    line(session, run, "create", "student:91", Kind.USER, **there)

    assert new_ids.accounts(session, run) == ({"student:1": "student:91"} if same else {})


def test_an_account_that_two_would_get_belongs_to_neither(session: Session, run: Run) -> None:
    line(session, run, "release", "student:1", Kind.USER, username="mei", email="")
    for key in ("student:91", "student:92"):
        line(session, run, "create", key, Kind.USER, username="mei", email="")

    assert new_ids.accounts(session, run) == {}
