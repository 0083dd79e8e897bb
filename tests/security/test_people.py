"""One person's data: everything of it is exported, and erased once they have left, and nothing of others."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import func, select

from lti_app import clock
from lti_app.extensions import db
from lti_app.models import Audit, Base, ErasedPerson, Installation, Link, LinkState, SectionSettings, Staged
from lti_app.models.live import LiveSection
from lti_app.operations.people import erase, holds
from lti_app.operations.people.person import find
from lti_app.operations.people.places import PLACES, Fate
from lti_app.operations.prune import prune
from lti_app.store import audit
from lti_app.store.district import District
from tests.factories import add_job, add_link, add_reader, add_scope, add_staged, set_options
from tests.support.admin_pages import ACTING_UID, Pages, open_pages
from tests.support.person import EMAIL, KEY, LONG_AGO, NAME, NUMBER, OTHER, SEAT, TRACES, UID, add_person


@pytest.fixture
def pages(tmp_path: Path) -> Pages:
    made = open_pages(tmp_path)
    with made.database() as session:
        add_person(session)
    return made


def run(pages: Pages, *command: str, typed: str = "") -> Result:
    return pages.app.test_cli_runner().invoke(args=["person", *command], input=typed)


def held_of(pages: Pages, *also: str) -> dict[str, list[str]]:
    """Table → its rows as text; without those that grow with each page, unless they are wanted."""
    with pages.database() as session:
        return {
            table.name: [f"{row!r} {_grades(row)}" for row in session.execute(select(table)).mappings()]
            for table in Base.metadata.sorted_tables
            if table.name in also or table.name not in ("audit", "launch_session")
        }


def _grades(row: Any) -> str:
    from lti_app.grades.live.last_seen import Kept

    return repr(Kept.load(row["far"])) if "far" in row else ""


def test_an_export_holds_every_row_and_mention_and_no_secret(pages: Pages, tmp_path: Path) -> None:
    file = tmp_path / "hers.json"

    done = run(pages, "export", "--installation", "1", "--id", NUMBER, "--file", str(file))

    assert done.exit_code == 0, done.output
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    told = json.loads(file.read_text())
    assert told["person"]["sis_id"] == KEY and told["person"]["schoology_id"] == UID
    rows, mentions = told["rows"], told["mentions"]
    assert {name for name, place in PLACES.items() if place.erased is Fate.DELETE} <= set(rows)
    assert {"audit", "job", "grade_wish"} <= set(rows)
    assert len(rows["parent_link"] if "parent_link" in rows else rows["link"]) == 3
    assert {each["column"] for each in mentions["section_settings"]} == {
        *("snapshot", "excused", "effects", "agreement", "trial")
    }
    assert {each["column"] for each in mentions["live_section"]} == {"backlog", "held", "far"}
    named = {"change", "run", "refusal", "access_review", "alert", "known_problem"}
    assert named | {"removed_assignment"} <= set(mentions)
    assert "token_hash" not in file.read_text() and "Oduya" not in json.dumps(mentions)
    again = run(pages, "export", "--installation", "1", "--id", NUMBER, "--file", str(file))
    assert again.exit_code == 1 and "is there already" in again.output


def test_after_an_erasure_no_table_holds_her_and_others_are_as_before(pages: Pages) -> None:
    wrong = run(pages, "erase", "--installation", "1", "--id", NUMBER, typed="student:1\n")
    assert wrong.exit_code == 1 and "Nothing was erased" in wrong.output

    done = run(pages, "erase", "--installation", "1", "--id", NUMBER, typed=f"{KEY}\n")

    assert done.exit_code == 0, done.output
    for table, rows in held_of(pages, "audit", "launch_session").items():
        assert not [row for row in rows if any(each in row for each in TRACES)], table
        assert table == "audit" or not [row for row in rows if KEY in row], table
        assert table in ("job", "grade_wish") or not [row for row in rows if UID in row], table
    with pages.app.app_context():
        database = Path(db.engine.url.database or "")
        for file in database.parent.glob(f"{database.name}*"):
            assert not [each for each in TRACES if each.encode() in file.read_bytes()], file
    with pages.database() as session:
        section = session.get_one(SectionSettings, (1, "77"))
        assert section.snapshot["students"] == {"1001": "Oduya, Bo"} and section.excused == ["1001"]
        assert section.effects == {"drops": [{"student_id": "1001", "after": "90"}]}
        live = session.get_one(LiveSection, (1, "77"))
        assert live.backlog["scores"] == {"5": {"1001": "8"}, NUMBER: {"1001": "7"}}
        assert "99002" in _grades({"far": live.far}) and SEAT not in _grades({"far": live.far})
        assert {each.sis_id for each in session.scalars(select(Link))} == {
            OTHER,
            "contact:5",
            f"7:{OTHER}",
            "7",
        }
        lines = session.scalars(select(Audit).order_by(Audit.id)).all()
        assert (lines[-1].what, lines[-1].sis_id) == ("Person erased", "")
        mark = session.scalars(select(ErasedPerson.mark)).all()
        assert len(mark) == 2 and lines[-1].new.removeprefix("mark ") in {each[:12] for each in mark}
    shown = pages.words("/admin/logs/settings")
    assert "Access to review: student 4711" in shown and "Person erased" in shown
    back = run(pages, "export", "--installation", "1", "--id", KEY, "--file", "never")
    assert back.exit_code == 1 and "was erased on" in back.output
    assert "was erased on" in pages.words("/admin/person", id=UID)


@contextmanager
def changed(pages: Pages) -> Iterator[Any]:
    with pages.database() as session:
        yield session


REFUSALS = {
    "in the SIS": "is in the SIS, as of",
    "read in part": "get every person from the SIS",
    "row not read": "couldn’t read every row",
    "managed": "still manage",
    "lately": "can be erased after",
    "viewer": "can view this app",
    "sync": "A sync is queued or running",
    "hold": "on legal hold",
}


@pytest.mark.parametrize("case", REFUSALS)
def test_who_has_not_surely_left_is_not_erased(pages: Pages, case: str) -> None:
    with pages.database() as session:
        last = session.execute(select(func.max(Staged.run_id))).scalar_one()
        run_of = type("Run", (), {"id": last})
        link = session.get_one(Link, (1, "user", KEY))
        if case == "in the SIS":
            add_staged(session, run_of, "user", KEY, state="out")
        elif case == "read in part":
            add_scope(session, run_of, "students", "2", complete=False)
        elif case == "row not read":
            add_staged(session, run_of, "user", "row 5", state="blocked", hides="everywhere")
        elif case == "managed":
            link.state = LinkState.OWNED
        elif case == "lately":
            link.changed_at = clock.now() - timedelta(days=29)
        elif case == "viewer":
            add_reader(session, UID, allowed_at=clock.now())
        elif case == "sync":
            add_job(session, state="queued")
        else:
            holds.put(District(session, 1), find(District(session, 1), KEY), audit.THE_HOST)
    before = held_of(pages)

    done = run(pages, "erase", "--installation", "1", "--id", KEY, "--typed", KEY)

    assert done.exit_code == 1 and REFUSALS[case] in done.output, done.output
    assert held_of(pages) == before
    page = pages.words("/admin/person", id=KEY)
    assert REFUSALS[case] in page and "to confirm" not in page
    assert "Nothing was erased" in pages.words("/admin/person/erase", id=KEY, typed=KEY)
    assert held_of(pages) == before


def test_the_acting_user_exports_holds_and_erases_on_a_page(pages: Pages) -> None:
    assert "One person’s data" in pages.words("/admin/logs")
    assert NAME in pages.words("/admin/person", id=UID)

    told = json.loads(
        pages.app.test_client()
        .post(
            "/admin/person/export",
            data={"launch": pages.token, "id": KEY},
            headers={"Origin": "http://localhost"},
        )
        .text
    )
    assert told["person"]["name"] == NAME and EMAIL in json.dumps(told)
    assert "On legal hold" in pages.words("/admin/person/hold", id=KEY, way="put")
    assert "student 4711, since" in pages.words("/admin/person")
    assert "The legal hold was lifted" in pages.words("/admin/person/hold", id=KEY, way="lift")
    assert "isn’t the ID of" in pages.words("/admin/person/erase", id=KEY, typed="4711")
    assert "Erased:" in pages.words("/admin/person/erase", id=KEY, typed=KEY)

    with pages.database() as session:
        lines = [
            (each.uid, each.what, each.new) for each in session.scalars(select(Audit).order_by(Audit.id))
        ]
    done = [(what, new) for uid, what, new in lines if uid == ACTING_UID]
    assert ("Person’s data exported", "exported") in done and ("File downloaded", "person-data.json") in done
    assert ("Legal hold", "set") in done and ("Legal hold", "lifted") in done
    assert [what for what, _ in done][-1] == "Person erased"
    reader = pages.as_person("901")
    for path in ("export", "hold", "erase"):
        reader.press(f"/admin/person/{path}", expect=403, id=OTHER, typed=OTHER)


def test_two_people_with_one_number_are_told_apart(pages: Pages) -> None:
    with pages.database() as session:
        add_link(session, "user", f"staff:{NUMBER}", label="Teacher, Tess", schoology_id="88009")

    found = run(pages, "export", "--installation", "1", "--id", NUMBER, "--file", "never")

    assert found.exit_code == 1 and f"staff:{NUMBER}, {KEY}" in found.output
    assert (
        "holds nothing about a person"
        in run(pages, "export", "--installation", "2", "--id", KEY, "--file", "never").output
    )


def test_people_who_left_are_reduced_to_ids_and_those_on_hold_are_not(pages: Pages) -> None:
    with pages.database() as session:
        link = {"label": "Holder, Hal", "payload": "{}", "state": LinkState.RELEASED}
        add_link(
            session, "user", "student:5", changed_at=clock.now() - LONG_AGO, schoology_id="88005", **link
        )
        add_link(session, "user", "student:6", changed_at=clock.now(), schoology_id="88006", **link)
        district = District(session, 1)
        holds.put(district, find(district, "student:5"), audit.THE_HOST)
        session.commit()
        prune(session)
        kept = {each.sis_id: (each.label, each.payload) for each in session.scalars(select(Link))}

    assert kept[KEY] == kept[f"7:{KEY}"] == kept[f"contact:5>{KEY}"] == ("", "")
    assert kept["student:5"] == kept["student:6"] == ("Holder, Hal", "{}")
    assert kept[OTHER] == ("Oduya, Bo", "")
    held = held_of(pages)
    for table in ("score_state", "prep_row", "prep_key", "staged", "change"):
        assert not [row for row in held[table] if NAME in row or EMAIL in row and OTHER not in row], table


def test_a_hold_keeps_what_retention_would_delete(pages: Pages) -> None:
    with pages.database() as session:
        set_options(session, retention={"changes": 30, "reads": 7, "runs": 30, "left": 30})
        district = District(session, 1)
        holds.put(district, find(district, KEY), audit.THE_HOST)
        session.commit()
        prune(session)

    held = held_of(pages)
    for table in ("link", "staged", "change", "prep_row", "prep_key", "score_state", "kept_score"):
        assert [row for row in held[table] if KEY in row or UID in row or NUMBER in row], table
    assert not [row for row in held["staged"] if "run_id': 1" in row and OTHER in row]

    with pages.database() as session:
        holds.lift(District(session, 1), find(District(session, 1), KEY), audit.THE_HOST)
        session.commit()
        prune(session)
        assert not [row for row in held_of(pages)["change"] if KEY in row]


def test_a_backup_is_erased_again_unless_they_came_back(pages: Pages) -> None:
    with pages.database() as session:
        vault = pages.app.extensions["wiring"].vault
        district = District(session, 1)
        erase.erase(district, vault, find(district, KEY), audit.THE_HOST)
        session.commit()
        marks = session.scalar(select(func.count()).select_from(ErasedPerson))
        add_link(session, "user", KEY, label=NAME, schoology_id=UID, state=LinkState.RELEASED)

    done = run(pages, "erase", "--installation", "1", "--again")

    assert "1 person erased again" in done.output
    assert not [row for row in held_of(pages)["link"] if KEY in row]
    with pages.database() as session:
        add_link(session, "user", KEY, label=NAME, schoology_id=UID)
        session.commit()
        erase.forget_returned(District(session, 1), vault)
        session.commit()
        assert (marks, session.scalar(select(func.count()).select_from(ErasedPerson))) == (2, 0)
        assert session.get_one(Installation, 1).person_key.startswith("gAAAA")
