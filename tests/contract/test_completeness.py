"""A roster is believed when it is proven to be whole, and in no other case."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lti_app.sis.errors import IncompleteRead, SisUnavailable
from lti_app.sis.port import Feed, Proof
from tests.contract.rigs import Rig


def read(rig: Rig, feed: Feed) -> Proof | None:
    """Read a feed to its end, and what the adapter says of it."""
    reading = rig.sis.read(feed)
    pages = [len(page) for page in reading]
    assert pages
    found: Proof | None = reading.complete()
    return found


@pytest.mark.parametrize("feed", list(Feed))
def test_a_whole_read_is_proven_by_a_total_or_by_a_second_look(rig: Rig, feed: Feed) -> None:
    assert read(rig, feed) == rig.proof


@pytest.mark.parametrize("feed", list(Feed))
def test_rows_are_promised_only_where_the_server_tells_a_total(rig: Rig, feed: Feed) -> None:
    reading = rig.sis.read(feed)
    received = [reading.received for _ in reading]

    assert received == sorted(received) and received[-1] > 0
    assert reading.claimed == (reading.received if rig.proof is Proof.TOTAL else None)


FAULTS: dict[str, Callable[[Rig], None]] = {
    "lost": lambda rig: rig.lose(),
    "repeated": lambda rig: rig.repeat(),
    "drift": lambda rig: rig.drift(),
}


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_a_list_that_moved_while_it_was_read_is_not_believed(rig: Rig, fault: str) -> None:
    FAULTS[fault](rig)
    with pytest.raises(IncompleteRead):
        assert read(rig, Feed.COURSES) is None
    rig.heal()

    assert read(rig, Feed.COURSES) == rig.proof


@pytest.mark.parametrize("feed", list(Feed))
def test_an_outage_is_never_taken_for_an_empty_list(rig: Rig, feed: Feed) -> None:
    rig.outage()
    with pytest.raises(SisUnavailable):
        read(rig, feed)
    with pytest.raises(SisUnavailable):
        rig.sis.buildings()
    with pytest.raises(SisUnavailable):
        rig.sis.terms()
    rig.heal()

    assert read(rig, feed) == rig.proof


def test_an_outage_between_two_pages_ends_the_read(rig: Rig) -> None:
    pages = iter(rig.sis.read(Feed.SEATS))
    next(pages)
    rig.outage()

    with pytest.raises(SisUnavailable):
        list(pages)


def test_a_refused_gradebook_says_nothing_of_rosters(rig: Rig) -> None:
    rig.refuse()

    assert read(rig, Feed.PEOPLE) == rig.proof
