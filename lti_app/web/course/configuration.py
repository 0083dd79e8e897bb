"""The Configuration tab of a course: the SIS's settings, the category map, and Schoology made to match."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import current_app, render_template, request

from lti_app.extensions import db
from lti_app.grades.context import LOOK_LANE
from lti_app.grades.course.setup import SetupView, setup_view
from lti_app.grades.rows import category_map
from lti_app.grades.rules.match import Matching
from lti_app.lti import acting
from lti_app.models import Installation
from lti_app.outbound.errors import OutboundError
from lti_app.schoology.port import Schoology
from lti_app.store.district import District
from lti_app.web.access import course_member, launched, own_district
from lti_app.web.course import section
from lti_app.web.course.pages import blueprint
from lti_app.web.shared.places import place
from lti_app.web.shared.tab import Message

NOT_WRITTEN: Message = (
    "danger",
    "The app can’t reach Schoology for your district right now, so nothing was changed. Contact your "
    "district’s administrator of this app.",
)
PAUSED: Message = (
    "warning",
    "Syncs are paused for your district, so nothing was changed. For details, ask your district’s "
    "administrator of this app.",
)
MOVED: Message = (
    "warning",
    "Nothing was changed because the settings changed in the meantime. Review the current ones below.",
)
PARTLY = (
    "Schoology didn’t accept all of the settings. Refreshing both gradebooks. Any remaining differences will "
    "appear below, and you can try again."
)


def render(messages: Sequence[Message] = (), *, confirm: bool = False, refreshes: bool = False) -> str:
    """The tab as it stands; `confirm` shows what would be written to Schoology, to be pressed once more.

    It shows itself anew after a first reading or one that was asked for, never while somebody may choose.
    """
    shown = _shown(confirm)
    waits = shown["look"] is not None and (refreshes or shown["view"].settings is None)
    return section.show("configuration", "course/configuration.html", messages, **shown, waits=waits)


def _shown(confirm: bool = False) -> dict[str, Any]:
    return {"view": _view(), "link": section.link(), "look": section.active_look(), "confirm": confirm}


def _view() -> SetupView:
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
    if shown["look"] is not None:
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
    """Keep the category map, here and in the sections that were ticked."""
    view, row = _view(), section.row()
    offered = {"": "", **{each.code: each.code for each in view.offered}}
    chosen = {
        each.category.id: offered.get(request.form.get(f"category-{each.category.id}", ""), "")
        for each in view.rows
    }
    before = {each.category.id: each.code for each in view.rows}
    category_map.save(db.session, row, chosen)
    section.note("category matches", old=_said(view, before), new=_said(view, chosen))
    also = _siblings(view, chosen)
    db.session.commit()
    section.ask(LOOK_LANE)
    return render(
        [("success", f"Saved.{also} Nothing is sent until you select Sync grades.")], refreshes=True
    )


def _siblings(view: SetupView, chosen: Mapping[str, str]) -> str:
    """Use the map in the ticked sections too; what was done, in words."""
    ticked = set(request.form.getlist("also"))
    others = [each for each in view.siblings if each.schoology_id in ticked]
    if not others:
        return ""
    titles = {each.category.title: chosen[each.category.id] for each in view.rows}
    category_map.take_over(own_district(), [each.schoology_id for each in others], titles)
    names = ", ".join(each.label or each.sis_id for each in others)
    section.note("category matches used in other sections", new=names)
    return f" Also used in {names} for categories with the same name."


def _said(view: SetupView, chosen: Mapping[str, str]) -> str:
    return ", ".join(f"{each.category.title}: {chosen.get(each.category.id) or 'none'}" for each in view.rows)


@blueprint.post("/configuration/match")
@course_member
@section.linked
def match() -> str:
    """Write the Schoology side as the SIS counts, after it was shown."""
    view = _view()
    if view.matching is None or not view.matching.differences:
        return render([("info", "Schoology already matches, so nothing was changed.")])
    if request.form.get("confirm") != view.matching.digest:
        changed = "confirm" in request.form
        return render([MOVED] if changed else [], confirm=True)
    installation = db.session.get_one(Installation, launched().installation_id)
    acting_user = acting.acting_user(District(db.session, installation.id))
    if installation.paused_reason:
        return render([PAUSED])
    if acting_user is None or acting_user.problem:
        return render([NOT_WRITTEN])
    # Before it is written: Schoology may have taken a part of it when the rest fails.
    changes = "; ".join(f"{each.where}, {each.what}: {each.wanted}" for each in view.matching.differences)
    section.note("Schoology grade settings updated to match the SIS", new=changes)
    db.session.commit()
    schoology = current_app.extensions["wiring"].schoology(installation, acting_user)
    refused = _write(schoology, view.matching)
    section.ask(LOOK_LANE)
    written: Message = ("success", "Schoology was updated, and a refresh started.")
    return render([refused or written], refreshes=True)


def _write(schoology: Schoology, matching: Matching) -> Message | None:
    """Write to Schoology, the weights before they begin to count; what to say when it did not work."""
    here = launched().section_id
    try:
        said = schoology.update_categories(here, matching.categories)
        refused = [each.words for each in said if not each.ok]
        if refused:
            return ("danger", f"{PARTLY} Schoology message: {refused[0]}")
        if matching.weighted is not None:
            schoology.set_weighting(here, matching.weighted)
    except OutboundError:
        return ("danger", PARTLY)
    return None
