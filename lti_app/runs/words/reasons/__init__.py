"""The sentence of every reason: one table of codes, filled from the values when it is shown.

A sentence names its values in braces, with how each is said after a colon: `{count:record|records}` is
“1 record” or “3 records”, `{count:=is|are}` the word alone, `{count:number}` 1,717; `{day:day}` and
`{at:moment}` read dates; `{kind:kind}` and `{kind:kinds}` name a kind, `{why:reason}` is another reason. The
methods of _Filled are all the ways there are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from string import Formatter
from typing import Any

from lti_app import formats
from lti_app.jobs.timing import window_words
from lti_app.outbound import words as outbound_words
from lti_app.runs.record_names import record_name
from lti_app.runs.words.fields import FIELDS
from lti_app.runs.words.kinds import FEEDS, GROUPS, KEYS, PARTS, PEOPLE, PREP_RULES, counted_kind
from lti_app.runs.words.reasons import averages
from lti_app.runs.words.reasons.averages import AVERAGES
from lti_app.runs.words.reasons.courses import COURSES
from lti_app.runs.words.reasons.doubts import DOUBTS
from lti_app.runs.words.reasons.files import FILES
from lti_app.runs.words.reasons.findings import BRAKES, FINDINGS, FIXES
from lti_app.runs.words.reasons.findings import WORDS as FOUND
from lti_app.runs.words.reasons.grades import GRADES
from lti_app.runs.words.reasons.matching import MATCHING
from lti_app.runs.words.reasons.outside import OUTSIDE
from lti_app.runs.words.reasons.people import PERSON
from lti_app.runs.words.reasons.problems import ALERTS, PROBLEMS
from lti_app.runs.words.reasons.results import RESULTS
from lti_app.runs.words.reasons.roster import ROSTER
from lti_app.runs.words.reasons.sending import SENDING
from lti_app.runs.words.reasons.setup import SETUP
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import Reason
from lti_app.schoology import words as schoology_words
from lti_app.sis import registry, row_words

SENTENCES: Mapping[str, str] = {
    Code.OTHER: "{text}",
    Code.SEVERAL: "{parts:reasons}",
    **ROSTER,
    **row_words.SENTENCES,
    **DOUBTS,
    **FILES,
    **SENDING,
    **GRADES,
    **RESULTS,
    **COURSES,
    **PROBLEMS,
    **ALERTS,
    **OUTSIDE,
    **outbound_words.SENTENCES,
    **schoology_words.SENTENCES,
    **SETUP,
    **FINDINGS,
    **BRAKES,
    **PERSON,
    **AVERAGES,
    **MATCHING,
}
"""Code → sentence; those of an adapter stand in its description."""
EVENTS = {"manual_sync": "the manual sync", "schedule_change": "the schedule change"}
"""What restarts the wait for a scheduled sync."""
UNKNOWN = "Another version of this app recorded the reason, and this version can’t show it."
MISSING = "(unknown)"


def sentence(reason: Reason | None, zone: str = "") -> str:
    """What a reason says, or nothing; moments are told in this time zone, or in the one that it names."""
    if not reason:
        return ""
    template = SENTENCES.get(reason.code) or _said_by_an_adapter(reason.code)
    if not template:
        return UNKNOWN
    return (
        _Filled(zone or str(reason.values.get("zone", ""))).vformat(template, (), dict(reason.values)).strip()
    )


def finding(kept: Mapping[str, Any]) -> tuple[str, str]:
    """What is kept of a finding about an item, in words, and what to do."""
    why = kept["words"]
    if isinstance(why, str):
        return why, str(kept.get("fix", ""))
    reason = Reason.from_json(why)
    fill = _Filled("").vformat
    said, fix = FOUND.get(reason.code, UNKNOWN), FIXES.get(reason.code, "")
    return fill(said, (), dict(reason.values)), fill(fix, (), dict(reason.values))


def why(reason: Reason) -> str:
    """What a reason says of an average, without what to do."""
    return _Filled("").vformat(averages.WORDS.get(reason.code, "{text}"), (), dict(reason.values))


def fix(reason: Reason) -> str:
    """What to do about an average that differs for a reason."""
    return _Filled("").vformat(averages.FIXES.get(reason.code, "{text}"), (), dict(reason.values))


def setting(kept: str) -> str:
    """What the settings history keeps of a value, in words: a reason is kept as its JSON."""
    return sentence(Reason.from_json(json.loads(kept))) if kept.startswith('{"code":') else kept


def _said_by_an_adapter(code: str) -> str:
    own = (each.sentences.get(code, "") for each in registry.ADAPTERS.values())
    return next(filter(None, own), "")


def placeholders(code: str) -> set[str]:
    """The names of the values that a sentence needs."""
    return {name for _, name, _, _ in Formatter().parse(SENTENCES[code]) if name}


def codes_saying(text: str) -> list[str]:
    """The codes whose own words hold this text, whatever its case: a search in what pages show."""
    wanted = text.casefold()
    return [code for code, said in SENTENCES.items() if wanted in re.sub(r"{[^}]*}", "", said).casefold()]


class _Filled(Formatter):
    """Says each value as its place in the sentence asks for. A value that was not stored breaks no page."""

    def __init__(self, zone: str) -> None:
        self._zone = zone

    def get_value(self, key: int | str, args: Any, kwargs: Mapping[str, Any]) -> Any:  # noqa: ARG002 - the interface hands it over
        """A text of an older version stands for the reason that has taken its place."""
        older = kwargs.get("words", MISSING) if key == "why" else MISSING
        return kwargs.get(str(key), older)

    def format_field(self, value: Any, format_spec: str) -> str:
        """A line of an older version may have a code without its cause: then nothing is said of the cause."""
        if value is MISSING and format_spec == "reason":
            return ""
        if value is MISSING or not format_spec:
            return str(value)
        if "|" in format_spec:
            return _counted(value, format_spec)
        said = getattr(self, f"_{format_spec}")(value)
        return str(said)

    def _number(self, value: float) -> str:
        return formats.number(value)

    def _minutes(self, value: float) -> str:
        whole = round(value)
        if whole < 120:
            return formats.counted(whole, "minute", "minutes")
        return formats.counted(round(whole / 60), "hour", "hours")

    def _kind(self, value: str) -> str:
        return counted_kind(value, 1)

    def _kinds(self, value: str) -> str:
        return counted_kind(value, 2)

    def _part(self, value: str) -> str:
        return PARTS.get(value, value)

    def _people(self, value: str) -> str:
        return PEOPLE.get(value, value)

    def _group(self, value: str) -> str:
        return GROUPS.get(value, ("", value))[1]

    def _key(self, value: str) -> str:
        return KEYS.get(value, "key")

    def _rule(self, value: str) -> str:
        return PREP_RULES.get(value, "a matching rule").lower()

    def _field(self, value: str) -> str:
        return FIELDS.get(value, value.replace("_", " ")).lower()

    def _feed(self, value: str) -> str:
        return FEEDS.get(value, value)

    def _event(self, value: str) -> str:
        return EVENTS.get(value, value)

    def _window(self, value: int) -> str:
        return window_words(value)

    def _access(self, value: str) -> str:
        found = registry.find(value) or registry.first()
        return found.capabilities.help.access

    def _record(self, value: str) -> str:
        return record_name(value)

    def _holders(self, value: str | list[tuple[str, str, bool]]) -> str:
        """Who holds a value: (label, SIS id, has it left) of each, or words of an older version."""
        return value if isinstance(value, str) else " and ".join(_holder(*each) for each in value)

    def _reason(self, value: Mapping[str, Any] | str) -> str:
        return sentence(Reason.from_json(value), self._zone)

    def _reasons(self, value: list[Mapping[str, Any]]) -> str:
        return " ".join(self._reason(each) for each in value)

    def _after(self, value: str) -> str:
        return outbound_words.after(value)

    def _quoted(self, value: str) -> str:
        return outbound_words.quoted(value)

    def _titles(self, value: list[str]) -> str:
        return formats.listed([f"“{each}”" for each in value])

    def _settings(self, value: list[tuple[str, str]]) -> str:
        return formats.listed([f"“{title}” to {wanted or 'what your SIS has'}" for title, wanted in value])

    def _average(self, value: str) -> str:
        return formats.average(Decimal(value)) if value else "no average"

    def _day(self, value: str) -> str:
        return formats.day(date.fromisoformat(value))

    def _moment(self, value: str) -> str:
        return formats.moment(datetime.fromisoformat(value), self._zone or "UTC")


def _holder(label: str, sis_id: str, left: bool) -> str:
    if not sis_id:
        return f"the Schoology account “{label}”"
    said = record_name(sis_id) + (", no longer in the SIS" if left else "")
    return f"{label} ({said})" if label else said


def _counted(value: Any, forms: str) -> str:
    one, _, many = forms.removeprefix("=").partition("|")
    return (formats.plural if forms.startswith("=") else formats.counted)(value, one, many)
