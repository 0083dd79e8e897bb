"""The Acting User's answer about a first score that a teacher called wrong."""

from __future__ import annotations

from flask import request

from lti_app.extensions import db
from lti_app.grades import doubt
from lti_app.store import audit
from lti_app.web.access import acting_user_only, own_district, who
from lti_app.web.admin.grades.page import render
from lti_app.web.admin.tabs import blueprint
from lti_app.web.shared.tab import Message

OVER: Message = ("info", "That was answered already: nothing was changed.")
RIGHT: Message = ("success", "Grades are on again. Teachers can sync their courses.")
AGAIN: Message = (
    "success",
    "The next sync of a course sends one item with one score again, and asks its teacher to compare.",
)


@blueprint.post("/grades/first-score")
@acting_user_only
def grades_first_score() -> str:
    """Say that the score was right, or that one is to be sent again."""
    found = doubt.find(own_district())
    if found is None or request.form.get("shown") != found.shown:
        return render([OVER])
    right = request.form.get("answer") == "right"
    doubt.settle(own_district(), who().name, right=right)
    answer = "right" if right else "to be sent again"
    audit.record(own_district(), who(), "First score in the SIS", new=answer)
    db.session.commit()
    return render([RIGHT if right else AGAIN])
