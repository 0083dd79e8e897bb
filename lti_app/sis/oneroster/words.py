"""What only the adapter of OneRoster says of a failure: codes, their sentences, and parts of its errors."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from lti_app.outbound.words import Said, said


class OneRosterCode(StrEnum):
    """How a OneRoster server fails. A stored code keeps its name."""

    NOT_ONEROSTER = "oneroster_not_recognized"
    NOT_ONEROSTER_BECAUSE = "oneroster_not_recognized_because"
    PAGE_FOR_PEOPLE = "oneroster_page_for_people"
    REDIRECTS = "oneroster_redirects"
    NOT_DATA = "oneroster_not_data"
    PAGE_UNREADABLE = "oneroster_page_unreadable"
    NO_SUCH_OBJECT = "oneroster_no_such_object"
    NOT_UNDERSTOOD = "oneroster_not_understood"
    TOKEN_REFUSED = "oneroster_token_refused"  # noqa: S105 - a code
    UNAVAILABLE = "oneroster_unavailable"
    SLOW_DOWN = "oneroster_slow_down"
    GRADEBOOK_REFUSED = "oneroster_gradebook_refused"
    GRADEBOOK_READ_ONLY = "oneroster_gradebook_read_only"
    ROSTER_REFUSED = "oneroster_roster_refused"
    SIGN_IN_REFUSED = "oneroster_sign_in_refused"
    CLOCKS_DIFFER = "oneroster_clocks_differ"
    CLIENT_REFUSED = "oneroster_client_refused"
    SCOPES_REFUSED = "oneroster_scopes_refused"
    WRITE_WITHOUT_ANSWER = "oneroster_write_without_answer"
    NO_TOKENS = "oneroster_no_tokens"  # noqa: S105 - a code
    NO_TOKENS_STATUS = "oneroster_no_tokens_status"  # noqa: S105 - a code
    TOKENS_UNAVAILABLE = "oneroster_tokens_unavailable"
    ENTER_TOKEN_ADDRESS = "oneroster_enter_token_address"  # noqa: S105 - a code
    ENTER_CLIENT_ID = "oneroster_enter_client_id"
    NOT_HTTPS = "oneroster_not_https"
    NOT_AN_OBJECT = "oneroster_not_an_object"
    NO_SCHOOLS = "oneroster_no_schools"
    NO_SCHOOLS_NOW = "oneroster_no_schools_now"
    NOBODY = "oneroster_nobody"
    NO_GRADEBOOK = "oneroster_no_gradebook"
    LIST_BROKE_OFF = "oneroster_list_broke_off"
    LIST_NOT_UNDERSTOOD = "oneroster_list_not_understood"
    LIST_REPEATS = "oneroster_list_repeats"
    LIST_CHANGED = "oneroster_list_changed"
    ROWS_MISSING = "oneroster_rows_missing"
    ROW_TWICE = "oneroster_row_twice"


NOT_BELIEVED = "This data wasn’t used. Refresh again."
CHECK_BASE = "Check the base address with the people who run your SIS."
NO_TOKENS = (
    "The token address responded, but not with a token. Check the token address with the people who run "
    "your SIS."
)
NOT_ONEROSTER = f"The base address responded, but not like a OneRoster server. {CHECK_BASE}"
SENTENCES: Mapping[str, str] = {
    OneRosterCode.NOT_ONEROSTER: NOT_ONEROSTER,
    OneRosterCode.NOT_ONEROSTER_BECAUSE: NOT_ONEROSTER + " ({why:reason})",
    OneRosterCode.PAGE_FOR_PEOPLE: f"{NOT_ONEROSTER} It sent a page for people instead of data, such as a "
    "page to sign in.",
    OneRosterCode.REDIRECTS: "The server redirects to another address. Enter that address as the base "
    "address.",
    OneRosterCode.NOT_DATA: "The SIS sent something other than data. ({words}) The next sync tries again.",
    OneRosterCode.PAGE_UNREADABLE: NOT_ONEROSTER + " Its answer couldn’t be read. ({words})",
    OneRosterCode.NO_SUCH_OBJECT: "The SIS has no such list or record.{words:quoted}",
    OneRosterCode.NOT_UNDERSTOOD: "The SIS doesn’t understand the request ({status}).{words:quoted}",
    OneRosterCode.TOKEN_REFUSED: "The SIS refused the sign-in.{words:quoted}",
    OneRosterCode.UNAVAILABLE: "The SIS isn’t available right now. {why:reason} Please try again later. If "
    "this lasts, check the base address.",
    OneRosterCode.SLOW_DOWN: "The SIS asked the app to slow down.{words:quoted}",
    OneRosterCode.GRADEBOOK_REFUSED: "The sign-in works, but the gradebook refused this app.{words:quoted} "
    "Ask for the scopes gradebook.readonly, gradebook.createput, and gradebook.delete, or for the "
    "gradebook’s license.",
    OneRosterCode.GRADEBOOK_READ_ONLY: "The sign-in works, but this app may only read grades, not write "
    "them. Ask for the scopes gradebook.createput and gradebook.delete.",
    OneRosterCode.ROSTER_REFUSED: "The sign-in works, but the rosters refused this app.{words:quoted} Ask "
    "for the scopes roster.readonly and roster-core.readonly.",
    OneRosterCode.SIGN_IN_REFUSED: "The SIS refused the sign-in.{words:quoted} Correct the client ID and the "
    "client secret, and check that the kind of sign-in is one that your SIS offers.",
    OneRosterCode.CLOCKS_DIFFER: "The SIS refused the sign-in: the clock of this app and the clock of the "
    "SIS differ by {minutes} minutes.{words:quoted} Correct the clock that is wrong. The SIS accepts signed "
    "requests only within 5 minutes.",
    OneRosterCode.CLIENT_REFUSED: "The SIS refused the client ID or the client secret.{words:quoted} Correct "
    "them. In some systems, a secret expires after a year.",
    OneRosterCode.SCOPES_REFUSED: "The SIS refused every scope that this app needs. Ask for the scopes "
    "roster.readonly and, for grades, gradebook.readonly, gradebook.createput, and gradebook.delete.",
    OneRosterCode.WRITE_WITHOUT_ANSWER: "The SIS sent a page instead of an answer. The app sends the change "
    "again.",
    OneRosterCode.NO_TOKENS: NO_TOKENS,
    OneRosterCode.NO_TOKENS_STATUS: NO_TOKENS + " (It answered {status}.)",
    OneRosterCode.TOKENS_UNAVAILABLE: "The token address isn’t available right now. {why:reason} Please try "
    "again later. If this lasts, check the token address.",
    OneRosterCode.ENTER_TOKEN_ADDRESS: "Enter the token address. With OAuth 2, the app signs in there first.",
    OneRosterCode.ENTER_CLIENT_ID: "Enter the client ID that your SIS gave to this app.",
    OneRosterCode.NOT_HTTPS: "The {what} begins with http://, so passwords and student data could be read on "
    "the way. Enter the address that begins with https://.",
    OneRosterCode.NOT_AN_OBJECT: "The SIS didn’t send a record that the app can read. Try again later.",
    OneRosterCode.NO_SCHOOLS: "The sign-in works, but the SIS shows this app no schools. In the SIS, give "
    "this app’s client access to the schools to sync.",
    OneRosterCode.NO_SCHOOLS_NOW: "The SIS shows no schools right now, so the app doesn’t use anything that "
    "it sends. Please try again later. If this lasts, check the base address.",
    OneRosterCode.NOBODY: "The sign-in works, but the SIS shows this app no people at all. In the SIS, give "
    "this app’s client access to the users of the schools to sync. Nothing was changed.",
    OneRosterCode.NO_GRADEBOOK: "The server has no gradebook at this address. Check the gradebook address, "
    "or ask whether the gradebook is licensed for OneRoster.",
    OneRosterCode.LIST_BROKE_OFF: "The list of {names} broke off. The next sync tries again.",
    OneRosterCode.LIST_NOT_UNDERSTOOD: "The SIS doesn’t understand how the app asks for {names}. "
    "{why:reason}",
    OneRosterCode.LIST_REPEATS: "The SIS sends the same {count} rows of {names} again and again, so the app "
    "can’t ask for the rest. " + NOT_BELIEVED,
    OneRosterCode.LIST_CHANGED: "The list of {names} changed while the app was reading it. " + NOT_BELIEVED,
    OneRosterCode.ROWS_MISSING: "The SIS announced {announced} rows of {names} and sent {came}. "
    + NOT_BELIEVED,
    OneRosterCode.ROW_TWICE: "The SIS sent a row of {names} on two pages. " + NOT_BELIEVED,
}


def told(code: OneRosterCode, **values: Any) -> Said:
    """What an error of this adapter is made of."""
    return said(SENTENCES, code, **values)
