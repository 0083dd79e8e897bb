"""schools, buildings, roles and grading periods of the sandbox's REST API."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, Response, request

from lti_app.sandbox.schoology.http import (
    Refused,
    admin_only,
    answer,
    base,
    body,
    done,
    find,
    listing,
    number,
    store,
    toggles,
)
from lti_app.sandbox.schoology.objects import Building
from lti_app.sandbox.schoology.wire import building_row, grading_period_row, role_row

blueprint = Blueprint("v1_district", __name__, url_prefix="/v1")


@blueprint.get("/schools")
def schools() -> Response:
    """The organization."""
    return answer(listing("school", [store().school], building_row))


@blueprint.get("/schools/<school_id>")
def one_school(school_id: str) -> Response:
    """The organization, or one of its buildings."""
    wanted = number(school_id)
    found = store().school if wanted == store().school.id else store().buildings.get(wanted)
    if found is None:
        raise Refused(404)
    return answer(building_row(found))


@blueprint.get("/schools/<school_id>/buildings")
def buildings(school_id: str) -> Response:
    """The buildings of the organization."""
    _this_school(school_id)
    return answer(listing("building", list(store().buildings.values()), building_row))


@blueprint.post("/schools/<school_id>/buildings")
def create_building(school_id: str) -> Response:
    """Make a building."""
    admin_only()
    _this_school(school_id)
    given = body()
    fields = {name: str(given.get(name) or "") for name in Building.__slots__ if name not in ("id",)}
    same = {"code": "building_code", "title": "title"}.get(toggles().building_create_updates, "")
    for each in store().buildings.values() if fields.get(same) else ():
        if getattr(each, same) == fields[same]:
            for name, value in fields.items():
                setattr(each, name, value or getattr(each, name))
            return answer(building_row(each), 201)
    made = store().add_building(**fields)
    return answer(building_row(made), 201)


def _this_school(school_id: str) -> None:
    if number(school_id) != store().school.id:
        raise Refused(404)


@blueprint.get("/roles")
def roles() -> Response:
    """The roles of the organization."""
    return answer(listing("role", list(store().roles.values()), lambda each: role_row(each, base())))


@blueprint.get("/roles/<role_id>")
def one_role(role_id: str) -> Response:
    """A role."""
    return answer(role_row(find(store().roles, role_id), base()))


@blueprint.get("/gradingperiods")
def grading_periods() -> Response:
    """Grading periods; the list's key is left out when there is none."""
    admin_only()
    rows = sorted(store().grading_periods.values(), key=lambda each: each.start)
    if request.args.get("title"):
        rows = [each for each in rows if each.title == request.args["title"]]
    return answer(
        listing("gradingperiods", rows, lambda each: grading_period_row(each, base()), drop_empty=True)
    )


@blueprint.get("/gradingperiods/<period_id>")
def one_grading_period(period_id: str) -> Response:
    """A grading period; everybody may read it."""
    return answer(grading_period_row(find(store().grading_periods, period_id), base(), single=True))


@blueprint.post("/gradingperiods")
def create_grading_period() -> Response:
    """Make a grading period."""
    admin_only()
    given: dict[str, Any] = body()
    if toggles().period_create_updates:
        for each in store().grading_periods.values():
            if each.title == given.get("title"):
                each.start, each.end = (date.fromisoformat(given[name]) for name in ("start", "end"))
                return answer(grading_period_row(each, base(), single=True), 201)
    try:
        made = store().add_grading_period(
            str(given["title"]), date.fromisoformat(given["start"]), date.fromisoformat(given["end"])
        )
    except (KeyError, ValueError) as error:
        raise Refused(400, "Title, start and end are required.") from error
    return answer(grading_period_row(made, base(), single=True), 201)


@blueprint.delete("/gradingperiods/<period_id>")
def delete_grading_period(period_id: str) -> Response:
    """Remove a grading period that no section uses."""
    admin_only()
    wanted = find(store().grading_periods, period_id).id
    if any(wanted in section.grading_periods for section in store().sections.values()):
        raise Refused(400, "The grading period is in use.")
    del store().grading_periods[wanted]
    return done()
