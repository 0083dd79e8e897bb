"""*Access to review*: what a run adds to the list, and what an administrator decides on it."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from lti_app.models import AccessReview, Change, Link, LinkState, ReviewState, Run
from lti_app.school.reason_codes import Code
from lti_app.school.records import Kind
from lti_app.school.run_kinds import RunKind
from lti_app.store import access_review, audit, links, refusals
from lti_app.store.access_review import ReviewTopic, Seen
from lti_app.store.district import District
from lti_app.sync.review import unended

CHOICES = {
    ReviewTopic.ROW: (ReviewState.IGNORED,),
    ReviewTopic.DROP: (ReviewState.ENDED, ReviewState.KEPT, ReviewState.BY_HAND),
    ReviewTopic.COURSE: (ReviewState.KEPT,),
    ReviewTopic.PARENT: (ReviewState.ENDED, ReviewState.KEPT, ReviewState.BY_HAND),
    ReviewTopic.PERSON: (ReviewState.KEPT, ReviewState.BY_HAND),
}
"""Topic → what can be decided. The app ends no account, and no parent link that someone made by hand."""
KINDS = {ReviewTopic.PARENT: Kind.PARENT_LINK, ReviewTopic.PERSON: Kind.USER}
"""Topic of what the SIS lost → its kind. Such entries are links; only a decision on one is kept as a row."""


class CannotDecide(Exception):
    """The choice cannot be carried out; the message says why."""


def gather(district: District, run: Run) -> None:
    """Put what a finished run asks about on the list, and take off what is over. The caller commits."""
    if run.plan_only:
        return
    links.leaving.forget_settled(district, tuple(KINDS))
    unended.gather(district, run)
    if run.what not in (RunKind.ALL, RunKind.SECTIONS):
        return
    asked = select(Change).where(
        Change.run_id == run.id, Change.reason_code == str(Code.SECTION_OTHER_COURSE)
    )
    found = [
        Seen(line.kind, line.sis_id, line.building, line.parent, line.person, line.label, line.reason)
        for line in district.session.scalars(asked)
    ]
    access_review.count_day(district, ReviewTopic.COURSE, found, date.fromisoformat(run.notes.day))


def choices(entry: AccessReview) -> tuple[ReviewState, ...]:
    """What can be decided on an entry now: a row only after its nights, everything else at once."""
    if entry.state not in ReviewState.open():
        return ()
    if entry.topic == ReviewTopic.ROW and entry.state != ReviewState.WAITING:
        return ()
    return CHOICES[ReviewTopic(entry.topic)]


def waiting(district: District) -> list[AccessReview]:
    """What a run found and no one has decided yet, the oldest first."""
    return access_review.entries(district, None, *ReviewState.open())


def lost(district: District) -> int:
    """How many parent links and people the SIS lost and no one has decided on."""
    return sum(links.leaving.open_counts(district, ReviewTopic.PARENT, ReviewTopic.PERSON))


def choices_on_link(topic: ReviewTopic, link: Link) -> tuple[ReviewState, ...]:
    """What can be decided on a parent link or an account that the SIS lost."""
    may_end = link.state == LinkState.RELEASED
    return tuple(each for each in CHOICES[topic] if each != ReviewState.ENDED or may_end)


def decide(district: District, topic: str, kind: str, sis_id: str, *, choice: str, who: audit.Who) -> None:
    """Keep a decision; the next sync carries it out. The caller commits.

    Raises CannotDecide when the entry is decided or gone, or the choice isn't one of its topic.
    """
    entry = access_review.one(district, topic, kind, sis_id)
    if entry is None and topic in KINDS and kind == KINDS[ReviewTopic(topic)]:
        entry = _of_link(district, ReviewTopic(topic), sis_id, choice)
    if entry is None or entry.state not in ReviewState.open():
        raise CannotDecide("This entry doesn’t need a decision anymore. Look at the list again.")
    if topic not in KINDS and choice not in choices(entry):
        raise CannotDecide("This can’t be done with this entry. Select one of its buttons.")
    if topic == ReviewTopic.COURSE:
        links.todays.keep_in_course(district, entry.sis_id, entry.parent)
    if topic == ReviewTopic.DROP and choice != ReviewState.KEPT:
        refusals.forget(district, entry.kind, [entry.sis_id])
    access_review.decide(district, entry, ReviewState(choice), who)


def decide_all_people(district: District, choice: str, who: audit.Who) -> int:
    """Keep one decision on everybody who left the SIS and is undecided; how many. The caller
    commits. Raises CannotDecide for a choice that isn't one."""
    if choice not in CHOICES[ReviewTopic.PERSON]:
        raise CannotDecide("This can’t be done with these entries. Select one of their buttons.")
    number = links.leaving.settle_people(district, ReviewTopic.PERSON, ReviewState(choice), who.name)
    audit.record(district, who, "Access to review: people who left the SIS", new=f"{choice} ({number})")
    return number


def _of_link(district: District, topic: ReviewTopic, sis_id: str, choice: str) -> AccessReview | None:
    """A new entry for a decision on a link that the SIS lost; None where that is over."""
    link = links.read.one(district, KINDS[topic], sis_id)
    if link is None or link.state not in LinkState.let_go():
        return None
    if choice not in choices_on_link(topic, link):
        raise CannotDecide("This can’t be done with this entry. Select one of its buttons.")
    return access_review.add(district, topic, link)
