"""Sentences about why the grades of a course, or live sync in it, can’t be worked on."""

from __future__ import annotations

from collections.abc import Mapping

from lti_app.school.course_codes import CourseCode

ADMIN = (
    "Contact your district’s administrator of this app. Nothing was lost, and you don’t need to do anything."
)
COURSES: Mapping[str, str] = {
    CourseCode.GRADES_NOT_LINKED: "This course isn’t linked to an SIS section, so grades have nowhere to go. "
    "If it should be, contact your district’s administrator of this app: its school or term may not be "
    "synced.",
    CourseCode.GRADES_SECTION_LEFT: "The SIS section of this course isn’t in the SIS anymore, so grades "
    "can’t be sent. Contact your SIS administrator.",
    CourseCode.GRADES_COURSE_LOST: "The app found this course deleted in Schoology, so its grades aren’t "
    "sent. Contact your district’s administrator of this app.",
    CourseCode.GRADES_ARCHIVED: "This course is archived in Schoology, so its grades aren’t sent anymore. If "
    "they need to change, ask your Schoology administrator to reopen the course.",
    CourseCode.GRADES_COURSE_GONE: "Schoology doesn’t have this course anymore, or the app isn’t allowed to "
    "read it. Contact your district’s administrator of this app.",
    CourseCode.GRADES_SECTION_GONE: "The SIS doesn’t have this section anymore. Contact your SIS "
    "administrator. The next sync of sections updates the app.",
    CourseCode.GRADES_WITHOUT_SESSION: "This section has no term in the SIS. Ask the school office to add "
    "one.",
    CourseCode.GRADES_SETTINGS_UNREADABLE: "The app can’t read the gradebook settings of this section. "
    "{why:reason}",
    CourseCode.GRADES_PAUSED: f"Syncing is paused for your district. {ADMIN}",
    CourseCode.GRADES_NO_ACCESS: "The app can’t reach Schoology or the SIS for your district right now. "
    f"{ADMIN}",
    CourseCode.SIS_HAS_NO_GRADEBOOK: "{product} has no gradebook that this app can write to, so no "
    "grades are sent.",
    CourseCode.GRADES_OFF: "Grades are off for your district: the SIS refuses access to its gradebook. "
    "{why:reason} Nothing was lost. Your district’s administrator of this app can turn grades on again.",
    CourseCode.GRADES_SECTION_REFUSED: "The SIS refuses access to the gradebook of this section. "
    "{why:reason} Other sections aren’t affected. Contact your SIS administrator.",
    CourseCode.GRADES_DOUBTED: "Grades are stopped for your district: a teacher reported that the first "
    "score is wrong in the SIS. Nothing is sent until the Acting User of this app has answered.",
    CourseCode.GRADES_SIS_SILENT: "The SIS isn’t answering right now.",
    CourseCode.GRADES_SCHOOLOGY_SILENT: "Schoology isn’t answering right now.",
    CourseCode.GRADES_SCHOOLOGY_ODD: f"Schoology sent an answer that the app doesn’t understand. {ADMIN}",
    CourseCode.LIVE_OFF: "Live sync is off for your district.",
    CourseCode.LIVE_NOT_MATCHED: "No category of this course is matched with an SIS category yet. Match them "
    "on the Configuration tab and select Sync grades once. After that, changes are sent automatically.",
    CourseCode.LIVE_NOT_CONFIRMED: "No one has confirmed yet how the first score looks in the SIS. Select "
    "Sync grades: one score is sent and shown to you.",
    CourseCode.LIVE_COURSE_BUSY: "A sync of this course was running during the refresh. Look again.",
    CourseCode.LIVE_COURSE_SCHOOLOGY_SILENT: "Schoology didn’t answer for this course at the last refresh.",
    CourseCode.LIVE_COURSE_SIS_SILENT: "The SIS didn’t answer for this course at the last refresh.",
}
