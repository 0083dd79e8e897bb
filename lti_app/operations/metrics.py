"""The service in figures for Prometheus, read from the database at each scrape. Districts go by their number,
and no figure is about one person."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.grades.rows.items import ERROR
from lti_app.grades.rows.live import NEW
from lti_app.models import Alert, Event, Installation, ItemState, Job, JobState, Lease, Problem, Run
from lti_app.operations.overview.attention import NEWS
from lti_app.operations.overview.status import FINISHED
from lti_app.school.run_kinds import WHOLE

WAITING = (JobState.QUEUED, JobState.RUNNING, JobState.HELD)
DISTRICT = "district"


def exposition(session: Session) -> bytes:
    """Every figure in the text format of Prometheus."""
    registry = CollectorRegistry()
    registry.register(_Figures(session))
    return generate_latest(registry)


class _Figures(Collector):
    """All figures of all districts, each with one query."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def describe(self) -> list[GaugeMetricFamily]:
        """Nothing ahead of time, so that registering it asks the database nothing."""
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The figures as they are now."""
        yield self._scheduler()
        yield self._districts()
        yield self._alerts()
        yield from self._problems()
        yield from self._syncs()
        yield self._jobs()
        yield self._oldest_job()
        yield self._unanswered()
        yield self._failing_items()
        yield self._events()

    def _scheduler(self) -> GaugeMetricFamily:
        now = clock.now()
        alive = (
            select(func.count()).select_from(Lease).where(Lease.name == "scheduler", Lease.expires_at > now)
        )
        figure = _gauge("scheduler_running", "1 while a process runs the scheduler.")
        figure.add_metric([], float(self._session.scalar(alive) or 0))
        return figure

    def _districts(self) -> GaugeMetricFamily:
        figure = _gauge("district_claimed", "1 for a district that claimed the app.", DISTRICT)
        rows = self._session.execute(select(Installation.id, Installation.claimed_by_uid))
        for district, uid in rows:
            figure.add_metric([str(district)], 1.0 if uid else 0.0)
        return figure

    def _alerts(self) -> GaugeMetricFamily:
        figure = _gauge("alert", "1 while a condition that is emailed lasts.", DISTRICT, "condition")
        lasting = select(Alert.installation_id, Alert.key).where(Alert.ended_at.is_(None)).distinct()
        for district, key in self._session.execute(lasting):
            figure.add_metric([str(district), key], 1.0)
        return figure

    def _problems(self) -> Iterator[GaugeMetricFamily]:
        every = _gauge(
            "problem_records", "Records that a sync could not bring into Schoology.", DISTRICT, "kind"
        )
        new = _gauge("problem_records_new", "Those found within the last 24 hours.", DISTRICT, "kind")
        since = clock.now() - NEWS
        rows = self._session.execute(
            select(
                Problem.installation_id,
                Problem.kind,
                func.count(),
                func.count().filter(Problem.since > since),
            ).group_by(Problem.installation_id, Problem.kind)
        )
        for district, kind, number, fresh in rows:
            every.add_metric([str(district), kind], number)
            new.add_metric([str(district), kind], fresh)
        yield every
        yield new

    def _syncs(self) -> Iterator[GaugeMetricFamily]:
        ended = _gauge("last_sync_timestamp_seconds", "When a sync last came to its end.", DISTRICT, "what")
        took = _gauge("last_sync_duration_seconds", "How long that sync took.", DISTRICT, "what")
        newest = (
            select(func.max(Run.id))
            .where(Run.what.in_(WHOLE), Run.plan_only.is_(False), Run.state.in_(FINISHED))
            .group_by(Run.installation_id, Run.what)
        )
        columns = (Run.installation_id, Run.what, Run.started_at, Run.finished_at)
        for district, what, start, end in self._session.execute(select(*columns).where(Run.id.in_(newest))):
            if end is not None:
                ended.add_metric([str(district), what], end.timestamp())
                took.add_metric([str(district), what], (end - start).total_seconds())
        yield ended
        yield took

    def _jobs(self) -> GaugeMetricFamily:
        figure = _gauge("jobs", "Jobs that wait, run, or are on hold.", DISTRICT, "state")
        counted = select(Job.installation_id, Job.state, func.count()).where(Job.state.in_(WAITING))
        for district, state, number in self._session.execute(
            counted.group_by(Job.installation_id, Job.state)
        ):
            figure.add_metric([str(district), state], number)
        return figure

    def _oldest_job(self) -> GaugeMetricFamily:
        figure = _gauge("oldest_ready_job_seconds", "How long the oldest job has waited that could run.")
        now = clock.now()
        ready = (Job.state == JobState.QUEUED, Job.resume_at.is_(None) | (Job.resume_at <= now))
        since: datetime | None = self._session.scalar(select(func.min(Job.created_at)).where(*ready))
        figure.add_metric([], (now - since).total_seconds() if since else 0.0)
        return figure

    def _unanswered(self) -> GaugeMetricFamily:
        figure = _gauge("unanswered_request_seconds", "How long a job has waited for an answer.", DISTRICT)
        oldest = (
            select(Job.installation_id, func.min(Job.unanswered_since))
            .where(Job.state == JobState.RUNNING, Job.unanswered_since.is_not(None))
            .group_by(Job.installation_id)
        )
        for district, since in self._session.execute(oldest):
            figure.add_metric([str(district)], (clock.now() - since).total_seconds() if since else 0.0)
        return figure

    def _failing_items(self) -> GaugeMetricFamily:
        figure = _gauge("grade_items_failing", "Graded items that the SIS refused.", DISTRICT)
        counted = select(ItemState.installation_id, func.count()).where(ItemState.status == ERROR)
        for district, number in self._session.execute(counted.group_by(ItemState.installation_id)):
            figure.add_metric([str(district)], number)
        return figure

    def _events(self) -> GaugeMetricFamily:
        figure = _gauge("live_events_waiting", "Events of live sync that no job has taken yet.", DISTRICT)
        counted = select(Event.installation_id, func.count()).where(Event.state == NEW)
        for district, number in self._session.execute(counted.group_by(Event.installation_id)):
            figure.add_metric([str(district)], number)
        return figure


def _gauge(name: str, text: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"lti_app_{name}", text, labels=list(labels))
