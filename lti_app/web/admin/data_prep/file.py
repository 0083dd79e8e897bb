"""Data Prep in a spreadsheet: the file of all pairs."""

from __future__ import annotations

from flask import Response

from lti_app.runs import names as runs_names
from lti_app.runs.names import Names
from lti_app.runs.words import sentence
from lti_app.sync.data_prep import lists
from lti_app.sync.data_prep import reading as data_prep_reading
from lti_app.sync.data_prep.files.spreadsheet import MAPPING_ID, SCHOOLOGY_ID, kept
from lti_app.sync.data_prep.lists import Line
from lti_app.web.access import admin_reader, own_district
from lti_app.web.admin.data_prep import page, words
from lti_app.web.admin.data_prep.lists import NOTHING, asked_kind
from lti_app.web.admin.tabs import blueprint
from lti_app.web.shared.downloads import csv_download

FACTS = {
    "user": {
        "Last name": "last_name",
        "First name": "first_name",
        "Unique ID": "school_uid",
        "Username": "username",
        "Email": "email",
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
    district, kind = own_district(), asked_kind()
    reading = data_prep_reading.reading(district)
    if reading is None:
        return page.render(messages=[NOTHING])
    names, facts = runs_names.names(district), FACTS[kind]
    header = (
        SCHOOLOGY_ID,
        *(f"Schoology: {name}" for name in (*facts, "School")),
        MAPPING_ID,
        "SIS ID",
        *(f"SIS: {name}" for name in (*facts, "School")),
        "Status",
        "Matched by",
        "Reason",
    )
    lines = lists.each(district, reading.id, kind)
    return csv_download(f"data-prep-{kind}s.csv", header, (_cells(each, kind, names) for each in lines))


def _cells(line: Line, kind: str, names: Names) -> tuple[object, ...]:
    ours, theirs = line.ours, line.theirs
    left, right = (
        [
            *(words.fact(row, fact) if row else "" for fact in FACTS[kind].values()),
            names.sis_buildings.get(row.building, row.building) if row else "",
        ]
        for row in (theirs, ours)
    )
    both = ours.ident if ours and theirs else ""
    rule = words.RULES.get(line.rule, (line.rule, ""))[0]
    stands, doubt = words.STANDINGS[line.standing], sentence(ours.doubt) if ours else ""
    first = theirs.ident if theirs else ""
    sis_id = kept(ours.ident) if ours else ""
    return (kept(first), *left, kept(both), sis_id, *right, stands, rule, doubt)
