"""The gradebook of a OneRoster server behind the SIS port.

Line items and results are put under ids that are the same on every retry, so a write whose answer was lost
is repeated without harm. A server that gives ids of its own tells them in its answer; later they are found by
the marker in the description, and by line item and student.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from lti_app.school.gradebook import (
    Assignment,
    AssignmentRef,
    GradebookSettings,
    ScoreFlag,
    ScoreOutcome,
    ScoresByAssignment,
    SisAverage,
    SisCategory,
    SisScore,
)
from lti_app.sis.capabilities import Capabilities
from lti_app.sis.errors import Service, SisRejected, SisUnavailable
from lti_app.sis.oneroster import errors, gradebook_codecs
from lti_app.sis.oneroster.client import Client
from lti_app.sis.oneroster.errors import Missing
from lti_app.sis.oneroster.gradebook_codecs import SESSION, Writer
from lti_app.sis.oneroster.gradebook_lists import GradebookLists
from lti_app.sis.oneroster.roster import Roster
from lti_app.sis.oneroster.rows import Row
from lti_app.sis.oneroster.words import OneRosterCode

SECTION_UNKNOWN, ASSIGNMENT_UNKNOWN = "SECTION_UNKNOWN", "ASSIGNMENT_UNKNOWN"
NOT_OFFERED = "NOT_OFFERED"
TOLD = {"lineItems": ("lineItem",), "results": ("result",)}


class OneRosterGradebook:
    """Implements lti_app.sis.port.SisGradebook."""

    capabilities: Capabilities

    def __init__(self, client: Client, roster: Roster) -> None:
        self.client, self.roster = client, roster
        self._lists = GradebookLists(client, roster)
        self._classes: dict[str, Row] = {}
        self._categories: dict[str, list[SisCategory]] = {}
        self._items: dict[str, dict[str, str]] = {}
        """Class → Schoology item → line item, by the markers that were read last."""
        self._known: set[str] = set()
        """Line items that are there."""
        self._results: dict[tuple[str, str], str] = {}
        """(line item, student) → result."""

    def gradebook_settings(self, section_key: str) -> GradebookSettings:
        """The categories of a class; OneRoster doesn't tell how they count. Raises SisForbidden where the
        gradebook is not granted, or may only be read."""
        self._classes.pop(section_key, None)
        self._class(section_key)
        found = [gradebook_codecs.category(each) for each in self._lists.categories(section_key)]
        if not self.client.door.may_write():
            raise errors.forbidding(Service.GRADEBOOK, OneRosterCode.GRADEBOOK_READ_ONLY)
        own = self.client.profile.own_category
        if not found and own and self.client.base.version == "1.1":
            found = [SisCategory(SESSION, own, own, "All work", ())]
        self._categories[section_key] = found
        return GradebookSettings(section_key, None, None, tuple(found))

    def _class(self, section_key: str) -> Row:
        if section_key not in self._classes:
            row = self.roster.class_row(section_key)
            if row is None:
                raise SisRejected(SECTION_UNKNOWN)
            self._classes[section_key] = row
        return self._classes[section_key]

    def assignments(self, section_key: str) -> list[Assignment]:
        """Every line item of a class, whoever made it."""
        rows = self._lists.line_items(section_key)
        marked = {
            gradebook_codecs.split_marker(row.text("description"))[1]: row.text("sourcedId") for row in rows
        }
        self._items[section_key] = {item: key for item, key in marked.items() if item}
        self._known |= {row.text("sourcedId") for row in rows}
        return [gradebook_codecs.assignment(row) for row in rows]

    def scores(self, section_key: str) -> ScoresByAssignment:
        """Every result of a class, by line item; of two for one student the one that changed last."""
        found: dict[tuple[int, str], dict[str, tuple[str, SisScore]]] = {}
        for row in self._lists.results(section_key):
            place, made = (SESSION, row.ref("lineItem")), gradebook_codecs.score(row)
            changed = row.text("dateLastModified")
            there = found.setdefault(place, {}).get(made.student_id)
            if there is None or there[0] <= changed:
                found[place][made.student_id] = changed, made
                self._results[place[1], made.student_id] = made.sis_id
        return {place: tuple(made for _, made in own.values()) for place, own in found.items()}

    def averages(self, section_key: str) -> list[SisAverage]:  # noqa: ARG002 - OneRoster tells none
        """None: OneRoster has no averages."""
        return []

    def put_assignment(self, ref: AssignmentRef, assignment: Assignment) -> str:
        """Create or change a line item; its id. Raises SisRejected."""
        where = self._class(ref.section_key)
        self._raise_if_refused(ref.section_key, assignment)
        named = self._line_item(ref)
        body = self._writer().line_item(named, assignment, ref.item_id, where)
        with self._forgetting(ref.section_key):
            given = self._put("lineItems", named, body)
        self._items.setdefault(ref.section_key, {})[ref.item_id] = given
        self._known.add(given)
        return given

    def _raise_if_refused(self, section_key: str, value: Assignment) -> None:
        """What every server refuses, or takes otherwise than it was meant, is not sent."""
        limits = self.capabilities.limits
        if section_key not in self._categories:
            self.gradebook_settings(section_key)
        if value.category not in {each.code for each in self._categories[section_key]}:
            raise SisRejected("CATEGORY_UNKNOWN")
        if limits.title is not None and len(value.title) > limits.title:
            raise SisRejected("TITLE_TOO_LONG")
        if limits.whole_points and value.points != value.points.to_integral_value():
            raise SisRejected("POINTS_INVALID")

    def _line_item(self, ref: AssignmentRef) -> str:
        """The id of an item's line item: the one that the SIS gave, the marked one, else our own."""
        if ref.sis_id:
            return ref.sis_id
        if ref.section_key not in self._items:
            self.assignments(ref.section_key)
        found = self._items[ref.section_key].get(ref.item_id)
        return found or gradebook_codecs.line_item_id(ref.section_key, ref.item_id)

    @contextmanager
    def _forgetting(self, section_key: str) -> Iterator[None]:
        """After an outage no one knows what arrived: the lists are read again before the next write."""
        try:
            yield
        except SisUnavailable:
            self._items.pop(section_key, None)
            self._known.clear()
            raise

    def _writer(self) -> Writer:
        moment = datetime.fromtimestamp(self.client.now(), UTC)
        return Writer(self.client.base, moment, self.roster.sessions)

    def _put(self, path: str, named: str, body: Any) -> str:
        """The id under which the server keeps what was put."""
        try:
            answer = self.client.write("PUT", path, named, body)
        except Missing as error:
            code = errors.code_of(error.words) or ("REFUSED" if path == "results" else SECTION_UNKNOWN)
            raise SisRejected(code, error.words) from error
        return _given(answer, TOLD[path][0], named) or named

    def put_scores(self, ref: AssignmentRef, scores: Sequence[SisScore]) -> list[ScoreOutcome]:
        """Set or clear results, one by one. Raises SisRejected where the line item is gone."""
        most = self.capabilities.limits.batch
        if len(scores) > most:
            raise ValueError(f"at most {most} scores go in one call, and these are {len(scores)}")
        line_item = self._line_item(ref)
        self._raise_if_gone(line_item)
        with self._forgetting(ref.section_key):
            return [self._put_score(line_item, each) for each in scores]

    def _raise_if_gone(self, line_item: str) -> None:
        if line_item in self._known:
            return
        try:
            self._lists.line_item(line_item)
        except Missing as error:
            raise SisRejected(ASSIGNMENT_UNKNOWN) from error
        self._known.add(line_item)

    def _put_score(self, line_item: str, value: SisScore) -> ScoreOutcome:
        place = line_item, value.student_id
        named = value.sis_id or self._results.get(place) or gradebook_codecs.result_id(*place)
        try:
            if value.score is None and value.flag is ScoreFlag.NONE:
                self._clear(line_item, named, value)
            else:
                self._results[place] = self._put(
                    "results", named, self._writer().result(named, line_item, value)
                )
        except SisRejected as error:
            if error.code == ASSIGNMENT_UNKNOWN:
                self._known.discard(line_item)
                self._raise_if_gone(line_item)
            return ScoreOutcome(value.student_id, ok=False, code=error.code, words=str(error))
        return ScoreOutcome(value.student_id, ok=True)

    def _clear(self, line_item: str, named: str, value: SisScore) -> None:
        """Delete a result; where nothing can be deleted, 1.2 has a word for no score, and 1.1 has none."""
        try:
            self.client.write("DELETE", "results", named)
        except Missing:
            pass
        except SisRejected as error:
            if error.code != NOT_OFFERED or self.client.base.version == "1.1":
                raise
            self._put("results", named, self._writer().result(named, line_item, value))
        self._results.pop((line_item, value.student_id), None)

    def delete_assignment(self, ref: AssignmentRef) -> bool:
        """Remove a line item with its results; False when it was gone."""
        named = self._line_item(ref)
        try:
            self.client.write("DELETE", "lineItems", named)
        except Missing:
            return False
        finally:
            self._known.discard(named)
            self._items.pop(ref.section_key, None)
        return True

    def student_id(self, person: str) -> str:
        """The gradebook names students as rosters do; empty for someone who is known to be none."""
        return "" if self.roster.is_other(person) else person


def _given(answer: Any, name: str, named: str) -> str:
    """The id in the answer to a write; empty where it tells none."""
    if not isinstance(answer, Mapping):
        return ""
    for pair in answer.get("sourcedIdPairs") or ():
        if isinstance(pair, Mapping) and pair.get("suppliedSourcedId") in (named, None):
            return str(pair.get("allocatedSourcedId") or "")
    inside = answer.get(name, answer)
    found = inside.get("sourcedId") if isinstance(inside, Mapping) else None
    return str(found) if isinstance(found, str | int) and found != "" else ""
