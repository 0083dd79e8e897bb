"""Keys with any characters go through *Why?*, one-record syncs, Data Prep and its file, and grades."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select

from lti_app.models import Job, JobState, Link
from lti_app.runs.words import sentence
from lti_app.sandbox.schoology.store import PARENT as PARENT_ROLE
from lti_app.school.reason_codes import Code
from lti_app.school.records import Kind
from lti_app.store.district import District
from lti_app.sync.data_prep.reading import reading
from tests.functional.web.admin.test_data_prep import written
from tests.support.admin_pages import Pages, launch_acting_user
from tests.support.toy.district import BOTH, CHILD, CLASS, NORTH, OTHER, PARENT, TERM
from tests.support.toy.world import ToyWorld, make_toy_world

COMMA = "urn:p/5,6"
COMMA_CLASS = "urn:cls/9,a"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[ToyWorld]:
    with make_toy_world(tmp_path, public_url="http://localhost") as made:
        yield made


def run_queued(pages: Pages) -> Job:
    """Carry out what the last press queued."""
    with pages.database() as session:
        queued = select(Job.id).where(Job.state == JobState.QUEUED).order_by(Job.id.desc())
        job_id = session.scalars(queued.limit(1)).one()
    pages.run_job(job_id)
    with pages.database() as session:
        return session.get_one(Job, job_id)


def with_commas(place: ToyWorld) -> None:
    """A student and a class whose keys no look-up of Schoology can carry."""
    toy = place.toy.records
    toy["people"].append({**next(each for each in toy["people"] if each["id"] == CHILD), "id": COMMA})
    toy["people"][-1] |= {"login": "comma", "mail": "comma@toy.example", "number": "no-comma"}
    toy["classes"].append({**next(each for each in toy["classes"] if each["id"] == CLASS), "id": COMMA_CLASS})


def test_every_record_is_found_explained_and_synced_alone(place: ToyWorld) -> None:
    with_commas(place)
    place.world.sync()
    pages = launch_acting_user(place.world.app)

    for kind in Kind:
        for key in place.links(kind):
            shown = pages.press("/admin/why/record", kind=str(kind), sis_id=key)
            assert "Nothing, because Schoology already matches the SIS." in shown, (kind, key)
    for key in (CHILD, BOTH, CLASS, OTHER, "crs:3|x", COMMA):
        assert key in pages.words("/admin/why", text=key)
    seat = next(each for each in place.links("enrollment").values() if each.person == BOTH)
    assert f"{BOTH} in section {CLASS}" in pages.words(
        "/admin/why/record", kind="enrollment", sis_id=seat.sis_id
    )

    place.world.store.traffic.reset()
    tie = next(iter(place.links("parent_link")))
    alone = (("user", CHILD), ("course", "crs:3|x"), ("section", OTHER), ("enrollment", seat.sis_id))
    for kind, key in (*alone, ("user", PARENT), ("parent_link", tie)):
        pages.press("/admin/why/sync", kind=kind, sis_id=key)
        job = run_queued(pages)
        assert job.state == JobState.DONE, (kind, key, sentence(job.message))
    assert place.world.store.traffic.writes == {}


def test_what_a_look_up_cannot_carry_is_blocked_with_its_reason(place: ToyWorld) -> None:
    with_commas(place)

    job = place.world.sync()

    blocked = {each.sis_id: each.reason.code for each in place.world.changes(job) if each.action == "block"}
    assert blocked[COMMA] == Code.COMMA_IN_UNIQUE_ID
    assert blocked[COMMA_CLASS] == Code.COMMA_IN_SECTION_CODE
    assert {COMMA, COMMA_CLASS}.isdisjoint({*place.links("user"), *place.links("section")})
    pages = launch_acting_user(place.world.app)
    for kind, key in (("user", COMMA), ("section", COMMA_CLASS)):
        assert "has a comma, which Schoology can’t search for" in pages.words(
            "/admin/why/record", kind=kind, sis_id=key
        )
        pages.press("/admin/why/sync", kind=kind, sis_id=key)
        assert run_queued(pages).state == JobState.DONE_WITH_PROBLEMS


def test_data_prep_pairs_by_table_and_by_file(place: ToyWorld) -> None:
    place.world.sync()
    before = {kind: {key: each.schoology_id for key, each in place.links(kind).items()} for kind in Kind}
    pages = launch_acting_user(place.world.app)
    with pages.database() as session:
        session.execute(delete(Link))
    place.world.store.traffic.reset()

    pages.press("/admin/data-prep/read")
    assert run_queued(pages).state == JobState.DONE
    for kind in ("user", "course", "section"):
        listed = pages.words("/admin/data-prep/list", kind=kind)
        assert all(key in listed for key in list(before[kind])[:5]), kind
        by_uid = {schoology_id: key for key, schoology_id in before[kind].items()}
        apply(pages, kind, {}, expected=("Remove a match", len(by_uid)))
        apply(pages, kind, by_uid, expected=("Create a match", len(by_uid)))
    pages.press("/admin/data-prep/confirm", confirm="yes")
    assert run_queued(pages).state == JobState.DONE

    assert place.world.store.traffic.writes == {}
    for kind in ("user", "course", "section", "enrollment"):
        after = {key: each.schoology_id for key, each in place.links(kind).items()}
        assert after == before[Kind(kind)], kind
    place.world.sync()
    assert place.links("parent_link").keys() == before[Kind.PARENT_LINK].keys()
    assert place.links("user").keys() == before[Kind.USER].keys()


def apply(pages: Pages, kind: str, by_uid: dict[str, str], *, expected: tuple[str, int]) -> None:
    """The file with these keys as Mapping IDs by Schoology id, checked and applied."""
    head, *lines = download(pages, kind)
    uid, mapping = head.index("Schoology ID"), head.index("Mapping ID")
    for line in lines:
        line[mapping] = by_uid.get(line[uid].removeprefix("'"), "")
    checked = upload(pages, kind, written([head, *lines]).encode("utf-8-sig"))
    assert "<dt>Rows with problems</dt><dd>0</dd>" in checked, checked
    assert f"<dt>{expected[0]}</dt><dd>{expected[1]}</dd>" in checked, checked
    pages.press("/admin/data-prep/apply", kind=kind)
    assert run_queued(pages).state == JobState.DONE


def download(pages: Pages, kind: str) -> list[list[str]]:
    text = pages.app.test_client().post(
        "/admin/data-prep/file",
        data={"launch": pages.token, "kind": kind},
        headers={"Origin": "http://localhost"},
    )
    return list(csv.reader(io.StringIO(text.get_data(as_text=True).removeprefix("\ufeff"))))


def upload(pages: Pages, kind: str, data: bytes) -> str:
    fields: dict[str, Any] = {"launch": pages.token, "kind": kind, "file": (io.BytesIO(data), "pairs.csv")}
    answer = pages.app.test_client().post(
        "/admin/data-prep/upload", data=fields, headers={"Origin": "http://localhost"}
    )
    return " ".join(answer.get_data(as_text=True).split())


def test_an_unproven_list_is_refused_by_each_reader(place: ToyWorld) -> None:
    place.world.sync()
    room = place.room(CLASS)
    room.grade(room.item("Quiz"), 0, 7)
    place.world.store.traffic.reset()
    place.toy.no_second_look = {"people", "ties", "courses", "classes", "seats"}
    place.toy.records["seats"] = [each for each in place.toy.records["seats"] if each["class"] != OTHER]
    links = {kind: place.links(kind).keys() for kind in Kind}

    jobs = [place.world.sync(), place.world.sync("one", only={"kind": "section", "sis_id": OTHER})]
    jobs.append(room.sync())

    assert [each.state for each in jobs if each.state in (JobState.DONE, JobState.DONE_WITH_PROBLEMS)] == []
    assert place.toy.works == {}
    assert {kind: place.links(kind).keys() for kind in Kind} == links
    assert place.world.store.traffic.writes == {}


@pytest.mark.parametrize("name", ["people", "seats"])
def test_data_prep_believes_no_unproven_list(place: ToyWorld, name: str) -> None:
    place.toy.no_second_look = {name}
    pages = launch_acting_user(place.world.app)

    pages.press("/admin/data-prep/read")

    assert run_queued(pages).state == JobState.QUEUED
    with pages.database() as session:
        assert reading(District(session, 1)) is None


def test_a_class_in_a_part_of_a_year_follows_the_year_that_is_mapped(place: ToyWorld) -> None:
    terms, classes = place.toy.records["terms"], place.toy.records["classes"]
    part = {"id": "sem:1|é", "name": "Fall", "from": "2026-08-24", "to": "2027-01-22", "year": 2027}
    terms.append({**part, "in": TERM, "schools": [NORTH]})
    for each in classes:
        each["term"] = part["id"] if each["school"] == NORTH else TERM
    pages = launch_acting_user(place.world.app)
    pages.press("/admin/terms/refresh")

    job = place.world.sync()

    assert job.state in (JobState.DONE, JobState.DONE_WITH_PROBLEMS), sentence(job.message)
    store, sections = place.world.store, place.links("section")
    assert sections.keys() == {each["id"] for each in classes}
    periods = {tuple(store.sections[int(each.schoology_id)].grading_periods) for each in sections.values()}
    assert len(periods) == 1 and periods != {()}
    assert place.links("course")["crs:1/Ω"].building == ""


def test_a_teacher_who_goes_on_as_a_parent_keeps_the_account(place: ToyWorld) -> None:
    place.world.sync()
    store, toy = place.world.store, place.toy.records
    before, people = place.links("user")[BOTH].schoology_id, len(store.users)
    ties = place.links("parent_link").keys()
    unique_id = store.users[int(before)].school_uid
    next(each for each in toy["people"] if each["id"] == BOTH)["is"] = ["parent"]

    job = place.world.sync()

    assert place.links("user")[BOTH].schoology_id == before and len(store.users) == people
    assert store.users[int(before)].role_id == PARENT_ROLE
    assert store.users[int(before)].school_uid == unique_id == place.links("user")[BOTH].natural_key
    assert place.links("parent_link").keys() == ties
    assert not [each for each in place.world.changes(job) if each.action == "create"]
