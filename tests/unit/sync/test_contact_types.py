"""A contact is a parent only of the children for which their contact type says so."""

from __future__ import annotations

from datetime import timedelta

import pytest

from lti_app.models import RunState
from lti_app.school.records import Kind, PersonGroup
from lti_app.sis.eschoolplus import codecs, decoding
from lti_app.store import links
from lti_app.store.access_review import ReviewTopic
from lti_app.store.district import District
from tests.fakes import Rows
from tests.support.records import link, student
from tests.unit.conftest import Engine

PARENT = student("9", PersonGroup.CONTACT, login="p9", email="", last_name="Parent9")


def contacts(engine: Engine, *kinds: tuple[str, str]) -> None:
    """One contact, who is this to these students."""
    engine.sis.rows[Rows.GUARDIANS] = [PARENT, *(link(PARENT, number, kind) for number, kind in kinds)]


@pytest.fixture
def family(engine: Engine) -> Engine:
    """Three students; the contact is a guardian of the first and an emergency contact of the second."""
    engine.options(with_guardians=True, guardian_types=("G",))
    engine.sis.rows[Rows.STUDENTS] = [
        student(f"00{n}", login=f"s{n}", email="", last_name=f"Name{n}") for n in (1, 2, 3)
    ]
    contacts(engine, ("001", "G"), ("002", "E"))
    return engine


def joined(engine: Engine) -> dict[str, str]:
    """Student → state of the link of the contact."""
    found = {key: state for key, (state, _) in engine.links().items() if ">" in key}
    return {key.rpartition(":")[2]: state for key, state in found.items()}


def night(engine: Engine) -> None:
    engine.today += timedelta(1)
    assert engine.run("users").state == RunState.DONE


def test_an_account_is_made_for_one_child_and_linked_to_that_child_only(family: Engine) -> None:
    night(family)

    assert joined(family) == {"001": "owned"}
    assert len(family.schoology.objects[Kind.USER]) == 4
    sent = len(family.schoology.calls)
    night(family)
    assert len(family.schoology.calls) == sent


def test_a_type_that_changes_for_one_child_changes_that_link_only(family: Engine) -> None:
    """Guardian of the second now, and only an emergency contact of the first: that link waits for review."""
    night(family)
    contacts(family, ("001", "E"), ("002", "G"))

    night(family)

    assert joined(family) == {"001": "released", "002": "owned"}
    removed = links.leaving.removed_parents(District(family.session, 1), ReviewTopic.PARENT, 1)
    assert [each.person for each in removed.rows] == ["student:001"]
    family.session.expunge_all()
    family.options(guardian_types=("G", "E"))
    night(family)
    assert joined(family) == {"001": "owned", "002": "owned"}


def test_a_type_that_changes_ends_that_link_where_links_end_so(
    family: Engine,
) -> None:
    family.options(ends_parent_links=True)
    contacts(family, ("001", "G"), ("002", "G"), ("003", "E"))
    night(family)

    contacts(family, ("001", "G"), ("002", "E"), ("003", "E"))
    night(family)

    assert joined(family) == {"001": "owned"}
    assert len(family.schoology.objects[Kind.PARENT_LINK]) == 1


@pytest.mark.parametrize("order", [("G", "E"), ("E", "G")])
def test_two_types_for_one_child_are_one_link(family: Engine, order: tuple[str, str]) -> None:
    contacts(family, *(("001", kind) for kind in order))
    night(family)
    assert joined(family) == {"001": "owned"}


def test_whoever_is_no_parent_of_any_child_gets_no_account(family: Engine) -> None:
    contacts(family, ("001", "E"), ("002", "E"))
    night(family)
    assert joined(family) == {} and len(family.schoology.objects[Kind.USER]) == 3


def test_a_contact_with_a_row_for_each_child_is_one_account(
    family: Engine,
) -> None:
    base = {"CONTACT_ID": 9, "FIRST_NAME": "Mei", "LAST_NAME": "Parent9", "LOGIN_ID": "p9"}
    rows = [
        {**base, "STUDENTS": [{"STUDENT_ID": number, "CONTACT_TYPE": kind, "BUILDING": school}]}
        for number, kind, school in (("001", "G", "1"), ("002", "E", "1"), ("003", "G", "2"))
    ]
    family.sis.rows[Rows.GUARDIANS] = [each for row in rows for each in decoding.decode(codecs.contact, row)]

    night(family)

    assert joined(family) == {"001": "owned", "003": "owned"}
    assert [key for key in family.schoology.objects[Kind.USER] if key.startswith("P")] == ["P9"]
