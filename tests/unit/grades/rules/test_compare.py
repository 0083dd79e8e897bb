from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_app.grades.rules.compare import (
    Memory,
    ScoreAction,
    ScoreLine,
    counts,
    differs,
    fingerprint,
    gone,
    is_blank,
    is_rounding,
    is_spelling,
    plain,
    score_lines,
    score_of,
    text_of,
)
from lti_app.grades.rules.marks import Wanted
from lti_app.school.gradebook import Assignment, ScoreFlag, SisScore
from lti_app.school.reason_codes import Code

numbers = st.one_of(st.none(), st.decimals(0, 99999, places=3))
comments = st.sampled_from(["", "Well done", "再来"])


@st.composite
def scores(draw: st.DrawFn, comment: bool = False) -> SisScore:
    mark = draw(st.sampled_from(["", "", "EX", "M"]))
    said = draw(comments) if comment else ""
    flag = ScoreFlag.NONE if mark else draw(st.sampled_from(ScoreFlag))
    number = None if mark or flag is ScoreFlag.EXEMPT else draw(numbers)
    return SisScore("s1", number, mark, said, flag=flag)


memories = st.one_of(st.none(), st.builds(Memory, scores().map(text_of), scores().map(text_of)))


def lines(wanted: SisScore | None, there: SisScore, known: Memory | None, **more: bool) -> list[ScoreLine]:
    return score_lines(
        "7",
        [Wanted("s1", wanted)],
        {"s1": there} if text_of(there) else {},
        {"s1": known} if known else {},
        **{"comments": False, "ask": False, "clear": True, **more},
    )


def after(line: ScoreLine) -> Memory:
    return Memory(text_of(line.desired), text_of(line.desired))


@given(scores(comment=True))
def test_the_text_of_a_score_gives_the_score_back(score: SisScore) -> None:
    back = score_of("s1", text_of(score))

    assert text_of(back) == text_of(score)
    assert (back.score, back.mark, back.comment) == (score.score, score.mark, score.comment)


@given(scores(), scores(), memories)
def test_sent_once_the_same_thing_is_quiet(wanted: SisScore, there: SisScore, known: Memory | None) -> None:
    first = lines(wanted, there, known)

    for line in first:
        if line.action in (ScoreAction.SEND, ScoreAction.REMEMBER):
            assert lines(wanted, line.desired, after(line)) == []


@given(scores(), scores(), memories)
def test_what_goes_out_is_what_schoology_has(wanted: SisScore, there: SisScore, known: Memory | None) -> None:
    for line in lines(wanted, there, known):
        assert text_of(line.desired) == text_of(wanted)
        assert (line.action == ScoreAction.SEND) == (text_of(wanted) != text_of(there))


@given(scores(), scores(), memories)
def test_where_the_district_asks_no_edit_of_the_sis_is_overwritten(
    wanted: SisScore, there: SisScore, known: Memory | None
) -> None:
    has = text_of(there)
    for line in lines(wanted, there, known, ask=True):
        if line.action == ScoreAction.SEND:
            assert has in ("", known.seen if known else "")
        if line.action == ScoreAction.CONFLICT:
            assert line.overwrites and has != text_of(wanted)


@given(scores(), scores())
def test_nothing_in_schoology_and_no_memory_never_clears_the_sis(there: SisScore, other: SisScore) -> None:
    assert all(line.action == ScoreAction.REMEMBER for line in lines(SisScore("s1"), there, None))


@given(scores(), scores(), memories)
def test_what_must_not_be_sent_is_never_sent(wanted: SisScore, there: SisScore, known: Memory | None) -> None:
    assert lines(None, there, known) == []


@given(scores(), scores(comment=True))
def test_without_the_option_comments_of_the_sis_stay(wanted: SisScore, there: SisScore) -> None:
    for line in lines(wanted, there, Memory()):
        assert line.desired.comment == there.comment


def test_a_cleared_score_is_cleared_and_a_kept_one_of_the_sis_stays() -> None:
    had = SisScore("s1", Decimal(8))
    cleared = lines(SisScore("s1"), had, Memory("8", "8"))
    kept = lines(had, SisScore("s1", Decimal(3)), Memory("8", "3"))

    assert [line.action for line in cleared] == [ScoreAction.SEND]
    assert kept == []


