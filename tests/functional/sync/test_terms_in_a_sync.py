"""A full sync learns of new and moved terms before it reads anything else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from lti_app.extensions import db
from lti_app.models import TermRow
from tests.support.killed_worker import OVER
from tests.support.world import DAY, World


def test_a_full_sync_reads_the_terms_again_first(world: World) -> None:
    """A term whose last day moved in the SIS is known by its new day, and keeps its grading period."""
    number, moved = next(
        (number, term) for number, term in enumerate(world.district.terms) if term.end > DAY.date()
    )
    later = moved.end + timedelta(days=3)
    world.district.terms[number] = replace(moved, end=later)
    kept = periods_of(world, moved)

    assert world.sync("users").state in OVER
    assert periods_of(world, moved) == kept
    assert world.sync().state in OVER
    assert periods_of(world, moved) == {(later, period) for _, period in kept}


def periods_of(world: World, term: Any) -> set[tuple[date, str]]:
    """The last day of a term of the SIS as the app knows it, and the grading period that it is mapped to."""
    with world.app.app_context():
        rows = db.session.query(TermRow).filter(TermRow.code == term.marking_period)
        return {(row.end, row.grading_period_id) for row in rows if row.buildings == [str(term.building)]}
