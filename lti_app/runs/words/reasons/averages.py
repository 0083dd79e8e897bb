"""Why an average differs between the gradebooks, and what to do, by the code of the cause.

`about` holds titles of items or categories; what agrees with them agrees with their number `n`.
"""

from __future__ import annotations

from collections.abc import Mapping

from lti_app.school.average_codes import Assumed, Cause
from lti_app.school.average_codes import AverageCode as Code

SYNC_IT = "Sync {n:=it|them}."
GRADE_SETUP = "in Schoology’s Grade Setup."
WORDS: Mapping[str, str] = {
    Code.AVERAGE_NOT_IN_SIS: "This student isn’t in this section in the SIS.",
    Code.AVERAGE_UNMAPPED_ITEM: "{about:titles} {n:=counts|count} in Schoology, but the category isn’t "
    "matched to an SIS category.",
    Code.AVERAGE_OPTED_OUT: "{about:titles} {n:=counts|count} in Schoology but {n:=is|are} opted out of the "
    "sync.",
    Code.AVERAGE_UNSYNCED_ITEM: "{about:titles} {n:=counts|count} in Schoology but {n:=isn’t|aren’t} in the "
    "SIS.",
    Code.AVERAGE_UNREADABLE: "The app can’t read the SIS data for {about:titles}.",
    Code.AVERAGE_OTHER_PERIOD: "{about:titles} {n:=counts|count} in different terms in Schoology "
    "and the SIS.",
    Code.AVERAGE_ONLY_IN_SIS: "{about:titles} {n:=counts|count} in the SIS but not in Schoology.",
    Code.AVERAGE_NOT_COUNTED: "{about:titles} {n:=counts|count} in the SIS but not in Schoology. There, "
    "{n:=it has|they have} no category, {n:=isn’t|aren’t} published, {n:=is|are} set not to count, or "
    "{n:=is a test|are tests} for no points.",
    Code.AVERAGE_NOT_YET_DUE: "{about:titles} already {n:=counts|count} in Schoology. The SIS counts work "
    "from its due date.",
    Code.AVERAGE_DECIDED: "The SIS keeps its own score for {about:titles}, because someone selected Keep or "
    "Restore.",
    Code.AVERAGE_NOT_SENT: "{about:titles} {n:=has|have} an exception in Schoology that your district "
    "doesn’t send, so the SIS keeps its score.",
    Code.AVERAGE_WAITS: "{about:titles} {n:=differs|differ}, but the next sync won’t send {n:=it|them}.",
    Code.AVERAGE_SCORE: "{about:titles} {n:=has|have} a different score in the SIS.",
    Code.AVERAGE_EXCUSED_VERSUS_ZERO: "{about:titles} {n:=is|are} excluded in one gradebook and "
    "{n:=counts|count} as zero in the other.",
    Code.AVERAGE_ZERO_IN_SIS: "{about:titles} {n:=has|have} no score. The SIS counts that as zero; Schoology "
    "excludes it.",
    Code.AVERAGE_ZERO_IN_SCHOOLOGY: "{about:titles} {n:=is|are} missing. Schoology counts that as zero; the "
    "SIS excludes it.",
    Code.AVERAGE_MISSING_LEFT_OUT: "{about:titles} {n:=is|are} missing. This course leaves missing work out "
    "of Schoology’s averages; the SIS counts {n:=it|them}.",
    Code.AVERAGE_POINTS: "{about:titles} {n:=has|have} different points in the SIS.",
    Code.AVERAGE_OTHER_CATEGORY: "{about:titles} {n:=is|are} in a different SIS category than the one "
    "matched to {n:=its|their} Schoology category.",
    Code.AVERAGE_FACTOR: "The factor of {about:titles} in Schoology differs from the weight of the "
    "assignment in the SIS.",
    Code.AVERAGE_CALCULATION_TYPE: "In {about:titles}, Schoology averages percentages; the SIS divides total "
    "points earned by total points possible.",
    Code.AVERAGE_DROPPED_ITEM: "The SIS and Schoology drop different numbers of lowest scores in "
    "{about:titles}.",
    Code.AVERAGE_SIS_TOTAL_POINTS: "Schoology weights its categories; the SIS uses total points.",
    Code.AVERAGE_OTHER_WEIGHTS: "Schoology and the SIS weight categories differently.",
    Code.AVERAGE_SIS_WEIGHTS: "The SIS weights its categories; Schoology doesn’t.",
    Code.AVERAGE_TOTAL_POINTS: "The SIS adds up all points; Schoology averages its categories.",
    Code.AVERAGE_MERGED_CATEGORIES: "{about:titles} go to one SIS category, and Schoology averages each of "
    "them separately.",
    Code.AVERAGE_SIS_CUTS_OFF: "The SIS cuts averages off after two decimals; Schoology rounds them.",
    Code.AVERAGE_WHOLE_NUMBERS: "Schoology rounds averages to whole numbers, but the SIS doesn’t.",
    Code.AVERAGE_OTHERWISE_IN_SCHOOLOGY: "Schoology reports {reported:average}; its scores and settings give "
    "{calculated:average}.",
    Code.AVERAGE_OTHERWISE_IN_SIS: "The SIS reports {reported:average}; its scores and settings give "
    "{calculated:average}.",
    Code.AVERAGE_NOT_TOLD: "The SIS reports this average but doesn’t tell this app how it calculates it.",
}
FIXES: Mapping[str, str] = {
    Code.AVERAGE_NOT_IN_SIS: "Enroll the student there, or end the enrollment in Schoology.",
    Code.AVERAGE_UNMAPPED_ITEM: "Match the category on the Configuration tab, then sync.",
    Code.AVERAGE_OPTED_OUT: "Opt {n:=it|them} back in and sync, or set {n:=it|them} not to count in "
    "Schoology.",
    Code.AVERAGE_UNSYNCED_ITEM: SYNC_IT,
    Code.AVERAGE_UNREADABLE: "Ask the school office to correct it in the SIS, then refresh.",
    Code.AVERAGE_OTHER_PERIOD: "Change the due date in Schoology so that it’s inside the grading period, and "
    "sync again.",
    Code.AVERAGE_ONLY_IN_SIS: "If {n:=it was|they were} deleted in Schoology or {n:=is a duplicate|are "
    "duplicates}, remove {n:=it|them} from the SIS. Otherwise, add {n:=it|them} in Schoology.",
    Code.AVERAGE_NOT_COUNTED: "Make {n:=it|them} count in Schoology, or remove {n:=it|them} from the SIS.",
    Code.AVERAGE_NOT_YET_DUE: "No action needed if the due date is correct; this resolves on that date. "
    "Otherwise, correct the due date and sync.",
    Code.AVERAGE_DECIDED: "To send Schoology’s score after all, select Use Schoology’s score on the Sync "
    "tab, then sync.",
    Code.AVERAGE_NOT_SENT: "Give the work a score in Schoology, or correct the score in the SIS.",
    Code.AVERAGE_WAITS: "Open the Sync tab to see why, then decide or correct {n:=it|them} there.",
    Code.AVERAGE_SCORE: SYNC_IT,
    Code.AVERAGE_EXCUSED_VERSUS_ZERO: f"{SYNC_IT} If that doesn’t help, ask your administrator which SIS "
    "marks “excused” and “missing” become: one must exclude the work, the other count as zero.",
    Code.AVERAGE_ZERO_IN_SIS: "Enter the score. If it shouldn’t count for this student, excuse it in "
    "Schoology and sync. If work without a score never should count, turn on “Exclude missing” for the "
    "category in the SIS.",
    Code.AVERAGE_ZERO_IN_SCHOOLOGY: "If zero is right, enter a score of zero in Schoology and sync: that "
    "lowers the average in the SIS. If it isn’t, remove the exception in Schoology.",
    Code.AVERAGE_MISSING_LEFT_OUT: "Excuse {n:=it|them} in Schoology and sync: the SIS then leaves "
    "{n:=it|them} out too. If {n:=it|they} should count as zero, turn on that missing work counts in the "
    "course’s Grade Setup: that lowers the average in Schoology.",
    Code.AVERAGE_POINTS: SYNC_IT,
    Code.AVERAGE_OTHER_CATEGORY: SYNC_IT,
    Code.AVERAGE_FACTOR: "Set the factor to 1 in Schoology, or sync {n:=it|them} so that the weight in the "
    "SIS is the same.",
    Code.AVERAGE_CALCULATION_TYPE: "Set “Calculated by” to “Total Points” for {about:titles} " + GRADE_SETUP,
    Code.AVERAGE_DROPPED_ITEM: "Set “Drop lowest” of {wanted:settings} " + GRADE_SETUP,
    Code.AVERAGE_SIS_TOTAL_POINTS: f"Turn off “Weight Categories” {GRADE_SETUP} If averages still differ "
    "after that, keep all items in one Schoology category.",
    Code.AVERAGE_OTHER_WEIGHTS: "Set the weight of {wanted:settings} in Schoology.",
    Code.AVERAGE_SIS_WEIGHTS: "Turn on “Weight Categories” in Schoology’s Grade Setup, and set "
    "{wanted:settings}.",
    Code.AVERAGE_TOTAL_POINTS: "Keep all items in one Schoology category, or use category weights in the SIS "
    "and in Schoology.",
    Code.AVERAGE_MERGED_CATEGORIES: "Put the items of {about:titles} into one Schoology category.",
    Code.AVERAGE_SIS_CUTS_OFF: "Set “Calculation” to “Round” in the SIS gradebook.",
    Code.AVERAGE_WHOLE_NUMBERS: f"Turn off “Round Period/Final Grades” {GRADE_SETUP}",
    Code.AVERAGE_OTHERWISE_IN_SCHOOLOGY: "Look in Schoology for an average that was changed by hand, then "
    "refresh. If there is none, Schoology uses a rule that this app doesn’t know.",
    Code.AVERAGE_OTHERWISE_IN_SIS: "Look in the SIS for an average that was changed by hand, then refresh. "
    "If there is none, the SIS uses a rule that this app doesn’t know.",
    Code.AVERAGE_NOT_TOLD: "Compare the weights, dropped scores, and rounding of both gradebooks by hand.",
}
AVERAGES: Mapping[str, str] = {code: f"{said} {FIXES[code]}" for code, said in WORDS.items()}
"""What is said with what to do."""

