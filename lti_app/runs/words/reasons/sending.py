"""Sentences about what became of a line on its way to Schoology."""

from __future__ import annotations

from collections.abc import Mapping

from lti_app.school.reason_codes import Code

SENDING: Mapping[str, str] = {
    Code.SYNCED_INDIVIDUALLY: "Skipped: this record was synced individually during this sync.",
    Code.NEW_TEACHER_NOT_ENROLLED: "Not ended: the new teacher of this section couldn’t be enrolled, and the "
    "section would have no teacher. See the new teacher’s line.",
    Code.NEW_PERSON_UNKNOWN: "Not ended: someone who isn’t in Schoology yet joins this section and may be "
    "the same person under a new ID. Sync users first.",
    Code.NEW_ID_NOT_MADE: "Not ended: the SIS seems to have this person under a new ID, and that account or "
    "enrollment wasn’t created. See the other record’s line. If it’s the same person, correct one of the two "
    "records in the SIS or link them. The next sync tries again.",
    Code.ACCESS_NOT_ENDED: "{why:reason} The other record is {other:record}.",
    Code.ACCESS_WAITS: "Not ended: it was put off for three nights. Decide under “Access to review” in Logs.",
    Code.ACCESS_KEPT: "Not ended: an administrator decided to keep it.",
    Code.ACCESS_ENDED: "An administrator decided to end it (Access to review in Logs).",
    Code.PARENT_REMOVED: "The SIS doesn’t list this parent for the student anymore.",
    Code.END_REFUSED: "Not ended: Schoology refused it ({words}). It isn’t sent again until a record changes "
    "or you try again. See “Access to review” in Logs.",
    Code.ROLE_CHANGE_REFUSED: "The SIS gives this person another role, and Schoology refused the change "
    "({words}). The person keeps the former rights.",
    Code.NEEDED_NOT_IN_SCHOOLOGY: "The {what:part} isn’t in Schoology. See that {what:part}’s line in this "
    "sync.",
    Code.FAMILY_NOT_IN_SCHOOLOGY: "The parent or the student isn’t in Schoology. See their lines in this "
    "sync.",
    Code.REQUEST_REFUSED: "Schoology refused the request that contained this line. {why:reason}",
    Code.REFUSED_BY_SCHOOLOGY: "Schoology refused this {kind:kind}. See its message.",
    Code.KEY_TAKEN_IN_SCHOOLOGY: "Schoology already has a {kind:kind} with this key, and the app doesn’t "
    "take over what it didn’t create. Match the two on the Data Prep tab.",
    Code.GONE_FROM_SCHOOLOGY: "This {kind:kind} isn’t in Schoology anymore. The app doesn’t create it again "
    "until you decide what to do.",
    Code.LINKED_TO_ANOTHER: "Schoology answered with a {kind:kind} that is already linked to another SIS "
    "record. Look for two records of the same person or class in the SIS.",
    Code.ALREADY_ENROLLED: "This person was already in the section. The app doesn’t change this enrollment.",
    Code.EMAIL_LEFT_OUT: "The email address “{value}” was left out because {who:holders} has it.",
    Code.VALUE_TAKEN: "The {name} “{value}” belongs to {who:holders}. Change one of them in the SIS, or free "
    "it in Schoology if it isn’t used anymore.",
    Code.VALUE_TAKEN_BY_ACCOUNT: "The {name} “{value}” belongs to {who:holders}. Match the two in Data Prep, "
    "or change one of them.",
    Code.SECTION_CODE_LEFT_OUT: "The section code “{value}” was left out because section {section} of the "
    "same course has it in a grading period that both use.",
    Code.SWAPPED_CODES: "{names} swap their {what}. Schoology can’t change them at the same time. In the "
    "SIS, give one of them another value first, and its final one after the next sync.",
    Code.SWAP_WAITS: "Waits for the nightly sync: {names} swap usernames or email addresses, which takes "
    "several steps.",
    Code.SWAP_STEP: "Step 1 of a swap between {names}: an interim value for a moment.",
    Code.SWAP_PUT_OFF: "Waits for the nightly sync: a step of a swap of usernames or email addresses.",
    Code.SWAP_RETURNED: "The swap could not be finished, so the former value was restored.",
    Code.ALREADY_LINKED: "This parent was already linked to the student. The app doesn’t change this link.",
    Code.ANSWER_LOST: "Schoology’s answer didn’t arrive. A later sync checks this line again.",
    Code.RUN_STOPPED: "Not sent: the sync stopped before this line.",
    Code.INTERRUPTED_READ_AGAIN: "The sync was interrupted and read the record again.",
    Code.CANCELED_WHILE_PAUSED: "Canceled while it was paused.",
}
