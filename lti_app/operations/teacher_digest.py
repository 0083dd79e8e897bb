"""One email on a school day, at most, to each teacher who has something to decide; it names courses, and no
student and no score."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_app import clock, formats
from lti_app.grades.course.waits import CourseWaits, waiting_courses
from lti_app.grades.rows.section import policy_of
from lti_app.jobs.failures import log_and_continue
from lti_app.models import Installation, SyncOptions, TermRow
from lti_app.outbound.mail import MailDown, MailError, Post
from lti_app.school.grade_policy import Digest
from lti_app.school.reasons import NO_REASON
from lti_app.school.records import Kind
from lti_app.store import links
from lti_app.store.district import District

HOUR = 7
"""Local hour after which it is sent."""
SATURDAY = 5
SUBJECT = "Some grades need your decision: SIS sync"
END = (
    "\nOpen the app in each course in Schoology to decide. Your district sets how often this email is sent.\n"
)
log = logging.getLogger(__name__)


def send_digests(session: Session, post: Post) -> None:
    """Write to the teachers of every district whose day it is. Commits."""
    if not post.configured:
        return
    districts = session.scalars(
        select(Installation.id).where(Installation.paused_reason == NO_REASON).order_by(Installation.id)
    ).all()
    for installation_id in districts:
        with log_and_continue(session, f"the digest of installation {installation_id}"):
            try:
                _send(District(session, installation_id), post)
            except MailDown:
                return


def _send(district: District, post: Post) -> None:
    session = district.session
    options = session.get(SyncOptions, district.id)
    how_often = policy_of(district).digest
    local = clock.now().astimezone(ZoneInfo(session.get_one(Installation, district.id).time_zone))
    today, former = local.date(), options.digest_sent if options else ""
    if options is None or local.hour < HOUR or not is_due(how_often, former, today):
        return
    if not _is_school_day(district, today):
        return
    emails = _emails(district)
    if not emails or not _mark(district, former, today.isoformat()):
        return
    gone = 0
    for address, courses in emails.items():
        try:
            post.send([address], SUBJECT, text_of(courses))
            gone += 1
        except MailDown:
            if not gone:  # no one got one: the next round tries again
                _mark(district, today.isoformat(), former)
            raise
        except MailError as error:
            log.warning("installation %s: a teacher's digest was refused: %s", district.id, error)


def is_due(how_often: Digest, former: str, today: date) -> bool:
    """Whether it is time, after it was sent on a `former` day (ISO; empty for never)."""
    if how_often == Digest.OFF or former == today.isoformat():
        return False
    if how_often == Digest.DAILY or not former:
        return True
    return date.fromisoformat(former).isocalendar()[:2] != today.isocalendar()[:2]


def _is_school_day(district: District, today: date) -> bool:
    """A weekday inside a term of the district."""
    running = select(func.count()).select_from(TermRow)
    running = running.where(
        TermRow.installation_id == district.id, TermRow.start <= today, TermRow.end >= today
    )
    return today.weekday() < SATURDAY and bool(district.session.scalar(running))


def _emails(district: District) -> dict[str, list[tuple[str, CourseWaits]]]:
    """Address → the courses with something to decide, each with its name."""
    found: dict[str, list[tuple[str, CourseWaits]]] = {}
    for course in waiting_courses(district):
        label = links.read.label_of_object(district, Kind.SECTION, course.section_id) or course.section_id
        for _, address in links.lists.teachers(district, course.section_key):
            found.setdefault(address, []).append((label, course))
    return found


def text_of(courses: Sequence[tuple[str, CourseWaits]]) -> str:
    """The text of the email."""
    return "\n".join(f"{label}: {', '.join(_parts(each))}." for label, each in courses) + "\n" + END


def _parts(each: CourseWaits) -> list[str]:
    counts = (
        (each.conflicts, "score typed in the SIS", "scores typed in the SIS"),
        (each.held, "change on hold", "changes on hold"),
        (each.copied, "copied item on hold", "copied items on hold"),
        (each.ended, "item in a term that is over", "items in a term that is over"),
        (each.refused, "item with a problem", "items with problems"),
    )
    found = [formats.counted(count, one, many) for count, one, many in counts if count]
    return [*found, *(["the first score to check"] if each.check else [])]


def _mark(district: District, former: str, day: str) -> bool:
    """Record the day before anything leaves, unless another process did. Commits."""
    turned = district.session.execute(
        district.update(SyncOptions)
        .where(SyncOptions.digest_sent == former)
        .values(digest_sent=day)
        .returning(SyncOptions.installation_id)
    ).first()
    district.session.commit()
    return turned is not None
