"""A roster that no one here made up: what the bundle says by itself is what Schoology ends up with.

The expectation is derived from the CSV files alone, and Schoology is read through its public API alone.
"""

from __future__ import annotations

import csv
import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from requests_oauthlib import OAuth1Session

from lti_app.extensions import db
from lti_app.models import Change, ChangeState, Job, JobState
from lti_app.runs.words import sentence
from lti_app.sandbox.oneroster.load import load_oneroster
from tests.support.world import DAY, World, make_synced

HERE = Path(__file__).resolve().parents[3]
FOLDERS = [
    Path(os.environ.get("ONEROSTER_FOLDER", HERE / "nowhere")),
    HERE.parent / "shared" / "data" / "oneroster" / "medium",
]
FOLDER = next((each for each in FOLDERS if (each / "users.csv").exists()), None)
pytestmark = pytest.mark.skipif(
    FOLDER is None, reason="no OneRoster bundle was found: name one in ONEROSTER_FOLDER"
)
USERNAME = re.compile(r"[A-Za-z0-9._~-]+")


class Bundle:
    """The bundle in the words of its own files."""

    def __init__(self, folder: Path) -> None:
        self.orgs = {row["sourcedId"]: row for row in rows(folder, "orgs")}
        self.users = {row["sourcedId"]: row for row in rows(folder, "users")}
        self.courses = {row["sourcedId"]: row for row in rows(folder, "courses")}
        self.classes = {
            row["sourcedId"]: {**row, "number": str(number)}
            for number, row in enumerate(rows(folder, "classes"), start=1)
        }
        self.enrollments = rows(folder, "enrollments")

    def school_of(self, org: str) -> str:
        """The identifier of a school, or empty text for the district."""
        row = self.orgs[org]
        return row["identifier"] if row["type"] == "school" else ""

    def people(self) -> dict[str, tuple[str, str, str]]:
        """identifier → first name, last name, school, of everybody who can have an account."""
        found = {}
        for row in self.users.values():
            school = self.school_of(row["orgSourcedIds"].split(",")[0])
            if school and row["enabledUser"] == "true" and not self.unusable(row):
                found[row["identifier"]] = (row["givenName"], row["familyName"], school)
        return found

    def unusable(self, row: dict[str, str]) -> str:
        """Why someone cannot have an account, in a word."""
        if not USERNAME.fullmatch(row["username"]):
            return "username"
        return "" if row["givenName"] and row["familyName"] else "name"

    def taught(self) -> dict[str, str]:
        """building-code → title of every course that a class uses."""
        found = {}
        for row in self.classes.values():
            course = self.courses[row["courseSourcedId"]]
            school = self.school_of(row["schoolSourcedId"])
            found[f"{school}-{course['courseCode'][:10]}"] = course["title"]
        return found

    def seats(self, day: date) -> set[tuple[str, str, int]]:
        """section, identifier, 1 for teachers: everybody who belongs to a class on a day."""
        able = self.people()
        found = set()
        for row in self.enrollments:
            person = self.users[row["userSourcedId"]]["identifier"]
            inside = row["beginDate"] <= day.isoformat() <= row["endDate"]
            if inside and person in able:
                section = self.classes[row["classSourcedId"]]["number"]
                found.add((section, person, int(row["role"] == "teacher")))
        return found


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(newline="", encoding="utf-8-sig") as file:
        return [row for row in csv.DictReader(file) if row["status"] != "tobedeleted"]


class PublicApi:
    """Schoology as any client with a key sees it."""

    def __init__(self, url: str) -> None:
        self.base = f"{url}/v1"
        self.session = OAuth1Session("test-key", "test-secret", realm="Schoology API")
        self.session.headers["Accept"] = "application/json"

    def all(self, path: str, key: str) -> Iterator[dict[str, Any]]:
        joint = "&" if "?" in path else "?"
        url: str | None = f"{self.base}/{path}{joint}limit=200"
        while url:
            page = self.session.get(url).json()
            yield from page.get(key) or []
            url = (page.get("links") or {}).get("next")

    def people(self) -> dict[str, tuple[str, str, str]]:
        codes = {
            str(row["id"]): row["building_code"]
            for school in self.session.get(f"{self.base}/schools").json()["school"]
            for row in self.session.get(f"{self.base}/schools/{school['id']}/buildings").json()["building"]
        }
        return {
            row["school_uid"]: (row["name_first"], row["name_last"], codes[str(row["building_id"])])
            for row in self.all("users", "user")
            if row["school_uid"]
        }

    def courses(self) -> dict[str, str]:
        found = {row["course_code"]: row["title"] for row in self.all("courses", "course")}
        del found["LOUNGE"]
        return found

    def by_code(self, codes: list[str]) -> Iterator[dict[str, Any]]:
        for start in range(0, len(codes), 50):
            yield from self.all(
                f"sections?section_school_codes={','.join(codes[start : start + 50])}", "section"
            )

    def sections(self, codes: list[str]) -> set[str]:
        return {row["section_school_code"] for row in self.by_code(codes)}

    def seats(self, codes: list[str]) -> set[tuple[str, str, int]]:
        return {
            (section["section_school_code"], row["school_uid"], int(row["admin"]))
            for section in self.by_code(codes)
            for row in self.all(f"sections/{section['id']}/enrollments", "enrollment")
        }


