"""A flood of one district's live events, and one event of another's."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.grades.live.dispatch import SECTIONS, dispatch, waits
from lti_app.jobs import queue
from lti_app.models import Event, Job, Link, SyncOptions

FLOOD = SECTIONS // 2
STRANGERS = 3 * SECTIONS


def live_district(session: Session, installation_id: int, sections: int) -> None:
    session.add(SyncOptions(installation_id=installation_id, live_grades=True))
    for number in range(sections):
        session.add(
            Link(
                installation_id=installation_id,
                kind="section",
                sis_id=str(number),
                schoology_id=f"{installation_id}00{number}",
                changed_at=clock.now(),
            )
        )


def event(installation_id: int, section_id: str) -> Event:
    return Event(
        installation_id=installation_id, section_id=section_id, body="", state="new", received_at=clock.now()
    )


def test_one_event_of_a_small_district_has_its_turn_among_the_first(session: Session) -> None:
    """Before it came ten events for each of a hundred courses, and others for courses that nobody knows."""
    live_district(session, 1, FLOOD)
    live_district(session, 2, 1)
    for _ in range(10):
        session.add_all(event(1, f"100{number}") for number in range(FLOOD))
    session.add_all(event(1, f"999{number}") for number in range(STRANGERS))
    session.flush()
    session.add(event(2, "2000"))
    session.commit()

    rounds = 0
    while not session.scalar(select(func.count()).where(Job.installation_id == 2)):
        dispatch(session)
        rounds += 1
    first, second = queue.queued_ids(session)[:2]

    assert rounds <= 1 + (FLOOD + STRANGERS) // SECTIONS
    assert {session.get_one(Job, each).installation_id for each in (first, second)} == {1, 2}
    assert session.scalar(select(func.count()).select_from(Job)) == FLOOD + 1
    assert waits(session)
