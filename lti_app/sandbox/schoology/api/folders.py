"""The folders of a course in the sandbox's REST API: what is in them, with drafts."""

from __future__ import annotations

from flask import Blueprint, Response

from lti_app.sandbox.schoology.http import Refused, answer, find, number, section_staff, store, toggles
from lti_app.sandbox.schoology.wire import node_id

blueprint = Blueprint("v1_folders", __name__, url_prefix="/v1")


@blueprint.get("/courses/<section_id>/folder/<folder_id>")
def folder(section_id: str, folder_id: str) -> Response:
    """The contents of a folder; the root is 0, and every other folder is in the root."""
    section = find(store().sections, section_id)
    section_staff(section.id)
    if toggles().folders == "refused":
        raise Refused(403)
    items = [store().items[each] for each in store().items_of.get(section.id, [])]
    shown = [each for each in items if each.published or toggles().folders == "with drafts"]
    inside = [
        {"id": node_id(each), "title": each.title, "type": each.type, "available": each.published}
        for each in shown
        if each.folder == number(folder_id)
    ]
    folders = sorted({each.folder for each in shown} - {0}) if folder_id == "0" else []
    rows = [{"id": each, "title": f"Folder {each}", "type": "folder", "status": 1} for each in folders]
    return answer({"self": {"id": number(folder_id), "type": "folder"}, "folder-item": [*rows, *inside]})


@blueprint.get("/sections/<section_id>/discussions/<discussion_id>")
def discussion(section_id: str, discussion_id: str) -> Response:
    """A discussion; it's graded where it has a category."""
    section = find(store().sections, section_id)
    section_staff(section.id)
    items = (store().items[each] for each in store().items_of.get(section.id, []))
    found = [each for each in items if each.type == "discussion" and node_id(each) == number(discussion_id)]
    if not found:
        raise Refused(404)
    row = {"id": node_id(found[0]), "title": found[0].title, "published": found[0].published}
    return answer({**row, "graded": int(found[0].grading_category > 0), "grade_item_id": found[0].id})
