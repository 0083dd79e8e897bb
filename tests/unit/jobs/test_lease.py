"""Who may tick."""

from __future__ import annotations

from datetime import timedelta

import time_machine
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.jobs.lease import hold

LENGTH = timedelta(seconds=90)


def test_the_first_one_holds_it_and_may_renew(session: Session) -> None:
    assert [hold(session, "scheduler", who, LENGTH) for who in ("a", "b", "a")] == [True, False, True]


def test_it_passes_on_when_it_has_run_out(session: Session) -> None:
    hold(session, "scheduler", "a", LENGTH)

    with time_machine.travel(clock.now() + LENGTH + timedelta(seconds=1), tick=False):
        assert hold(session, "scheduler", "b", LENGTH)
        assert not hold(session, "scheduler", "a", LENGTH)