def test_what_a_person_agreed_to_overwrite_goes_out_where_the_district_asks() -> None:
    there = SisScore("s1", Decimal(3))
    agreed = lines(SisScore("s1", Decimal(8)), there, Memory("8", "8", agreed="3"), ask=True)
    newer = lines(
        SisScore("s1", Decimal(8)), replace(there, score=Decimal(4)), Memory("8", "8", "3"), ask=True
    )

    assert [line.action for line in agreed] == [ScoreAction.SEND]
    assert [line.action for line in newer] == [ScoreAction.CONFLICT]


def test_an_assignment_is_sent_when_it_is_new_changed_or_counts_otherwise() -> None:
    made = Assignment(1, "7", "HW", "Sheet", Decimal("10.0"), Decimal(1), date(2026, 11, 19))
    pushed = fingerprint(made)
    there = replace(made, points=Decimal(10), number="3", detail="their own words")

    assert differs(made, "", "", None)
    assert not differs(made, pushed, "", there)
    assert differs(made, pushed, "", replace(made, points=Decimal(11)))
    assert differs(replace(made, title="Sheet 2"), pushed, "", made)


def test_what_the_sis_rounds_is_sent_once() -> None:
    made = Assignment(1, "7", "HW", "Sheet", Decimal(10), Decimal("0.333"), date(2026, 11, 19))
    rounded = replace(made, weight=Decimal("0.33"))

    assert differs(made, fingerprint(made), "", rounded)
    assert not differs(made, fingerprint(made), counts(rounded), rounded)
    assert differs(made, fingerprint(made), counts(rounded), replace(made, weight=Decimal(1)))


@pytest.mark.parametrize(
    ("sent", "kept", "rounding"),
    [
        ("8.125", "8.13", True),
        ("8.129", "8.1", True),
        ("8", "8", True),
        ("9", "8", False),
        ("0.5", "0", True),
    ],
)
def test_fewer_decimals_are_rounding(sent: str, kept: str, rounding: bool) -> None:
    assert is_rounding(Decimal(sent), Decimal(kept)) is rounding


def test_only_assignments_made_from_items_of_this_session_can_be_gone() -> None:
    made = Assignment(1, "7", "HW", "Sheet", Decimal(10), Decimal(1), date(2026, 11, 19))
    theirs, other = replace(made, item_id=""), replace(made, item_id="8", session=2)

    assert gone([made, theirs, other], ["9"], 1) == [made]
    assert gone([made], ["7"], 1) == []


@given(st.decimals(0, 10**6, places=4))
def test_numbers_read_the_same_however_many_zeros_they_carry(number: Decimal) -> None:
    assert plain(number) == plain(number + Decimal("0.0000"))
    assert Decimal(plain(number)) == number


def test_an_empty_cell_of_schoology_clears_nothing_that_the_app_never_sent() -> None:
    """Typed in the SIS by hand, with a comment, which is kept where comments are not synced."""
    typed = SisScore("s1", Decimal(95), "", "Great")

    for comments in (False, True):
        assert lines(SisScore("s1", None, "", ""), typed, None, comments=comments) == []
    assert lines(SisScore("s1", None, "", "Nice"), typed, None, comments=True) == []


def test_a_score_that_is_cleared_counts_as_cleared_though_its_comment_stays() -> None:
    typed = SisScore("s1", Decimal(95), "", "Great")
    known = Memory(text_of(typed), text_of(typed))

    (line,) = lines(SisScore("s1", None, "", ""), typed, known)

    assert line.action == ScoreAction.SEND and line.desired.comment == "Great"
    assert line.loss == "clear"


SENT, SENT_OVER, ASKED, NOTED, NOTHING = "sent", "sent over another", "asked about", "noted", "nothing"


def done(found: list[ScoreLine]) -> str:
    """What becomes of one score, in a word."""
    if not found:
        return NOTHING
    (line,) = found
    if line.action == ScoreAction.SEND:
        return SENT_OVER if line.overwrites else SENT
    return {ScoreAction.CONFLICT: ASKED, ScoreAction.REMEMBER: NOTED}[line.action]


@pytest.mark.parametrize(
    ("wanted", "there", "becomes"),
    [
        ("8", "", SENT),
        ("8", "5", SENT_OVER),
        ("=EX", "5", SENT_OVER),
        ("8", "8", NOTED),
        ("", "", NOTHING),
        ("", "5", NOTHING),
        ("\nWell done", "5", NOTHING),
        ("\nWell done", "", SENT),
        ("\nWell done", "\nBefore", SENT_OVER),
        ("8\nWell done", "8", SENT_OVER),
    ],
)
def test_a_score_that_was_never_sent(wanted: str, there: str, becomes: str) -> None:
    """Nothing empties a score of the SIS that the app did not send, also not a comment beside it."""
    given_ = (score_of("s1", wanted), score_of("s1", there), None)

    assert done(lines(*given_, comments=True)) == becomes
    asked = ASKED if becomes == SENT_OVER else becomes
    assert done(lines(*given_, comments=True, ask=True)) == asked


