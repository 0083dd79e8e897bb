"""Enrollments of the sandbox's REST API: lists, bulk in many sections, and both imports."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from lti_app.sandbox.schoology.http import (
    Refused,
    admin_only,
    answer,
    base,
    body,
    bulk_items,
    csv_query,
    done,
    find,
    listing,
    number,
    one_by_one,
    section_staff,
    store,
    toggles,
)
from lti_app.sandbox.schoology.objects import Enrollment, StoreError
from lti_app.sandbox.schoology.wire import enrollment_row

blueprint = Blueprint("v1_enrollments", __name__, url_prefix="/v1")
Row = dict[str, Any]
ARCHIVED = 5


def _row(enrollment: Enrollment, *, fresh: bool = False) -> Row:
    return enrollment_row(store(), enrollment, base(), fresh=fresh)


def _named(enrollment: Enrollment) -> Row:
    place = f"{base()}/sections/{enrollment.section_id}/enrollments/{enrollment.id}"
    return {"id": str(enrollment.id), "uid": str(enrollment.uid), "location": place}


@blueprint.get("/sections/<section_id>/enrollments")
def enrollments(section_id: str) -> Response:
    """Who is in a section, filtered by uid, status and type."""
    section = find(store().sections, section_id)
    section_staff(section.id)
    rows = store().members(section.id)
    if uids := csv_query("uid"):
        rows = [each for each in rows if str(each.uid) in uids]
    if statuses := csv_query("enrollment_status"):
        rows = [each for each in rows if str(each.status) in statuses]
    if kinds := csv_query("type"):
        rows = [each for each in rows if ("admin" if each.admin else "member") in kinds]
    return answer(listing("enrollment", rows, _row))


@blueprint.get("/sections/<section_id>/enrollments/<enrollment_id>")
def one_enrollment(section_id: str, enrollment_id: str) -> Response:
    """One place in a section."""
    section_staff(number(section_id))
    return answer(_row(_in_section(section_id, enrollment_id)))


def _in_section(section_id: str, enrollment_id: str) -> Enrollment:
    found = find(store().enrollments, enrollment_id)
    if found.section_id != number(section_id):
        raise Refused(404)
    return found


def _enroll(section_id: int, item: Row) -> Enrollment:
    uid = int(item["uid"])
    admin, status = int(item.get("admin") or 0), int(item.get("status") or 1)
    there = store().enrollment(section_id, uid)
    if there is None:
        return store().enroll(section_id, uid, admin, status)
    if request.args.get("update_existing") or toggles().existing_enrollment == "ok":
        return store().update_enrollment(there.id, admin=admin, status=status)
    if there.status == ARCHIVED:
        return store().update_enrollment(there.id, admin=admin, status=status)
    raise StoreError("The user is already enrolled in this section.")


@blueprint.post("/sections/<section_id>/enrollments")
def enroll_here(section_id: str) -> Response:
    """One place (201), or up to 50 (207)."""
    wanted = number(section_id)
    section_staff(wanted)
    given = body()
    items = bulk_items(given, "enrollments", "enrollment")
    if items is not None:
        rows = one_by_one(items, lambda item: _named(_enroll(wanted, item)))
        return answer({"enrollments": {"enrollment": rows}}, 207)
    return answer(_row(_enroll(wanted, given), fresh=True), 201)


@blueprint.post("/enrollments")
def enroll_anywhere() -> Response:
    """Up to 50 places in any sections."""
    admin_only()

    def work(item: Row) -> Row:
        if item.get("realm") != "section":
            raise StoreError("The sandbox has sections only.")
        return {**_named(_enroll(int(item["section_id"]), item)), "realm": "section"}

    items = bulk_items(body(), "enrollments", "enrollment") or []
    return answer({"enrollments": {"enrollment": one_by_one(items, work)}}, 207)


@blueprint.post("/enrollments/import/course")
def import_by_school_code() -> Response:
    """Up to 50 places by section school code and unique id; `delete` ends one."""
    admin_only()

    def work(item: Row) -> Row:
        section = store().section_with(str(item["section_school_code"]))
        return _import(section.id if section else None, item)

    items = bulk_items(body(), "enrollments", "enrollment") or []
    return answer({"enrollments": {"enrollment": one_by_one(items, work)}}, 207)


@blueprint.post("/enrollments/import/course/<period_ids>")
def import_by_course(period_ids: str) -> Response:
    """The same by course code and section code, within grading periods."""
    admin_only()
    periods = {number(each) for each in period_ids.split(",")}

    def work(item: Row) -> Row:
        course = store().course_with(str(item["course_code"]))
        for section_id in store().sections_of_course[course.id] if course else ():
            section = store().sections[section_id]
            if section.section_code == str(item["section_code"]) and periods & set(section.grading_periods):
                return _import(section_id, item)
        raise StoreError("Section not found.", 404)

    items = bulk_items(body(), "enrollments", "enrollment") or []
    return answer({"enrollments": {"enrollment": one_by_one(items, work)}}, 207)


def _import(section_id: int | None, item: Row) -> Row:
    user = store().user_with("school_uid", str(item["school_uid"]))
    if section_id is None or user is None:
        raise StoreError("The section or the user was not found.", 404)
    uid = user.uid
    section = store().sections[section_id]
    course = store().courses[section.course_id]
    row = {
        "school_uid": str(item["school_uid"]),
        "section_school_code": section.section_school_code,
        "section_code": section.section_code,
        "course_code": course.course_code,
    }
    there = store().enrollment(section_id, uid)
    if str(item.get("delete") or "0") not in ("0", ""):
        if there is not None:
            _end(there.id)
        return row
    admin = int(item.get("admin") or 0)
    if there is None:
        there = store().enroll(section_id, uid, admin)
    else:
        store().update_enrollment(there.id, admin=admin, status=1)
    return {**row, "location": _named(there)["location"]}


def _end(enrollment_id: int) -> None:
    if toggles().enrollment_delete_archives:
        store().update_enrollment(enrollment_id, status=ARCHIVED)
    else:
        store().unenroll(enrollment_id)


@blueprint.put("/sections/<section_id>/enrollments/<enrollment_id>")
def update_enrollment(section_id: str, enrollment_id: str) -> Response:
    """Change role or status."""
    section_staff(number(section_id))
    found = _in_section(section_id, enrollment_id)
    given = body()
    store().update_enrollment(
        found.id,
        admin=int(given.get("admin", found.admin)),
        status=int(given.get("status", found.status)),
    )
    return done()


@blueprint.delete("/sections/<section_id>/enrollments/<enrollment_id>")
def delete_enrollment(section_id: str, enrollment_id: str) -> Response:
    """End one place."""
    section_staff(number(section_id))
    _end(_in_section(section_id, enrollment_id).id)
    return done()


@blueprint.delete("/enrollments")
def delete_enrollments() -> Response:
    """End up to 50 places by id."""
    admin_only()
    ids = csv_query("enrollment_ids")
    if len(ids) > 50:
        raise Refused(400)

    def work(item: Row) -> Row:
        if int(item["id"]) not in store().enrollments:
            raise StoreError("Enrollment not found.", 404)
        _end(int(item["id"]))
        return item

    rows = one_by_one([{"id": each} for each in ids], work)
    return answer({"enrollments": {"enrollment": rows}}, 207)