def of_the_bundle() -> Any:
    assert FOLDER is not None
    return load_oneroster(FOLDER, DAY.date())


@pytest.fixture
def medium(tmp_path: Path) -> Iterator[World]:
    """The bundle's district after its first sync."""
    with make_synced(tmp_path, of=of_the_bundle) as made:
        yield made


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    assert FOLDER is not None
    return Bundle(FOLDER)


def test_the_bundle_is_provisioned_completely(medium: World, bundle: Bundle) -> None:
    with medium.app.app_context():
        job = db.session.query(Job).one()
    api = PublicApi(medium.schoology.url)
    sections = [row["number"] for row in bundle.classes.values()]

    assert job.state in (JobState.DONE, JobState.DONE_WITH_PROBLEMS)
    assert api.people() == bundle.people()
    assert api.courses() == bundle.taught()
    assert set(sections) == {
        row["section_school_code"]
        for start in range(0, len(sections), 50)
        for row in api.all(
            f"sections?section_school_codes={','.join(sections[start : start + 50])}", "section"
        )
    }
    assert api.seats(sections) == bundle.seats(DAY.date())


def test_every_blocked_row_is_one_that_the_bundle_itself_makes_unusable(
    medium: World, bundle: Bundle
) -> None:
    job = medium.sync(plan_only=True)
    blocked = {
        line.sis_id.partition(":")[2]: sentence(line.reason)
        for line in medium.changes(job)
        if line.state == ChangeState.BLOCKED and line.kind == "user"
    }
    unusable = {row["identifier"]: word for row in bundle.users.values() if (word := bundle.unusable(row))}

    assert set(blocked) == set(unusable)
    assert all(unusable[key] in reason for key, reason in blocked.items())


def test_a_second_run_writes_nothing(medium: World) -> None:
    medium.store.traffic.reset()

    job = medium.sync()

    assert medium.store.traffic.writes == {}
    assert [line for line in medium.changes(job) if line.state != ChangeState.BLOCKED] == []


def test_tomorrow_brings_exactly_its_changes(medium: World) -> None:
    call = Request(f"{medium.sis.url}/sandbox/tomorrow", data=b'{"seed": 5}', method="POST")
    call.add_header("Content-Type", "application/json")
    with urlopen(call) as reply:
        day = json.load(reply)
    medium.store.traffic.reset()

    job = medium.sync()
    lines = medium.changes(job)

    assert ids(lines, "user", "create") == {f"student:{each}" for each in day["new_students"]}
    moved = [each["student_id"] for each in day["transferred_students"]]
    changed = {*day["changed_names"], *day["changed_emails"], *moved}
    assert ids(lines, "user", "update") == {f"student:{each}" for each in changed}
    assert ids(lines, "user", "release") == {f"student:{each}" for each in day["left_students"]}
    assert ids(lines, "section", "release") == {str(each) for each in day["closed_sections"]}
    swaps = day["teacher_changes"]
    assert len(ids(lines, "enrollment", "drop")) == len(day["enrollments_dropped"]) + len(swaps)
    assert students(lines, "drop") == seats(day["enrollments_dropped"])
    assert students(lines, "create") == seats(day["enrollments_added"])
    assert {line.state for line in lines} <= {ChangeState.DONE, ChangeState.BLOCKED}
    writes = Counter(line.kind for line in lines if line.action in ("create", "update", "drop"))
    assert medium.store.traffic.writes == dict(writes)


def ids(lines: list[Change], kind: str, action: str) -> set[str]:
    return {line.sis_id for line in lines if (line.kind, line.action) == (kind, action)}


def students(lines: list[Change], action: str) -> set[str]:
    return {each for each in ids(lines, "enrollment", action) if ":student:" in each}


def seats(named: list[str]) -> set[str]:
    return {each.replace("|", ":student:") for each in named}