@pytest.mark.parametrize(
    ("wanted", "there", "pushed", "seen", "becomes"),
    [
        ("8", "7", "7", "7", SENT),
        ("8", "7", "8", "7", NOTHING),
        ("8", "8", "8", "8", NOTHING),
        ("8", "8", "7", "7", NOTED),
        ("8", "8", "8", "7", NOTED),
        ("8", "5", "7", "7", SENT_OVER),
        ("", "7", "7", "7", SENT),
        ("", "5", "7", "7", SENT_OVER),
        ("8", "", "8", "8", SENT_OVER),
    ],
)
def test_a_score_that_was_sent_before(wanted: str, there: str, pushed: str, seen: str, becomes: str) -> None:
    """What the SIS made of it last time is no change of the SIS's; anything else is."""
    known = Memory(pushed, seen)

    assert done(lines(score_of("s1", wanted), score_of("s1", there), known, comments=True)) == becomes


def test_an_agreed_overwriting_is_not_asked_about_again() -> None:
    for there, becomes in (("5", SENT_OVER), ("6", ASKED)):
        known = Memory("7", "7", agreed="5")
        found = lines(score_of("s1", "8"), score_of("s1", there), known, ask=True)
        assert done(found) == becomes


@pytest.mark.parametrize("pushed", ["", "A", "~"], ids=["nothing", "what sorts before", "what sorts after"])
def test_an_assignment_is_sent_when_it_is_not_what_was_pushed_last(pushed: str) -> None:
    desired = Assignment(1, "7", "HW", "Sheet", Decimal(10), Decimal(1), date(2026, 11, 19))

    assert differs(desired, pushed, counts(desired), desired)
    assert differs(desired, fingerprint(desired), counts(desired), None)
    assert not differs(desired, fingerprint(desired), counts(desired), desired)


def test_a_score_is_not_cleared_where_the_sis_cannot_clear() -> None:
    there, blank = SisScore("s1", Decimal(5), sis_id="r7"), SisScore("s1")
    (line,) = lines(blank, there, Memory("5", "5"), clear=False)

    assert (line.action, line.reason.code) == (ScoreAction.CANNOT_SEND, Code.SIS_CANNOT_CLEAR)
    (changed,) = lines(SisScore("s1", Decimal(6)), there, Memory("5", "5"), clear=False)
    assert (changed.action, changed.desired.sis_id) == (ScoreAction.SEND, "r7")
    assert lines(blank, blank, Memory("5", "5"), clear=False)[0].action is not ScoreAction.CANNOT_SEND


def test_a_flag_is_neither_blank_nor_the_number_beside_it() -> None:
    exempt = SisScore("s1", flag=ScoreFlag.EXEMPT)
    late = SisScore("s1", Decimal(0), flag=ScoreFlag.MISSING)

    assert (text_of(exempt), text_of(late)) == ("!exempt", "!missing 0")
    assert not is_blank(text_of(exempt))
    assert not is_spelling(text_of(exempt), "") and not is_spelling(text_of(late), "0")
    assert is_spelling("!missing 0.004", "!missing 0.00")


@pytest.mark.parametrize("there", [None, Decimal(1)])
def test_a_weight_that_the_sis_does_not_have_is_no_difference(there: Decimal | None) -> None:
    sent = Assignment(1, "7", "HW", "Sheet", Decimal(10), None, date(2026, 11, 19))

    assert not differs(sent, fingerprint(sent), counts(sent), replace(sent, weight=there))


def test_what_the_sis_keeps_is_lost_once_schoologys_score_changes() -> None:
    known = {"s1": Memory(pushed="7", seen="8")}

    same, changed = (
        score_lines(
            "1",
            [Wanted("s1", SisScore("s1", Decimal(score)))],
            {"s1": SisScore("s1", Decimal(8))},
            known,
            comments=False,
            ask=True,
            clear=True,
        )
        for score in (7, 9)
    )

    assert same == []
    assert [(each.action, each.loss, each.agreed) for each in changed] == [("send", "replace", True)]
