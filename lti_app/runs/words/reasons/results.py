"""Sentences about how a job ended, or why it waits."""

from __future__ import annotations

from collections.abc import Mapping

from lti_app.school.reason_codes import Code

ANY_JOB: Mapping[str, str] = {
    Code.JOB_INTERRUPTED: "Interrupted because the app restarted. It continues automatically.",
    Code.JOB_MAKES_ROOM: "Other districts are waiting, so this sync takes turns with them. What was sent is "
    "kept, and it continues automatically.",
    Code.JOB_BROKE: "Something went wrong inside the app (reference {reference}). Nothing was lost: the next "
    "sync continues from here. Give this reference to the people who host the app.",
    Code.JOB_ENDS_PROCESS: "The app’s process ended {count:time|times} in a row at the same place of this "
    "job, so the job was stopped. Nothing was lost, and other districts sync as usual. Contact the people "
    "who host the app: their log shows how the process ended.",
    Code.JOB_CANCELED: "Canceled. Changes made before that were kept.",
    Code.JOB_CANCELED_EARLY: "Canceled before it started. Nothing was changed.",
    Code.JOB_CANCELED_PAUSED: "Canceled while it was paused. Changes made before that were kept.",
    Code.JOB_CANCELED_RESTORED: "Canceled because a backup was restored.",
    Code.CANCELED_BETWEEN_BATCHES: "Canceled between two batches.",
    Code.CANCELED_BETWEEN_ITEMS: "Canceled between two items.",
    Code.DATABASE_DOWN: "The app’s database didn’t answer after several tries. Nothing was lost: the next "
    "sync continues from here. Contact the people who host the app.",
    Code.DATABASE_PAUSE: "The app’s database didn’t answer. Paused: it continues automatically in a minute.",
    Code.ACTING_USER_CHANGED: "The Acting User changed while this was running. It continues automatically "
    "with the new Acting User’s permission.",
    Code.NOT_STARTED: "Not started: {why:reason}",
    Code.SYNC_MISSED: "Skipped: the sync scheduled for {at:moment} didn’t run, and the next one is soon. "
    "{why:reason}",
    Code.SCHOOLOGY_UNREACHABLE: "Schoology couldn’t be reached: {why:reason}",
    Code.SCHOOLOGY_STOPPED: "Schoology stopped answering. Changes sent before that were kept. ({why:reason})",
    Code.SCHOOLOGY_NOT_UNDERSTOOD: "Schoology sent an answer that the app doesn’t understand: {why:reason}",
    Code.SIS_UNREADABLE: "The SIS couldn’t be read, so nothing was dropped: {why:reason}",
    Code.STOPPED_BEFORE_CHANGE: "Stopped before the next change: {why:reason}",
    Code.STOPPED_PAUSED: "Stopped before the next change because syncing was paused: {why:reason}",
    Code.CONTINUES: "Paused: it continues automatically in {minutes:minutes}.",
    Code.CONTINUES_KEPT: "What was sent is kept; it continues automatically in {minutes:minutes}.",
    Code.CONTINUES_WITH_ACCESS: "What was sent is kept, and this sync continues automatically once the "
    "access works again. It waits for 14 days at most.",
    Code.WAITED_FOR_ACCESS: "This sync waited for 14 days and has ended. What was sent is kept. Select Sync "
    "grades again once the access works.",
    Code.TRY_AGAIN_SOON: "Try again in a few minutes, or wait for the next sync.",
    Code.NEXT_SYNC_CONTINUES: "The next sync does the rest.",
    Code.TRIED_FOR_AN_HOUR: "The app tried for an hour. Sync again later.",
}
ROSTER: Mapping[str, str] = {
    Code.CANNOT_NARROW: "This SIS can’t look up one record at a time. Run a full sync instead.",
    Code.PREVIEW_READY: "Preview ready: {lines:change|changes}. Nothing was sent.",
    Code.PREVIEW_WOULD_HOLD: "{held:number} of them would need your approval.",
    Code.PLAN_APPROVED: "Approved by {name}: {count:change|changes}.",
    Code.UNDO_HELD: "{held:change|changes} would undo it. Review them in Logs, then approve or discard them.",
    Code.SYNC_HELD: "{done:change|changes} applied. {held:change|changes} {held:=needs|need} your approval, "
    "because they’re over the limits. Review them in Logs, then approve or discard them.",
    Code.SYNC_DONE: "{done:change|changes} applied.",
    Code.SYNC_PROBLEMS: "{done:change|changes} applied, {failed:number} refused by Schoology, "
    "{blocked:record|records} with problems to fix. Logs lists each of them.",
    Code.SYNC_UP_TO_DATE: "Everything was up to date.",
    Code.LEFT_TO_REVIEW: "{count:record|records} left the SIS and {count:=stays|stay} in Schoology. See "
    "Access to review in Logs.",
    Code.KNOWN_PROBLEMS: "{count:known problem|known problems}, 0 new.",
    Code.ALSO_KNOWN_PROBLEMS: "{count:more problem is|more problems are} known from earlier syncs.",
    Code.SYNC_SKIPPED: "{count:change|changes} {count:=was|were} skipped because "
    "{count:=that record was|those records were} synced individually during this run.",
    Code.NOT_JUDGED: "{count:linked record|linked records} {count:=is|are} missing from the SIS, but the SIS "
    "sends nothing for {count:=its|their} school anymore, so the app can’t tell whether {count:=it|they} "
    "left. Nothing was ended.",
    Code.SCHOOLS_SILENT: "The SIS sent nothing for {count:school|schools}, so nothing was dropped there.",
    Code.RECORDS_LEFT_OUT: "{count:record|records} {count:=is|are} left out by your settings. See Logs for "
    "details.",
    Code.NUMBERS_SHARED: "{count:person has|people have} the number of someone in another list. To separate "
    "them, enter the prefix “{prefix}” for {who:group} on the Users tab before the first sync.",
    Code.PERIODS_LOST: "Schoology doesn’t have {count:matched grading period|matched grading periods} "
    "anymore: {titles}. Match {count:=its|their} terms again on the Terms tab.",
    Code.CHECK_CLEAN: "Schoology matches what the app last sent.",
    Code.CHECK_DIFFERENCES: "{count:difference|differences} found. Nothing was changed. Open this check in "
    "Logs for details.",
    Code.PREP_LINKED: "{count:match|matches} linked. Nothing was sent to Schoology. The next sync updates "
    "these records.",
    Code.PREP_PROPOSED: "{paired:match|matches} suggested. {undecided:record needs|records need} your "
    "decision. Nothing was changed. Open Data Prep to review the matches and accept the correct ones.",
    Code.RECOVERED: "{count:object|objects} that the restored database didn’t know {count:=was|were} found "
    "in Schoology again.",
    Code.RECOVERED_STRANGE: "{count:object differs|objects differ} from the SIS: pair "
    "{count:=it|them} on the Data Prep tab.",
    Code.STAYS_PAUSED: "Syncing is still paused, as before: {why:reason}",
    Code.SYNCS_CONTINUE: "Syncs continue as usual.",
}
GRADES: Mapping[str, str] = {
    Code.BOOKS_READ: "Both gradebooks were refreshed.",
    Code.BOOKS_READ_BY_SYNC: "A sync of this course was running. The page shows what that sync read.",
    Code.PUSH_ON_TRIAL: "As a check, one item with one score was sent and read back. Open the Sync tab and "
    "say whether both are correct. The rest is sent after that.",
    Code.PUSHED_ITEMS: "Sent: {items:item|items}.",
    Code.PUSHED_SCORES: "Sent: {scores:score|scores}.",
    Code.PUSHED_BOTH: "Sent: {items:item|items} and {scores:score|scores}.",
    Code.ITEMS_INCOMPLETE: "{count:item|items} couldn’t be sent completely. The reason is next to "
    "{count:=it|each one}.",
    Code.REPLACED_SCORES: "{count:score|scores} replaced what the SIS had.",
    Code.CLEARED_SCORES: "{count:score|scores} cleared in the SIS.",
    Code.ROUNDED_SCORES: "The SIS rounded {count:score|scores}; both values are below each item.",
    Code.CAN_BE_PUT_BACK: "You can restore the SIS’s scores for 30 days.",
    Code.HELD_DELETES: "On hold until you decide: {count:delete|deletes}.",
    Code.HELD_CLEARS: "On hold until you decide: {count:cleared score|cleared scores}.",
    Code.HELD_REPLACES: "On hold until you decide: {count:replaced score|replaced scores}.",
    Code.HELD_DUE_DATES: "On hold until you decide: {count:moved due date|moved due dates}.",
    Code.SCORES_WAIT: "{count:score|scores} changed in the SIS and {count:=needs|need} your decision.",
    Code.SCORES_BLOCKED: "{count:score|scores} can’t be sent. The reason is next to {count:=it|each one}.",
    Code.GRADES_UP_TO_DATE: "Everything was up to date: nothing was sent.",
    Code.REMOVED: "{count:assignment|assignments} removed from the SIS.",
    Code.NOT_REMOVED: "{count:assignment|assignments} couldn’t be removed: the SIS refused, "
    "or has something there that can’t be read.",
    Code.PUT_BACK: "It’s in the SIS again.",
    Code.PUT_BACK_PARTLY: "Not everything was restored.",
    Code.PUT_BACK_OVER: "Nothing was changed: it was already restored, or the app doesn’t keep it anymore.",
    Code.CATEGORIES_PLANNED: "{made:category|categories} to create in Schoology and "
    "{settings:setting|settings} to change there.",
    Code.CATEGORIES_MADE: "{made:category|categories} created in Schoology and "
    "{settings:setting|settings} changed there.",
    Code.CATEGORIES_REMOVED: "{count:category|categories} removed from Schoology.",
    Code.LIVE_NOT_SENT: "Both gradebooks were refreshed and nothing was sent. {why:reason}",
    Code.LIVE_DELETED: "{count:item|items} deleted in Schoology, so also deleted in the SIS.",
    Code.LIVE_UNDELETED: "The SIS refused {count:delete|deletes}. The course’s Sync tab lists "
    "{count:=the item|the items} as no longer in Schoology; remove {count:=it|them} there to try again.",
    Code.LIVE_NOTHING: "There was nothing to send.",
    Code.SWEEP_OFF: "Live sync is off: nothing was compared.",
    Code.SWEEP_DONE: "{compared:course|courses} compared; {differed:number} had changes without an event "
    "from Schoology.",
    Code.SWEEP_UNREAD: "{count:course|courses} couldn’t be read in Schoology. The next comparison tries "
    "again.",
    Code.LIVE_LOOKED: "{count:course|courses} read. Nothing was sent.",
    Code.LIVE_NOT_LOOKED: "{count:course|courses} couldn’t be read. The reason is next to "
    "{count:=it|each one}.",
    Code.LIVE_ON_ALREADY: "Live sync was turned on while this was running, so changes are sent automatically "
    "now.",
    Code.LIVE_LEFT: "Live sync was removed from Schoology.",
    Code.LIVE_NOT_LEFT: "Schoology isn’t answering. The app keeps trying.",
    Code.LIVE_CONFIRMED: "Confirmed.",
}
RESULTS: Mapping[str, str] = {**ANY_JOB, **ROSTER, **GRADES}
