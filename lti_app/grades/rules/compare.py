"""What to send: what should be, against what was last pushed and what the SIS has. Pure.

A score is a conflict when the SIS no longer has what it had after our last push, or has something that we
never pushed. Whoever wins, what was there is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from lti_app.grades.rules.marks import Wanted
from lti_app.school.gradebook import Assignment, ScoreFlag, SisScore
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import NO_REASON, Reason, because


class ScoreAction(StrEnum):
    """What becomes of a score."""

    SEND = "send"
    REMEMBER = "remember"
    """The SIS has it already: only our memory is brought up to date."""
    CONFLICT = "conflict"
    """A conflict that waits for the teacher."""
    CANNOT_SEND = "cannot_send"
    """It cannot be sent; `reason` says why."""


@dataclass(frozen=True)
class Memory:
    """What we know of an earlier push, as canonical text; `agreed` is the SIS's text that a person let us
    overwrite. `kept`: a person decided that an empty cell of Schoology clears nothing in the SIS."""

    pushed: str = ""
    seen: str = ""
    agreed: str | None = None
    kept: bool = False
    unchecked: bool = False
    """It arrived and was not read back: the SIS may have rounded it."""
    agreed_for: str | None = None
    """Schoology's text that was shown with `agreed`; None in agreements of before it was kept."""
    seat: str = ""
    """The Schoology enrollment whose cell was filled when we last saw it; empty where that is not known."""


@dataclass(frozen=True)
class ScoreLine:
    """One score to deal with. `before` is what the SIS has; `overwrites` marks an edit made in the SIS."""

    item_id: str
    student_id: str
    action: ScoreAction
    desired: SisScore
    before: SisScore
    overwrites: bool = False
    agreed: bool = False
    """A person let us overwrite exactly what is there."""
    reason: Reason = NO_REASON
    spelled: str = ""
    """How the SIS writes what we pushed, where that was not known yet."""
    seat: str = ""
    """The Schoology enrollment that it comes from."""
    lifts: bool = False
    """It takes back nothing but a mark of ours that left the work out."""

    @property
    def loss(self) -> str:
        """What sending it does to a value of the SIS: "clear", "replace" one that we did not push, or ""."""
        if is_blank(text_of(self.desired)) and not is_blank(text_of(self.before)):
            return "" if self.lifts else "clear"
        return "replace" if self.overwrites and text_of(self.before) else ""


def text_of(score: SisScore) -> str:
    """A score as canonical text: equal scores have equal texts; empty for a blank cell.

    A mark stands behind “=”, a flag behind “!” with its number, if any, behind a space.
    """
    value = f"={score.mark}" if score.mark else plain(score.score)
    if score.flag:
        value = f"!{score.flag} {value}".strip()
    return f"{value}\n{score.comment}" if score.comment else value


def score_of(student_id: str, text: str) -> SisScore:
    """The score behind a canonical text."""
    value, _, comment = text.partition("\n")
    if value.startswith("="):
        return SisScore(student_id, None, value[1:], comment)
    flag = ScoreFlag.NONE
    if value.startswith("!"):
        name, _, value = value[1:].partition(" ")
        flag = ScoreFlag(name)
    return SisScore(student_id, Decimal(value) if value else None, "", comment, flag=flag)


def is_blank(text: str) -> bool:
    """Whether a canonical text holds neither points nor a mark nor a flag; it may hold a comment."""
    return not text.partition("\n")[0]


def plain(number: Decimal | None) -> str:
    """A number without superfluous zeros; empty for none."""
    if number is None:
        return ""
    return f"{number.normalize():f}" if number else "0"


def score_lines(
    item_id: str,
    wanted: Iterable[Wanted],
    there: Mapping[str, SisScore],
    known: Mapping[str, Memory],
    *,
    comments: bool,
    ask: bool,
    clear: bool,
) -> list[ScoreLine]:
    """The scores of one item that need anything. Without `comments` those of the SIS are kept as they are;
    `clear`: the SIS can clear a score."""
    lines = [
        _line(item_id, each, there.get(each.student_id), known.get(each.student_id), comments=comments)
        for each in wanted
    ]
    found = [each for each in lines if each is not None]
    if not clear:
        found = [_clearable(each) for each in found]
    return [_asked(each) if ask and each.overwrites else each for each in found]


def _clearable(line: ScoreLine) -> ScoreLine:
    """What an SIS that cannot clear a score is not asked for."""
    cleared = is_blank(text_of(line.desired)) and not is_blank(text_of(line.before))
    if line.action is not ScoreAction.SEND or not cleared:
        return line
    return replace(
        line, action=ScoreAction.CANNOT_SEND, overwrites=False, reason=because(Code.SIS_CANNOT_CLEAR)
    )


def _line(
    item_id: str, wanted: Wanted, there: SisScore | None, known: Memory | None, *, comments: bool
) -> ScoreLine | None:
    before = there or SisScore(wanted.student_id)
    if before.unreadable:
        why = because(Code.SCORE_UNREADABLE, text=before.unreadable)
        return ScoreLine(item_id, wanted.student_id, ScoreAction.CANNOT_SEND, before, before, reason=why)
    if wanted.score is None:
        if not wanted.reason:
            return None
        why, has = wanted.reason, value_of(text_of(before))
        if why.code == Code.EXCEPTION_UNKNOWN and has:
            why = because(
                Code.EXCEPTION_UNKNOWN_SCORE, score=before.mark or plain(before.score) or str(before.flag)
            )
        return ScoreLine(item_id, wanted.student_id, ScoreAction.CANNOT_SEND, before, before, reason=why)
    desired = wanted.score if comments else replace(wanted.score, comment=before.comment)
    desired = replace(desired, sis_id=before.sis_id)
    line = ScoreLine(item_id, wanted.student_id, ScoreAction.SEND, desired, before, seat=wanted.seat)
    if comments:
        return _judged(line, text_of(desired), text_of(before), known)
    # Comments are the SIS's own then: one that is written there is no change of the score.
    return _judged(line, value_of(text_of(desired)), value_of(text_of(before)), _without_comments(known))


