"""What live sync gathers for the road: what changed, without what waits from before and what was refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from lti_app.grades.context import GradeContext
from lti_app.grades.live.waiting import has_failed, older_than
from lti_app.grades.refresh import MOST_AT_ONCE, Reading
from lti_app.grades.road import deletions, gather
from lti_app.grades.rows import live as rows_live
from lti_app.grades.rows.items import SYNCED
from lti_app.grades.rows.section import NoGrades
from lti_app.grades.rules.decide import Decision, Facts, Wish
from lti_app.grades.rules.waiting import RELEASED, Waiting, everything
from lti_app.grades.rules.work import ItemWork
from lti_app.models import LiveSection
from lti_app.school.course_codes import CourseCode
from lti_app.school.gradebook import Assignment
from lti_app.school.reasons import because

OFF = because(CourseCode.LIVE_OFF)
UNSEEN = Wish(only_sends=True, shown=MappingProxyType({}))
"""No person has been shown anything: what would replace a typed value waits for one, whatever the policy."""


@dataclass
class LiveTrip:
    """`whole`: everything is compared, and what was refused is tried again. `items_changed`: Schoology's list
    of items is another one. `never_seen`: no one has looked at this section before: many items at once were
    probably copied in."""

    whole: bool
    items_changed: bool
    never_seen: bool
    wish: Wish = UNSEEN

    def deletes(self, context: GradeContext, section: LiveSection, reading: Reading) -> list[Assignment]:
        """What the app made and someone deleted in Schoology, without what was gone before live sync."""
        never = self._gone_before(section, reading) | set(self._refused(section).deletes)
        changed = self.items_changed or self.whole
        return deletions.due(context, section, reading, changed=changed, never=never)

    def facts(
        self,
        context: GradeContext,
        section: LiveSection,
        reading: Reading,
        deletes: Sequence[Assignment],
    ) -> Facts:
        """Settles what is backlog, and what is still refused. Raises NoGrades when live sync is off."""
        if not rows_live.is_on(context.district):
            raise NoGrades(OFF)
        works = reading.work.items
        listed = {each.item_id for each in works}
        section.spared = sorted({*section.spared, *self._gone_before(section, reading)} - listed)
        backlog, refused = self._backlog(context, section, reading), self._refused(section)
        refused.release_changed(works)
        refused.forget_changed(works)
        section.backlog, section.refused = backlog.dump(), refused.dump()
        facts = gather.common(
            context,
            section,
            reading,
            works=[_sendable(each) for each in gather.open_work(reading)],
            deletes=[each for each in deletes if each.item_id not in section.spared],
        )
        return replace(facts, backlog=backlog, refused=refused)

    def settle(
        self, section: LiveSection, reading: Reading, decision: Decision, undeleted: Sequence[str]
    ) -> None:
        """Remember what the SIS refused, so that it is not sent again and again."""
        book, refused = reading.book, Waiting.load(section.refused)
        refused.deletes = sorted({*refused.deletes, *undeleted})
        for each in decision.works:
            if each.item_id in refused.items and book.item(each.item_id).status == SYNCED:
                refused.forget(each.item_id)  # taken after all: the rest of its scores has its turn
        refused.add(decision.works, lambda work, line: has_failed(book, work, line))
        section.refused = refused.dump()

    def _refused(self, section: LiveSection) -> Waiting:
        return Waiting() if self.whole else Waiting.load(section.refused)

    def _gone_before(self, section: LiveSection, reading: Reading) -> set[str]:
        """What was gone from Schoology before live sync began: only a person removes it."""
        return set() if section.begun else {each.item_id for each in reading.work.gone}

    def _backlog(self, context: GradeContext, section: LiveSection, reading: Reading) -> Waiting:
        works = reading.work.items
        backlog = Waiting.load(section.backlog)
        if not section.begun:
            since = rows_live.live_sync(context.district).since
            copied = self.never_seen and len(works) > MOST_AT_ONCE
            if not section.backlog.get(RELEASED):
                backlog.add(works, everything if copied else older_than(since, reading.both))
            section.begun = True
        backlog.forget_changed(works)
        return backlog


def _sendable(work: ItemWork) -> ItemWork:
    """Only what can be sent: what cannot is told by the page, and by no run."""
    if work.judged.assignment is None:
        return replace(work, lines=(), send_assignment=False)
    return replace(work, lines=tuple(work.sends))
