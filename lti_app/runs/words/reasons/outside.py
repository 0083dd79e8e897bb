"""Sentences about what fails outside of the app. What has words of its own says them; the code tells them
apart."""

from __future__ import annotations

from collections.abc import Mapping

from lti_app.school.outside_codes import OutsideCode

OUTSIDE: Mapping[str, str] = {
    **dict.fromkeys(OutsideCode, "{words}"),
    OutsideCode.SIS_LIST_UNPROVEN: "Nothing proves that the SIS sent all of its {feed:feed}, so nothing was "
    "changed. The app reads the list again.",
    OutsideCode.SIS_UNKNOWN: "This app has no connection to a student information system called “{name}” "
    "(it has: {known}). Choose your student information system on the Configuration tab.",
}
