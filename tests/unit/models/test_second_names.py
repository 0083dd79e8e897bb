"""Second names of tables, which all threads of a process share."""

from __future__ import annotations

import threading

from sqlalchemy import func, select

from lti_app.models import Job
from lti_app.models.base import alias

THREADS, NAMES = 8, 40


def test_threads_that_use_a_second_name_at_once_get_its_own_columns() -> None:
    """SQLAlchemy makes the columns of a second name at their first use, and not for two threads at once."""
    made: list[str] = []
    for number in range(NAMES):
        other, together = alias(Job, f"of_a_test_{number}"), threading.Barrier(THREADS)

        def use(other: type[Job] = other, together: threading.Barrier = together) -> None:
            together.wait()
            made.append(str(select(func.max(other.heartbeat_at)).where(other.installation_id == 1)))

        threads = [threading.Thread(target=use) for _ in range(THREADS)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()

    assert len(made) == THREADS * NAMES
    assert [each for each in made if "job." in each.replace("FROM job AS", "")] == []
