"""The section behind a request, and what every page of a course is shown with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import wraps
from typing import Any, TypeVar, cast

from flask import g, render_template

from lti_app import clock
from lti_app.grades import doubt, wishes
from lti_app.grades.context import LANE, LOOK_LANE
from lti_app.grades.rows.section import NoGrades, link_of, settings_row
from lti_app.grades.wishes import Asked, Asker
from lti_app.jobs import queue
from lti_app.models import Job, Link, SectionSettings
from lti_app.runs import names
from lti_app.runs.history import CATEGORIES
from lti_app.school.job_request import JobRequest
from lti_app.school.records import Kind
from lti_app.school.run_kinds import RunKind
from lti_app.setup import connection
from lti_app.store import audit, links
from lti_app.web import framing
from lti_app.web.access import launched, own_district, who
from lti_app.web.shared.ask_jobs import enqueue_for, submit
from lti_app.web.shared.tab import Message, Tab

View = TypeVar("View", bound=Callable[..., Any])
STALE = timedelta(minutes=2)
"""Older than this, both gradebooks are read again when a page is opened."""


class CourseTab(Tab):
    """One entry of the course's tab bar."""

    @property
    def path(self) -> str:
        """Where the tab's button posts to."""
        return f"/course/{self.key}"


TABS = (
    CourseTab("sync", "Sync"),
    CourseTab("averages", "Averages"),
    CourseTab("configuration", "Configuration"),
)


def show(key: str, template: str, messages: Sequence[Message] = (), **context: Any) -> str:
    """The page of a tab."""
    here = launched()
    return render_template(
        template,
        page_name=template,
        course_tab=key,
        course_tabs=TABS,
        section_title=here.section_title,
        acting_for=acts_for_teacher(),
        way_home=framing.way_home(),
        grades_off=connection.read(own_district()).gradebook_problem,
        doubt=doubt.find(own_district()),
        messages=list(messages),
        **context,
    )


def unlinked_page() -> str:
    """What stands in place of the tabs while there is no SIS section behind the course."""
    here = launched()
    link = links.read.by_schoology_id(own_district(), Kind.SECTION, here.section_id)
    return render_template(
        "course/home.html",
        section_title=here.section_title,
        link=link,
        names=names.names(own_district()),
    )


def linked(view: View) -> View:
    """A view that needs a linked section; without one the page says why."""

    @wraps(view)
    def checked(*args: Any, **kwargs: Any) -> Any:
        try:
            link()
        except NoGrades:
            return unlinked_page()
        return view(*args, **kwargs)

    return cast(View, checked)


def link() -> Link:
    """The link of this request's section. Raises NoGrades."""
    here = launched()
    return link_of(own_district(), here.section_id)


def row() -> SectionSettings:
    """The row of this request's section. Raises NoGrades."""
    here = launched()
    return settings_row(own_district(), here.section_id)


def read_again() -> None:
    """Take the row of this request's section as it is by now.

    A page asks first which jobs are active and then shows what they wrote: a job that ends in between is
    still called active, and the page asks once more. The other way around it would miss what came last.
    """
    own_district().session.refresh(row())


def acts_for_teacher() -> bool:
    """Whether the person is the district's Acting User and no teacher's launch brought them here."""
    acting_user = g.get("acting_user")
    return acting_user is not None and acting_user.uid == launched().uid and launched().uid != ""


def note(what: str, *, old: object = "", new: object = "") -> None:
    """Add a line to the audit about this course; it says when someone acts for the teacher."""
    title = launched().section_title or launched().section_id
    for_teacher = ", for the teacher" if acts_for_teacher() else ""
    audit.record(
        own_district(),
        who(),
        f"Course {audit.NAMED}: {what}{for_teacher}",
        old=old,
        new=new,
        named=title,
    )


def active_push() -> Job | None:
    """The push of this section that is queued or running."""
    here = launched()
    return queue.active_job(own_district(), lane=LANE, section_id=here.section_id)


EVERYTHING = JobRequest(what=RunKind.GRADES)
"""What a look and a push are asked for that are about a whole section."""


def active_look() -> Job | None:
    """The look at this section that is queued or running."""
    here = launched()
    return queue.active_job(own_district(), lane=LOOK_LANE, section_id=here.section_id)


def active_categories() -> Job | None:
    """The job that makes categories from this section, if one is queued or running."""
    return queue.active_job(own_district(), lane=CATEGORIES, section_id=launched().section_id)


def last_categories() -> Job | None:
    """The last job that made categories from this section."""
    mine = (
        own_district()
        .select(Job)
        .where(Job.kind == CATEGORIES, Job.section_id == launched().section_id, Job.finished_at.is_not(None))
    )
    return own_district().session.scalars(mine.order_by(Job.id.desc()).limit(1)).first()


def ask(kind: str, request: JobRequest = EVERYTHING) -> queue.Enqueued:
    """Queue a job of this section in the person's name, or join the one that is there. Commits."""
    here = launched()
    named = replace(request, what=RunKind.GRADES, course=here.section_title)
    return enqueue_for(who(), kind, named, lane=kind, section_id=here.section_id)


def wish(request: JobRequest) -> Asked:
    """Ask for a job that may write, in the person's name: it starts soon, or follows the one under way.
    Commits."""
    here, person = launched(), who()
    named = replace(request, course=here.section_title)
    asked = wishes.ask(own_district(), here.section_id, named, Asker(person.name, person.uid))
    submit(asked.job_id)
    return asked


def look_if_stale() -> None:
    """Have both gradebooks read when the page would show something old and nothing is under way."""
    kept = row()
    fresh = kept.looked_at is not None and kept.looked_at > clock.now() - STALE
    if not fresh and active_push() is None and active_look() is None:
        ask(LOOK_LANE)
