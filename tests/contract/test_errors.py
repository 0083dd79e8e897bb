"""Outages, refusals and lists that move, in the one language that the engine understands."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from lti_app.school.gradebook import SisScore
from lti_app.sis.errors import IncompleteRead, SisForbidden, SisUnavailable
from tests.contract.rigs import Rig

READS: list[Callable[[Rig], Any]] = [
    lambda rig: rig.sis.gradebook_settings(rig.section),
    lambda rig: rig.sis.assignments(rig.section),
    lambda rig: rig.sis.scores(rig.section),
]


@pytest.mark.parametrize("read", READS, ids=["settings", "assignments", "scores"])
def test_an_outage_is_never_taken_for_an_empty_gradebook(rig: Rig, read: Callable[[Rig], Any]) -> None:
    ref = rig.put()
    rig.sis.put_scores(ref, [SisScore(rig.students[0], Decimal(5))])
    rig.outage()
    with pytest.raises(SisUnavailable):
        read(rig)
    rig.heal()

    assert read(rig)


def test_a_write_that_met_an_outage_may_be_sent_again(rig: Rig) -> None:
    ref = rig.put()
    student = rig.students[0]
    again = rig.assignment(title="Again")
    rig.outage()
    with pytest.raises(SisUnavailable):
        rig.sis.put_assignment(ref, again)
    with pytest.raises(SisUnavailable):
        rig.sis.put_scores(ref, [SisScore(student, Decimal(5))])
    rig.heal()

    rig.put(ref.sis_id, title="Again")
    rig.sis.put_scores(ref, [SisScore(student, Decimal(5))])

    assert [each.title for each in rig.sis.assignments(rig.section)] == ["Again"]
    assert rig.scores(ref)[student].score == Decimal(5)


@pytest.mark.parametrize("read", READS, ids=["settings", "assignments", "scores"])
def test_a_refused_gradebook_is_told_as_forbidden(rig: Rig, read: Callable[[Rig], Any]) -> None:
    rig.refuse()

    with pytest.raises(SisForbidden):
        read(rig)


@pytest.mark.parametrize("read", READS[1:], ids=["assignments", "scores"])
def test_a_list_that_moved_while_it_was_read_is_not_believed(rig: Rig, read: Callable[[Rig], Any]) -> None:
    ref = rig.put()
    rig.sis.put_scores(ref, [SisScore(rig.students[0], Decimal(5))])
    rig.drift()

    with pytest.raises(IncompleteRead):
        read(rig)
