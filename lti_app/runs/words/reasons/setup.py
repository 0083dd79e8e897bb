"""Sentences about the set-up: what is missing, why syncs are paused, and why the next one is due when it
is. Those of DUE_ are a part of a sentence."""

from __future__ import annotations

from collections.abc import Mapping

from lti_app.school.outside_codes import SetupCode

SETUP: Mapping[str, str] = {
    SetupCode.PAUSED_BY_HOST: "Syncs are paused by the people who host this app.",
    SetupCode.PAUSED_BY_HOST_BECAUSE: "Syncs are paused by the people who host this app. {words}",
    SetupCode.PAUSED_MOVING: "Syncs are paused because the connection to the student information system "
    "changed. Open “Change of SIS” on the Configuration tab, review what was found, and confirm it.",
    SetupCode.PAUSED_RESTORED: "The database was restored from a backup. Syncs are paused until the app "
    "finds the records it created since then. This happens automatically.",
    SetupCode.STEP_MISSING: "Complete the “{step}” step first. {why:reason}",
    SetupCode.STEP_API_KEY: "Your organization’s Schoology API key isn’t set up yet. Ask the people who host "
    "this app to add it with the command “installation set-key”.",
    SetupCode.STEP_API_ACCESS: "{adapter:access}",
    SetupCode.STEP_TEST_FAILED: "The last test failed: {why:reason} Fix this on the Configuration tab.",
    SetupCode.STEP_NOT_TESTED: "The credentials are saved. Select Test and save on the Configuration tab.",
    SetupCode.STEP_NOT_ENTERED: "Enter the credentials on the Configuration tab, then select Test and save.",
    SetupCode.STEP_ACTING_USER_LOST: "The Acting User can’t sync right now. Set the Acting User again on the "
    "Configuration tab.",
    SetupCode.STEP_NO_ACTING_USER: "A Schoology system administrator must select Make me the Acting User on "
    "the Configuration tab.",
    SetupCode.STEP_SCHOOLS: "Match at least one school on the Schools tab. Schools that aren’t matched "
    "aren’t synced.",
    SetupCode.STEP_TERMS: "Match terms to grading periods on the Terms tab. Sections in unmatched terms "
    "aren’t synced.",
    SetupCode.STEP_DATA_PREP: "If people, courses, or sections are already in Schoology, match them with the "
    "SIS before the first sync to avoid duplicates.",
    SetupCode.STEP_DATA_PREP_WAITS: "{count:record|records} still {count:=waits|wait}: accept the "
    "suggestions that are right, decide the others, and confirm.",
    SetupCode.STEP_SELECT_SCHOOLS: "Select schools on the {tab} tab.",
    SetupCode.STEP_SELECT_ROLE: "Choose a Schoology role for students or staff on the Users tab.",
    SetupCode.STEP_DATA_CHECK: "Check the data from your SIS and confirm it. Open the check from the "
    "Configuration tab.",
    SetupCode.DUE_AFTER_RESET: "the first {window:window} window at least 24 hours after {after:event} on "
    "{at:moment}",
    SetupCode.DUE_DAILY: "daily in the {window:window} window",
    SetupCode.DUE_AFTER_SKIPPED: "daily in the {window:window} window. The sync scheduled for {at:moment} "
    "was skipped: {why:reason}",
    SetupCode.DUE_WAITS: "Waiting: {why:reason}",
    SetupCode.WAITS_FOR_A_JOB: "another job for this district must finish first.",
    SetupCode.APP_NOT_RUNNING: "the app wasn’t running at that time.",
}
