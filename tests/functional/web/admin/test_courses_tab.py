from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from lti_app.models import BuildingRow, LinkState, SyncOptions
from tests.factories import OURS, add_building, add_link
from tests.support.admin_pages import Pages, open_pages

TEMPLATES = {"course_code_template": "{building}-{course}", "course_title_template": "{title}"}


@pytest.fixture
def pages(tmp_path: Path) -> Pages:
    opened = open_pages(tmp_path)
    with opened.database() as session:
        add_building(session, "10")
    return opened


def test_templates_are_kept_and_shown_with_an_example(pages: Pages) -> None:
    shown = pages.words(
        "/admin/courses/save",
        buildings="10",
        course_code_template="{course}/{building}",
        course_title_template="{title}",
    )

    assert "Saved" in shown
    assert "For example: 1400/10" in shown
    with pages.database() as session:
        assert session.scalars(select(BuildingRow.sis_id).where(BuildingRow.for_courses)).all() == ["10"]
        assert (
            session.get_one(SyncOptions, OURS).provisioning["course_code_template"] == "{course}/{building}"
        )


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{teacher}", "You can’t use {teacher} here"),
        ("{course", "You can’t use an unmatched brace here"),
        ("", "Enter a template"),
        ("x" * 121, "cannot be longer than 120"),
        ("{building}", "Algebra II (1400) at North High School and Algebra II (1410) at North High School"),
        ("{course}", "Algebra II (1400) at North High School and Algebra II (1400) at South High School"),
    ],
)
def test_a_wrong_template_is_refused_with_the_placeholders_that_exist(
    pages: Pages, template: str, words: str
) -> None:
    shown = pages.words(
        "/admin/courses/save", buildings="10", course_code_template=template, course_title_template="{title}"
    )

    assert words in shown
    with pages.database() as session:
        assert session.get(SyncOptions, OURS) is None


def test_clearing_a_building_counts_its_courses_and_sections(pages: Pages) -> None:
    pages.press("/admin/courses/save", buildings="10", **TEMPLATES)
    with pages.database() as session:
        add_link(session, "course", "10|MATH", building="10")
        add_link(session, "section", "7", building="10", parent="10|MATH")

    shown = pages.words("/admin/courses/save", **TEMPLATES)

    assert "1 course: their school is no longer selected" in shown
    assert "1 section: their school is no longer selected" in shown
    assert "Nothing is dropped" in shown


def test_courses_that_left_the_sis_are_listed(pages: Pages) -> None:
    with pages.database() as session:
        add_link(session, "course", "10|MATH", label="Math", building="10", state=LinkState.RELEASED)

    assert "If a course is removed from the SIS, it stays in Schoology" in pages.words("/admin/courses")
    assert "Math" in pages.words("/admin/courses/left")
    assert "10|MATH" in pages.press("/admin/courses/left/csv")


def test_a_sync_of_courses_needs_a_selected_building(pages: Pages) -> None:
    assert "complete the “Courses” step first" in pages.words("/admin/courses/sync", what="courses")
