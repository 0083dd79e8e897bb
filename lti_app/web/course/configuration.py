"""The Configuration tab of a course: the SIS's settings, the category map, and Schoology made to match."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import render_template, request

from lti_app.extensions import db
from lti_app.grades.categories.plan import Planned
from lti_app.grades.context import LOOK_LANE
from lti_app.grades.course.setup import SetupView, setup_view
from lti_app.grades.rows import category_map
from lti_app.web.access import course_member, launched, own_district
from lti_app.web.course import section
from lti_app.web.course.pages import blueprint
from lti_app.web.shared.places import place
from lti_app.web.shared.tab import Message

MOVED: Message = (
    "warning",
    "Nothing was saved because the matches have changed since this page was shown. Check them, "
    "then save again.",
)


def render(
    messages: Sequence[Message] = (), *, planned: Sequence[Planned] = (), refreshes: bool = False
) -> str:
    """The tab as it stands; `planned` is what would be written to Schoology, to be pressed once more.

    It shows itself again after a first reading or one that was asked for, never while someone may choose.
    """
    shown = _shown(planned)
    works = shown["look"] is not None or shown["making"] is not None
    waits = works and (refreshes or shown["view"].settings is None)
    return section.show("configuration", "course/configuration.html", messages, **shown, waits=waits)


def _shown(planned: Sequence[Planned] = ()) -> dict[str, Any]:
    jobs = {"look": section.active_look(), "making": section.active_categories()}
    section.read_again()
    return {
        **jobs,
        "view": shown_view(),
        "link": section.link(),
        "planned": planned,
        "made": section.last_categories(),
    }


def shown_view() -> SetupView:
    """What the tab shows of both gradebooks."""
    return setup_view(db.session, section.row(), launched().uid, for_teacher=section.acts_for_teacher())


@blueprint.post("/configuration")
@course_member
@place()
@section.linked
def show_configuration() -> str:
    """Show the tab."""
    section.look_if_stale()
    return render()


@blueprint.post("/configuration/progress")
@course_member
@section.linked
def configuration_progress() -> dict[str, Any]:
    """What the page shows once both gradebooks were read, for the script that waits for it."""
    shown = _shown()
    if shown["look"] is not None or shown["making"] is not None:
        return {"fragments": {}, "stop": False}
    for_teacher = section.acts_for_teacher()
    setup = render_template("partials/course_setup.html", **shown, acting_for=for_teacher)
    return {"fragments": {"setup": setup}, "stop": True}


@blueprint.post("/configuration/refresh")
@course_member
@section.linked
def refresh() -> str:
    """Read both gradebooks again."""
    section.ask(LOOK_LANE)
    return render([("info", "Refresh started.")], refreshes=True)


@blueprint.post("/configuration/save")
@course_member
@section.linked
def save() -> str:
    """Keep the category map, here and in the sections that were selected."""
    view, row = shown_view(), section.row()
    offered = {"": "", **{each.code: each.code for each in view.offered}}
    before = {each.category.id: each.code for each in view.rows}
    asked = [each for each in before if f"category-{each}" in request.form]
    if any(request.form.get(f"was-{each}", before[each]) != before[each] for each in asked):
        return render([MOVED])
    chosen = {each: offered.get(request.form[f"category-{each}"], "") for each in asked}
    category_map.save(db.session, row, {**category_map.own_map(db.session, row), **chosen})
    section.note("category matches", old=_said(view, before), new=_said(view, chosen))
    also = _siblings(view, chosen)
    db.session.commit()
    section.ask(LOOK_LANE)
    return render(
        [("success", f"Saved.{also} Nothing is sent until you select Sync grades.")], refreshes=True
    )


def _siblings(view: SetupView, chosen: Mapping[str, str]) -> str:
    """Use the map in the selected sections too; what was done, in words."""
    ticked = set(request.form.getlist("also"))
    others = [each for each in view.siblings if each.schoology_id in ticked]
    if not others:
        return ""
    titles = {
        each.category.title: chosen[each.category.id] for each in view.rows if each.category.id in chosen
    }
    category_map.take_over(own_district(), [each.schoology_id for each in others], titles)
    names = ", ".join(each.label or each.sis_id for each in others)
    section.note("category matches used in other sections", new=names)
    return f" Also used in {names} for categories with the same name."


def _said(view: SetupView, chosen: Mapping[str, str]) -> str:
    return ", ".join(f"{each.category.title}: {chosen.get(each.category.id) or 'none'}" for each in view.rows)
