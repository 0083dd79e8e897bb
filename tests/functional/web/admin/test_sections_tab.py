from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from lti_app.models import Job, JobState, SyncOptions
from lti_app.school.job_request import JobRequest
from tests.factories import OURS, add_building, add_link, add_term, set_options
from tests.support.admin_pages import Pages, open_pages

TEMPLATES = {
    "section_code_template": "{course}-{section}",
    "section_school_code_template": "{section_key}",
    "section_title_template": "{title}",
}


@pytest.fixture
def pages(tmp_path: Path) -> Pages:
    opened = open_pages(tmp_path)
    with opened.database() as session:
        add_building(session, "10", for_sections=True)
    return opened


def test_co_teachers_are_off_until_they_are_turned_on(pages: Pages) -> None:
    before = pages.press("/admin/sections")
    pages.press("/admin/sections/save", buildings="10", with_co_teachers="y", **TEMPLATES)

    assert 'name="with_co_teachers" type="checkbox" value="y"' in before
    with pages.database() as session:
        assert session.get_one(SyncOptions, OURS).provisioning["with_co_teachers"] is True


def test_turning_co_teachers_off_is_shown_with_its_count_first(pages: Pages) -> None:
    with pages.database() as session:
        set_options(session, with_co_teachers=True)
        for teacher in ("staff:1", "staff:2"):
            add_link(session, "enrollment", f"7:{teacher}", parent="7", person=teacher, building="10")

    shown = pages.words("/admin/sections/save", buildings="10", **TEMPLATES)

    assert "1 enrollment: co-teachers are turned off" in shown
    with pages.database() as session:
        assert session.get_one(SyncOptions, OURS).provisioning["with_co_teachers"] is True


@pytest.mark.parametrize(
    ("periods", "words"),
    [
        ({}, "SIS terms haven’t been refreshed"),
        ({"1": "", "2": ""}, "No current or upcoming term at the selected schools is matched"),
        ({"1": "501", "2": ""}, "1 of 2 current and upcoming terms at the selected schools are matched"),
    ],
)
def test_the_tab_says_how_many_terms_are_mapped(pages: Pages, periods: dict[str, str], words: str) -> None:
    with pages.database() as session:
        for period, grading_period in periods.items():
            add_term(session, "10", period, grading_period, end=date(2099, 6, 1))
        add_term(session, "10", "9", end=date(2025, 6, 1))  # is over: nothing is left to do for it

    assert words in pages.words("/admin/sections")


def test_a_sync_of_sections_needs_a_mapped_term(pages: Pages) -> None:
    assert "complete the “Terms” step first" in pages.words("/admin/sections/sync", what="sections")


@pytest.mark.parametrize(
    ("field", "template", "words"),
    [
        ("section_code_template", "{course}", "would both get “1400”. Use {section} or {section_key}."),
        ("section_school_code_template", "{course}-{section}", "of the next year"),
        ("section_school_code_template", "{year}-{course}-{section}", "at South High School"),
    ],
)
def test_a_template_that_gives_two_sections_one_code_is_refused(
    pages: Pages, field: str, template: str, words: str
) -> None:
    sound = {
        "section_code_template": "{section}",
        "section_school_code_template": "{section_key}",
        "section_title_template": "{title}",
    }

    shown = pages.words("/admin/sections/save", buildings="10", **{**sound, field: template})

    assert words in shown and "Nothing was saved" in shown


def test_a_sync_of_sections_offers_to_sync_first_what_it_needs(pages: Pages) -> None:
    with pages.database() as session:
        add_building(session, "20", for_users=True, for_courses=True, for_sections=True)
        add_term(session, "10", "1", "501")
        set_options(session, role_ids={"student": "1"})

    offered = pages.words("/admin/sections/sync", what="sections")
    assert "sections need users and courses in Schoology first" in offered
    assert "Sync users and courses, then sections" in offered
    with pages.database() as session:
        assert session.scalars(select(Job)).all() == []

    pages.press("/admin/sections/sync", what="sections", alone="yes")
    with pages.database() as session:
        session.scalars(select(Job)).one().state = JobState.RUNNING
    follows = pages.words("/admin/sections/sync", what="all")
    assert "It starts when “Sync of sections and enrollments” is done." in follows
    assert "“Sync of everything” is already queued" in pages.words("/admin/sections/sync", what="all")
    with pages.database() as session:
        first, second = session.scalars(select(Job).order_by(Job.id))
        assert (first.request.what, second.request.what) == ("sections", "all")
        runner = pages.app.extensions["runner"]
    assert not runner.run_now(second.id)  # one writer for a district
    with pages.database() as session:
        session.get_one(Job, first.id).state = JobState.DONE
    assert runner.run_now(second.id)


def test_everything_can_be_synced_from_here(pages: Pages) -> None:
    with pages.database() as session:
        add_building(session, "20", for_users=True, for_courses=True, for_sections=True)
        add_term(session, "10", "1", "501")
        set_options(session, role_ids={"student": "1"})

    assert "Sync of everything" in pages.words("/admin/sections/sync", what="all")
    with pages.database() as session:
        assert session.scalars(select(Job)).one().request == JobRequest(what="all", plan_only=False)
