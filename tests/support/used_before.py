"""A district that is partly in Schoology already, and how well Data Prep did by the known truth."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.models import PrepPair, PrepRow, Side
from lti_app.sandbox.schoology.store import SchoologyStore
from lti_app.sandbox.schoology.used_before import Truth
from lti_app.store.district import District
from lti_app.sync.data_prep import reading as data_prep_reading


@dataclass(frozen=True)
class Score:
    """How one kind was paired without a person."""

    rules: Mapping[str, tuple[int, int]]
    """Rule → right and wrong pairs."""
    there: int
    """How many records of the SIS have an object in Schoology."""

    @property
    def wrong(self) -> int:
        return sum(wrong for _, wrong in self.rules.values())

    @property
    def recall(self) -> float:
        return sum(right for right, _ in self.rules.values()) / self.there

    def lines(self, kind: str) -> list[str]:
        """Precision and recall of each rule, to be read by people."""
        told = []
        for rule, (right, wrong) in self.rules.items():
            told.append(
                f"{kind}.{rule}: {right + wrong} pairs, precision {right / (right + wrong):.1%}, "
                f"recall {right / self.there:.1%}"
            )
        return [*told, f"{kind}: {self.there} there, recall {self.recall:.1%}"]


def scores(session: Session, truth: Truth) -> dict[str, Score]:
    """Kind → how it was paired; what the rules of the app leave out (parents, people gone) does not count."""
    reading = data_prep_reading.reading(District(session, 1))
    assert reading is not None
    found = {}
    for kind, known in (("user", truth.people), ("course", truth.courses), ("section", truth.sections)):
        wanted = set(
            session.scalars(select(PrepRow.ident).where(data_prep_reading.row_is(reading.id, kind, Side.SIS)))
        )
        pairs = session.execute(
            select(PrepPair.rule, PrepPair.sis_id, PrepPair.schoology_id).where(
                data_prep_reading.stands(1, kind)
            )
        ).all()
        right = Counter(rule for rule, sis_id, uid in pairs if known.get(uid) == sis_id)
        every = Counter(rule for rule, _, _ in pairs)
        rules = {rule: (right[rule], every[rule] - right[rule]) for rule in sorted(every)}
        found[kind] = Score(rules, len(set(known.values()) & wanted))
    return found


def corrected(text: str, known: Mapping[str, str], second: set[str]) -> list[list[str]]:
    """The lines of a downloaded file with every Mapping ID as the truth has it, one account a person."""
    lines = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    header = lines[0]
    place, mapping, ours = (header.index(name) for name in ("Schoology ID", "Mapping ID", "SIS ID"))
    wanted = {row[ours] for row in lines[1:] if row[ours]}
    for row in lines[1:]:
        key = known.get(row[place], "")
        row[mapping] = key if key in wanted and row[place] not in second else ""
    return lines


def duplicates(store: SchoologyStore, before: Mapping[str, set[int]], truth: Truth) -> dict[str, Any]:
    """What the syncs made although Schoology had it: by SIS key, out of what is new."""
    keys = {
        "people": {f"{key.partition(':')[2]}" for key in truth.people.values() if key},
        "courses": set(truth.courses.values()),
        "sections": set(truth.sections.values()),
    }
    made = {
        "people": {each.school_uid for uid, each in store.users.items() if uid not in before["people"]},
        "courses": {
            each.course_code.replace("-", "|", 1)
            for key, each in store.courses.items()
            if key not in before["courses"]
        },
        "sections": {
            each.section_school_code for key, each in store.sections.items() if key not in before["sections"]
        },
    }
    return {kind: sorted(made[kind] & keys[kind]) for kind in keys}
