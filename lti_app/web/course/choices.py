"""What a teacher chooses about effects on averages: send now, change a period that is over, excuse."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import request

from lti_app.extensions import db
from lti_app.grades.context import LOOK_LANE
from lti_app.grades.course.effects import late_digest
from lti_app.grades.rules.sis_edits import EDITED, KEPT
from lti_app.grades.rules.timing import WAITS_FOR_SCORE, WAITS_FOR_YES, Choices
from lti_app.models import ItemState
from lti_app.web.access import course_member, launched, own_district
from lti_app.web.course import section, sync
from lti_app.web.course.pages import blueprint
from lti_app.web.shared.tab import Message

CODES = {
    "now": (WAITS_FOR_SCORE,),
    "period": (WAITS_FOR_YES,),
    "ours": (EDITED, KEPT),
    "theirs": (EDITED,),
}
"""Choice → the findings that offer it."""
WHOSE = {"ours": "Schoology’s values", "theirs": "those of the SIS"}
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
    """Send work now that waits for its first score, or let it change a term that is over.

    Or say whose values count where someone changed the item in the SIS. The button carries what was shown:
    “now:<item>:<digest>”, “period:<item>:<code>”, “ours:<item>:<digest>” or “theirs:<item>:<digest>”.
    """
    what, _, rest = request.form.get("choice", "").partition(":")
    item_id, _, about = rest.partition(":")
    row, codes = _item(item_id), CODES.get(what, ())
    shown = [] if row is None else [each for each in row.shown.get("findings", []) if each["code"] in codes]
    if row is None or not shown or shown[0]["about"] != about:
        return sync.render([STALE])
    _keep(row, what, shown[0])
    db.session.commit()
    section.ask(LOOK_LANE)
    return sync.render([CHOSEN])


def _keep(row: ItemState, what: str, shown: Mapping[str, Any]) -> None:
    before, about = Choices.load(row.choices), shown["about"]
    if what == "now":
        row.choices = replace(before, send_now=True).dump()
        section.note("work without a score sent now", new=row.title)
    elif what == "period":
        row.choices = replace(before, period=about).dump()
        section.note(f"{shown['named']}, which is over, may be changed", new=row.title)
    else:
        values = {"ours": "", "theirs": "", what: about}
        row.choices = replace(before, **values).dump()
        section.note(f"item changed in the SIS: {WHOSE[what]} count", new=row.title)


@blueprint.post("/sync/excuse")
@course_member
@section.linked
def excuse() -> str:
    """Excuse a student from what was due before they joined, or take that back."""
    student, on = request.form.get("student", ""), request.form.get("way") != "back"
    row = section.row()
    offered = {each["student_id"]: late_digest(each) for each in row.effects.get("late", [])}
    if (offered.get(student, "") != request.form.get("shown")) if on else student not in row.excused:
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
