"""The columns of each call that the adapter uses, as docs/eschoolplus-wire.md spells them."""

from __future__ import annotations

from lti_app.sis.eschoolplus import wire
from lti_app.sis.rows import CELL, CELLS, Columns, RowType


def _plain(names: str) -> dict[str, str]:
    return dict.fromkeys(names.split(), CELL)


COLUMNS: dict[str, Columns] = {
    wire.BUILDINGS: _plain("BUILDING NAME ABBREVIATION STREET1 CITY STATE ZIP PHONE OUT_OF_DISTRICT"),
    wire.TERMS: _plain(
        "BUILDING TRACK SCHOOL_YEAR SUMMER_SCHOOL MARKING_PERIOD DESCRIPTION MP_ORDER START_DATE END_DATE"
    ),
    wire.STUDENTS: {
        **_plain("STUDENT_ID FIRST_NAME MIDDLE_NAME LAST_NAME LOGIN_ID BUILDING GRADE GRADUATION_YEAR"),
        **_plain("CURRENT_STATUS BIRTHDATE"),
        "CONTACTS": _plain("CONTACT_TYPE EMAIL"),
        "OTHER_BUILDINGS": CELLS,
    },
    wire.STAFF: {
        **_plain("STAFF_ID FIRST_NAME MIDDLE_NAME LAST_NAME EMAIL LOGIN_ID"),
        "BUILDINGS": _plain("BUILDING ACTIVE PRIMARY_BUILDING IS_TEACHER"),
    },
    wire.CONTACTS: {
        **_plain("CONTACT_ID FIRST_NAME MIDDLE_NAME LAST_NAME EMAIL LOGIN_ID"),
        "STUDENTS": _plain("STUDENT_ID CONTACT_TYPE RELATION BUILDING"),
    },
    wire.COURSES: _plain("BUILDING COURSE DESCRIPTION LONG_DESCRIPTION DEPARTMENT ACTIVE"),
    wire.SECTIONS: {
        **_plain("SECTION_KEY SCHOOL_YEAR SUMMER_SCHOOL BUILDING COURSE COURSE_SECTION DESCRIPTION TRACK"),
        "SESSIONS": {
            **_plain("COURSE_SESSION DESCRIPTION PERIOD RECEIVE_MARK PRIMARY_STAFF_ID"),
            "MARKING_PERIODS": CELLS,
            "CO_STAFF_IDS": CELLS,
        },
    },
    wire.ENROLLMENTS: {
        **_plain("SECTION_KEY BUILDING STUDENT_ID COURSE_STATUS MODELED"),
        "DATE_RANGES": _plain("DATE_ADDED DATE_DROPPED"),
    },
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
