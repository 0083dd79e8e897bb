"""Short titles for records that have the same problem, without the values of any one of them."""

from __future__ import annotations

from collections.abc import Mapping

from lti_app.school.reason_codes import Code

TITLES: Mapping[str, str] = {
    Code.ROW_UNREADABLE: "the SIS row can’t be read",
    Code.ROW_WITHOUT_KEY: "the SIS row has no ID",
    Code.ROW_LEADS_NOWHERE: "the SIS row names a person or section that isn’t in the SIS",
    Code.ROW_PROBABLY_MEANS: "the SIS row has a typing error in an ID",
    Code.ROWS_CONTRADICT: "the SIS has several records with this ID, and they differ",
    Code.ROW_WAITS: "the SIS row needs a decision under Access to review",
    Code.ROW_IGNORED: "the SIS row is ignored",
    Code.SIS_ID_EMPTY: "no ID in the SIS",
    Code.SIS_ID_TWICE: "the SIS has two records with the same ID",
    Code.NAME_EMPTY: "no name in the SIS",
    Code.UNIQUE_ID_EMPTY: "no unique ID in the SIS",
    Code.ROLE_UNKNOWN: "the app doesn’t know the SIS role",
    Code.ROLE_NOT_CHOSEN: "no Schoology role is selected for them",
    Code.ROLE_GONE: "their Schoology role doesn’t exist anymore",
    Code.EMAIL_NOT_VALID: "the email address isn’t valid",
    Code.USERNAME_NOT_VALID: "Schoology doesn’t allow the username",
    Code.NO_USERNAME_OR_EMAIL: "no username and no email address",
    Code.COURSE_CODE_EMPTY: "no course code in the SIS",
    Code.COURSE_TITLE_EMPTY: "no title in the SIS",
    Code.TEMPLATE_EMPTY: "a template leaves a field empty",
    Code.SECTION_WITHOUT_SESSION: "no term in the SIS",
    Code.COMMA_IN_UNIQUE_ID: "the unique ID has a comma",
    Code.COMMA_IN_SECTION_CODE: "the section school code has a comma",
    Code.NUMBER_SHARED: "another student or staff member has the same unique ID",
    Code.KEY_SHARED: "two SIS records would get the same ID or code",
    Code.KEY_SHARED_WITH: "another SIS record has the same ID or code",
    Code.EMAIL_SHARED_NO_USERNAME: "another person has the same email address, and there’s no username",
    Code.NEEDED_BLOCKED: "another record that’s needed has a problem",
    Code.NEEDED_NOT_IN_SIS: "another record that’s needed isn’t in the SIS",
    Code.NEEDED_NOT_SYNCED: "another record that’s needed isn’t in Schoology yet",
    Code.NEEDED_LEFT_OUT: "another record that’s needed isn’t synced",
    Code.NEEDED_NOT_IN_SCHOOLOGY: "another record that’s needed isn’t in Schoology",
    Code.FAMILY_NOT_IN_SCHOOLOGY: "the parent or the student isn’t in Schoology",
    Code.REQUEST_REFUSED: "Schoology refused the whole request",
    Code.REFUSED_BY_SCHOOLOGY: "Schoology refused them",
    Code.KEY_TAKEN_IN_SCHOOLOGY: "Schoology already has a record with this ID or code",
    Code.GONE_FROM_SCHOOLOGY: "deleted in Schoology",
    Code.LINKED_TO_ANOTHER: "Schoology has them linked to another SIS record",
    Code.VALUE_TAKEN: "the username, email address, or code belongs to another record",
    Code.VALUE_TAKEN_BY_ACCOUNT: "the username or email address belongs to a Schoology account",
    Code.SWAPPED_CODES: "records swap their codes",
    Code.SWAP_WAITS: "waiting for the nightly sync",
    Code.SWAP_PUT_OFF: "waiting for the nightly sync",
    Code.SWAP_RETURNED: "a swap of values couldn’t be finished",
    Code.ANSWER_LOST: "Schoology’s answer didn’t arrive",
    Code.NEW_TEACHER_NOT_ENROLLED: "not ended: the new teacher couldn’t be enrolled",
    Code.NEW_PERSON_UNKNOWN: "not ended: a new person in the class isn’t in Schoology yet",
    Code.NEW_ID_NOT_MADE: "not ended: the person’s new ID isn’t in Schoology yet",
    Code.ROLE_CHANGE_REFUSED: "not changed: Schoology refused another role",
    Code.ACCESS_NOT_ENDED: "not ended: the person’s other record isn’t in Schoology yet",
}
"""Code → what is wrong, to follow “2 users:”."""
FOLLOWS = frozenset(
    (
        Code.NEEDED_BLOCKED,
        Code.NEEDED_NOT_IN_SIS,
        Code.NEEDED_NOT_SYNCED,
        Code.NEEDED_LEFT_OUT,
        Code.NEEDED_NOT_IN_SCHOOLOGY,
        Code.FAMILY_NOT_IN_SCHOOLOGY,
    )
)
"""Problems that end with the one that caused them."""
ON_OTHER_LISTS = frozenset(
    (
        Code.SECTION_OTHER_COURSE,
        Code.SECTION_FROZEN,
        Code.NEEDED_DELETED,
        Code.ACCESS_WAITS,
        Code.ACCESS_KEPT,
        Code.END_REFUSED,
        Code.PREP_PAIRED,
        Code.PREP_AMBIGUOUS,
        Code.PREP_CONFLICT,
        Code.PREP_KEY_TAKEN,
        Code.PREP_TWIN,
    )
)
"""Choices, and what has a list of its own."""


def group_title(code: str) -> str:
    """What records with this reason have in common."""
    return TITLES.get(code, "another problem")
