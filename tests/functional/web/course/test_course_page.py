from __future__ import annotations

from pathlib import Path

import pytest

from lti_app.models import LinkState
from tests.factories import THEIRS, add_building, add_link
from tests.support.admin_pages import Pages, open_pages


@pytest.fixture
def teacher(tmp_path: Path) -> Pages:
    return open_pages(tmp_path).as_person(
        "55", role="instructor", section_id="s-7", section_title="Algebra II: Section 3"
    )


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (LinkState.OWNED, "Refreshing both gradebooks"),
        (LinkState.ADOPTED, "Refreshing both gradebooks"),
        (LinkState.RELEASED, "is no longer in the SIS"),
        (LinkState.MISSING, "marked as deleted in Schoology"),
    ],
)
def test_the_course_page_says_where_the_course_stands(teacher: Pages, state: LinkState, words: str) -> None:
    with teacher.database() as session:
        add_building(session, "10", name="North High")
        add_link(session, "section", "7", schoology_id="s-7", label="Algebra II", building="10", state=state)

    shown = teacher.words("/course")

    assert "Algebra II: Section 3" in shown
    assert words in shown


def test_a_course_that_is_not_linked_says_so(teacher: Pages) -> None:
    with teacher.database() as session:
        add_link(session, "section", "7", owner=THEIRS, schoology_id="s-7")

    assert "This course isn’t linked to an SIS section" in teacher.words("/course")


def test_a_teacher_sees_no_tab_of_the_admin_app(teacher: Pages) -> None:
    for path in ("/admin/users", "/admin/logs", "/admin/users/left/csv", "/admin/progress"):
        teacher.press(path, expect=403)
