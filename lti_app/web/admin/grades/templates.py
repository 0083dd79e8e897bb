"""Category maps that the district prepares for a building or a course code, on the Grades page."""

from __future__ import annotations

import json
from dataclasses import replace

from flask import request

from lti_app import formats
from lti_app.extensions import db
from lti_app.grades.rows.section import policy_of
from lti_app.models import SyncOptions
from lti_app.school.grade_policy import MapTemplate, fold
from lti_app.store import audit
from lti_app.web.access import acting_user_only, own_district, who
from lti_app.web.admin.grades import page
from lti_app.web.admin.tabs import blueprint
from lti_app.web.shared.tab import Message

LONGEST = 5000
UNREADABLE: Message = (
    "danger",
    "Nothing was saved. Enter one match per line, such as “Homework = HW”.",
)
TOO_LONG: Message = (
    "danger",
    f"Nothing was saved. The matches can have up to {formats.number(LONGEST)} characters.",
)


@blueprint.post("/grades/template")
@acting_user_only
def save_template() -> str:
    """Store the map of a building, or of one course of it; an empty map removes it."""
    building, course = _place(request.form.get("place", ""))
    typed = request.form.get("map", "")
    if len(typed) > LONGEST:
        return page.render([TOO_LONG])
    categories = _categories(typed)
    if categories is None:
        return page.render([UNREADABLE])
    district = own_district()
    policy = policy_of(district)
    others = tuple(each for each in policy.templates if (each.building, each.course) != (building, course))
    before = next((each for each in policy.templates if each not in others), None)
    fresh = (MapTemplate(building, course, categories),) if categories else ()
    where = f"school {building or '(all)'}" + (f", course {course}" if course else "")
    old = _said(before.categories) if before else ""
    audit.record(
        district, who(), f"Grades: default category matches for {where}", old=old, new=_said(categories)
    )
    row = db.session.get(SyncOptions, district.id) or SyncOptions(installation_id=district.id)
    row.grades = replace(policy, templates=(*others, *fresh)).to_json()
    db.session.add(row)
    db.session.commit()
    said = (
        "Saved. These matches apply to courses there whose teachers haven’t matched categories."
        if fresh
        else "Removed."
    )
    return page.render([("success", said)])


def _place(text: str) -> tuple[str, str]:
    """Building and course code as the list of places names them; every building for anything else."""
    try:
        building, course = json.loads(text)
    except (TypeError, ValueError):
        return "", ""
    return str(building), str(course)


def _categories(text: str) -> dict[str, str] | None:
    """The lines “title = code”; None when one of them is something else."""
    found = {}
    for line in filter(None, (each.strip() for each in text.splitlines())):
        title, sign, code = line.rpartition("=")
        if not sign or not fold(title) or not code.strip():
            return None
        found[fold(title)] = code.strip()
    return found


def _said(categories: object) -> str:
    assert isinstance(categories, dict)
    return ", ".join(f"{title} = {code}" for title, code in categories.items())
