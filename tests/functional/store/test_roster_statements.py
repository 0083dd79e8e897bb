"""The statements that judge rosters say the same on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from lti_app.models import ChangeState, LinkState, Run, RunState
from lti_app.runs import history
from lti_app.runs.words import sentence
from lti_app.school.records import GuardianLink, Kind, PersonGroup, PersonRole
from lti_app.sis.eschoolplus import codecs
from lti_app.store import links
from lti_app.store.access_review import ReviewTopic
from lti_app.store.audit import THE_APP
from lti_app.store.district import District
from lti_app.sync.plan import new_ids
from lti_app.sync.result_words import result_words
from lti_app.sync.review import access
from tests.fakes import Rows
from tests.support.engines import memory_engine
from tests.support.records import link, number_of, renumbered, student
from tests.unit.conftest import Engine, add_district
from tests.unit.sync.test_rows import ENROLLMENT, EVERYBODY, add, in_classes, make


@pytest.fixture
def school(database_url: str) -> Iterator[Engine]:
    """The classes of test_rows on each of the two databases, after their first sync."""
    url = database_url.replace("postgresql://", "postgresql+psycopg://")
    database = memory_engine() if url.startswith("sqlite") else create_engine(url)
    with Session(database, expire_on_commit=False) as session:
        add_district(session)
        made = Engine(session)
        make(made)
        yield made
    database.dispose()


def night(school: Engine) -> Run:
    school.today += timedelta(1)
    return school.run()


def blocked(school: Engine, run: Run) -> set[str]:
    return {each.sis_id for each in school.changes(run) if each.state == ChangeState.BLOCKED}


def parent(number: str) -> Any:
    """A parent with a login of their own."""
    role = {"group": PersonGroup.CONTACT, "role": PersonRole.GUARDIAN, "last_name": f"Parent{number}"}
    return student(number=number, login=f"p{number}", email=f"p{number}@home.example", **role)


def test_rows_numbers_and_persons_are_judged_alike(school: Engine) -> None:
    seats = school.sis.rows[Rows.SEATS]
    seats[:] = [each for each in seats if number_of(each) not in ("01001", "01003")]
    add(school, codecs.enrollment, {**ENROLLMENT, "STUDENT_ID": "1001"})
    school.sis.rows[Rows.STUDENTS].append(student(number="77", login="s77", email="s77@d.example"))
    run = night(school)
    assert in_classes(school) == EVERYBODY - {"1002:01003"}
    assert "student:77" in blocked(school, run) and "staff:77" not in blocked(school, run)
    assert history.collisions(District(school.session, 1), run.id).total == 1

    seats.pop()
    people = school.sis.rows[Rows.STUDENTS]
    people.pop()
    old = people.pop(1)
    people.append(renumbered(old, "91002", login="other", email="other@d.example"))
    seats[:] = [
        replace(each, person="student:91002") if number_of(each) == "01002" else each for each in seats
    ]
    run = night(school)
    assert [each["brake"] for each in run.counts["trips"]] == ["same_person"]
    assert new_ids.relink(school.session, run) == 1
    school.session.commit()
    assert night(school).state == RunState.DONE
    assert school.lines(night(school)) == []


def test_parents_are_removed_listed_and_ended_alike(school: Engine) -> None:
    school.options(with_guardians=True, guardian_types=["G"])
    one, two = parent("5"), parent("6")
    children: list[GuardianLink] = [link(one, "01001"), link(one, "01002"), link(two, "01002")]
    guardians = school.sis.rows[Rows.GUARDIANS]
    guardians[:] = [one, two, *children]
    night(school)
    school.sis.rows[Rows.STUDENTS] = [
        each for each in school.sis.rows[Rows.STUDENTS] if each.sis_id != "01004"
    ]
    seats = school.sis.rows[Rows.SEATS]
    seats[:] = [each for each in seats if number_of(each) != "01004"]
    guardians.remove(children[1])
    run = night(school)
    assert "2 records left the SIS" in sentence(result_words(run)[1])
    district = District(school.session, 1)
    (gone,) = links.leaving.removed_parents(district, ReviewTopic.PARENT, 1).rows
    (left,) = links.leaving.people_who_left(district, ReviewTopic.PERSON, 1).rows
    assert (gone.person, left.sis_id, access.lost(district)) == ("student:01002", "student:01004", 2)

    access.decide(district, "parent", "parent_link", gone.sis_id, choice="ended", who=THE_APP)
    assert access.decide_all_people(district, "by_hand", THE_APP) == 1
    school.session.commit()
    assert access.lost(district) == 0
    run = night(school)
    assert school.lines(run) == [("parent_link", "drop", gone.sis_id, "done")]
    assert school.lines(night(school)) == []

    school.options(ends_parent_links=True)
    night(school)
    guardians.remove(children[2])
    assert sorted(each[1] for each in school.lines(night(school))) == ["drop", "release"]
    assert school.links()["contact:5>student:01001"][0] == LinkState.OWNED
    many = [parent(f"7{number}") for number in range(6)]
    guardians += [*many, *(link(each, "01001") for each in many)]
    assert "too_many_parents" in {each["brake"] for each in night(school).counts["trips"]}
    assert len(school.schoology.objects[Kind.PARENT_LINK]) == 1


def test_marks_of_birth_dates_are_kept_alike(school: Engine) -> None:
    students = school.sis.rows[Rows.STUDENTS]
    students[0] = replace(students[0], birth_date=date(2011, 3, 4))
    assert school.lines(night(school)) == []
    run = night(school)
    marks = links.todays.birth_marks(school.session, run, ["student:01001", "student:01002"])
    assert list(marks) == ["student:01001"]
    students[0] = replace(students[0], birth_date=None)
    assert school.lines(night(school)) == []
    assert links.todays.birth_marks(school.session, run, ["student:01001"]) == marks
