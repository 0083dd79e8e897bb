"""The file of pairs that comes back: checked, shown, and applied once somebody confirms it."""

from __future__ import annotations

from flask import request

from lti_app import formats
from lti_app.extensions import db
from lti_app.models import PrepUpload
from lti_app.sync.data_prep import decide, upload
from lti_app.sync.data_prep.spreadsheet import NotAFile
from lti_app.web.access import acting_user_only, admin_reader, own_district, who
from lti_app.web.admin.data_prep import lists, words
from lti_app.web.admin.data_prep.lists import asked_kind
from lti_app.web.admin.tabs import blueprint, show
from lti_app.web.shared.places import place


@blueprint.post("/data-prep/upload")
@acting_user_only
def data_prep_upload() -> str:
    """Check a file line by line; nothing is applied."""
    sent = request.files.get("file")
    data = sent.read() if sent else b""
    if not data:
        return lists.render(
            messages=[("danger", "Select a file first. No file was uploaded, or it’s empty.")]
        )
    try:
        upload.check(own_district(), asked_kind(), data, who=who())
    except (NotAFile, decide.CannotDecide) as error:
        db.session.rollback()
        return lists.render(messages=[("danger", f"The file can’t be used. {error}")])
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
    verbs = [verb for verb, _, _ in kept.changes]
    counted = {verb: verbs.count(verb) for verb in ("accept", "pair", "part")}
    return show(
        "data_prep",
        "admin/data_prep_upload.html",
        kind=asked_kind(),
        kept=kept,
        counted=counted,
        prep=words,
    )


@blueprint.post("/data-prep/apply")
@acting_user_only
def data_prep_apply() -> str:
    """Apply the good lines of the checked file."""
    try:
        number, problems = upload.apply(own_district(), asked_kind(), who=who())
    except decide.CannotDecide as error:
        return lists.render(messages=[("warning", str(error))])
    messages = [("success", f"{formats.counted(number, 'row')} of the file applied.")]
    if problems:
        messages.append(
            (
                "warning",
                f"{formats.number(len(problems))} couldn’t be applied. The first: {problems[0]}",
            )
        )
    return lists.render(messages=messages)


@blueprint.post("/data-prep/discard")
@acting_user_only
def data_prep_discard() -> str:
    """Forget the checked file."""
    upload.discard(own_district(), asked_kind())
    return lists.render(messages=[("info", "File discarded. Nothing was changed.")])
