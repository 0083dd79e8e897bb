"""Why Data Prep leaves a record to a person: the short title of each doubt, and the sentence."""

from __future__ import annotations

from collections.abc import Mapping

from lti_app.school.prep import Doubt, FileCode

TITLES: Mapping[str, str] = {
    Doubt.DOUBT_PERIODS: "Other grading periods",
    Doubt.DOUBT_ROLE: "Other role",
    Doubt.DOUBT_YEAR: "Other graduation year",
    Doubt.DOUBT_NAME: "Other name",
    Doubt.DOUBT_RULE_OFF: "Matching rule not in use",
    Doubt.DOUBT_NOT_UNIQUE: "Same values as a record that is matched",
    Doubt.DOUBT_ONLY_EMAIL: "Only the email is the same",
    Doubt.DOUBT_ONLY_USERNAME: "Only the username is the same",
    Doubt.DOUBT_ONLY_NAME: "Only the name is the same",
    Doubt.DOUBT_ONLY_FAMILY: "Only the last name, school, and graduation year are the same",
    Doubt.DOUBT_ONLY_CODE: "Same code, other school",
    Doubt.DOUBT_ONLY_TITLE: "Same title, other code",
    Doubt.DOUBT_ONLY_SECTION: "Same section number or teacher, not enough to be sure",
    Doubt.DOUBT_SEVERAL: "Several possible matches",
    Doubt.DOUBT_SHARED: "Several SIS records for one Schoology record",
    Doubt.DOUBT_TAKEN: "Unique ID of an account that is matched",
}
"""Doubt → what such records have in common."""
DOUBTS: Mapping[str, str] = {
    Doubt.DOUBT_PERIODS: "Other grading periods: {ours} in the SIS, {theirs} in Schoology.",
    Doubt.DOUBT_ROLE: "Other role: {ours} in the SIS, {theirs} in Schoology.",
    Doubt.DOUBT_YEAR: "Other graduation year: {ours} in the SIS, {theirs} in Schoology.",
    Doubt.DOUBT_NAME: "Other name: {ours} in the SIS, {theirs} in Schoology.",
    Doubt.DOUBT_RULE_OFF: "Found by {rule:rule}, but that rule isn’t in use.",
    Doubt.DOUBT_NOT_UNIQUE: "Found by {rule:rule}, but another record has the same values.",
    **{each: f"{said}." for each, said in TITLES.items() if each.startswith("doubt_only")},
    Doubt.DOUBT_SEVERAL: "{count:Schoology record|Schoology records} could be the match.",
    Doubt.DOUBT_SHARED: "Another SIS record has the same values, and Schoology has one record with them.",
    Doubt.DOUBT_TAKEN: "Another SIS record is matched with the account that has this unique ID.",
    FileCode.PREP_CHECKED: "File checked: {changes:row changes|rows change} a match, and {problems:row has|"
    "rows have} a problem. Nothing was applied. Open the list to review the file.",
    FileCode.PREP_APPLIED: "{count:row|rows} of the file applied.",
    FileCode.PREP_NOT_APPLIED: "{count:row|rows} couldn’t be applied. The first: {why:reason}",
    FileCode.PREP_LINE_REFUSED: "{id}: {why:reason}",
}
"""Doubt, or end of a job of a file → its sentence."""
