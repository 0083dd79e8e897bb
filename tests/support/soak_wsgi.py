"""The app of the soak test for gunicorn: with the test's clock, and without sweeps of its own."""

from __future__ import annotations

from lti_app import tasks

tasks.PERIODIC = tuple(each for each in tasks.PERIODIC if each is not tasks.queue_sweeps)  # type: ignore[assignment]

from tests.support.clocked_wsgi import app  # noqa: E402 - only now, for it reads what happens by itself

__all__ = ["app"]
