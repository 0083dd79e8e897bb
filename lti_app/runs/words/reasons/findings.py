"""What preflight says about an item, and what to do, by the code of the finding."""

from __future__ import annotations

from collections.abc import Mapping

from lti_app.school.finding_codes import BrakeCode
from lti_app.school.finding_codes import FindingCode as Found

SET_DATE = "If that’s not right, change the due date in Schoology."
OPT_OUT = (
    "Let it count in Schoology, or opt it out here. Your district can choose to send such items with 0 "
    "points and without scores."
)
WHOLE = "Give it a whole number of points in Schoology."
FACTOR = "Set the factor to 1 in Schoology"
COLLECTED, UNCOUNTED = "It’s only collected in Schoology", "It doesn’t count in Schoology"
WEIGHT_ZERO = ", so the SIS gets it with weight 0."
NOTHING = ", so the SIS gets it with 0 points and without scores."
WOULD_COUNT = ", and it would count in {product}, which has no weight for a single assignment."
ABOVE = "{count:score is|scores are} above {most} points and {count:=counts|count} as more than 100 percent."
COUNTS_FROM = (
    "It has no due date. Its scores count in the SIS from {day:day}, when the averages of "
    "{count:student|students} change."
)
WORDS: Mapping[str, str] = {
    Found.TITLE_MISSING: "It has no title.",
    Found.TITLE_CUT: "Its title has {length} characters; the SIS gets the first {kept}.",
    Found.TITLE_TWICE: "{count} items have this title. Each stays an assignment of its own.",
    Found.DETAIL_CUT: "Its description has {length} characters; the SIS gets the first {kept}.",
    Found.DETAIL_PLAIN: "The SIS gets its description without pictures, links, and media.",
    Found.COMMENTS_CUT: "{count:comment is|comments are} longer than {most} characters; the SIS gets the "
    "first {kept}.",
    Found.COMMENTS_PLAIN: "The SIS gets {count:comment|comments} without pictures, links, and media.",
    Found.FIELDS_UNREADABLE: "Schoology has something here that can’t be read: {fields}.",
    Found.UNPUBLISHED_STOPS: "Its scores aren’t published in Schoology, and {product} would show them to "
    "students.",
    Found.UNPUBLISHED_THERE: "Its scores aren’t published in Schoology, so the SIS gets it unpublished.",
    Found.ON_A_SCALE: "It is graded on a scale; the SIS gets the points behind each letter.",
    Found.MIDTERM_OR_FINAL: "It’s a midterm or final, which Schoology counts separately in the course grade. "
    "The SIS counts it with the other work of its category.",
    Found.ABOVE_MAXIMUM: ABOVE,
    Found.ABOVE_MAXIMUM_LOWERED: "Its points went from {was} to {most}. " + ABOVE,
    Found.POINTS_MISSING: "It has no usable number of points.",
    Found.POINTS_OUT_OF_RANGE: "It has no usable number of points.",
    Found.POINTS_FRACTION: "It has {points} points; the SIS takes whole points only.",
    Found.POINTS_ZERO: "It has 0 points: the SIS adds its scores as extra credit, and Schoology does so too.",
    Found.POINTS_ZERO_TEST: "It has 0 points: the SIS adds its scores as extra credit, and Schoology leaves "
    "a test like this out.",
    Found.FACTOR_IS_WEIGHT: "It counts {factor} times; the SIS gets that as its weight.",
    Found.FACTOR_STOPS: "It counts {factor} times in Schoology. {product} has no weight for a single "
    "assignment, so it would count once there.",
    Found.COLLECTED_WEIGHT_ZERO: COLLECTED + WEIGHT_ZERO,
    Found.UNCOUNTED_WEIGHT_ZERO: UNCOUNTED + WEIGHT_ZERO,
    Found.COLLECTED_WORTH_NOTHING: COLLECTED + NOTHING,
    Found.UNCOUNTED_WORTH_NOTHING: UNCOUNTED + NOTHING,
    Found.COLLECTED_STOPS: COLLECTED + WOULD_COUNT,
    Found.UNCOUNTED_STOPS: UNCOUNTED + WOULD_COUNT,
    Found.UNCOUNTED_WITH_SCORES: "It doesn’t count in Schoology, and it has scores in the SIS, where they "
    "would count as extra credit.",
    Found.ITEM_UNREADABLE_IN_SIS: "The SIS data for this item couldn’t be read. {words:reason}",
    Found.ITEM_WITHOUT_CATEGORY: "This item has no category in Schoology, so it doesn’t count there.",
    Found.ITEM_CATEGORY_LEFT_OUT: "The choice for “{category}” is not to send its items.",
    Found.ITEM_CATEGORY_UNMATCHED: "“{category}” isn’t matched to an SIS category.",
    Found.ITEM_CATEGORY_GONE: "“{category}” is matched to {there}, which is no longer in this section in the "
    "SIS.",
    Found.ITEM_CATEGORY_NOT_THEN: "The SIS doesn’t use {category} in {period}.",
    Found.NO_TERM: "This section has no term with class days.",
    Found.DAY_NO_DUE: "It has no due date. The SIS gets {day:day} ({period}).",
    Found.DAY_OUTSIDE: "Its due date isn’t in a term of this section. The SIS gets {day:day} ({period}).",
    Found.DAY_NO_CLASS: "There’s no class on its due date. The SIS gets {day:day} ({period}).",
    Found.OTHER_GRADING_PERIOD: "Schoology counts it in a different grading period. The SIS goes by the "
    "date: {day:day} ({period}).",
    Found.TERM_CLOSED: "{period} was closed in the SIS at the last try.",
    Found.ITEM_NOT_FOR_ALL: "It isn’t assigned to {count:student|students}. {product} has no mark that "
    "leaves work out, so it would count as zero for them.",
    Found.ITEM_WAITS_FOR_SCORE: "It was due {day:day}, and no student has a score yet. In the SIS it would "
    "count as zero for {count:student|students}, so it’s sent with the first score.",
    Found.ITEM_WAITS_FOR_YES: "{period} ended {day:day}. Sending this changes averages of that report-card "
    "period.",
    Found.ITEM_COUNTS_ZERO: "It was due {day:day}, and no student has a score: the SIS counts zero for "
    "{count:student|students}.",
    Found.ITEM_DUE_SOON: "It’s due {day:day}, and no student has a score. From the day after, the SIS counts "
    "zero for {count:student|students} without a score.",
    Found.ITEM_COUNTS_FROM: COUNTS_FROM,
    Found.ITEM_COUNTS_FROM_WITH_ZEROS: COUNTS_FROM
    + " {blank:student|students} without a score then count as zero.",
    Found.ITEM_EDITED_IN_SIS: "Someone changed this item in the SIS. {why:reason}",
    Found.ITEM_KEPT_IN_SIS: "The SIS keeps its own values of this item. {why:reason}",
    Found.SIS_HAS_OTHER: "The SIS has {theirs} as its {name:field}, Schoology has {ours}.",
    Found.SIS_HAS_OTHER_DAY: "The SIS has {theirs:day} as its due date, Schoology has {ours:day}.",
}
FIXES: Mapping[str, str] = {
    Found.TITLE_MISSING: "Give it a title in Schoology.",
    Found.TITLE_CUT: "Shorten the title in Schoology.",
    Found.TITLE_TWICE: "Give them different titles so that people can tell them apart.",
    Found.FIELDS_UNREADABLE: "Enter it again in Schoology.",
    Found.UNPUBLISHED_STOPS: "Publish its grades automatically in Schoology, or opt it out here.",
    Found.UNPUBLISHED_THERE: "Publish its grades automatically in Schoology when students may see them.",
    Found.MIDTERM_OR_FINAL: "If it shouldn’t count there, opt it out here and enter the grade in the SIS.",
    Found.ABOVE_MAXIMUM: "Correct the points or the scores in Schoology if that’s not meant as extra credit.",
    Found.ABOVE_MAXIMUM_LOWERED: "Correct the points or the scores in Schoology if that’s not meant as extra "
    "credit.",
    Found.POINTS_MISSING: "Give it points in Schoology.",
    Found.POINTS_OUT_OF_RANGE: "Give it points from 0 to {most} in Schoology.",
    Found.POINTS_FRACTION: WHOLE,
    Found.POINTS_ZERO: "Give it points if it should count otherwise.",
    Found.POINTS_ZERO_TEST: "Give it points if it should count otherwise.",
    Found.FACTOR_IS_WEIGHT: f"{FACTOR} if that is not meant.",
    Found.FACTOR_STOPS: f"{FACTOR}.",
    Found.COLLECTED_STOPS: OPT_OUT,
    Found.UNCOUNTED_STOPS: OPT_OUT,
    Found.UNCOUNTED_WITH_SCORES: "Clear its scores in the SIS, then select Refresh.",
    Found.ITEM_UNREADABLE_IN_SIS: "Then select Refresh.",
    Found.ITEM_WITHOUT_CATEGORY: "Choose a category in Schoology.",
    Found.ITEM_CATEGORY_LEFT_OUT: "To send them, choose an SIS category on the Configuration tab.",
    Found.ITEM_CATEGORY_UNMATCHED: "Match it on the Configuration tab.",
    Found.ITEM_CATEGORY_GONE: "Match it again on the Configuration tab, or restore the category in the SIS.",
    Found.ITEM_CATEGORY_NOT_THEN: "Change the due date, or match a different category.",
    Found.NO_TERM: "Ask your district’s administrator of this app to refresh the terms.",
    Found.DAY_NO_DUE: SET_DATE,
    Found.DAY_OUTSIDE: SET_DATE,
    Found.DAY_NO_CLASS: SET_DATE,
    Found.OTHER_GRADING_PERIOD: "In Schoology, set a due date that’s in the item’s grading period.",
    Found.TERM_CLOSED: "Ask the school office to open it and sync again, or choose a later due date.",
    Found.ITEM_NOT_FOR_ALL: "Ask your school office for such a mark, or opt the item out here.",
    Found.ITEM_WAITS_FOR_SCORE: "To send it anyway, select Send now. To leave it out for good, opt it out.",
    Found.ITEM_WAITS_FOR_YES: "If that’s right, select Change {period}. Otherwise correct the due date in "
    "Schoology.",
    Found.ITEM_COUNTS_ZERO: "Enter scores, or move the due date in Schoology.",
    Found.ITEM_DUE_SOON: "Enter scores by then, or move the due date in Schoology.",
    Found.ITEM_COUNTS_FROM: "Set a due date in Schoology if that’s not right.",
    Found.ITEM_COUNTS_FROM_WITH_ZEROS: "Set a due date in Schoology if that’s not right.",
    Found.ITEM_EDITED_IN_SIS: "Choose which values count. Nothing of this item is sent until then.",
}
FINDINGS: Mapping[str, str] = {code: f"{said} {FIXES.get(code, '')}".strip() for code, said in WORDS.items()}
"""Code → both, for lines of Logs."""
OF_THOSE = "{now} of this course’s {there} "
BRAKES: Mapping[str, str] = {
    BrakeCode.BRAKE_DELETES: OF_THOSE + "items in the SIS would be deleted.",
    BrakeCode.BRAKE_DELETES_EVERYWHERE: "More than {most} items would be deleted from the SIS within 10 "
    "minutes.",
    BrakeCode.BRAKE_CLEARS: OF_THOSE + "scores in the SIS would be cleared.",
    BrakeCode.BRAKE_REPLACES: OF_THOSE + "scores in the SIS would be replaced.",
    BrakeCode.BRAKE_CLEARS_AND_REPLACES: OF_THOSE + "scores in the SIS would be cleared or replaced.",
    BrakeCode.BRAKE_DUE_DATES: OF_THOSE + "due dates in the SIS would be moved, after the Acting User’s time "
    "zone changed.",
    BrakeCode.BRAKE_LATELY: "In the last 10 minutes, {count} more were changed.",
}
