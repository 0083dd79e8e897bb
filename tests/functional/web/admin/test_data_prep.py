"""Data Prep over both sandboxes: no wrong pair, no one twice, nothing sent, and decisions that hold."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from lti_app.models import BuildingRow, Job, JobState, Link, PrepPair, PrepRow, SyncOptions
from lti_app.runs.words import sentence
from lti_app.sandbox.district.make import make_district
from lti_app.sandbox.schoology.used_before import Truth, make_mess
from lti_app.school.prep import SINGLE
from lti_app.web.admin.data_prep import words
from tests.support.admin_pages import Pages, launch_acting_user
from tests.support.used_before import corrected, duplicates, scores
from tests.support.world import DAY, World, make_world

STUDENTS = 240
LAST = {"user": "person", "course": "course", "section": "section"}


@dataclass
class Scene:
    world: World
    pages: Pages
    truth: Truth
    before: dict[str, set[int]]

    def run(self) -> Job:
        """Carry out what the last press queued."""
        with self.pages.database() as session:
            job_id = session.scalars(select(Job.id).where(Job.state == JobState.QUEUED)).one()
        self.pages.run_job(job_id)
        with self.pages.database() as session:
            return session.get_one(Job, job_id)

    def read(self) -> Job:
        self.pages.press("/admin/data-prep/read")
        return self.run()

    def confirm(self) -> Job:
        self.pages.press("/admin/data-prep/confirm", confirm="yes")
        return self.run()

    def download(self, kind: str) -> str:
        answer = self.pages.app.test_client().post(
            "/admin/data-prep/file",
            data={"launch": self.pages.token, "kind": kind},
            headers={"Origin": "http://localhost"},
        )
        assert answer.mimetype == "text/csv"
        return answer.get_data(as_text=True)

    def upload(self, kind: str, data: bytes) -> str:
        answer = self.pages.app.test_client().post(
            "/admin/data-prep/upload",
            data={"launch": self.pages.token, "kind": kind, "file": (io.BytesIO(data), "pairs.csv")},
            headers={"Origin": "http://localhost"},
        )
        assert answer.status_code == 200
        return " ".join(answer.get_data(as_text=True).split())

    def correct_all(self) -> None:
        """Every table through the spreadsheet, as someone would who knows everybody."""
        known = {"user": self.truth.people, "course": self.truth.courses, "section": self.truth.sections}
        for kind, true in known.items():
            lines = corrected(self.download(kind), true, self.truth.seconds)
            self.upload(kind, written(lines).encode())
            self.pages.press("/admin/data-prep/apply", kind=kind)
            self.run()

    def decide_the_rest(self) -> None:
        """Records that still wait are no one in Schoology."""
        for kind in LAST:
            with self.pages.database() as session:
                waiting = session.scalars(
                    select(PrepRow.ident).where(
                        PrepRow.kind == kind,
                        PrepRow.side == "sis",
                        PrepRow.status.in_(("ambiguous", "conflict")),
                    )
                ).all()
            for sis_id in waiting:
                self.pages.press("/admin/data-prep/new", kind=kind, sis_id=sis_id)


def written(lines: list[list[str]], separator: str = ",", end: str = "\r\n") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=separator, lineterminator=end).writerows(lines)
    return out.getvalue()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """One district, read once; tests that change it make their own."""
    with open_scene(tmp_path_factory.mktemp("prep")) as made:
        made.read()
        yield made


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with open_scene(tmp_path, students=100) as made:
        yield made


class open_scene:  # noqa: N801 - used as a function
    def __init__(self, folder: Path, students: int = STUDENTS) -> None:
        district = make_district(students, 7, as_of=DAY.date())
        self._world = make_world(folder, district=district, public_url="http://localhost")

    def __enter__(self) -> Scene:
        world = self._world.__enter__()
        truth = make_mess(world.store, world.district)
        store = world.store
        before = {"people": set(store.users), "courses": set(store.courses), "sections": set(store.sections)}
        return Scene(world, launch_acting_user(world.app), truth, before)

    def __exit__(self, *error: Any) -> None:
        self._world.__exit__(*error)


def test_reading_and_matching_writes_nothing_and_pairs_no_one_wrongly(shared: Scene) -> None:
    assert shared.world.store.traffic.writes == {}
    with shared.pages.database() as session:
        found = scores(session, shared.truth)
    for kind, score in found.items():
        assert score.wrong == 0, score.lines(kind)
        assert score.recall >= 0.95, score.lines(kind)


def test_a_sync_makes_no_one_of_whom_data_prep_has_found_something(shared: Scene) -> None:
    job = shared.world.sync("all", plan_only=True)
    with shared.pages.database() as session:
        waiting = set(
            session.scalars(
                select(PrepRow.ident).where(
                    PrepRow.side == "sis", PrepRow.status.in_(("paired", "ambiguous", "conflict"))
                )
            )
        )
    made = {each.sis_id for each in shared.world.changes(job) if each.action == "create"}
    assert waiting
    assert made.isdisjoint(waiting)


def test_accounts_of_another_role_are_never_paired_by_themselves(shared: Scene) -> None:
    odd = shared.truth.of("wrong_role")
    with shared.pages.database() as session:
        paired = set(session.scalars(select(PrepPair.schoology_id)))
    assert paired.isdisjoint(odd)


def test_second_accounts_are_left_alone_and_named(shared: Scene) -> None:
    page = shared.pages.words("/admin/data-prep/list", kind="user", show_status="twins")
    assert "This may be a second account" in page
    with shared.pages.database() as session:
        paired = set(session.scalars(select(PrepPair.schoology_id)))
    clear = {uid for uid in shared.truth.seconds if shared.truth.kept_as[uid] == "twice"}
    assert paired.isdisjoint(clear)


def test_the_filters_and_the_search_narrow_the_table(shared: Scene) -> None:
    uid, key = next(
        (uid, key) for uid, key in shared.truth.people.items() if shared.truth.kept_as[uid] == "exact"
    )
    page = shared.pages.words("/admin/data-prep/list", kind="user", show_text=key)
    assert f"Schoology ID {uid}" in page
    assert "1 row" in page
    assert "No results" in shared.pages.words("/admin/data-prep/list", kind="user", show_text="nobody-at-all")


def test_undecided_records_state_their_doubt_and_one_vocabulary_is_used(shared: Scene) -> None:
    with shared.pages.database() as session:
        row = session.scalars(select(PrepRow).where(PrepRow.doubt_code.in_(SINGLE))).first()
        assert row is not None
        why, doubt = sentence(row.doubt), row.doubt_code
    tab = shared.pages.words("/admin/data-prep")
    assert "Linked Accepted Suggested Needs a decision Only in the SIS Only in Schoology" in tab
    page = shared.pages.press("/admin/data-prep/list", kind=row.kind, show_status=doubt)
    assert why in page and "Accept all" in page and "Create all new…" in page
    assert ">Accept</button>" in page and ">Decide</button>" in page
    for word in ("Accepted", "Suggested", "Needs a decision", "Only in the SIS", "Only in Schoology"):
        assert f">{word}</option>" in page
    asked = shared.pages.words("/admin/data-prep/new-doubt", kind=row.kind, doubt=doubt)
    assert "new record" in asked and "will be there twice" in asked
    one = shared.pages.words("/admin/data-prep/record", kind=row.kind, sis_id=row.ident)
    assert one.count(why) >= 2


def test_confirming_links_and_the_syncs_double_nothing(scene: Scene) -> None:
    scene.read()
    scene.correct_all()
    scene.pages.press("/admin/data-prep/reactivate", kind="user", confirm="yes")
    scene.decide_the_rest()
    scene.world.store.traffic.reset()

    scene.confirm()

    assert scene.world.store.traffic.writes == {}
    with scene.pages.database() as session:
        assert set(session.scalars(select(Link.state))) == {"adopted"}
    job = scene.world.sync("all")
    assert "Data Prep" not in sentence(job.message), sentence(job.message)
    assert duplicates(scene.world.store, scene.before, scene.truth) == {
        "people": [],
        "courses": [],
        "sections": [],
    }
    for section, uid in scene.truth.guests:
        assert scene.world.store.enrollment(int(section), int(uid)) is not None
    scene.world.store.traffic.reset()
    scene.world.sync("all")
    assert scene.world.store.traffic.writes == {}


def test_a_pair_can_be_parted_until_a_sync_has_used_it(scene: Scene) -> None:
    scene.read()
    scene.pages.press("/admin/data-prep/accept", kind="user", rule="unique_id")
    scene.confirm()
    with scene.pages.database() as session:
        one, other = session.scalars(
            select(Link).where(Link.kind == "user").order_by(Link.sis_id).limit(2)
        ).all()
    fields = {"kind": "user", "sis_id": one.sis_id, "schoology_id": one.schoology_id}
    assert "Match removed" in scene.pages.words("/admin/data-prep/part", **fields)
    scene.world.sync("users")
    fields = {"kind": "user", "sis_id": other.sis_id, "schoology_id": other.schoology_id}
    assert "can’t be removed here" in scene.pages.words("/admin/data-prep/part", **fields)
    with scene.pages.database() as session:
        assert session.get(Link, (1, "user", one.sis_id)) is None
        assert session.get(Link, (1, "user", other.sis_id)) is not None


def test_a_parted_pair_is_not_proposed_again(scene: Scene) -> None:
    scene.read()
    with scene.pages.database() as session:
        pair = session.scalars(select(PrepPair).where(PrepPair.kind == "user")).first()
        assert pair is not None
    scene.pages.press(
        "/admin/data-prep/part", kind="user", sis_id=pair.sis_id, schoology_id=pair.schoology_id
    )
    scene.read()
    with scene.pages.database() as session:
        again = session.get_one(PrepPair, (1, "user", pair.sis_id, pair.schoology_id))
        assert again.state == "refused"


def test_a_first_sync_without_data_prep_warns_and_waits(scene: Scene) -> None:
    """Nor does it help to have synced one person by hand."""
    there = {each.school_uid for each in scene.world.store.users.values()}
    student = next(each for each in scene.world.district.students if str(each) not in there)
    one = scene.world.sync("one", only={"kind": "user", "sis_id": f"student:{student}"})
    assert one.state == JobState.DONE
    scene.world.sync("all", plan_only=True)
    assert "Run Data Prep before the first sync" in scene.pages.words("/admin/configuration")
    people = set(scene.world.store.users)

    job = scene.world.sync("all")

    assert job.state == JobState.HELD
    assert set(scene.world.store.users) == people
    assert "may already have Schoology accounts" in scene.pages.words("/admin/logs/run", job=str(job.id))


def test_roles_of_the_sis_are_shown_by_the_names_that_pages_use() -> None:
    parent = SimpleNamespace(kind="user", facts={"role": "guardian"})

    assert (words.facts(parent), words.fact(parent, "role")) == (["Parent"], "Parent")


def test_found_enrollments_end_only_where_the_school_allows_it(scene: Scene) -> None:
    scene.read()
    for kind in LAST:
        scene.pages.press("/admin/data-prep/accept", kind=kind)
    scene.confirm()
    scene.world.sync("all")
    with scene.pages.database() as session:
        seat = session.scalars(
            select(Link).where(
                Link.kind == "enrollment", Link.state == "adopted", Link.person.startswith("student:")
            )
        ).first()
        assert seat is not None
        building = seat.building
    rows = scene.world.district.enrollments[int(seat.parent)]
    rows[:] = [row for row in rows if f"student:{row.student_id}" != seat.person]

    scene.world.sync("sections")
    assert int(seat.schoology_id) in scene.world.store.enrollments

    scene.pages.press("/admin/data-prep/enrollments", building=building)
    scene.world.sync("sections")
    assert int(seat.schoology_id) not in scene.world.store.enrollments
    assert "End existing Schoology enrollments" in scene.pages.words("/admin/logs/settings")
    with scene.pages.database() as session:
        row = session.scalars(select(BuildingRow).where(BuildingRow.sis_id == building)).one()
        assert row.drop_adopted


@pytest.mark.parametrize(
    ("encoding", "separator", "end"),
    [("utf-8-sig", ";", "\r\n"), ("utf-16", "\t", "\r\n"), ("cp1252", ";", "\r"), ("utf-8", ",", "\n")],
)
def test_the_file_survives_what_spreadsheets_do_to_it(
    shared: Scene, encoding: str, separator: str, end: str
) -> None:
    lines = list(csv.reader(io.StringIO(shared.download("user").removeprefix("\ufeff"))))
    text = written(lines, separator, end)
    page = shared.upload("user", text.encode(encoding, errors="replace"))
    assert "Checked file" in page
    assert "<dt>Rows with problems</dt><dd>0</dd>" in page
    assert "<dt>Remove a match</dt><dd>0</dd>" in page
    shared.pages.press("/admin/data-prep/discard", kind="user")


def test_bad_lines_get_their_number_and_reason_and_nothing_is_applied(shared: Scene) -> None:
    lines = list(csv.reader(io.StringIO(shared.download("user").removeprefix("\ufeff"))))
    header = lines[0]
    mapping, uid, ours = (header.index(each) for each in ("Mapping ID", "Schoology ID", "SIS ID"))
    paired = [row for row in lines[1:] if row[mapping]]
    zeros = next(row for row in paired if row[mapping].startswith("student:0"))
    lost, full = zeros[mapping].removeprefix("student:").lstrip("0"), zeros[mapping]
    bad = [header, list(zeros), list(paired[0]), list(paired[1]), list(paired[2]), list(paired[3]), ["1"]]
    bad[1][mapping] = lost
    bad[2][uid] = "8.1E+08"
    bad[3][mapping] = "student:999999999"
    bad[4][uid], bad[4][mapping] = "", paired[2][mapping]
    bad[5][mapping] = ""

    page = shared.upload("user", written(bad, ";").encode("utf-8-sig"))

    assert f"it has “{full}”: the spreadsheet removed leading zeros" in page
    assert "The spreadsheet has shortened the Schoology ID" in page
    assert "The SIS has no “student:999999999”" in page
    assert "no Schoology ID" in page
    assert "This row has 1 column," in page
    assert "<dt>Rows with problems</dt><dd>5</dd>" in page
    assert "<dt>Remove a match</dt><dd>1</dd>" in page
    with shared.pages.database() as session:
        pair = session.get_one(PrepPair, (1, "user", paired[3][ours], paired[3][uid]))
        assert pair.state == "proposed"
    shared.pages.press("/admin/data-prep/discard", kind="user")


def test_what_is_no_file_of_pairs_is_refused_in_words(shared: Scene) -> None:
    assert "no column “Schoology ID”" in shared.upload("user", b"a,b\r\n1,2\r\n")
    assert "Select a file first" in shared.upload("user", b"")
    endless = b'"Schoology id,' + 200_000 * b"x"
    assert "a quotation mark that is never closed" in shared.upload("user", endless)
    assert "This is a workbook" in shared.upload("user", b"PK\x03\x04")


def test_forgetting_asks_first_and_keeps_links(scene: Scene) -> None:
    scene.read()
    scene.pages.press("/admin/data-prep/accept", kind="user")
    scene.confirm()
    assert "Start Data Prep over?" in scene.pages.words("/admin/data-prep/forget")
    scene.pages.press("/admin/data-prep/forget", confirm="yes")
    assert "No data yet" in scene.pages.words("/admin/data-prep")
    with scene.pages.database() as session:
        assert session.query(PrepRow).count() == 0
        assert session.query(Link).count() > 0


def test_the_rules_can_be_ordered_and_switched_off(scene: Scene) -> None:
    scene.read()
    used = ["id_template", "email", "username", "name"]
    scene.pages.press("/admin/data-prep/rules", kind="user", used=used, prefix_student="S", zero_fill="9")
    scene.run()
    with scene.pages.database() as session:
        rules = set(session.scalars(select(PrepPair.rule).where(PrepPair.kind == "user")))
        stored = session.get_one(SyncOptions, 1).prep
    assert "unique_id" not in rules
    assert stored["prefixes"]["student"] == "S"
    scene.pages.press("/admin/data-prep/rules", kind="user", used=used, up="email")
    with scene.pages.database() as session:
        order = session.get_one(SyncOptions, 1).prep["order"]["user"]
    assert order.index("email") < order.index("id_template")
