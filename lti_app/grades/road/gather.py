"""What a decision is made by: the works of a reading, what was held, what went lately, what is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select

from lti_app.grades.context import GradeContext
from lti_app.grades.refresh import Reading
from lti_app.grades.road import deletions, kept
from lti_app.grades.rows.items import ERROR, NOT_YET, Book
from lti_app.grades.rows.section import settings_row
from lti_app.grades.rules.compare import text_of
from lti_app.grades.rules.decide import Decision, Facts, Wish
from lti_app.grades.rules.delete_brake import Load
from lti_app.grades.rules.held import Held
from lti_app.grades.rules.work import ItemWork
from lti_app.models import LiveSection, ScoreState
from lti_app.school.gradebook import Assignment


@dataclass(frozen=True)
class Press:
    """A person asked: for everything, for some items, for what failed, to remove items from the SIS, or for
    what they have just approved. `let_go`: the brake's sentence was shown together with what is removed."""

    wish: Wish
    remove: frozenset[str] = frozenset()
    let_go: bool = False

    def deletes(self, context: GradeContext, section: LiveSection, reading: Reading) -> list[Assignment]:
        """What is to be removed by hand, if Schoology does not list it now; or what was approved and is
        deleted in Schoology."""
        if not context.capabilities.delete:
            return []
        if self.remove:
            wanted = [each for each in reading.work.gone if each.item_id in self.remove]
            return [each for each in wanted if deletions.is_readable(reading.both, each)]
        if not self.wish.approved_only:
            return []
        approved = Held.load(section.held).approved_deletes
        return deletions.deleted(context, reading, approved)

    def facts(
        self,
        context: GradeContext,
        section: LiveSection,
        reading: Reading,
        deletes: Sequence[Assignment],
    ) -> Facts:
        """Everything that the person may send; a removal sends nothing."""
        works = [] if self.remove else chosen_work(reading, self.wish)
        facts = common(context, section, reading, works=works, deletes=deletes)
        if self.let_go:
            facts.held.approved_deletes |= {each.item_id for each in deletes}
        return facts

    def settle(
        self, section: LiveSection, reading: Reading, decision: Decision, undeleted: Sequence[str]
    ) -> None:
        """A press leaves nothing behind but what was written down."""


def common(
    context: GradeContext,
    section: LiveSection,
    reading: Reading,
    *,
    works: Sequence[ItemWork],
    deletes: Sequence[Assignment],
) -> Facts:
    """The facts of every road; what live sync alone knows is left blank."""
    district, section_id = context.district, context.section_id
    both, book = reading.both, reading.book
    ours = [each for each in both.sis.assignments if each.item_id in book.items]
    filled = sum(
        bool(text_of(score))
        for each in ours
        for score in both.sis.scores.get((each.session, each.number), ())
    )
    lost, back = kept.lately(district, section_id)
    deleted, restored = deletions.lately(district, section_id)
    zone = settings_row(district, section_id).account_zone
    return Facts(
        works=works,
        everything=open_work(reading),
        deletes=deletes,
        gone=frozenset(each.item_id for each in reading.work.gone),
        held=Held.load(section.held),
        kept=_kept(context, book),
        items_load=Load(0, deleted, len(ours), restored),
        scores_load=Load(0, 0, filled, back),
        lost_lately=lost,
        deleted_everywhere=deletions.lately(district)[0],
        zone_changed=zone not in ("", context.account_zone),
    )


def _kept(context: GradeContext, book: Book) -> frozenset[tuple[str, str]]:
    """(item, student) of scores that the SIS keeps by a person's word, also one of this very moment."""
    items = {row.id: item_id for item_id, row in book.items.items()}
    found = context.session.execute(
        select(ScoreState.item_state_id, ScoreState.student_id).where(
            ScoreState.item_state_id.in_(items), ScoreState.kept.is_(True)
        )
    )
    return frozenset((items[number], student) for number, student in found)


def open_work(reading: Reading) -> list[ItemWork]:
    """The items that take part in the sync."""
    return chosen_work(reading, Wish())


def chosen_work(reading: Reading, wish: Wish) -> list[ItemWork]:
    """The items that a wish is about, without those that were opted out or are held."""
    chosen = []
    book = reading.book
    for each in reading.work.items:
        state = book.item(each.item_id)
        if state.opted_out or (state.held and each.item_id not in wish.items):
            continue
        if wish.items and each.item_id not in wish.items:
            continue
        found = _only_failed(each, book) if wish.failed_only else each
        chosen += [found] if found else []
    return chosen


def _only_failed(work: ItemWork, book: Book) -> ItemWork | None:
    """Of an item whose scores failed, only those; all of one that failed as a whole."""
    state, rows = book.item(work.item_id), book.scores_of(work.item_id)

    def has_failed(student_id: str) -> bool:
        """Of an item that failed, those whose turn never came too."""
        row = rows.get(student_id)
        return row.status == ERROR if row and row.status != NOT_YET else state.status == ERROR

    lines = tuple(each for each in work.lines if has_failed(each.student_id))
    return replace(work, lines=lines) if lines or state.status == ERROR else None
