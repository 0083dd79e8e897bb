"""What of a course's grades waits for its teachers, in numbers: no names and no scores."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Text, cast, func

from lti_app.grades import doubt
from lti_app.grades.first_score import confirmed
from lti_app.grades.rows.items import CONFLICT, ERROR
from lti_app.grades.rows.live import is_on
from lti_app.grades.rules import sis_edits
from lti_app.grades.rules.held import Held
from lti_app.grades.rules.timing import WAITS_FOR_YES
from lti_app.models import ItemState, LiveSection, ScoreState, SectionSettings
from lti_app.store.district import District


@dataclass(frozen=True)
class CourseWaits:
    """`conflicts`: scores and items that were changed in the SIS. `held`: changes that a brake holds.
    `copied`: items of a copied course. `ended`: items that wait for a yes because their term is over.
    `refused`: items that the SIS refused. `check`: the first score is to be checked."""

    section_id: str
    section_key: str
    conflicts: int = 0
    held: int = 0
    copied: int = 0
    ended: int = 0
    refused: int = 0
    check: bool = False

    @property
    def waits(self) -> bool:
        """Whether anything does."""
        counts = (self.conflicts, self.held, self.copied, self.ended, self.refused)
        return self.check or any(counts)


def waiting_courses(district: District) -> list[CourseWaits]:
    """Every course in which something waits for a teacher, out of rows alone."""
    mine = ItemState.installation_id == district.id
    by_section = ItemState.section_id
    session = district.session
    scores = func.count(ScoreState.student_id)
    conflicts = session.query(by_section, scores).join(ScoreState, ScoreState.item_state_id == ItemState.id)
    waits = ScoreState.status == CONFLICT
    if is_on(district):  # it replaces nothing that a teacher was not shown
        waits = waits | (ScoreState.loss == "replace")
    asked = conflicts.filter(mine, waits, ItemState.opted_out.is_(False))
    waiting = {section: count for section, count in asked.group_by(by_section)}
    changed = cast(ItemState.shown, Text).contains(sis_edits.EDITED)
    edited = session.query(by_section, func.count(ItemState.id)).filter(
        mine, changed, ItemState.opted_out.is_(False), ItemState.gone.is_(False)
    )
    for section, count in edited.group_by(by_section):
        waiting[section] = waiting.get(section, 0) + count
    items = session.query(by_section, func.count(ItemState.id)).filter(mine, ItemState.opted_out.is_(False))
    copied = items.filter(ItemState.held.is_(True), ItemState.gone.is_(False)).group_by(by_section)
    ended = items.filter(
        cast(ItemState.shown, Text).contains(WAITS_FOR_YES), ItemState.gone.is_(False)
    ).group_by(by_section)
    refused = items.filter(ItemState.status == ERROR, ItemState.gone.is_(False)).group_by(by_section)
    held = {
        row.section_id: _number(Held.load(row.held)) for row in session.scalars(district.select(LiveSection))
    }
    copies, past, errors = (dict(_pairs(each)) for each in (copied, ended, refused))
    nobody_asked = confirmed(district) or doubt.find(district) is not None
    rows = session.scalars(district.select(SectionSettings).order_by(SectionSettings.section_id))
    found = [
        CourseWaits(
            row.section_id,
            row.section_key,
            conflicts=waiting.get(row.section_id, 0),
            held=held.get(row.section_id, 0),
            copied=copies.get(row.section_id, 0),
            ended=past.get(row.section_id, 0),
            refused=errors.get(row.section_id, 0),
            check=bool(row.trial) and not nobody_asked,
        )
        for row in rows
    ]
    return [each for each in found if each.waits]


def _pairs(rows: object) -> list[tuple[str, int]]:
    return [(section, count) for section, count in rows]  # type: ignore[attr-defined]


def _number(held: Held) -> int:
    return len(held.delete) + len(held.clear) + len(held.due)
