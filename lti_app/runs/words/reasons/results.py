"""Sentences about how a job ended, or why it waits."""

from __future__ import annotations

from collections.abc import Mapping

from lti_app.school.ending_codes import EndingCode
from lti_app.school.reason_codes import Code

ANY_JOB: Mapping[str, str] = {
    EndingCode.JOB_INTERRUPTED: "Interrupted because the app restarted. It continues automatically.",
    EndingCode.JOB_MAKES_ROOM: "Other districts are waiting, so this sync takes turns with them. What was "
    "sent is kept, and it continues automatically.",
    EndingCode.JOB_BROKE: "Something went wrong inside the app (reference {reference}). Nothing was lost: "
    "the next sync continues from here. Give this reference to the people who host the app.",
    EndingCode.JOB_ENDS_PROCESS: "The app’s process ended {count:time|times} in a row at the same place of "
    "this job, so the job was stopped. Nothing was lost, and other districts sync as usual. Contact the "
    "people who host the app: their log shows how the process ended.",
    EndingCode.JOB_CANCELED: "Canceled. Changes made before that were kept.",
    EndingCode.JOB_CANCELED_EARLY: "Canceled before it started. Nothing was changed.",
    EndingCode.JOB_CANCELED_PAUSED: "Canceled while it was paused. Changes made before that were kept.",
    EndingCode.JOB_CANCELED_RESTORED: "Canceled because a backup was restored.",
    EndingCode.CANCELED_BETWEEN_BATCHES: "Canceled between two batches.",
    EndingCode.CANCELED_BETWEEN_ITEMS: "Canceled between two items.",
    EndingCode.DATABASE_DOWN: "The app’s database didn’t answer after several tries. Nothing was lost: the "
    "next sync continues from here. Contact the people who host the app.",
    EndingCode.DATABASE_PAUSE: "The app’s database didn’t answer. Paused: it continues automatically in a "
    "minute.",
    EndingCode.ACTING_USER_CHANGED: "The Acting User changed while this was running. It continues "
    "automatically with the new Acting User’s permission.",
    EndingCode.NOT_STARTED: "Not started: {why:reason}",
    EndingCode.SYNC_MISSED: "Skipped: the sync scheduled for {at:moment} didn’t run, and the next one is "
    "soon. {why:reason}",
    EndingCode.SCHOOLOGY_UNREACHABLE: "Schoology couldn’t be reached: {why:reason}",
    EndingCode.SCHOOLOGY_STOPPED: "Schoology stopped answering. Changes sent before that were kept. "
    "({why:reason})",
    EndingCode.SCHOOLOGY_NOT_UNDERSTOOD: "Schoology sent an answer that the app doesn’t understand: "
    "{why:reason}",
    EndingCode.SIS_UNREADABLE: "The SIS couldn’t be read, so nothing was dropped: {why:reason}",
    EndingCode.STOPPED_BEFORE_CHANGE: "Stopped before the next change: {why:reason}",
    EndingCode.STOPPED_PAUSED: "Stopped before the next change because syncing was paused: {why:reason}",
    EndingCode.CONTINUES: "Paused: it continues automatically in {minutes:minutes}.",
    EndingCode.CONTINUES_KEPT: "What was sent is kept; it continues automatically in {minutes:minutes}.",
    EndingCode.CONTINUES_WITH_ACCESS: "What was sent is kept, and this sync continues automatically once the "
    "access works again. It waits for 14 days at most.",
    EndingCode.WAITED_FOR_ACCESS: "This sync waited for 14 days and has ended. What was sent is kept. Select "
    "Sync grades again once the access works.",
    EndingCode.TRY_AGAIN_SOON: "Try again in a few minutes, or wait for the next sync.",
    EndingCode.NEXT_SYNC_CONTINUES: "The next sync does the rest.",
    EndingCode.TRIED_FOR_AN_HOUR: "The app tried for an hour. Sync again later.",
}
ROSTER: Mapping[str, str] = {
    EndingCode.CANNOT_NARROW: "This SIS can’t look up one record at a time. Run a full sync instead.",
    EndingCode.PREVIEW_READY: "Preview ready: {lines:change|changes}. Nothing was sent.",
    EndingCode.PREVIEW_WOULD_HOLD: "{held:number} of them would need your approval.",
    EndingCode.PLAN_APPROVED: "Approved by {name}: {count:change|changes}.",
    EndingCode.UNDO_HELD: "{held:change|changes} would undo it. Review them in Logs, then approve or discard "
    "them.",
    EndingCode.SYNC_HELD: "{done:change|changes} applied. {held:change|changes} {held:=needs|need} your "
    "approval, because they’re over the limits. Review them in Logs, then approve or discard them.",
    EndingCode.SYNC_DONE: "{done:change|changes} applied.",
    EndingCode.SYNC_PROBLEMS: "{done:change|changes} applied, {failed:number} refused by Schoology, "
    "{blocked:record|records} with problems to fix. Logs lists each of them.",
    EndingCode.SYNC_UP_TO_DATE: "Everything was up to date.",
    EndingCode.LEFT_TO_REVIEW: "{count:record|records} left the SIS and {count:=stays|stay} in Schoology. "
    "See Access to review in Logs.",
    Code.KNOWN_PROBLEMS: "{count:known problem|known problems}, 0 new.",
    Code.ALSO_KNOWN_PROBLEMS: "{count:more problem is|more problems are} known from earlier syncs.",
    EndingCode.SYNC_SKIPPED: "{count:change|changes} {count:=was|were} skipped because "
    "{count:=that record was|those records were} synced individually during this run.",
    EndingCode.NOT_JUDGED: "{count:linked record|linked records} {count:=is|are} missing from the SIS, but "
    "the SIS sends nothing for {count:=its|their} school anymore, so the app can’t tell whether "
    "{count:=it|they} left. Nothing was ended.",
    EndingCode.SCHOOLS_SILENT: "The SIS sent nothing for {count:school|schools}, so nothing was dropped "
    "there.",
    EndingCode.RECORDS_LEFT_OUT: "{count:record|records} {count:=is|are} left out by your settings. See Logs "
    "for details.",
    EndingCode.NUMBERS_SHARED: "{count:person has|people have} the same number as someone in another group. "
    "To tell them apart, enter the prefix “{prefix}” for {who:group} on the Users tab before the first sync.",
    EndingCode.NUMBERS_SHARED_SENT: "{count:person has|people have} no account because someone in another "
    "group has the same number. Change one of the two numbers in the SIS.",
    EndingCode.PERIODS_LOST: "Schoology doesn’t have {count:matched grading period|matched grading periods} "
    "anymore: {titles}. Match {count:=its|their} terms again on the Terms tab.",
    EndingCode.CHECK_CLEAN: "Schoology matches what the app last sent.",
    EndingCode.CHECK_DIFFERENCES: "{count:difference|differences} found. Nothing was changed. Open this "
    "check in Logs for details.",
    EndingCode.PREP_LINKED: "{count:match|matches} linked. Nothing was sent to Schoology. The next sync "
    "updates these records.",
    EndingCode.PREP_PROPOSED: "{paired:match|matches} suggested. {undecided:record needs|records need} your "
    "decision. Nothing was changed. Open Data Prep to review the matches and accept the correct ones.",
    EndingCode.RECOVERED: "{count:object|objects} that the restored database didn’t know {count:=was|were} "
    "found in Schoology again.",
    EndingCode.RECOVERED_STRANGE: "{count:object differs|objects differ} from the SIS: pair "
    "{count:=it|them} on the Data Prep tab.",
    EndingCode.STAYS_PAUSED: "Syncing is still paused, as before: {why:reason}",
    EndingCode.SYNCS_CONTINUE: "Syncs continue as usual.",
}
GRADES: Mapping[str, str] = {
    EndingCode.BOOKS_READ: "Both gradebooks were refreshed.",
    EndingCode.BOOKS_READ_BY_SYNC: "A sync of this course was running. The page shows what that sync read.",
    EndingCode.PUSH_ON_TRIAL: "As a test, the app sent one item with one score. On the Sync tab, "
    "confirm that both are right in the SIS. Then the app sends the rest.",
    EndingCode.PUSHED_ITEMS: "Sent: {items:item|items}.",
    EndingCode.PUSHED_SCORES: "Sent: {scores:score|scores}.",
    EndingCode.PUSHED_BOTH: "Sent: {items:item|items} and {scores:score|scores}.",
    EndingCode.ITEMS_INCOMPLETE: "{count:item|items} couldn’t be sent completely. The reason is next to "
    "{count:=it|each one}.",
    EndingCode.REPLACED_SCORES: "{count:score|scores} replaced what the SIS had.",
    EndingCode.CLEARED_SCORES: "{count:score|scores} cleared in the SIS.",
    EndingCode.ROUNDED_SCORES: "The SIS rounded {count:score|scores}; both values are below each item.",
    EndingCode.CAN_BE_PUT_BACK: "You can restore the SIS’s scores for 30 days.",
    EndingCode.HELD_DELETES: "On hold until you decide: {count:delete|deletes}.",
    EndingCode.HELD_CLEARS: "On hold until you decide: {count:cleared score|cleared scores}.",
    EndingCode.HELD_REPLACES: "On hold until you decide: {count:replaced score|replaced scores}.",
    EndingCode.HELD_DUE_DATES: "On hold until you decide: {count:moved due date|moved due dates}.",
    EndingCode.SCORES_WAIT: "{count:score|scores} changed in the SIS and {count:=needs|need} your decision.",
    EndingCode.SCORES_BLOCKED: "{count:score|scores} can’t be sent. The reason is next to "
    "{count:=it|each one}.",
    EndingCode.GRADES_UP_TO_DATE: "Everything was up to date: nothing was sent.",
    EndingCode.REMOVED: "{count:assignment|assignments} removed from the SIS.",
    EndingCode.NOT_REMOVED: "{count:assignment|assignments} couldn’t be removed: the SIS refused, "
    "or has something there that can’t be read.",
    EndingCode.PUT_BACK: "It’s in the SIS again.",
    EndingCode.PUT_BACK_PARTLY: "Not everything was restored.",
    EndingCode.PUT_BACK_OVER: "Nothing was changed: it was already restored, or the app doesn’t keep it "
    "anymore.",
    EndingCode.CATEGORIES_PLANNED: "{made:category|categories} to create in Schoology and "
    "{settings:setting|settings} to change there.",
    EndingCode.CATEGORIES_MADE: "{made:category|categories} created in Schoology and "
    "{settings:setting|settings} changed there.",
    EndingCode.CATEGORIES_REMOVED: "{count:category|categories} removed from Schoology.",
    EndingCode.LIVE_NOT_SENT: "Both gradebooks were refreshed and nothing was sent. {why:reason}",
    EndingCode.LIVE_DELETED: "{count:item|items} deleted in Schoology, so also deleted in the SIS.",
    EndingCode.LIVE_UNDELETED: "The SIS refused {count:delete|deletes}. The course’s Sync tab lists "
    "{count:=the item|the items} as no longer in Schoology; remove {count:=it|them} there to try again.",
    EndingCode.LIVE_NOTHING: "There was nothing to send.",
    EndingCode.SWEEP_OFF: "Live sync is off: nothing was compared.",
    EndingCode.SWEEP_DONE: "{compared:course|courses} compared; {differed:number} had changes without an "
    "event from Schoology.",
    EndingCode.SWEEP_UNREAD: "{count:course|courses} couldn’t be read in Schoology. The next comparison "
    "tries again.",
    EndingCode.LIVE_LOOKED: "{count:course|courses} read. Nothing was sent.",
    EndingCode.LIVE_NOT_LOOKED: "{count:course|courses} couldn’t be read. The reason is next to "
    "{count:=it|each one}.",
    EndingCode.LIVE_ON_ALREADY: "Live sync was turned on while this was running, so changes are sent "
    "automatically now.",
    EndingCode.LIVE_LEFT: "Live sync was removed from Schoology.",
    EndingCode.LIVE_NOT_LEFT: "Schoology isn’t answering. The app keeps trying.",
    EndingCode.LIVE_CONFIRMED: "Confirmed.",
}
RESULTS: Mapping[str, str] = {**ANY_JOB, **ROSTER, **GRADES}
