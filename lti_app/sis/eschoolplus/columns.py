"""The columns of each call of the gradebook that the adapter uses (docs/eschoolplus-wire.md)."""

from __future__ import annotations

from lti_app.sis.eschoolplus import wire
from lti_app.sis.rows import CELL, CELLS, Columns, RowType


def _plain(names: str) -> dict[str, str]:
    return dict.fromkeys(names.split(), CELL)


COLUMNS: dict[str, Columns] = {
    wire.GRADEBOOK_SETTINGS: {
        **_plain("SECTION_KEY USE_TOTAL_POINTS ROUND_TRUNC"),
        "CATEGORIES": {
            **_plain("SESSION CATEGORY CATEGORY_ID DESCRIPTION CATEGORY_WEIGHT DROP_LOWEST EXCLUDE_MISSING"),
            "MARKING_PERIODS": CELLS,
        },
        "ALPHA_MARKS": _plain("CODE DESCRIPTION EXCLUDE PERCENT_VALUE"),
    },
    wire.ASSIGNMENTS: _plain(
        "COURSE_SESSION SCHOOLOGY_ID CATEGORY DESCRIPTION DETAIL POINTS WEIGHT ASSIGN_DATE DUE_DATE PUBLISH "
        "ASMT_NUMBER"
    ),
    wire.SCORES: _plain("COURSE_SESSION ASMT_NUMBER STUDENT_ID ASMT_SCORE ASMT_ALPHA_MARK COMMENT"),
    wire.AVERAGES: _plain("STUDENT_ID MARKING_PERIOD AVERAGE"),
}
ROW_TYPES = {call: RowType(call.title().replace("_", ""), columns) for call, columns in COLUMNS.items()}
"""Call → how its rows are decoded."""
OUTCOMES = RowType("Outcomes", _plain("STUDENT_ID STATUS CODE MESSAGE"))
"""What a write of scores answers for each."""
