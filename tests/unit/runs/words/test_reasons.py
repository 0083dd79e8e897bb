"""Every reason has its sentence, and every place that makes one gives what the sentence needs."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from enum import StrEnum

import pytest

from lti_app.outbound import words as outbound_words
from lti_app.outbound.errors import OutsideError, Transient
from lti_app.outbound.words import OutboundCode
from lti_app.runs.words.reasons import (
    SENTENCES,
    UNKNOWN,
    averages,
    codes_saying,
    finding,
    findings,
    placeholders,
    sentence,
)
from lti_app.school.average_codes import AverageCode, MatchCode
from lti_app.school.course_codes import CourseCode
from lti_app.school.ending_codes import EndingCode
from lti_app.school.finding_codes import BrakeCode, FindingCode
from lti_app.school.outside_codes import OutsideCode, PersonCode, SetupCode
from lti_app.school.prep import DecisionCode, Doubt, FileCode, LineCode
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import NO_REASON, Reason, because, decoded, encoded, other, several
from lti_app.school.row_codes import RowCode
from lti_app.schoology.words import SchoologyCode
from lti_app.sis import registry
from lti_app.sis.errors import SisUnavailable
from lti_app.sis.eschoolplus.words import EschoolCode
from lti_app.sis.oneroster import words as oneroster_words
from lti_app.sis.oneroster.words import OneRosterCode
from tests.conventions.sources import assert_none, sources

ENUMERATIONS: dict[str, type[StrEnum]] = {
    "AverageCode": AverageCode,
    "Code": Code,
    "Doubt": Doubt,
    "MatchCode": MatchCode,
    "FileCode": FileCode,
    "RowCode": RowCode,
    "DecisionCode": DecisionCode,
    "LineCode": LineCode,
    "CourseCode": CourseCode,
    "EndingCode": EndingCode,
    "OutboundCode": OutboundCode,
    "SchoologyCode": SchoologyCode,
    "BrakeCode": BrakeCode,
    "FindingCode": FindingCode,
    "OutsideCode": OutsideCode,
    "SetupCode": SetupCode,
    "PersonCode": PersonCode,
}
MAKES = ("because", "told", "failed", "forbidding")
"""The functions that take a code and its values."""
CODES = {code.name: code for each in ENUMERATIONS.values() for code in each}


def _made() -> Iterator[tuple[str, str, set[str]]]:
    """(place, name of the code, names of the values) of every reason that the code makes."""
    for source in sources("lti_app"):
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in MAKES:
                code = node.args[0]
                names = {each.arg for each in node.keywords if each.arg}
                for name in _codes_in(code):
                    yield f"{source.name}:{node.lineno}", name, names


def _codes_in(node: ast.AST) -> list[str]:
    """The names of the codes that stand in it."""
    named = [each for each in ast.walk(node) if isinstance(each, ast.Attribute)]
    return [each.attr for each in named if getattr(each.value, "id", "") in ENUMERATIONS]


def test_an_adapter_has_a_sentence_for_each_of_its_own_codes() -> None:
    every = [code for each in registry.ADAPTERS.values() for code in each.sentences]

    assert set(EschoolCode) == set(registry.description("eschoolplus").sentences)
    assert set(OneRosterCode) == set(registry.description("oneroster").sentences)
    assert len(set(every)) == len(every) and not set(every) & set(SENTENCES)
    assert sentence(because(EschoolCode.OTHER_PAGE, came=3, asked=2)).startswith(
        "eSchoolPLUS sent page 3 instead of page 2."
    )


def test_a_text_that_an_older_version_kept_is_still_said() -> None:
    older = Reason(str(CourseCode.GRADES_OFF), {"words": "No scope."})
    newer = because(CourseCode.GRADES_OFF, why=because(OutsideCode.SIS_ACCESS_REFUSED, words="No scope."))

    assert "its gradebook. No scope. Nothing was lost." in sentence(older)
    assert sentence(newer) == sentence(older)


def test_a_finding_is_said_with_its_fix_whether_its_words_are_old_or_new() -> None:
    new = {"words": because(FindingCode.ITEM_CATEGORY_UNMATCHED, category="Tests").to_json(), "fix": ""}

    assert finding(new) == ("“Tests” isn’t matched to an SIS category.", "Match it on the Configuration tab.")
    assert finding({"words": "Old words.", "fix": "Old fix."}) == ("Old words.", "Old fix.")
    assert finding({"words": {"code": "newer", "values": {}}}) == (UNKNOWN, "")


def test_every_code_has_a_sentence_and_every_sentence_a_code() -> None:
    assert set(SENTENCES) == set(CODES.values())
    assert len(SENTENCES) == sum(map(len, ENUMERATIONS.values()))


def test_every_place_gives_what_its_sentence_needs() -> None:
    assert_none(
        f"{place}: {name} needs {sorted(placeholders(CODES[name]))}, gets {sorted(given)}"
        for place, name, given in _made()
        if given - {"zone"} != placeholders(CODES[name])
    )


def test_no_failure_of_the_outside_is_made_of_words() -> None:
    kinds = {each.__name__ for each in _kinds_of(OutsideError)}
    own_words = ast.Constant | ast.JoinedStr | ast.BinOp
    assert {"Transient", "MailError", "SisUnavailable"} <= kinds
    assert_none(
        f"{source.name}:{node.lineno} gives words: give a code with its values"
        for source in sources("lti_app")
        if source.name.startswith(("lti_app/outbound/", "lti_app/schoology/", "lti_app/sis/", "lti_app/lti/"))
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in kinds
        if node.args and isinstance(node.args[0], own_words)
        if "why" not in {each.arg for each in node.keywords}
    )


def _kinds_of(kind: type[OutsideError]) -> set[type[OutsideError]]:
    """Every kind of it but those whose words are said by the SIS or kept by the adapter."""
    below = {each for sub in kind.__subclasses__() for each in (sub, *_kinds_of(sub))}
    return {each for each in below if each.__name__ not in ("SisRejected", "Missing", "_TokenExpired")}


def test_a_failure_of_the_network_is_stored_as_codes_within_codes() -> None:
    late = Transient(**outbound_words.told(OutboundCode.STATUS, status=502, words="Bad gateway"))
    down = SisUnavailable(**oneroster_words.told(OneRosterCode.UNAVAILABLE, why=late))

    assert down.reason.code == "oneroster_unavailable"
    assert down.reason.values["why"] == {
        "code": "server_status",
        "values": {"status": 502, "words": "Bad gateway"},
    }
    assert sentence(down.reason) == str(down)
    assert "right now. The server answered 502. Bad gateway Please try again" in str(down)
    assert sentence(Reason("eschoolplus_unavailable", {"words": "No answer."})) == (
        "eSchoolPLUS isn’t available right now. No answer. Please try again later. If this lasts, check the "
        "domain."
    )


def test_no_sentence_is_a_leftover() -> None:
    """Every code is made, or compared with, somewhere besides the table of sentences."""
    used = {
        name
        for source in sources("lti_app")
        if not source.name.startswith("lti_app/runs/words/reasons/")
        for name in _codes_in(source.tree)
    }
    assert_none(name for name in CODES if name not in used)


@pytest.mark.parametrize("code", [each for each in CODES.values() if each is not Code.SEVERAL])
def test_a_reason_without_its_values_breaks_no_page(code: StrEnum) -> None:
    assert "{" not in sentence(Reason(str(code)))


def test_a_reason_comes_back_from_a_column_as_it_went_in() -> None:
    why = because(Code.SEVERAL, parts=[other("a “b”"), other('c "d"')])
    assert Reason.from_json(why.to_json()) == why
    assert decoded(encoded(why.values)) == why.values
    assert (encoded({}), decoded("")) == ("", {})
    assert NO_REASON.to_json() == {}
    assert not Reason.from_json({})


def test_several_reasons_are_said_one_after_another() -> None:
    assert sentence(several(other("One."), NO_REASON, other("Two."))) == "One. Two."
    assert several(NO_REASON, other("Two.")) == other("Two.")
    assert several(NO_REASON) is NO_REASON
    assert sentence(None) == sentence(NO_REASON) == ""


def test_a_code_of_a_newer_version_says_so() -> None:
    assert sentence(Reason("from_the_future", {"a": 1})) == UNKNOWN


def test_no_fix_has_work_marked_as_missing_that_no_one_graded() -> None:
    told = [*averages.FIXES.values(), *findings.FIXES.values()]
    assert told and not [each for each in told if re.search(r"\bmark(ed)?\b[^.]*\bmissing", each)]


def test_values_are_said_as_people_say_them(monkeypatch: pytest.MonkeyPatch) -> None:
    said = "{n:record|records} {n:=is|are} {n:number} {d:day} {m:moment} {k:kind} {k:kinds} {w:reason}"
    monkeypatch.setitem(SENTENCES, "sample", said)  # type: ignore[misc]
    values = because(
        Code.OTHER,
        n=1717,
        d=date(2026, 11, 30),
        m=datetime(2026, 11, 30, 20, 9, tzinfo=UTC),
        k="parent_link",
        w=other("Why."),
    ).values
    assert sentence(Reason("sample", values), "America/New_York") == (
        "1,717 records are 1,717 Nov 30, 2026 Nov 30, 2026, 3:09 PM EST parent link parent links Why."
    )
    assert sentence(Reason("sample", {**values, "n": 1})).startswith("1 record is 1 ")


def test_a_search_finds_codes_by_their_own_words_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SENTENCES, "sample", "The bus {text} is late.")  # type: ignore[misc]
    assert codes_saying("BUS") == ["sample"]
    assert "sample" not in codes_saying("text")
