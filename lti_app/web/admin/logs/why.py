"""Why is someone or something (not) in Schoology: search, explain, and sync this one now."""

from __future__ import annotations

import json
from typing import Any

from flask import abort, request

from lti_app import clock
from lti_app.jobs import queue
from lti_app.models import Installation
from lti_app.runs import names as runs_names
from lti_app.runs import words
from lti_app.school.job_request import JobRequest
from lti_app.school.records import Kind
from lti_app.school.run_kinds import RunKind
from lti_app.setup.checklist import NotReady, raise_if_not_ready
from lti_app.sync.review import explain
from lti_app.web.access import acting_user_only, admin_reader, own_district
from lti_app.web.admin.tabs import blueprint, show
from lti_app.web.shared import job_view
from lti_app.web.shared.ask_jobs import ask_for
from lti_app.web.shared.places import private_place


@blueprint.post("/why")
@admin_reader
@private_place
def why() -> str:
    """Search by name, id, email address or code."""
    text = request.form.get("text", "")[:80]
    district = own_district()
    hits = explain.search(district, text)
    return show("logs", "admin/why.html", text=text, hits=hits, names=runs_names.names(district))


@blueprint.post("/why/record")
@admin_reader
@private_place
def why_record() -> str:
    """Everything about one record."""
    return _record()


@blueprint.post("/why/sync")
@acting_user_only
def why_sync() -> str:
    """Read this one record from the SIS and send what differs."""
    kind, sis_id = _asked()
    district = own_district()
    today = clock.today(district.session.get_one(Installation, district.id).time_zone)
    found = explain.explain(district, kind, sis_id, today=today) or abort(404)
    try:
        raise_if_not_ready(own_district(), "one")
    except NotReady as refusal:
        return _record(messages=[("danger", words.sentence(refusal.reason))])
    request = JobRequest(what=RunKind.ONE, only={"kind": str(kind), "sis_id": sis_id, "name": found.name})
    return _record(messages=[ask_for(request)])


def _record(**more: Any) -> str:
    district = own_district()
    job = job_view.current_view(district, queue.ONE_RECORD)
    kind, sis_id = _asked()
    today = clock.today(district.session.get_one(Installation, district.id).time_zone)
    found = explain.explain(district, kind, sis_id, today=today) or abort(404)
    names = runs_names.names(district)
    payload = json.loads(found.staged.payload) if found.staged and found.staged.payload else {}
    record = json.loads(found.staged.record) if found.staged and found.staged.record else {}
    return show(
        "logs",
        "admin/why_record.html",
        found=found,
        names=names,
        labels=runs_names.labels(district, found.actions),
        fields=words.fields_of(payload, names) or words.record_fields(record),
        job=job,
        **more,
    )


def _asked() -> tuple[Kind, str]:
    try:
        return Kind(request.form.get("kind", "")), request.form.get("sis_id", "")
    except ValueError:
        abort(404)
