"""Data Prep in a spreadsheet: the file of all pairs, and the file that comes back."""

from __future__ import annotations

from flask import Response, request

from lti_app.extensions import db
from lti_app.models import PrepUpload
from lti_app.sync import naming
from lti_app.sync.naming import Names
from lti_app.sync.prep import decide, stored, table, upload
from lti_app.sync.prep.spreadsheet import MAPPING_ID, SCHOOLOGY_ID, NotAFile
from lti_app.sync.prep.table import Line
from lti_app.web.access import acting_user_only, admin_reader, who
from lti_app.web.admin import data_prep, data_prep_list, data_prep_words
from lti_app.web.admin.data_prep_list import NOTHING, asked_kind
from lti_app.web.admin.downloads import csv_download
from lti_app.web.admin.tabs import blueprint, show

FACTS = {
    "user": {
        "Last name": "last_name",
        "First name": "first_name",
        "Unique id": "school_uid",
        "Username": "username",
        "E-mail": "email",
        "Role": "role",
        "Graduation year": "year",
    },
    "course": {"Title": "title", "Code": "code"},
    "section": {"Title": "title", "School code": "school_code", "Section code": "section_code"},
}
"""Kind → column → fact, the same on both sides."""


@blueprint.post("/data-prep/file")
@admin_reader
def data_prep_file() -> Response | str:
    """Every line of a table as CSV: Schoology on the left, the SIS on the right."""
    session, mine, kind = db.session, who().installation_id, asked_kind()
    reading = stored.reading(session, mine)
    if reading is None:
        return data_prep.render(messages=[NOTHING])
    names, facts = naming.names(session, mine), FACTS[kind]
    header = (
        SCHOOLOGY_ID,
        *(f"Schoology: {name}" for name in (*facts, "School")),
        MAPPING_ID,
        "SIS id",
        *(f"SIS: {name}" for name in (*facts, "School")),
        "Stands",
        "Paired by",
    )
    lines = table.each(session, mine, reading.id, kind)
    return csv_download(f"data-prep-{kind}s.csv", header, (_cells(each, kind, names) for each in lines))


def _cells(line: Line, kind: str, names: Names) -> tuple[object, ...]:
    ours, theirs = line.ours, line.theirs
    left, right = (
        [
            *(row.facts.get(fact, "") if row else "" for fact in FACTS[kind].values()),
            names.sis_buildings.get(row.building, row.building) if row else "",
        ]
        for row in (theirs, ours)
    )
    both = ours.ident if ours and theirs else ""
    rule = data_prep_words.RULES.get(line.rule, (line.rule, ""))[0]
    stands = data_prep_words.STATUSES[line.status]
    first = theirs.ident if theirs else ""
    return (first, *left, both, ours.ident if ours else "", *right, stands, rule)


@blueprint.post("/data-prep/upload")
@acting_user_only
def data_prep_upload() -> str:
    """Check a file line by line; nothing is applied."""
    sent = request.files.get("file")
    data = sent.read() if sent else b""
    if not data:
        return data_prep_list.render(
            messages=[("danger", "Choose a file first: none arrived, or it is empty.")]
        )
    try:
        upload.check(db.session, who().installation_id, asked_kind(), data, who=who())
    except (NotAFile, decide.CannotDecide) as error:
        db.session.rollback()
        return data_prep_list.render(messages=[("danger", f"The file was not taken. {error}")])
    return _checked()


@blueprint.post("/data-prep/checked")
@admin_reader
def data_prep_checked() -> str:
    """Show what the checked file would do."""
    return _checked()


def _checked() -> str:
    kept = db.session.get(PrepUpload, (who().installation_id, asked_kind()))
    if kept is None:
        return data_prep_list.render(messages=[("info", "No checked file waits any more.")])
    verbs = [verb for verb, _, _ in kept.changes]
    counted = {verb: verbs.count(verb) for verb in ("accept", "pair", "part")}
    return show(
        "data_prep",
        "admin/data_prep_upload.html",
        kind=asked_kind(),
        kept=kept,
        counted=counted,
        prep=data_prep_words,
    )


@blueprint.post("/data-prep/apply")
@acting_user_only
def data_prep_apply() -> str:
    """Apply the good lines of the checked file."""
    try:
        number, problems = upload.apply(db.session, who().installation_id, asked_kind(), who=who())
    except decide.CannotDecide as error:
        return data_prep_list.render(messages=[("warning", str(error))])
    messages = [("success", f"{number:,} lines of the file were applied.")]
    if problems:
        messages.append(
            ("warning", f"{len(problems):,} could not be applied any more, such as {problems[0]}")
        )
    return data_prep_list.render(messages=messages)


@blueprint.post("/data-prep/discard")
@acting_user_only
def data_prep_discard() -> str:
    """Forget the checked file."""
    upload.discard(db.session, who().installation_id, asked_kind())
    return data_prep_list.render(messages=[("info", "The file was discarded. Nothing was changed.")])
