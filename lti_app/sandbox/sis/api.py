"""The sandbox SIS as programs see it: sign-in, typed calls, numbered pages (docs/eschoolplus-wire.md)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from flask import Blueprint, request

from lti_app.sandbox.faults import fault_now
from lti_app.sandbox.sis.api_gradebook import gradebook_rows, register_gradebook
from lti_app.sandbox.sis.state import state
from lti_app.sandbox.sis.wire import (
    APPLICATION,
    GRADEBOOK_CALLS,
    MAX_PER_PAGE,
    PREFIX,
    ROSTER_CALLS,
    SESSION_HEADER,
    Refusal,
    Wire,
)

KEY_COLUMNS = {
    "STUDENTS": frozenset(("STUDENT_ID",)),
    "STAFF": frozenset(("STAFF_ID",)),
    "CONTACTS": frozenset(("CONTACT_ID",)),
    "COURSES": frozenset(("BUILDING", "COURSE")),
    "SECTIONS": frozenset(("SECTION_KEY",)),
    "ENROLLMENTS": frozenset(("SECTION_KEY",)),
}
"""Roster call → the columns by which one record may be asked for."""

api = Blueprint("sis_api", __name__, url_prefix=PREFIX)
register_gradebook(api)


@api.url_value_preprocessor
def _take_site(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Every path names the site; the views do not need it."""
    request.environ["sis.site"] = (values or {}).pop("site", None)


@api.before_request
def _guard() -> None:
    sis = state()
    if sis.latency:
        threading.Event().wait(sis.latency)
    if request.environ["sis.site"] != sis.site_code:
        raise Refusal("SITE_UNKNOWN", "No district has this site code.")
    if request.endpoint == "sis_api.sign_in":
        return
    token = request.headers.get(SESSION_HEADER, "")
    if fault_now() == "expire-token":
        sis.door.forget(token)
    sis.door.check(token)


@api.post("/session")
def sign_in() -> tuple[Wire, int]:
    """Exchange login name and password for a token."""
    sis = state()
    body = json_body()
    values = {name: body.get(name) for name in ("applicationId", "loginName", "password")}
    for name, value in values.items():
        if not isinstance(value, str) or not value:
            raise Refusal("BAD_CALL", f"{name} is missing.")
    if values["applicationId"] != APPLICATION:
        raise Refusal("NOT_LICENSED", "This application is not licensed for the interface.")
    with sis.lock:
        token = sis.door.sign_in(str(values["loginName"]), str(values["password"]))
    return {
        "token": token,
        "expiresIn": int(sis.door.life.total_seconds()),
        "product": "eSchoolPLUS",
        "version": sis.version,
        "serverTime": sis.clock().replace(tzinfo=None).isoformat(timespec="seconds"),
    }, 201


@api.post("/calls")
def start_call() -> tuple[Wire, int]:
    """Lay the whole answer of a typed call down as a job."""
    sis = state()
    body = json_body()
    call_type, per_page, parameters = body.get("callType"), body.get("perPage"), body.get("parameters", {})
    if not isinstance(per_page, int) or isinstance(per_page, bool) or not 1 <= per_page <= MAX_PER_PAGE:
        raise Refusal("BAD_CALL", f"perPage must be a whole number from 1 to {MAX_PER_PAGE}.")
    if not isinstance(parameters, dict):
        raise Refusal("BAD_CALL", "parameters must be an object.")
    if call_type in sis.unlicensed:
        raise Refusal("NOT_LICENSED", f"{call_type} is turned off for this login.")
    with sis.lock:
        if call_type in ROSTER_CALLS:
            collect, spell = ROSTER_CALLS[call_type]
            rows = _narrowed(call_type, collect(sis.district), spell, parameters)
            job = sis.jobs.start(call_type, per_page, rows, spell)
        elif call_type in GRADEBOOK_CALLS:
            _only(parameters, frozenset(("SECTION_KEY",)))
            rows = gradebook_rows(sis.gradebook, call_type, parameters.get("SECTION_KEY"))
            job = sis.jobs.start(call_type, per_page, rows, dict)
        else:
            raise Refusal("BAD_CALL", f"There is no call type {call_type!r}.")
    return {
        "jobId": job.job_id,
        "callType": job.call_type,
        "perPage": job.per_page,
        "pageTotal": job.page_total,
        "rowTotal": len(job.rows),
    }, 201


@api.get("/calls/<job_id>/pages/<int:number>")
def read_page(job_id: str, number: int) -> Wire:
    """One page of a job."""
    sis = state()
    fault = fault_now()
    with sis.lock:
        if fault == "expire-job":
            sis.jobs.forget(job_id)
        job = sis.jobs.find(job_id)
    if fault == "repeat-page":
        number = max(1, number - 1)
    rows = job.page(number)
    if fault == "drop-rows":
        rows = rows[:-1]
    total = job.page_total + (fault == "other-total")
    return {"jobId": job.job_id, "page": number, "pageTotal": total, "rows": rows}


def json_body() -> dict[str, Any]:
    """The request's JSON object. Raises Refusal for anything else."""
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise Refusal("BAD_CALL", "The body must be a JSON object.")
    return body


def _narrowed(
    call_type: str, rows: list[Any], spell: Callable[[Any], Wire], parameters: dict[str, Any]
) -> list[Any]:
    """The rows whose key columns have the values that were asked for."""
    if not parameters:
        return rows
    _only(parameters, KEY_COLUMNS.get(call_type, frozenset()))
    wanted = {name: str(value).strip() for name, value in parameters.items()}

    def matches(row: Any) -> bool:
        spelled = spell(row)
        return all(str(spelled[name]).strip() == value for name, value in wanted.items())

    return [row for row in rows if matches(row)]


def _only(parameters: dict[str, Any], allowed: frozenset[str]) -> None:
    if set(parameters) != allowed:
        wanted = ", ".join(sorted(allowed)) or "no parameters"
        raise Refusal("BAD_CALL", f"This call wants {wanted}.")
