"""What a teacher chooses about effects on averages: send now, change a period that is over, excuse."""

from __future__ import annotations

from flask import request

from lti_app.extensions import db
from lti_app.grades.context import LOOK_LANE
from lti_app.grades.rules.timing import WAITS_FOR_SCORE, WAITS_FOR_YES, Choices
from lti_app.models import ItemState
from lti_app.web.access import course_member, launched, own_district
from lti_app.web.course import section, sync
from lti_app.web.course.pages import blueprint
from lti_app.web.shared.tab import Message

CHOSEN: Message = (
    "success",
    "Saved. The item takes part in the next sync: look at the list, then select Sync grades.",
)
STALE: Message = (
    "warning",
    "Nothing was changed: the item doesn’t wait for this anymore. Look at the list again.",
)
EXCUSED: Message = (
    "success",
    "Saved. With the next sync, work that was due before the student joined is left out in the SIS.",
)
NOT_EXCUSED: Message = ("success", "Saved. The next sync takes the marks back that left earlier work out.")


@blueprint.post("/sync/choose")
@course_member
@section.linked
def choose() -> str:
    """Send work now that waits for its first score, or let it change a marking period that is over.

    The button carries what was shown: “now:<item>”, or “period:<item>:<code>”.
    """
    what, _, rest = request.form.get("choice", "").partition(":")
    item_id, _, period = rest.partition(":")
    row = _item(item_id)
    code = {"now": WAITS_FOR_SCORE, "period": WAITS_FOR_YES}.get(what, "")
    shown = [] if row is None else [each for each in row.shown.get("findings", []) if each["code"] == code]
    if row is None or not shown or (what == "period" and shown[0]["about"] != period):
        return sync.render([STALE])
    before = Choices.load(row.choices)
    if what == "now":
        row.choices = {**before.dump(), "send_now": True}
        section.note("work without a score sent now", new=row.title)
    else:
        row.choices = {**before.dump(), "period": period}
        section.note(f"{shown[0]['named']}, which is over, may be changed", new=row.title)
    db.session.commit()
    section.ask(LOOK_LANE)
    return sync.render([CHOSEN])


@blueprint.post("/sync/excuse")
@course_member
@section.linked
def excuse() -> str:
    """Excuse a student from what was due before they joined, or take that back."""
    student, on = request.form.get("student", ""), request.form.get("way") != "back"
    row = section.row()
    offered = {each["student_id"] for each in row.effects.get("late", [])}
    if student not in (offered if on else row.excused):
        return sync.render([STALE])
    row.excused = sorted({*row.excused, student} if on else {*row.excused} - {student})
    section.note("earlier work excused" if on else "earlier work counts again", new=student)
    db.session.commit()
    section.ask(LOOK_LANE)
    return sync.render([EXCUSED if on else NOT_EXCUSED])


def _item(item_id: str) -> ItemState | None:
    return db.session.scalars(
        own_district()
        .select(ItemState)
        .where(ItemState.section_id == launched().section_id, ItemState.item_id == item_id)
    ).first()
