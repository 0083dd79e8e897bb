"""What each student should have of an item, and who has something that counts already. Reads no rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from lti_app.grades.read import Both
from lti_app.grades.rules import audience, compare, marks
from lti_app.grades.rules.audience import Class
from lti_app.grades.rules.compare import Memory, ScoreLine
from lti_app.grades.rules.marks import Marking, Wanted
from lti_app.school.gradebook import Grade, GradedItem, ScoreException, SisScore
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import Reason, because


@dataclass(frozen=True)
class Cells:
    """The cells of one item. `has`: SIS id → what the SIS has."""

    wanted: Mapping[str, Wanted]
    has: Mapping[str, SisScore]
    scored: frozenset[str]
    """SIS ids of students with something that counts, on either side."""
    comments: tuple[str, ...] = ()
    """Those that go to the SIS, as Schoology has them; none where the district sends no comments."""

    def blank(self, roster: frozenset[str], left_out: frozenset[str] = frozenset()) -> frozenset[str]:
        """Those of the section who have nothing, and get nothing that leaves the work out."""
        known = {each for each, wanted in self.wanted.items() if not is_silent(wanted)}
        filled = {each for each, score in self.has.items() if not is_blank(score)}
        return roster - known - filled - left_out


def cells_of(both: Both, item: GradedItem, grades: Iterable[Grade], by: Marking) -> Cells:
    """What Schoology and the SIS have of an item."""
    there = both.sis.assignment_of(item.id)
    scores = both.sis.scores.get((there.session, there.number), ()) if there else ()
    own = list(grades)
    has = {each.student_id: each for each in scores}
    counted = {both.schoology.students.get(each.enrollment_id, "") for each in own if _counts(each)}
    counted |= {each for each, score in has.items() if _is_scored(score, by)}
    found = _wanted(both, item, own, by)
    seats = {each.seat for each in found.values() if each.score}
    comments = [each.comment for each in own if each.enrollment_id in seats]
    told = tuple(filter(None, comments)) if by.policy.comments else ()
    return Cells(found, has, both.sis.roster & counted, told)


def with_marks(
    cells: Cells, who: frozenset[str], by: Marking, *, known: Mapping[str, Memory], seats: Class
) -> list[Wanted]:
    """What to send: blank cells of students who don't have the work get the mark that leaves it out."""
    found = dict(cells.wanted)
    of = {student: seat for seat, student in seats.seats.items()}
    for student in sorted(who):
        now = found.get(student)
        if now is not None and not is_silent(now):
            continue
        has = cells.has.get(student, SisScore(student))
        memory = known.get(student)
        ours = memory.pushed if memory else ""
        made = audience.mark(student, by, has, ours=ours, is_blank=is_blank(has))
        if made is not None:
            found[student] = Wanted(student, made, seat=of.get(student, ""))
    return list(found.values())


def lifted(line: ScoreLine, by: Marking, known: Mapping[str, Memory]) -> ScoreLine:
    """A score to send, with whether it only takes back our own mark that left the work out: no loss."""
    memory, mark = known.get(line.student_id), marks.excluding(line.student_id, by)
    if mark is None or memory is None or line.overwrites:
        return line
    before = compare.value_of(compare.text_of(line.before))
    ours = before == compare.text_of(mark) == compare.value_of(memory.seen)
    return replace(line, lifts=ours and compare.is_blank(compare.text_of(line.desired)))


def _wanted(both: Both, item: GradedItem, grades: Iterable[Grade], by: Marking) -> dict[str, Wanted]:
    found: dict[str, Wanted] = {}
    for grade in grades:
        student = both.schoology.students.get(grade.enrollment_id, "")
        if student in both.sis.roster:
            made = replace(marks.wanted(student, grade, item, by), seat=grade.enrollment_id)
            found[student] = _one_of(found.get(student), made)
        elif _says_something(grade):
            who = student or f"enrollment {grade.enrollment_id}"
            found[who] = Wanted(who, None, stranger(student))
    return found


def _one_of(one: Wanted | None, other: Wanted) -> Wanted:
    """What a student should have who is in the course under two accounts: what one of them says, or nothing
    where both say different things."""
    if one is None or is_silent(one):
        return other
    if is_silent(other) or one.score == other.score:
        return one
    return Wanted(one.student_id, None, because(Code.TWO_ACCOUNTS))


def is_silent(wanted: Wanted) -> bool:
    """Whether Schoology says nothing of a student."""
    return wanted.score is not None and compare.text_of(wanted.score) == ""


def is_blank(score: SisScore) -> bool:
    """Whether the SIS has neither a value nor something that can't be read."""
    return not score.unreadable and compare.is_blank(compare.text_of(score))


def stranger(student: str) -> Reason:
    """Why someone of the course gets no scores; the SIS id is empty where no one knows it."""
    return because(Code.STUDENT_NOT_IN_SECTION if student else Code.NOT_A_STUDENT)


def _says_something(grade: Grade) -> bool:
    return grade.score is not None or grade.exception != ScoreException.NONE or bool(grade.letter)


def _counts(grade: Grade) -> bool:
    return grade.score is not None or bool(grade.letter) or grade.exception == ScoreException.MISSING


def _is_scored(score: SisScore, by: Marking) -> bool:
    """Whether the SIS has something that is no mark to leave the work out."""
    return not is_blank(score) and not marks.leaves_out(score, by)
