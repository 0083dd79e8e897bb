"""What the adapter of eSchoolPLUS alone has to say of a failure: codes, their sentences, and the error."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

from lti_app.outbound.words import said
from lti_app.sis.errors import SisError

Error = TypeVar("Error", bound=SisError)


class EschoolCode(StrEnum):
    """How eSchoolPLUS fails. A stored code keeps its name."""

    NOT_ESCHOOLPLUS = "eschoolplus_not_recognized"
    NOT_ESCHOOLPLUS_SAYING = "eschoolplus_not_recognized_saying"
    REDIRECTS = "eschoolplus_redirects"
    TOO_OLD = "eschoolplus_too_old"
    SIGN_IN_REFUSED = "eschoolplus_sign_in_refused"
    SITE_UNKNOWN = "eschoolplus_site_unknown"
    NOT_LICENSED = "eschoolplus_not_licensed"
    READ_DROPPED = "eschoolplus_read_dropped"
    PAGE_UNREADABLE = "eschoolplus_page_unreadable"
    SESSIONS_ENDED = "eschoolplus_sessions_ended"
    UNAVAILABLE = "eschoolplus_unavailable"
    OTHER_PAGE = "eschoolplus_other_page"
    OTHER_PAGES = "eschoolplus_other_pages"
    ROWS_MISSING = "eschoolplus_rows_missing"
    ROWS_OF_MISSING = "eschoolplus_rows_of_missing"
    ROW_TWICE = "eschoolplus_row_twice"
    NO_SETTINGS = "eschoolplus_no_settings"
    OTHER_STUDENTS = "eschoolplus_other_students"
    ROW_UNREADABLE = "eschoolplus_row_unreadable"


NOT_BELIEVED = "This data wasn’t used. Refresh again."
SENTENCES: Mapping[str, str] = {
    EschoolCode.NOT_ESCHOOLPLUS: "The host responded, but not like eSchoolPLUS. Check the domain with your "
    "eSchoolPLUS representative.",
    EschoolCode.NOT_ESCHOOLPLUS_SAYING: "The host responded, but not like eSchoolPLUS. Check the domain with "
    "your eSchoolPLUS representative. ({why:reason})",
    EschoolCode.REDIRECTS: "The host redirects to another address. Enter that address as the domain.",
    EschoolCode.TOO_OLD: "{product} {version} was found, but version 3.0 or later is required. Ask your "
    "eSchoolPLUS representative about an upgrade.",
    EschoolCode.SIGN_IN_REFUSED: "eSchoolPLUS refused the login name or password. Correct them. After "
    "several wrong tries, eSchoolPLUS may lock the account.",
    EschoolCode.SITE_UNKNOWN: "eSchoolPLUS doesn’t recognize this site code. Ask your eSchoolPLUS "
    "representative for the right one.",
    EschoolCode.NOT_LICENSED: "The login works, but it doesn’t have API access. Ask your eSchoolPLUS "
    "representative to turn it on.",
    EschoolCode.READ_DROPPED: "eSchoolPLUS dropped the data during the refresh. Refresh again.",
    EschoolCode.PAGE_UNREADABLE: "eSchoolPLUS sent a page that couldn’t be read. The next sync tries again.",
    EschoolCode.SESSIONS_ENDED: "eSchoolPLUS ends every session as soon as it begins. The next sync tries "
    "again.",
    EschoolCode.UNAVAILABLE: "eSchoolPLUS isn’t available right now. {why:reason} Please try again later. If "
    "this lasts, check the domain.",
    EschoolCode.OTHER_PAGE: "eSchoolPLUS sent page {came} instead of page {asked}. " + NOT_BELIEVED,
    EschoolCode.OTHER_PAGES: "eSchoolPLUS announced {before} pages at first and {now} pages later. "
    + NOT_BELIEVED,
    EschoolCode.ROWS_MISSING: "eSchoolPLUS announced {announced} rows and sent {came}. " + NOT_BELIEVED,
    EschoolCode.ROWS_OF_MISSING: "eSchoolPLUS announced {announced} rows of {name} and sent {came}. Refresh "
    "the data again.",
    EschoolCode.ROW_TWICE: "eSchoolPLUS sent a row on two pages. " + NOT_BELIEVED,
    EschoolCode.NO_SETTINGS: "eSchoolPLUS sent no gradebook settings for this section.",
    EschoolCode.OTHER_STUDENTS: "eSchoolPLUS answered about other students than the app sent. The app sends "
    "the scores again.",
    EschoolCode.ROW_UNREADABLE: "A row of {name} couldn’t be read: {words:reason}",
}


def failed(kind: type[Error], code: EschoolCode, **values: Any) -> Error:
    """The error with its sentence, and its code and values for whoever stores it."""
    return kind(**said(SENTENCES, code, **values))
