"""What would fail or distort, looked for before anything is sent, each with its remedy. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from lti_app.grades.rules import dates, worth
from lti_app.grades.rules.dates import Calendar, Chosen
from lti_app.grades.rules.findings import NOT_SENT, Finding, Level
from lti_app.grades.rules.texts import cut, plain_text
from lti_app.school.finding_codes import FindingCode
from lti_app.school.grade_policy import Uncounted
from lti_app.school.gradebook import Assignment, GradebookSettings, GradeCategory, GradedItem, SisCategory
from lti_app.school.reasons import because
from lti_app.sis.capabilities import Capabilities

__all__ = ["Finding", "Judged", "Level", "SectionRules", "as_dated", "due_day", "judge"]
DAYS = {
    "no_due": FindingCode.DAY_NO_DUE,
    "outside": FindingCode.DAY_OUTSIDE,
    "no_class": FindingCode.DAY_NO_CLASS,
}
DATED = tuple(f"date_{each}" for each in DAYS)
OTHER_PERIOD, CLOSED, COUNTS_FROM = "other_period", "period_closed", "counts_from"
"""Why the SIS gets another day → what is said of it."""


@dataclass(frozen=True)
class SectionRules:
    """What items are judged by. `mapped`: Schoology category id → SIS code; `account_zone` and `zone` say
    how due moments are read; `locked` are the terms that the SIS last called closed."""

    settings: GradebookSettings
    session: int
    categories: Mapping[str, GradeCategory]
    mapped: Mapping[str, str]
    calendar: Calendar
    sis: Capabilities
    left_out: frozenset[str] = frozenset()
    """Categories whose items a person chose not to send."""
    zone: str = "UTC"
    account_zone: str = ""
    locked: frozenset[str] = frozenset()
    ever_closed: frozenset[date] = frozenset()
    """Days that the SIS ever refused, also those that are believed no more."""
    uncounted: Uncounted = Uncounted.STOP
    """What becomes of items that do not count, where the SIS has no weight for a single assignment."""

    def sis_categories(self, code: str) -> list[SisCategory]:
        """A category of the session by its code; it may have a row for each term."""
        own = (each for each in self.settings.categories if each.session == self.session)
        return [each for each in own if each.code == code]


@dataclass(frozen=True)
class Judged:
    """An item with its findings and the assignment that it becomes; None when it cannot be sent."""

    item: GradedItem
    findings: tuple[Finding, ...]
    assignment: Assignment | None
    sets_due: bool = False
    """The due date is one that is set once: it stays when it was sent."""

    @property
    def unreadable_due(self) -> bool:
        """Whether Schoology has a due date that no one can read."""
        return "due date" in self.item.unreadable

    @property
    def stops(self) -> list[Finding]:
        """What is wrong with it so that it is not sent."""
        return [each for each in self.findings if each.level == Level.STOP]


def judge(items: Sequence[GradedItem], rules: SectionRules) -> list[Judged]:
    """Every item with what is to be said of it, in the given order."""
    titles = Counter(each.title.casefold() for each in items)
    return [_judge(each, rules, titles[each.title.casefold()]) for each in items]


def _judge(item: GradedItem, rules: SectionRules, same_title: int) -> Judged:
    chosen = dates.choose(due_day(item, rules), item.period_id, rules.calendar)
    findings = [
        *_category(item, rules, chosen),
        *_day(item, rules, chosen),
        *worth.title_findings(item, same_title, rules.sis.limits),
        *worth.detail_findings(item, rules.sis.limits),
        *worth.worth_findings(item, rules.sis, rules.uncounted),
    ]
    stopped = any(each.level in NOT_SENT for each in findings)
    made = None if stopped or chosen is None else _assignment(item, rules, chosen)
    return Judged(item, tuple(findings), made)


def as_dated(judged: Judged, rules: SectionRules) -> Judged:
    """With words on the day that the SIS gets after all: work may stay where it is, or be moved once."""
    made = judged.assignment
    period = rules.calendar.period_of(made.due) if made else None
    if made is None or period is None:
        return judged
    given = due_day(judged.item, rules)
    why = "" if given == made.due else "no_class"
    if given is None:
        why = "no_due"
    elif rules.calendar.period_of(given) is None:
        why = "outside"
    counts = any(each.code == COUNTS_FROM for each in judged.findings)
    said = [
        each
        for each in _day(judged.item, rules, Chosen(made.due, period, why))
        if not (counts and each.code in DATED)
    ]
    kept = [each for each in judged.findings if each.code not in (*DATED, OTHER_PERIOD, CLOSED)]
    return replace(judged, findings=(*kept, *said))


def due_day(item: GradedItem, rules: SectionRules) -> date | None:
    """The local day on which an item is due; None without a due date."""
    return dates.local_day(item.due, rules.account_zone, rules.zone) if item.due else None


def _assignment(item: GradedItem, rules: SectionRules, chosen: Chosen) -> Assignment:
    assert item.max_points is not None
    limits = rules.sis.limits
    return Assignment(
        session=rules.session,
        item_id=item.id,
        category=rules.mapped[item.category_id],
        title=cut(item.title, limits.title),
        points=Decimal(0) if worth.is_worthless(item, rules.sis, rules.uncounted) else item.max_points,
        weight=worth.weight_of(item, rules.sis),
        due=chosen.day,
        detail=cut(plain_text(item.description), limits.detail),
        published=item.published and item.auto_publish,
    )


def _category(item: GradedItem, rules: SectionRules, chosen: Chosen | None) -> Iterator[Finding]:
    if not item.category_id:
        yield Finding(
            "no_category",
            Level.CATEGORY,
            because(FindingCode.ITEM_WITHOUT_CATEGORY),
        )
        return
    known = rules.categories.get(item.category_id)
    title = known.title if known else "its category"
    code = rules.mapped.get(item.category_id, "")
    there = rules.sis_categories(code)
    if item.category_id in rules.left_out:
        yield Finding(
            "category_left_out",
            Level.CHOICE,
            because(FindingCode.ITEM_CATEGORY_LEFT_OUT, category=title),
        )
    elif not code:
        yield Finding(
            "category_unmapped",
            Level.CATEGORY,
            because(FindingCode.ITEM_CATEGORY_UNMATCHED, category=title),
        )
    elif not there:
        yield Finding(
            "category_gone",
            Level.STOP,
            because(FindingCode.ITEM_CATEGORY_GONE, category=title, there=code),
        )
    elif chosen and not any(_is_used(each, chosen.period.code) for each in there):
        yield Finding(
            "category_other_period",
            Level.STOP,
            because(FindingCode.ITEM_CATEGORY_NOT_THEN, category=there[0].name, period=chosen.period.name),
        )


def _is_used(category: SisCategory, term: str) -> bool:
    return not category.terms or term in category.terms


def _day(item: GradedItem, rules: SectionRules, chosen: Chosen | None) -> Iterator[Finding]:
    if chosen is None:
        yield Finding(
            "no_period",
            Level.STOP,
            because(FindingCode.NO_TERM),
        )
        return
    used = {"day": chosen.day, "period": chosen.period.name}
    if chosen.why:
        yield Finding(
            f"date_{chosen.why}",
            Level.CHANGE,
            because(DAYS[chosen.why], **used),
        )
    if item.period_id and chosen.period.grading_period_id not in ("", item.period_id):
        yield Finding(
            OTHER_PERIOD,
            Level.NOTE,
            because(FindingCode.OTHER_GRADING_PERIOD, day=chosen.day, period=chosen.period.name),
        )
    if chosen.period.code in rules.locked:
        yield Finding(
            CLOSED,
            Level.NOTE,
            because(FindingCode.TERM_CLOSED, period=chosen.period.name),
        )
