"""The file of pairs that comes back: checked, shown, and applied once someone confirms it."""

from __future__ import annotations

from typing import BinaryIO, cast

from flask import request

from lti_app.extensions import db
from lti_app.models import PrepUpload
from lti_app.runs.words import sentence
from lti_app.sync.data_prep import decide
from lti_app.sync.data_prep.files import check
from lti_app.sync.data_prep.files.spreadsheet import NotAFile
from lti_app.web.access import acting_user_only, admin_reader, own_district, who
from lti_app.web.admin.data_prep import lists, page, words
from lti_app.web.admin.data_prep.lists import asked_kind
from lti_app.web.admin.tabs import blueprint, show
from lti_app.web.shared.places import place

MOST_SHOWN = 200
"""Rows with problems that are listed."""
UNCHECKED = (
    "The file isn’t checked yet. The Data Prep tab shows how far it is. If no job runs, upload it again."
)
GONE = "The checked file is no longer available. Upload it again."


@blueprint.post("/data-prep/upload")
@acting_user_only
def data_prep_upload() -> str:
    """Check a file line by line, or have a job do so; nothing is applied."""
    sent = request.files.get("file")
    if sent is None or not sent.stream.read(1):
        return lists.render(
            messages=[("danger", "Select a file first. No file was uploaded, or it’s empty.")]
        )
    try:
        sent.stream.seek(0)
        kept = check.check(own_district(), asked_kind(), cast(BinaryIO, sent.stream), who=who())
    except (NotAFile, decide.CannotDecide) as error:
        db.session.rollback()
        return lists.render(messages=[("danger", f"The file can’t be used. {sentence(error.reason)}")])
    if kept.to_check:
        return page.render(messages=[page.ask_to(check.CHECK, asked_kind())])
    return _checked()


@blueprint.post("/data-prep/checked")
@admin_reader
@place("kind")
def data_prep_checked() -> str:
    """Show what the checked file would do."""
    return _checked()


def _checked() -> str:
    kept = db.session.get(PrepUpload, (who().installation_id, asked_kind()))
    if kept is None:
        return lists.render(messages=[("info", "There’s no checked file to review.")])
    if kept.to_check:
        return lists.render(messages=[("info", UNCHECKED)])
    return show(
        "data_prep",
        "admin/data_prep_upload.html",
        kind=asked_kind(),
        kept=kept,
        bad=check.problems(own_district(), asked_kind(), MOST_SHOWN),
        prep=words,
    )


@blueprint.post("/data-prep/apply")
@acting_user_only
def data_prep_apply() -> str:
    """Queue a job that applies the good lines of the checked file."""
    kept = db.session.get(PrepUpload, (who().installation_id, asked_kind()))
    if kept is None or kept.to_check:
        return lists.render(messages=[("warning", GONE)])
    return page.render(messages=[page.ask_to(check.FILE, asked_kind())])


@blueprint.post("/data-prep/discard")
@acting_user_only
def data_prep_discard() -> str:
    """Forget the checked file."""
    try:
        check.discard(own_district(), asked_kind())
    except decide.CannotDecide as error:
        return lists.render(messages=[("warning", sentence(error.reason))])
    return lists.render(messages=[("info", "File discarded. Nothing was changed.")])