CAUSES: Mapping[Cause, str] = {
    Cause.NOT_IN_SIS: "Not in the SIS section",
    Cause.UNMAPPED_ITEM: "Category not matched",
    Cause.OPTED_OUT: "Opted-out item",
    Cause.UNSYNCED_ITEM: "Item not synced",
    Cause.UNREADABLE: "Unreadable in the SIS",
    Cause.OTHER_PERIOD: "Item in another term",
    Cause.ONLY_IN_SIS: "Item only in the SIS",
    Cause.NOT_COUNTED: "Item not counted in Schoology",
    Cause.NOT_YET_DUE: "Not due yet",
    Cause.DECIDED: "Kept by a decision",
    Cause.NOT_SENT: "Exception not sent",
    Cause.WAITS: "Not sent by the next sync",
    Cause.SCORE: "Different score",
    Cause.EXCUSED_VERSUS_ZERO: "Excused in one, zero in the other",
    Cause.EXCLUDE_MISSING: "Missing work",
    Cause.MISSING_LEFT_OUT: "Missing work left out",
    Cause.POINTS: "Different points",
    Cause.OTHER_CATEGORY: "Item in another category",
    Cause.FACTOR: "Factor",
    Cause.CALCULATION_TYPE: "Calculation type",
    Cause.DROPPED_ITEM: "Dropped scores",
    Cause.CATEGORY_WEIGHT: "Category weight",
    Cause.TOTAL_POINTS: "Total points",
    Cause.MERGED_CATEGORIES: "Merged categories",
    Cause.ROUNDING: "Rounding",
    Cause.CALCULATED_OTHERWISE: "Calculated differently",
    Cause.NOT_TOLD: "Settings not known",
}
"""The kind of a cause, as a label."""
ASSUMPTIONS: Mapping[Assumed, str] = {
    Assumed.ROUNDED_ONCE: "Both systems round once, at the end, to two decimals; half a hundredth goes up.",
    Assumed.DROP_BY_PERCENT: "“Drop lowest” drops the lowest percentages; of equal ones, those worth the "
    "most points; and never the only score.",
    Assumed.EVEN_CATEGORIES: "Without weights, Schoology counts every category equally.",
    Assumed.UNUSED_CATEGORIES: "A category without a score is left out, and the other categories weigh more.",
    Assumed.POINTS_IN_CATEGORY: "Within a category, the SIS divides the points earned by the points "
    "possible, both multiplied by the weight of the assignment.",
    Assumed.MISSING_IS_ZERO: "Missing work counts as zero in Schoology. A course can turn that off, but "
    "Schoology doesn’t tell the app.",
    Assumed.EXTRA_CREDIT: "Points earned on work for no points are added as extra credit, in the SIS and in "
    "Schoology.",
    Assumed.NO_DUE_DATE: "Work without a due date or grading period counts in the current term.",
}
"""Rules of calculation that no source settles; docs/parity.md says what is known."""
