"""A flood of one district's live events, and one event of another's."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_app.grades.live.dispatch import SECTIONS, dispatch, waits
from lti_app.jobs import order
from lti_app.models import Job
from tests.factories import add_link, event, set_options
from tests.unit.jobs.conftest import engine, session

__all__ = ["engine", "session"]

FLOOD = SECTIONS // 2
STRANGERS = 3 * SECTIONS


def live_district(session: Session, installation_id: int, sections: int) -> None:
    set_options(session, installation_id, live_grades=True)
    for number in range(sections):
        object_id = f"{installation_id}00{number}"
        add_link(session, "section", str(number), installation_id, schoology_id=object_id)


def test_one_event_of_a_small_district_has_its_turn_among_the_first(session: Session) -> None:
    """Before it came ten events for each of a hundred courses, and others for courses that no one knows."""
    live_district(session, 1, FLOOD)
    live_district(session, 2, 1)
    for _ in range(10):
        session.add_all(event(f"100{number}") for number in range(FLOOD))
    session.add_all(event(f"999{number}") for number in range(STRANGERS))
    session.flush()
    session.add(event("2000", 2))
    session.commit()

    rounds = 0
    while not session.scalar(select(func.count()).where(Job.installation_id == 2)):
        dispatch(session)
        rounds += 1
    first, second = order.queued_ids(session)[:2]

    assert rounds <= 1 + (FLOOD + STRANGERS) // SECTIONS
    assert {session.get_one(Job, each).installation_id for each in (first, second)} == {1, 2}
    assert session.scalar(select(func.count()).select_from(Job)) == FLOOD + 1
    assert waits(session)
