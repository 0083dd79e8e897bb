"""Sentences about one person's data: why it can't be found, exported, or erased."""

from __future__ import annotations

from collections.abc import Mapping

from lti_app.school.outside_codes import PersonCode

PERSON: Mapping[str, str] = {
    PersonCode.NOBODY: "The app holds nothing about a person with the ID “{id}”. Enter the SIS ID or the "
    "Schoology user ID.",
    PersonCode.SEVERAL_PEOPLE: "More than one person has the ID “{id}”. Use one of these instead: {keys}.",
    PersonCode.STILL_IN_SIS: "{name} is in the SIS, as of {at:moment}. Only data about people who have left "
    "the SIS can be erased.",
    PersonCode.STILL_MANAGED: "Syncs still manage the Schoology account of {name}. Run a sync first, so that "
    "it’s released.",
    PersonCode.NOT_READ_WHOLE: "The app can’t tell whether {name} has left, because the last sync didn’t get "
    "every person from the SIS. Run or preview a sync first.",
    PersonCode.ROW_NOT_READ: "The app can’t tell whether {name} has left, because the last sync couldn’t "
    "read every row. Fix the rows under Access to review first.",
    PersonCode.LEFT_TOO_SHORT_AGO: "{name} left on {at:moment}. Their data can be erased after "
    "{until:moment}.",
    PersonCode.ON_LEGAL_HOLD: "{name} is on legal hold, so nothing about them is erased.",
    PersonCode.SYNC_UNDER_WAY: "A sync is queued or running. Wait until it ends, then try again.",
    PersonCode.SYNC_ON_HOLD: "A sync on hold includes {name}. Approve or discard it in Logs first.",
    PersonCode.MAY_STILL_VIEW: "{name} can view this app. Remove their access in Schoology and under People "
    "who can view first.",
    PersonCode.IS_ACTING_USER: "{name} is the Acting User. Make another person the Acting User first.",
    PersonCode.WAS_ERASED: "What the app held of the person with the ID “{id}” was erased on {at:moment}. If "
    "they’re back, match their Schoology account in Data Prep.",
    PersonCode.ID_NOT_TYPED: "The ID you typed isn’t the ID of {name}.",
}
