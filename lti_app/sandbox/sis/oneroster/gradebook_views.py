"""Categories, line items and results by address, and what writes them."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, request

from lti_app.sandbox.faults import fault_now
from lti_app.sandbox.sis.oneroster import gradebook_rows, lists, writes
from lti_app.sandbox.sis.oneroster.asking import class_key, may, spelling_now
from lti_app.sandbox.sis.oneroster.errors import Wrong
from lti_app.sandbox.sis.oneroster.face import face
from lti_app.sandbox.sis.oneroster.fields import opened
from lti_app.sandbox.sis.oneroster.spelling import Wire
from lti_app.sandbox.sis.state import state

SINGLE = {"categories": "category", "lineItems": "lineItem", "results": "result"}


def _desk() -> gradebook_rows.Desk:
    return gradebook_rows.Desk(face(), state().gradebook, spelling_now())


def _raise_if_unlicensed() -> None:
    if "GRADEBOOK_SETTINGS" in state().unlicensed:
        raise Wrong(403, "The gradebook is not licensed for this client.", "forbidden")


def _rows_answer(name: str, rows: list[Wire]) -> Response:
    rows = sorted(rows, key=lambda row: str(row["sourcedId"]))
    return lists.answer(name, len(rows), lambda place: rows[place])


def class_list(sourced_id: str, name: str) -> Response:
    """Categories, line items or results of one class."""
    may("gradebook.readonly")
    sis = state()
    _raise_if_unlicensed()
    with sis.lock:
        return _rows_answer(name, _of_class(class_key(sourced_id), name))


def _of_class(key: int, name: str) -> list[Wire]:
    sis, spelling = state(), spelling_now()
    if name == "categories":
        return gradebook_rows.categories(spelling, sis.gradebook.settings(key))
    if name == "lineItems":
        return gradebook_rows.line_items(sis.gradebook, sis.district, key, spelling)
    return gradebook_rows.results(_desk(), key)


def gradebook_list(name: str) -> Response:
    """Categories of the district, or all line items or results."""
    may("gradebook.readonly", "gradebook-core.readonly")
    sis = state()
    _raise_if_unlicensed()
    with sis.lock:
        if name == "categories":
            return _rows_answer(name, gradebook_rows.categories(spelling_now()))
        keys = dict.fromkeys(each.section_key for each in sis.gradebook.every_assignment())
        return _rows_answer(name, [row for key in keys for row in _of_class(key, name)])


def gradebook_row(name: str, sourced_id: str) -> Response:
    """One category, line item or result."""
    may("gradebook.readonly", "gradebook-core.readonly")
    sis = state()
    with sis.lock:
        keys = dict.fromkeys(each.section_key for each in sis.gradebook.every_assignment())
        every = [row for key in keys for row in _of_class(key, name)] if name != "categories" else []
        row = gradebook_rows.found_by_id(every or gradebook_rows.categories(spelling_now()), sourced_id)
    if row is None:
        raise Wrong(404, "There is no such object.", "unknownobject")
    return jsonify({SINGLE[name]: row})


def put(name: str, sourced_id: str) -> tuple[Any, int]:
    """Create or change a line item or a result."""
    may("gradebook.createput")
    sis, mine = state(), face()
    _raise_if_unlicensed()
    single = SINGLE[name]
    version = request.environ["oneroster.version"]
    body = opened(request.get_json(silent=True), single, version, strict=mine.knobs.strict)
    write = writes.put_line_item if name == "lineItems" else writes.put_result
    with sis.lock:
        given, new = write(_desk(), sourced_id, body)
    if fault_now() == "empty-answer":
        return "", 200
    return jsonify({single: {**body, "sourcedId": given}}), 201 if new else 200


def delete(name: str, sourced_id: str) -> tuple[str, int]:
    """Remove a line item or a result."""
    may("gradebook.delete")
    sis, mine = state(), face()
    if not mine.knobs.deletes:
        raise Wrong(405, "Nothing can be deleted here.", "not_supported")
    with sis.lock:
        if name == "lineItems":
            writes.delete_line_item(sis.gradebook, sourced_id)
        else:
            writes.delete_result(_desk(), sourced_id)
    return "", 204
