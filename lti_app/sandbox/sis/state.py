"""What a running sandbox SIS remembers beside its district: sign-ins, tokens and read jobs."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask import current_app

from lti_app.sandbox.district.records import District
from lti_app.sandbox.district.tomorrow import Tomorrow, make_tomorrow
from lti_app.sandbox.faults import Faults
from lti_app.sandbox.sis.gradebook import Gradebook
from lti_app.sandbox.sis.wire import Refusal, Wire

_WRONG_PASSWORDS = 5
_LOCKED_FOR = timedelta(minutes=15)
Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Job:
    """A read, laid down whole: rows are frozen, so later changes cannot reach them."""

    job_id: str
    call_type: str
    per_page: int
    rows: list[Any]
    spell: Callable[[Any], Wire]
    expires: datetime

    @property
    def page_total(self) -> int:
        """How many pages there are; none for an empty answer."""
        return -(-len(self.rows) // self.per_page)

    def page(self, number: int) -> list[Wire]:
        """The rows of one page. Raises Refusal when there is no such page."""
        if not 1 <= number <= self.page_total:
            raise Refusal("PAGE_UNKNOWN", f"The job has {self.page_total} pages, page {number} is not one.")
        start = (number - 1) * self.per_page
        return [self.spell(row) for row in self.rows[start : start + self.per_page]]


class Jobs:
    """Read jobs by id; they are forgotten after their time."""

    def __init__(self, clock: Clock, minutes: float) -> None:
        self._clock = clock
        self._life = timedelta(minutes=minutes)
        self._jobs: dict[str, Job] = {}

    def start(self, call_type: str, per_page: int, rows: list[Any], spell: Callable[[Any], Wire]) -> Job:
        """Keep a snapshot of these rows."""
        now = self._clock()
        self._jobs = {key: job for key, job in self._jobs.items() if job.expires > now}
        job = Job(secrets.token_hex(16), call_type, per_page, rows, spell, now + self._life)
        self._jobs[job.job_id] = job
        return job

    def find(self, job_id: str) -> Job:
        """A job that is still known. Raises Refusal otherwise."""
        job = self._jobs.get(job_id)
        if job is None or job.expires <= self._clock():
            raise Refusal("JOB_UNKNOWN", "The job is not known, or was forgotten; start the call again.")
        return job

    def forget(self, job_id: str) -> None:
        """Lose a job before its time."""
        self._jobs.pop(job_id, None)


class Doorkeeper:
    """Checks the login name and password, locks out who guesses, hands out tokens."""

    def __init__(self, login: str, password: str, clock: Clock, minutes: float) -> None:
        self._login = login
        self._password = password
        self._clock = clock
        self.life = timedelta(minutes=minutes)
        self._tokens: dict[str, datetime] = {}
        self._wrong = 0
        self._locked_until: datetime | None = None

    def sign_in(self, login: str, password: str) -> str:
        """A new token. Raises Refusal for wrong names and passwords, and after five wrong ones for all."""
        now = self._clock()
        if self._locked_until and now < self._locked_until:
            raise Refusal("AUTH_FAILED", "The account is locked after too many wrong passwords.")
        if login != self._login or not secrets.compare_digest(password.encode(), self._password.encode()):
            self._count_wrong(login, now)
            raise Refusal("AUTH_FAILED", "Login name or password is wrong.")
        self._wrong = 0
        token = secrets.token_urlsafe(24)
        self._tokens = {key: until for key, until in self._tokens.items() if until > now}
        self._tokens[token] = now + self.life
        return token

    def check(self, token: str) -> None:
        """Raises Refusal for a token that is unknown or has run out."""
        until = self._tokens.get(token)
        if until is None or until <= self._clock():
            raise Refusal("TOKEN_EXPIRED", "The session token is unknown or has run out; sign in again.")

    def forget(self, token: str) -> None:
        """Let a token run out before its time."""
        self._tokens.pop(token, None)

    def _count_wrong(self, login: str, now: datetime) -> None:
        if login != self._login:
            return
        self._wrong += 1
        if self._wrong >= _WRONG_PASSWORDS:
            self._wrong = 0
            self._locked_until = now + _LOCKED_FOR


@dataclass
class SisState:
    """Everything behind one running server; requests that change or lay down data hold the lock."""

    district: District
    site_code: str
    version: str
    clock: Clock
    gradebook: Gradebook
    door: Doorkeeper
    jobs: Jobs
    faults: Faults
    latency: float
    unlicensed: frozenset[str]
    tomorrows: list[Tomorrow] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def turn_the_day(self, seed: int | None = None) -> Tomorrow:
        """Make tomorrow; without a seed the running number of the day decides what changes."""
        with self.lock:
            self.district.as_of = self.clock().date()
            number = len(self.tomorrows) + 1
            self.tomorrows.append(make_tomorrow(self.district, number if seed is None else seed))
            return self.tomorrows[-1]


def state() -> SisState:
    """The state of the server that handles this request."""
    found: SisState = current_app.extensions["sis"]
    return found
