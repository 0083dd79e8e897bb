"""What a district knows again after its connection changed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from lti_app.models import Link, LinkState, Run, SisConnection
from lti_app.school.records import Kind
from lti_app.store.district import District
from lti_app.sync.review import sis_move
from lti_app.sync.review.sis_move import Findings, Recognized
from tests.factories import (
    NOON,
    OURS,
    add_job,
    add_link,
    add_run,
    add_scope,
    add_sis_connection,
    add_staged,
    open_database,
)


@pytest.fixture
def session() -> Session:
    made = open_database()
    add_sis_connection(made, move={"at": NOON.isoformat(), "before": {}, "paused": ""})
    return made


def plan(session: Session, **values: Any) -> Run:
    """A plan of everything that was read after the change."""
    given = {"state": "planned", "digest": "d", "started_at": NOON + timedelta(hours=1), **values}
    return add_run(session, add_job(session, plan_only=True), **given)


def link(session: Session, sis_id: str, code: str, name: str, kind: Kind = Kind.USER, **more: Any) -> None:
    values = {"role": "student", "number": code, "natural_key": code, "label": name, **more}
    add_link(session, kind, sis_id, **values)


def read(session: Session, run: Run, sis_id: str, code: str, name: str, kind: Kind = Kind.USER) -> None:
    add_staged(session, run, kind, sis_id, role="student", number=code, natural_key=code, label=name)


def found(session: Session) -> Findings:
    made = sis_move.findings(District(session, OURS))
    assert made is not None
    return made


def people(session: Session) -> Recognized:
    return next(each for each in found(session).kinds if each.kind == Kind.USER)


def test_each_linked_person_is_known_in_one_way(session: Session) -> None:
    run = plan(session)
    for sis_id, code, name in (
        ("student:1", "1", "Nguyen, Ada"),
        ("student:2", "2", "Ng, Ben"),
        ("student:3", "3", "Cole, Cy"),
        ("student:4", "4", "Diaz, Dee"),
        ("student:5", "5", "East, Eve"),
    ):
        link(session, sis_id, code, name)
    read(session, run, "student:1", "other", "nguyen,  ada")
    read(session, run, "student:2", "2", "Somebody, Else")
    read(session, run, "guid-3", "3", "Cole, Cyrus")
    read(session, run, "guid-4", "40", "Diaz, Dee")
    read(session, run, "guid-6", "6", "Fox, Fay")

    known = people(session)

    assert (known.by_key, known.by_name, known.fresh, known.linked) == (1, 1, 2, 5)
    assert known.by_code == {"student:3": "guid-3"}
    assert [each.sis_id for each in known.renamed] == ["student:2"]
    assert known.unknown == ("student:4", "student:5")
    assert found(session).open == 3


def test_a_number_that_two_have_says_nothing(session: Session) -> None:
    run = plan(session)
    link(session, "student:1", "7", "Ada")
    link(session, "staff:1", "7", "Bea")
    read(session, run, "guid-1", "7", "Cy")
    link(session, "student:2", "8", "Dee")
    read(session, run, "guid-2", "8", "Eve")
    read(session, run, "guid-3", "8", "Fay")
    link(session, "student:3", "", "Gil")
    read(session, run, "guid-4", "", "Hal")

    assert people(session).by_code == {}


def test_people_are_known_by_number_whatever_their_unique_id_is(session: Session) -> None:
    run = plan(session)
    add_link(session, Kind.USER, "student:1", role="student", number="7", natural_key="7", label="Ada")
    add_link(session, Kind.USER, "staff:1", role="staff", number="7", natural_key="T7", label="Bea")
    for sis_id, role, name in (("guid-1", "student", "Ada L"), ("guid-2", "staff", "Bea M")):
        add_staged(session, run, Kind.USER, sis_id, role=role, number="7", natural_key=sis_id, label=name)

    assert people(session).by_code == {"student:1": "guid-1", "staff:1": "guid-2"}


def test_links_that_are_over_are_not_counted(session: Session) -> None:
    plan(session)
    link(session, "student:1", "1", "Ada", state=LinkState.RELEASED)

    assert people(session).linked == 0


def test_what_is_known_by_code_goes_on_under_its_new_key(session: Session) -> None:
    run = plan(session)
    link(session, "student:1", "1", "Ada")
    add_link(session, Kind.ENROLLMENT, "s1:student:1", parent="s1", person="student:1")
    read(session, run, "guid-1", "1", "Ada")

    assert sis_move.keep_known(District(session, OURS), found(session)) == 1

    session.expire_all()
    kept = session.get(Link, (OURS, "user", "guid-1"))
    assert kept is not None and kept.schoology_id == "s-student:1"
    assert session.get(Link, (OURS, "enrollment", "s1:guid-1")) is not None
    assert people(session).by_key == 1


def test_what_is_set_free_loses_its_link_and_what_hangs_on_it(session: Session) -> None:
    run = plan(session)
    link(session, "student:1", "1", "Ada")
    link(session, "student:2", "2", "Ben")
    link(session, "student:3", "3", "Cy")
    add_link(session, Kind.ENROLLMENT, "s1:student:2", parent="s1", person="student:2")
    read(session, run, "student:1", "1", "Ada")
    read(session, run, "student:3", "3", "Somebody Else")

    assert sis_move.set_free(District(session, OURS), found(session)) == 2

    assert {each.sis_id for each in session.query(Link)} == {"student:1"}


@pytest.mark.parametrize("complete", [True, False])
def test_a_read_is_complete_when_every_list_is(session: Session, complete: bool) -> None:
    run = plan(session)
    add_scope(session, run, "user", "1", complete=True)
    add_scope(session, run, "section", "1", complete=complete)

    assert found(session).complete is complete


def test_only_a_read_since_the_change_counts(session: Session) -> None:
    plan(session, started_at=NOON - timedelta(hours=1))
    district = District(session, OURS)
    assert sis_move.findings(district) is None

    plan(session)
    assert sis_move.findings(district) is not None

    session.get_one(SisConnection, OURS).move = {}
    assert sis_move.findings(district) is None
