"""Deleted in Schoology: make it again, link it to another object, or leave it."""

from __future__ import annotations

from typing import Any

from flask import request

from lti_app.extensions import db
from lti_app.runs import names as runs_names
from lti_app.school.records import Kind
from lti_app.schoology.port import Schoology
from lti_app.sync.review import lost_objects
from lti_app.web.access import acting_user_only, admin_reader, own_district, who
from lti_app.web.admin.tabs import blueprint, show
from lti_app.web.shared import ask_systems
from lti_app.web.shared.numbers import whole
from lti_app.web.shared.places import place
from lti_app.web.shared.tab import Message

DONE = {
    "make-again": "The next sync recreates it. It will be empty because the deleted content is gone.",
    "ignore": "It stays deleted, and you won’t be asked again.",
    "link": "Linked. The next sync brings it up to date.",
}


def render(**more: Any) -> str:
    """The list of what waits for a decision."""
    district = own_district()
    page = lost_objects.page(district, request.form.get("page", 1, type=whole))
    return show("logs", "admin/missing.html", page=page, names=runs_names.names(district), **more)


@blueprint.post("/missing")
@admin_reader
@place("page")
def missing_list() -> str:
    """Show the list."""
    return render()


@blueprint.post("/missing/decide")
@acting_user_only
def missing_decide() -> str:
    """Carry out one choice."""
    choice, kind, sis_id = (request.form.get(name, "") for name in ("choice", "kind", "sis_id"))
    district = own_district()
    try:
        if choice == "make-again":
            lost_objects.make_again(district, kind, sis_id, who=who())
        elif choice == "ignore":
            lost_objects.ignore(district, kind, sis_id, who=who())
        else:
            wanted = request.form.get("schoology_id", "")
            lost_objects.link_to(district, kind, sis_id, schoology_id=wanted, who=who())
    except lost_objects.CannotDecide as error:
        district.session.rollback()
        return render(messages=[("danger", str(error))])
    district.session.commit()
    return render(messages=[("success", DONE.get(choice, DONE["link"]))])


@blueprint.post("/missing/search")
@acting_user_only
def missing_search() -> str:
    """Look for another object in Schoology, by unique id, course code or section school code."""
    kind, sis_id = request.form.get("kind", ""), request.form.get("sis_id", "")
    key = request.form.get("key", "").strip()
    found: dict[str, str] = {}

    def ask(schoology: Schoology) -> Message:
        there = lost_objects.search(schoology, Kind(kind), key) if key else None
        if there is None:
            return ("warning", f"No record in Schoology has the key “{key}”. Check it and search again.")
        found.update({"id": there.schoology_id, "title": _title(there.fields), "key": key})
        return ("info", "Found. Check that it’s the right record, then link it.")

    db.session.commit()
    try:
        message = ask_systems.ask_schoology(ask)
    except (ValueError, lost_objects.CannotDecide) as error:
        message = ("danger", str(error))
    return render(messages=[message], found=found, searched=(kind, sis_id))


def _title(fields: Any) -> str:
    names = ("title", "first_name", "last_name")
    return " ".join(str(fields[name]) for name in names if fields.get(name))
