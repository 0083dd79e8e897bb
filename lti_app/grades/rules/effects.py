"""What a sync would do to averages in the SIS, by its own rules: with it and without it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from lti_app.grades.parity.compare import Matching, SchoologyBook, SisBook, compare
from lti_app.grades.rules.dates import Calendar
from lti_app.grades.rules.work import ItemWork
from lti_app.school.gradebook import ScoreException, SisScore
from lti_app.school.scores import average, in_period, sis_cell, sis_rules

Averages = dict[tuple[str, str], Decimal | None]
"""(SIS id of a student, term) → average."""


@dataclass(frozen=True)
class Drop:
    """An average that a sync lowers below what Schoology has. `items`: title and id of the work that does."""

    student_id: str
    period: str
    before: Decimal
    after: Decimal
    schoology: Decimal | None
    items: tuple[tuple[str, str], ...]
    blank: bool
    """The work has no score, and the SIS counts that as zero."""
    missing: bool = False
    """The work is marked missing, which this course leaves out in Schoology and the SIS counts as zero."""

    def to_json(self) -> dict[str, Any]:
        """What the database should hold."""
        numbers = {"before": str(self.before), "after": str(self.after)}
        ours = "" if self.schoology is None else str(self.schoology)
        return {**vars(self), **numbers, "schoology": ours, "items": [list(each) for each in self.items]}


@dataclass(frozen=True)
class Late:
    """A student who joined after work was due that the SIS counts as zero. `elsewhere`: how many scores the
    SIS has for the student in another section of the course."""

    student_id: str
    joined: date
    items: tuple[tuple[str, str], ...]
    elsewhere: int = 0
    section: str = ""

    def to_json(self) -> dict[str, Any]:
        """What the database should hold."""
        items = [list(each) for each in self.items]
        return {**vars(self), "joined": self.joined.isoformat(), "items": items}


def drops(
    schoology: SchoologyBook,
    sis: SisBook,
    matching: Matching,
    *,
    works: Iterable[ItemWork],
    roster: frozenset[str],
) -> list[Drop]:
    """Every average that falls in the SIS and that Schoology does not share.

    Empty where the SIS does not tell how it counts.
    """
    changing = [each for each in works if each.judged.assignment and (each.send_assignment or each.sends)]
    if not changing:
        return []
    book = _after(sis, changing)
    before, after = _averages(sis, matching, roster), _averages(book, matching, roster)
    falling = {
        key: (was, now)
        for key, was in before.items()
        if was is not None and (now := after[key]) is not None and now < was
    }
    ours, shared, missing = _schoology(schoology, book, matching, {student for student, _ in falling})
    found = []
    for (student, period), (was, now) in falling.items():
        if (student, period) in shared:
            continue
        here = ours.get((student, period))
        if here is not None and here <= now:
            continue
        culprits = [
            each
            for each in changing
            if _lowers(each, sis, changing, matching=matching, student=student, period=period, now=now)
        ] or changing
        is_missing = all((student, each.item_id) in missing for each in culprits)
        blank = not is_missing and all(_is_blank(each, book, student) for each in culprits)
        items = tuple((each.judged.item.title, each.item_id) for each in culprits)
        found.append(Drop(student, period, was, now, here, items, blank, is_missing))
    return found


def late(
    works: Iterable[ItemWork],
    sis: SisBook,
    calendar: Calendar,
    *,
    joined: Mapping[str, date],
    filled: Mapping[str, frozenset[str]],
) -> list[Late]:
    """Who joined after work was due that counts as zero for them, now or after this sync. `filled`: item →
    students with something there."""
    found: dict[str, list[tuple[str, str]]] = {}
    for each in works:
        made = each.judged.assignment or each.there
        if made is None or made.unreadable or made.points <= 0:
            continue
        period = calendar.period_of(made.due)
        settings = in_period(sis.settings, sis.session, period.code if period else "")
        if sis_cell(made, None, settings, calendar.today) is None:
            continue
        for student, day in joined.items():
            if day > made.due and student not in filled.get(each.item_id, frozenset()):
                found.setdefault(student, []).append((each.judged.item.title, each.item_id))
    return [Late(student, joined[student], tuple(items)) for student, items in sorted(found.items())]


def _after(sis: SisBook, works: Iterable[ItemWork]) -> SisBook:
    """The SIS's gradebook as a sync leaves it."""
    assignments, scores = {each.number: each for each in sis.assignments}, dict(sis.scores)
    for work in works:
        made = work.judged.assignment
        assert made is not None
        number = work.there.number if work.there else f"new {work.item_id}"
        if work.send_assignment or work.there is None:
            weight = work.there.weight if made.weight is None and work.there else made.weight
            assignments[number] = replace(made, number=number, weight=weight)
        own = {each.student_id: each for each in scores.get((sis.session, number), ())}
        own |= {each.student_id: each.desired for each in work.sends}
        scores[(sis.session, number)] = tuple(own.values())
    return replace(sis, assignments=tuple(assignments.values()), scores=scores, averages=())


def _averages(sis: SisBook, matching: Matching, roster: frozenset[str]) -> Averages:
    found: Averages = {}
    own = [each for each in sis.assignments if each.session == sis.session and not each.unreadable]
    scores = {
        number: {each.student_id: each for each in given}
        for (session, number), given in sis.scores.items()
        if session == sis.session
    }
    for period in matching.periods:
        settings = in_period(sis.settings, sis.session, period.term)
        rules = sis_rules(settings)
        if rules is None:
            return {}
        inside = [each for each in own if period.start <= each.due <= period.end]
        for student in roster:
            cells = [
                sis_cell(each, scores.get(each.number, {}).get(student), settings, matching.today)
                for each in inside
            ]
            found[student, period.term] = average((each for each in cells if each), rules)
    return found


def _schoology(
    schoology: SchoologyBook, book: SisBook, matching: Matching, students: set[str]
) -> tuple[Averages, set[tuple[str, str]], set[tuple[str, str]]]:
    """Schoology's averages where the SIS would have another one, those that both would share, and (student,
    item) of missing work that Schoology leaves out."""
    some = {each.enrollment_id: each for each in matching.students if each.student_id in students}
    compared = compare(schoology, book, matching, students)
    missing = {
        (some[each.enrollment_id].student_id, each.item_id)
        for each in schoology.grades.grades
        if each.exception is ScoreException.MISSING and each.enrollment_id in some
    }
    ours = {(each.student.student_id, each.period.term): each.schoology for each in compared.differences}
    every = {(student, period.term) for student in students for period in matching.periods}
    return ours, every - set(ours), set() if compared.missing_counts else missing


def _lowers(  # noqa: PLR0913 - one work, everything that goes with it, and whose average
    work: ItemWork,
    sis: SisBook,
    works: list[ItemWork],
    *,
    matching: Matching,
    student: str,
    period: str,
    now: Decimal,
) -> bool:
    """Whether the average would be higher without this work."""
    rest = _after(sis, [each for each in works if each is not work])
    only = replace(matching, periods=tuple(each for each in matching.periods if each.term == period))
    without = _averages(rest, only, frozenset((student,)))[student, period]
    return without is None or without > now


def _is_blank(work: ItemWork, book: SisBook, student: str) -> bool:
    number = work.there.number if work.there else f"new {work.item_id}"
    scores = {each.student_id: each for each in book.scores.get((book.session, number), ())}
    score = scores.get(student, SisScore(student))
    return score.score is None and not score.mark and not score.flag
