"""*Access to review*: what a run adds to the list, and what an administrator decides on it."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from lti_app.models import AccessReview, Action, Change, ChangeState, ReviewState, Run
from lti_app.school.reason_codes import Code
from lti_app.school.run_kinds import RunKind
from lti_app.store import access_review, audit, links
from lti_app.store.access_review import ReviewTopic, Seen
from lti_app.store.district import District

CHOICES = {
    ReviewTopic.ROW: (ReviewState.IGNORED,),
    ReviewTopic.DROP: (ReviewState.ENDED, ReviewState.KEPT, ReviewState.BY_HAND),
    ReviewTopic.COURSE: (ReviewState.KEPT,),
}
"""Topic → what can be decided."""


class CannotDecide(Exception):
    """The choice cannot be carried out; the message says why."""


def gather(district: District, run: Run) -> None:
    """Put what a finished run asks about on the list, and take off what is over. The caller commits."""
    day = date.fromisoformat(run.notes.day)
    if run.plan_only or run.what not in (RunKind.ALL, RunKind.SECTIONS):
        return
    asked = select(Change).where(
        Change.run_id == run.id, Change.reason_code == str(Code.SECTION_OTHER_COURSE)
    )
    found = [
        Seen(line.kind, line.sis_id, line.building, line.parent, "", line.label, line.reason)
        for line in district.session.scalars(asked)
    ]
    access_review.count_day(district, ReviewTopic.COURSE, found, day)
    stays = select(Change.kind, Change.sis_id).where(
        Change.run_id == run.id, Change.action == Action.DROP, Change.state != ChangeState.DONE
    )
    put_off = {(kind, sis_id) for kind, sis_id in district.session.execute(stays)}
    access_review.forget(district, ReviewTopic.DROP, but=put_off)


def choices(entry: AccessReview) -> tuple[ReviewState, ...]:
    """What can be decided on an entry now: a row only after its nights, everything else at once."""
    if entry.state not in ReviewState.open():
        return ()
    if entry.topic == ReviewTopic.ROW and entry.state != ReviewState.WAITING:
        return ()
    return CHOICES[ReviewTopic(entry.topic)]


def waiting(district: District) -> list[AccessReview]:
    """What nobody has decided yet, the oldest first."""
    return access_review.entries(district, None, *ReviewState.open())


def decide(district: District, topic: str, kind: str, sis_id: str, *, choice: str, who: audit.Who) -> None:
    """Keep a decision; the next sync carries it out. The caller commits.

    Raises CannotDecide when the entry is decided or gone, or the choice isn't one of its topic.
    """
    entry = access_review.one(district, topic, kind, sis_id)
    if entry is None or entry.state not in ReviewState.open():
        raise CannotDecide("This entry doesn’t need a decision anymore. Look at the list again.")
    if choice not in choices(entry):
        raise CannotDecide("This can’t be done with this entry. Select one of its buttons.")
    if topic == ReviewTopic.COURSE:
        links.todays.keep_in_course(district, entry.sis_id, entry.parent)
    access_review.decide(district, entry, ReviewState(choice), who)
