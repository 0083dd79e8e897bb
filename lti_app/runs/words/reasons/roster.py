"""Sentences about records of the SIS: what the rules, the plan, a check and Data Prep found."""

from __future__ import annotations

from collections.abc import Mapping

from lti_app.school.reason_codes import Code

RULES: Mapping[str, str] = {
    Code.ROW_UNREADABLE: "{text:reason}",
    Code.ROW_WITHOUT_KEY: "The app can’t tell whose row this is, so it doesn’t drop anyone the row may "
    "mean. Correct it in the SIS.",
    Code.ROW_LEADS_NOWHERE: "This SIS row names the {what:part} “{key:record}”, but the SIS has no "
    "{what:part} with this ID. Until the row is corrected, the app doesn’t end any enrollment that the row "
    "may belong to.",
    Code.ROW_PROBABLY_MEANS: "The SIS has no {what:part} “{key:record}”. This is probably a typing error for "
    "“{meant:record}”. Until the row is corrected, the app doesn’t end any enrollment that the row may "
    "belong to.",
    Code.ROWS_CONTRADICT: "The SIS has several records with this ID, and they differ in {field:field}: "
    "“{first}” and “{second}”. Correct one of them in the SIS.",
    Code.ROW_IGNORED: "{by} decided to ignore this row, so it doesn’t keep anyone in a class anymore.",
    Code.ROW_WAITS: "It has been like this for {days:day|days}. Decide on it under “Access to review” in "
    "Logs.",
    Code.TEXT_CLEANED: "Characters that can’t be seen or stored were removed from the {field:field} "
    "“{value}”.",
    Code.FIELD_LEFT_OUT: "The {field:field} “{value}” can’t be used, so it is left out and Schoology keeps "
    "what it has. Correct it in the SIS.",
    Code.EMAIL_UNUSABLE: "The email address “{value}” isn’t valid, so it is left out and Schoology keeps "
    "what it has. Correct it in the SIS.",
    Code.USERNAME_UNUSABLE: "The username “{value}” has a space or another character that Schoology doesn’t "
    "allow, so it is left out and Schoology keeps what it has. It allows only letters, digits, and . - _ ~. "
    "Correct the login in the SIS.",
    Code.USERNAME_KEPT: "The SIS has no username for this person, so the account keeps “{value}”. Fill in "
    "the login in the SIS.",
    Code.SIS_ID_EMPTY: "This person has no ID in the SIS. Add one there.",
    Code.SIS_ID_TWICE: "The SIS has two records with this ID. Give one of them another ID there.",
    Code.NAME_EMPTY: "The {field:field} is empty. Enter it in the SIS.",
    Code.UNIQUE_ID_EMPTY: "The SIS has no unique ID for this person ({named}). Enter it in the SIS.",
    Code.ROLE_UNKNOWN: "The app doesn’t know the SIS role “{role}”. It must be student, teacher, staff or "
    "guardian: correct it in the SIS.",
    Code.ROLE_OFF: "Syncing {role:people} is turned off on the Users tab.",
    Code.ROLE_NOT_CHOSEN: "No Schoology role is selected for {role:people} on the Users tab.",
    Code.ROLE_GONE: "The Schoology role selected for {role:people} doesn’t exist anymore. Select another "
    "one on the Users tab.",
    Code.NO_SCHOOL_SELECTED: "This person’s schools aren’t matched on the Schools tab or aren’t selected "
    "on the Users tab.",
    Code.EMAIL_NOT_VALID: "The email address “{email}” isn’t valid. Correct it in the SIS.",
    Code.USERNAME_NOT_VALID: "Schoology doesn’t allow the username “{username}”. Usernames can have only "
    "letters, digits, and . - _ ~, and no spaces. Correct the login in the SIS.",
    Code.NO_USERNAME_OR_EMAIL: "This person has no username and no email address, and Schoology needs one of "
    "them. Enter a login or an email address in the SIS, or select another username source on the Users tab.",
    Code.COURSE_CODE_EMPTY: "The course code is empty. Enter it in the SIS.",
    Code.COURSE_TITLE_EMPTY: "The course has no title. Enter one in the SIS.",
    Code.SCHOOL_NOT_MAPPED: "The school isn’t matched on the Schools tab.",
    Code.SCHOOL_NOT_SELECTED: "The school isn’t selected on the {tab} tab.",
    Code.TEMPLATE_EMPTY: "The template on the {tab} tab leaves the {field:field} of this {kind:kind} empty. "
    "Use a field in the template that has a value.",
    Code.SECTION_WITHOUT_SESSION: "The section has no term. Add one in the SIS.",
    Code.TERMS_NOT_MAPPED: "The section’s terms aren’t matched on the Terms tab ({school}: {periods}).",
    Code.TERMS_ENDED: "The section’s last term ended on {day:day}, so the app doesn’t change the section "
    "anymore.",
    Code.COMMA_IN_UNIQUE_ID: "The unique ID “{key}” has a comma, which Schoology can’t search for. Choose "
    "other unique IDs on the Users tab, or correct the record in the SIS.",
    Code.COMMA_IN_SECTION_CODE: "The section school code “{school_code}” has a comma, which Schoology can’t "
    "search for. Change the template on the Sections tab, or the record in the SIS.",
    Code.CO_TEACHERS_OFF: "Co-teachers are turned off on the Sections tab.",
}
PLAN: Mapping[str, str] = {
    Code.KEY_SHARED: "Two SIS records would get the same {kind:key} “{key}”. Change one of them in the SIS, "
    "or use a prefix or template that keeps them apart.",
    Code.KEY_SHARED_WITH: "Another SIS record ({other:record}) has the same {kind:key} “{key}”. Change one "
    "of them in the SIS, then run a full sync.",
    Code.NUMBER_SHARED: "The unique ID “{key}” belongs to {other:record}, and Schoology allows each ID only "
    "once. "
    "Before the first sync, enter a prefix on the Users tab. After it, change one of the two numbers in the "
    "SIS.",
    Code.EMAIL_SHARED: "Another person has the same email address, so this account uses the username only.",
    Code.EMAIL_SHARED_NO_USERNAME: "Another person has the same email address, and this person has no "
    "username. Give this person a login or a different email address in the SIS.",
    Code.NEEDED_DELETED: "The {what:part} was deleted in Schoology. Decide what to do under “Deleted in "
    "Schoology” in Logs.",
    Code.NEEDED_LEFT_OUT: "The {what:part} is left out of the sync.",
    Code.NEEDED_BLOCKED: "The {what:part} has a problem. See that {what:part}’s line in this sync.",
    Code.NEEDED_NOT_IN_SIS: "The {what:part} isn’t in the SIS.",
    Code.NEEDED_NOT_SYNCED: "The {what:part} isn’t in Schoology yet. Sync {kind:kinds} first.",
    Code.LEFT_SIS: "No longer in the SIS; kept in Schoology. If it should go, delete it in Schoology.",
    Code.SECTION_OTHER_COURSE: "The SIS lists this section under another course, and Schoology can’t move "
    "a section. Its people still sync. Keep it (Logs, Access to review), move it back in the SIS, or move "
    "its people to a new section there.",
    Code.SECTION_FROZEN: "Not sent: the terms of its section are over or aren’t matched anymore, so the app "
    "doesn’t change the section.",
    Code.UNDO_STAYS: "It stays in Schoology: the app never deletes a user, course, section or parent link.",
    Code.UNDO_CHANGED_SINCE: "A later sync changed it, so it isn’t undone.",
    Code.UNDO_BEFORE_UNKNOWN: "It isn’t undone: the app doesn’t know what was there before.",
    Code.PLAN_REPLACED: "A newer sync replaced this plan.",
    Code.PLAN_DISCARDED: "Discarded by {name}.",
}
CHECKS: Mapping[str, str] = {
    Code.CHANGED_IN_SCHOOLOGY: "Changed in Schoology since the last sync.",
    Code.NOT_FOUND_BY_KEY: "It isn’t in Schoology anymore, or its key was changed there.",
    Code.DELETED_IN_SCHOOLOGY: "It isn’t in Schoology anymore. Decide what to do under “Deleted in "
    "Schoology” in Logs.",
    Code.TOO_MANY_NOT_FOUND: "Not found in Schoology. More than a tenth of these records weren’t found this "
    "time, so the app doesn’t trust the result. Look for them in Schoology, then check again.",
    Code.ENROLLED_BY_HAND: "This enrollment was made in Schoology by hand. The app doesn’t change it.",
    Code.FOUND_ON_BOTH_SIDES: "In the SIS and in Schoology, so the app linked the two.",
    Code.PAIRED_BY_HAND: "Matched by hand. Accepted by {by}.",
    Code.PAIRED_BY_FILE: "Matched by an uploaded file. Accepted by {by}.",
    Code.PAIRED_BY_RULE: "Matched by {rule:rule}. Accepted by {by}.",
    Code.PREP_PAIRED: "Data Prep found it in Schoology. Confirm the match on the Data Prep tab first.",
    Code.PREP_AMBIGUOUS: "Data Prep found something similar in Schoology. Decide on the Data Prep tab first.",
    Code.PREP_CONFLICT: "Data Prep found another SIS record that matches the same object in Schoology. "
    "Decide on the Data Prep tab first.",
    Code.PREP_KEY_TAKEN: "Another SIS record with the same unique ID has this account.",
    Code.PREP_TWIN: "This may be a second account of someone who has another one here. A sync doesn’t change "
    "it.",
}
ROSTER: Mapping[str, str] = {**RULES, **PLAN, **CHECKS}