def value_of(text: str) -> str:
    """A canonical text without its comment."""
    return text.partition("\n")[0]


def _without_comments(known: Memory | None) -> Memory | None:
    if known is None:
        return None
    agreed = None if known.agreed is None else value_of(known.agreed)
    agreed_for = None if known.agreed_for is None else value_of(known.agreed_for)
    return replace(
        known,
        pushed=value_of(known.pushed),
        seen=value_of(known.seen),
        agreed=agreed,
        agreed_for=agreed_for,
    )


def _judged(line: ScoreLine, want: str, has: str, known: Memory | None) -> ScoreLine | None:
    if known is None:
        return _never_sent(line, want, has)
    if _clears_nothing(line, want, has, known):
        return None
    if known.unchecked and is_spelling(known.pushed, has):
        known, line = replace(known, seen=has), replace(line, spelled=has)
    if want == has:
        same = (known.pushed, known.seen) == (want, has) and not known.unchecked
        return None if same else replace(line, action=ScoreAction.REMEMBER)
    if known.unchecked and not has:
        return line  # it was lost before it was read back
    if has == known.seen:
        if want != known.pushed:
            return replace(line, overwrites=True, agreed=True) if _is_theirs(known) else line
        return replace(line, action=ScoreAction.REMEMBER) if line.spelled else None
    agreed = has == known.agreed and known.agreed_for in (None, want)
    return replace(line, overwrites=True, agreed=agreed)


def _is_theirs(known: Memory) -> bool:
    """Whether the SIS keeps a value of its own by a person's word. It holds until Schoology's changes; then
    it is replaced, and shown and kept like every value that we did not push."""
    return not is_blank(known.seen) and not is_spelling(known.pushed, known.seen)


def _never_sent(line: ScoreLine, want: str, has: str) -> ScoreLine | None:
    if want == has:
        return replace(line, action=ScoreAction.REMEMBER) if has else None
    if not want or (is_blank(want) and not is_blank(has)):
        return None
    return replace(line, overwrites=has != "")


def _clears_nothing(line: ScoreLine, want: str, has: str, known: Memory) -> bool:
    """Whether a blank cell leaves the SIS as it is: by a person's word, or because it never was filled."""
    if not is_blank(want):
        return False
    return known.kept or (not is_blank(has) and not _was_filled(line, known))


def _was_filled(line: ScoreLine, known: Memory) -> bool:
    """Whether this very cell of Schoology held something once: a blank cell that never did, or one of a new
    enrollment, clears nothing."""
    return not is_blank(known.pushed) and (not known.seat or not line.seat or known.seat == line.seat)


def _asked(line: ScoreLine) -> ScoreLine:
    return (
        replace(line, action=ScoreAction.CONFLICT)
        if line.action == ScoreAction.SEND and not line.agreed
        else line
    )


def differs(desired: Assignment, pushed: str, seen: str, there: Assignment | None) -> bool:
    """Whether an assignment is to be sent: new, changed in Schoology, or counting otherwise in the SIS than
    it should and than it did after the last push."""
    if there is None or fingerprint(desired) != pushed:
        return True
    if desired.weight is None:  # no one asked the SIS for a weight
        desired = replace(desired, weight=there.weight)
    return counts(there) not in (counts(desired), seen)


def counts_otherwise(desired: Assignment, there: Assignment | None) -> bool:
    """Whether an assignment would enter averages otherwise than the SIS has it, or again."""
    if there is None:
        return True
    weight = there.weight if desired.weight is None else desired.weight
    return counts(replace(desired, weight=weight)) != counts(there)


def counts(each: Assignment) -> str:
    """What of an assignment enters an average; texts may come back otherwise than they went."""
    return "\n".join((each.category, plain(each.points), plain(each.weight), each.due.isoformat()))


def is_spelling(pushed: str, has: str) -> bool:
    """Whether the SIS has what was pushed, in its own spelling: a mark in other letters, fewer decimals, and
    whatever it does with comments."""
    ours, theirs = score_of("", pushed), score_of("", has)
    same = (ours.mark.casefold(), ours.flag) == (theirs.mark.casefold(), theirs.flag)
    return same and is_rounding(ours.score, theirs.score)


def is_rounding(sent: Decimal | None, kept: Decimal | None) -> bool:
    """Whether a number is the other with fewer decimals."""
    if sent is None or kept is None:
        return sent == kept
    return abs(sent - kept) < Decimal(1).scaleb(min(0, int(kept.normalize().as_tuple().exponent)))


def fingerprint(each: Assignment) -> str:
    """Everything that is sent of an assignment, as text."""
    parts = (
        each.category,
        each.title,
        plain(each.points),
        plain(each.weight),
        each.due.isoformat(),
        each.detail,
        "Y" if each.published else "N",
    )
    return "\n".join(parts)


def gone(assignments: Sequence[Assignment], item_ids: Iterable[str], session: int) -> list[Assignment]:
    """Assignments that were made from items which Schoology does not list any more."""
    there = set(item_ids)
    return [
        each for each in assignments if each.item_id and each.session == session and each.item_id not in there
    ]
