"""Sentences about graded items and scores on their way to the SIS."""

from __future__ import annotations

from collections.abc import Mapping

from lti_app.school.reason_codes import Code

REFUSED: Mapping[str, str] = {
    Code.CATEGORY_UNKNOWN: "The SIS doesn’t have this category in this section and term. Match it "
    "again on the Configuration tab.",
    Code.DATE_OUTSIDE_TERM: "The due date isn’t in any term of this section. Change the due date. "
    "If it’s correct, ask your administrator to refresh the terms in this app.",
    Code.NOT_MEETING_DAY: "The class doesn’t meet on any day that was tried for the due date. Choose another "
    "due date.",
    Code.PERIOD_LOCKED: "The term is closed in the SIS. Ask the school office to open it, then retry.",
    Code.TITLE_REQUIRED: "The SIS requires a title. Give the item one in Schoology.",
    Code.TITLE_TOO_LONG: "The title is too long for the SIS. Shorten it in Schoology.",
    Code.POINTS_INVALID: "The SIS doesn’t accept this number of points. Correct it in Schoology.",
    Code.STUDENT_NOT_IN_SECTION: "The student isn’t in the SIS section today. If they should be, contact the "
    "school office. If they left, no action is needed.",
    Code.SCORE_REJECTED: "The SIS doesn’t accept this score. Correct it in Schoology.",
    Code.MARK_CODE_UNKNOWN: "This school doesn’t have this mark in the SIS. Contact your administrator.",
    Code.SECTION_UNKNOWN: "The SIS doesn’t have this section anymore. Contact your SIS administrator.",
    Code.ASSIGNMENT_UNKNOWN: "The assignment disappeared from the SIS while its scores were being sent. "
    "Retry.",
    Code.REFUSED_BY_SIS: "The SIS refused it. Its message: {words}",
    Code.REFUSED_WITHOUT_WORDS: "The SIS refused it and gave no reason. Retry; if it happens again, contact "
    "your SIS administrator.",
    Code.ITEM_REFUSED: "The SIS refused its item. {why:reason}",
    Code.SOME_SCORES_REFUSED: "{refused:number} of {count:score|scores} {refused:=was|were} refused. The "
    "rest arrived.",
}
KEPT: Mapping[str, str] = {
    Code.MADE_AGAIN: "Its assignment was missing from the SIS and was created again. Retry to send the "
    "earlier scores too.",
    Code.ITEM_NOT_KEPT: "The SIS accepted this item but shows something different. Retry; if it happens "
    "again, contact your administrator.",
    Code.SCORE_NOT_KEPT: "The SIS accepted this score but doesn’t show it. Retry; if it happens again, "
    "contact your administrator.",
    Code.SOME_SCORE_NOT_KEPT: "The SIS didn’t keep one of the scores. Retry.",
    Code.CHANGED_IN_SIS_WAITS: "It was changed in the SIS since the last sync, and the teacher needs to "
    "decide.",
    Code.CHANGED_IN_SIS_KEPT: "It was changed in the SIS since the last sync. The earlier value is kept "
    "here.",
    Code.CHANGED_IN_SIS_SINCE: "Not restored: the SIS has a different value there now. Check it in the SIS "
    "and correct it there if it’s wrong.",
    Code.OPTED_OUT: "Not sent: someone chose not to sync this item while the sync was running.",
    Code.SIS_HAS_IT: "Not sent: the SIS already has it.",
    Code.GRADES_INTERRUPTED: "The sync was interrupted here. What was left is planned again below.",
    Code.NOT_SENT: "Not sent.",
}
UNSENDABLE: Mapping[str, str] = {
    Code.NOT_A_STUDENT: "The app doesn’t know this person as a student in the SIS. Someone may have added "
    "them to the course by hand.",
    Code.TWO_ACCOUNTS: "This student is in the Schoology course under two accounts, and the accounts have "
    "different scores. Nothing is sent for this item. Remove one of the two accounts from the course, or "
    "give both the same score.",
    Code.SECOND_ACCOUNT: "This SIS student is in the course under two Schoology accounts. Ask your Schoology "
    "administrator to merge the accounts or to remove one from the course.",
    Code.ASSIGNMENT_NOT_THERE: "The SIS doesn’t have its assignment anymore. Put the assignment back first.",
    Code.SCORE_UNREADABLE: "{text:reason}",
    Code.LETTER_NOT_IN_SCALE: "This letter isn’t in the item’s grading scale. Enter a number or a letter of "
    "the scale.",
    Code.NUMBER_TOO_LONG: "This score has more digits than the SIS keeps ({digits}). Nothing was sent, "
    "because a number that’s cut off is another number. Correct it in Schoology.",
    Code.NUMBER_NOT_WHOLE: "{product} takes whole numbers only. Nothing was sent, because a rounded score is "
    "another score. Enter a whole number in Schoology.",
    Code.EXCEPTION_UNKNOWN_SCORE: "Schoology has an exception here that the app doesn’t know. Nothing was "
    "sent, so the SIS still counts {score}. Correct it in the SIS yourself.",
    Code.EXCEPTION_UNKNOWN: "Schoology has an exception here that the app doesn’t know. Nothing was sent, "
    "and it never sends a zero for this. Enter the score in the SIS yourself.",
    Code.MARK_COUNTS_AS_ZERO: "Schoology has an exception here that the app doesn’t know, and the mark that "
    "your district uses for these counts as zero in this school. Nothing was sent. Contact your "
    "administrator.",
    Code.MARK_NOT_IN_SCHOOL: "This school doesn’t have the mark “{mark}” in the SIS, which your district "
    "uses for “{exception}”. Nothing was sent. Contact your administrator.",
    Code.SIS_HAS_NO_MARKS: "{product} has no marks such as “{mark}”, which your district uses for "
    "“{exception}”. Nothing was sent. Contact your administrator.",
    Code.SIS_CANNOT_EXEMPT: "{product} can’t exempt a student from an assignment, which your district wants "
    "for “{exception}”. Nothing was sent. Contact your administrator.",
    Code.SIS_CANNOT_FLAG_MISSING: "{product} can’t flag a score as missing, which your district wants for "
    "“{exception}”. Nothing was sent. Contact your administrator.",
    Code.SIS_CANNOT_CLEAR: "Schoology has no score here anymore. The SIS can’t clear scores through its web "
    "service: clear the score there by hand.",
    Code.EXEMPT_MARK_NOT_IN_SCHOOL: "This school doesn’t have a mark in the SIS that leaves work out of the "
    "average, which your district uses for “{exception}”. Nothing was sent. Contact your administrator.",
}
CATEGORIES: Mapping[str, str] = {
    Code.CATEGORY_ALIKE: "Schoology has a category with a similar name, “{title}”, so none was made. If it’s "
    "the same, match it on the course’s Configuration tab.",
    Code.CATEGORY_TEACHER_ONLY: "The course has graded work, so only its teacher can change weights, "
    "calculation, and dropped scores. They aren’t changed here.",
    Code.CATEGORY_IS_THERE: "Schoology has this category now. None was made.",
    Code.CATEGORY_NOT_MADE: "Schoology didn’t answer, and the category isn’t there. Update Schoology again.",
    Code.CATEGORY_CHANGED: "Nothing was changed here because the categories or settings changed after they "
    "were shown. Preview again.",
    Code.CATEGORY_IN_USE: "It stays, because it has {count:item|items}.",
    Code.CATEGORY_UNSURE: "It stays, because Schoology doesn’t let this app see whether drafts are in it.",
}
GRADES: Mapping[str, str] = {**REFUSED, **KEPT, **UNSENDABLE, **CATEGORIES}
