"""Sentences about what is wrong with the Acting User, live sync or a district, for banners and emails.

Emails name no person of the school and hold no words of the SIS or of Schoology.
"""

from __future__ import annotations

from collections.abc import Mapping

from lti_app.school.reason_codes import Code

VOID = "Schoology no longer accepts the Acting User’s permission, so syncs are stopped."
LOST = "The Acting User isn’t a Schoology system administrator anymore, so syncs are stopped."
MAKE_ME = (
    " A Schoology system administrator must open the Configuration tab and select Make me the Acting User."
)
WHO = " (Previously {name}; detected {at:moment}.)"
PROBLEMS: Mapping[str, str] = {
    Code.NO_ACTING_USER: "No Acting User is set. Set one on the Configuration tab.",
    Code.ROLE_LOST: LOST + MAKE_ME + WHO,
    Code.PERMISSION_VOID: VOID + MAKE_ME + WHO,
    Code.SUBSCRIPTION_REFUSED: "Schoology refused a subscription: {words}",
}
ALERTS: Mapping[str, str] = {
    Code.ALERT_ROLE_LOST: LOST + MAKE_ME,
    Code.ALERT_PERMISSION_VOID: VOID + MAKE_ME,
    Code.ALERT_CREDENTIALS: "The SIS refused the app because of its credentials, license or version. See the "
    "Configuration tab for details.",
    Code.ALERT_GRADES_OFF: "Grades are off because the SIS refuses access to its gradebook. Rosters sync as "
    "usual. See the Configuration tab for details.",
    Code.ALERT_FIRST_SCORE: "A teacher reported that the first score is wrong in the SIS, so no grades "
    "are sent in the whole district until the Acting User answers. The app sent: {sent}. The SIS shows: "
    "{read}. Open Grades on the Configuration tab, compare both, and answer.",
    Code.ALERT_LATE: "No sync has succeeded since the one scheduled for {at:moment}. See the Logs tab for "
    "what happened, and the Configuration tab for the next sync.",
    Code.ALERT_TOO_LONG: "The scheduled sync is taking longer than its window of three hours.",
    Code.ALERT_ENDS_PROCESS: "The last sync was stopped because the app’s process ended several times at the "
    "same place. Contact the people who host the app.",
    Code.ALERT_HELD: "Changes have needed your approval for more than a day. Review them in Logs.",
    Code.ALERT_ERRORS: "Schoology refused {share} of the changes in the last sync. See Logs for the reasons.",
    Code.ALERT_LIVE: "Schoology doesn’t confirm what live sync needs. Open Live sync on the Configuration "
    "tab for details.",
    Code.ALERT_LIVE_HELD: "Live sync put deletes in {count:course|courses} on hold because there are "
    "unusually many. Open Live sync on the Configuration tab and decide.",
}
