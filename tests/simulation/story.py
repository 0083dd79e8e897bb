"""One seed, one story: a first sync or a day after it, a night with faults, the fixing, and quiet nights."""

from __future__ import annotations

import hashlib
import json
import pickle
import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from lti_app.outbound.transport import CALL
from lti_app.sync.task import run_provision
from lti_app.tasks import find_links_again, keep_epoch
from lti_app.vault import Vault
from tests.simulation.baton import BEGINNING, Baton, Process
from tests.simulation.database import Database, Limits, empty_template, folder
from tests.simulation.desk import Desk
from tests.simulation.district import KEY, DistrictSchoology, DistrictSis, in_the_sis, set_up
from tests.simulation.faults import Fault, Faults, draw
from tests.simulation.hosts import Hosts, told
from tests.simulation.model import Model
from tests.simulation.outside import Outside, Trip
from tests.simulation.town import EVENTS, first_day
from tests.simulation.watch import Watch

MINUTE, DAY = 60.0, 86_400.0
PATIENCE = 20 * MINUTE
"""So long a sync may take once everything works again, pauses that the job told of aside."""
ACTIVE = "SELECT state, resume_at FROM job WHERE state IN ('queued', 'running')"
MOST_DEATHS = 6
"""So many processes may die of one job before someone sees that it is the job."""


@dataclass
class Told:
    """What one story was about, and what was wrong in it."""

    seed: int
    events: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    trace: str = ""
    """The same for the same story: what was written, who wrote it, and when."""

    def __str__(self) -> str:
        faults = ", ".join(map(str, self.faults))
        found = "\n".join(f"    {each}" for each in self.wrong) or "    nothing wrong"
        return f"seed {self.seed}: {', '.join(self.events) or 'first sync'}; {faults}\n{found}"


class Story:
    """The world of one seed."""

    def __init__(
        self,
        seed: int,
        *,
        faults: Sequence[Fault] | None = None,
        only: Collection[Fault] | None = None,
        events: Collection[int] | None = None,
        synced: bool | None = None,
        without: Collection[str] = (),
        travel: float = 0.0,
        deadline: float = CALL,
    ) -> None:
        self.dice = random.Random(seed)
        self._events = events
        self.told = Told(seed)
        files = _files()
        self.baton = Baton(random.Random(seed + 1))
        if synced is None:
            synced = self.dice.random() < 0.6
        if faults is None:
            drawn = draw(self.dice, synced=synced, without=without)
            faults = [each for each in drawn if only is None or each in only]
        template, schoology = files / "empty.sqlite", DistrictSchoology()
        if synced:
            template, kept = _synced(files)
            schoology = pickle.loads(kept)  # noqa: S301 - our own bytes
        self.town = first_day()
        limits = Limits() if self.dice.random() < 0.5 else Limits.of_a_server()
        self.database = Database(self.baton, template, files, limits)
        self.outside = Outside(self.baton, schoology, DistrictSis(), lambda system, call: Trip())
        self.model = Model(schoology)
        self.hosts = Hosts(
            self.baton,
            self.database,
            self.outside,
            Vault([KEY]),
            {"provision": run_provision},
            (keep_epoch, find_links_again),
        )
        self.outside.owns_a_job = self._owns_a_job
        self.outside.travel = travel or self.dice.choice((0.2, 0.5, 2.0, 5.0))
        self.faults = Faults(
            self.baton,
            self.database,
            self.hosts,
            list(faults),
            lambda: self.database.keep(self.backup),
            self._restore,
            self._people_do,
            deadline,
        )
        self.told.faults = list(self.faults.todo)
        self.database.at_commit = self.faults.border
        self.outside.next_trip = self.faults.trip
        self.desk = Desk(self.baton, self.database)
        self.watch = Watch(self.database, self.outside, self.desk, Vault([KEY]))
        self.backup = files / "backup.sqlite"
        if synced:
            self.baton.now = DAY
        self._days(synced)

    def _days(self, synced: bool) -> None:
        if synced:
            self._next_day()
        self._learn()

    def _next_day(self) -> None:
        self.model.learn(self.town)
        number = self.dice.choice((1, 2, 3))
        for place in range(number):
            what = self.dice.choice(EVENTS)
            if self._is_told(place):
                what(self.town, self.dice)
                self.told.events.append(what.__name__)
        if self.dice.random() < 0.3 and self._is_told(number):
            self.told.events.append(self.model.somebody_acts(self.dice))

    def _is_told(self, event: int) -> bool:
        return self._events is None or event in self._events

    def _learn(self) -> None:
        in_the_sis(self.town, self.outside.sis)
        self.model.learn(self.town)

    def _owns_a_job(self, process: Process) -> bool:
        owner = self.hosts.owner_of.get(process, "")
        return bool(self.database.ask("SELECT 1 FROM job WHERE state = 'running' AND owner = ?", owner))

    # What people do

    def _people_do(self, what: str) -> None:
        if what == "canceled":
            self.desk.cancel()
            return
        number = sorted(self.town.people)[0]
        self.desk.sync_one(f"{'staff' if self.town.people[number].teaches else 'student'}:{number}")

    def _restore(self, how: str) -> None:
        """Every process is stopped, a backup takes the place of the database, and all start again."""
        for process in [each for each in self.hosts.machines.values() if each is not None]:
            self.hosts.kill(process, 30.0)
            self.hosts.deaths -= 1
        self.desk.leave()
        self.database.restore(self.backup)
        if how == "as documented":
            self.desk.find_again()

    # The nights

    def tell(self) -> Told:
        """The whole story."""
        with told(self.baton, self.database, self.hosts):
            self.database.keep(self.backup)
            for machine in self.hosts.machines:
                self.hosts.start(machine)
            self.desk.ask()
            self.faults.on = True
            self.until_over(PATIENCE)
            self.faults.over()
            if not self.until_over(PATIENCE):
                self._wrong(f"stuck: {self._jobs()}")
            else:
                self._quiet_nights()
            self.end()
        return self.told

    def _recovered(self) -> None:
        """After a restore the app looks up what it made; where that fails, again within an hour."""
        self.baton.run(lambda: False, 3 * MINUTE)
        for _ in range(3):
            self.until_over(PATIENCE)
            if not self.database.ask("SELECT 1 FROM installation WHERE paused_reason LIKE '%code%'"):
                return
            self.baton.now += 60 * MINUTE
            self.baton.run(lambda: False, 3 * MINUTE)

    def _quiet_nights(self) -> None:
        if any(each.kind == "restored" for each in self.faults.done):
            self._recovered()
        for night in ("mending", "quiet"):
            before = len(self.outside.writes)
            self.desk.ask()
            if not self.until_over(PATIENCE):
                self._wrong(f"stuck in the {night} night: {self._jobs()}")
                return
            wrote = len(self.outside.writes) - before
            if night == "quiet" and wrote:
                self._wrong(f"the quiet night wrote {wrote}")
            if not wrote:
                break
        state, message = self.database.ask("SELECT state, message FROM job ORDER BY id DESC LIMIT 1")[0]
        if state != "done":
            self._wrong(f"the last night is {state}: {message}")
        for each in self.model.wrong_state(self.town):
            self._wrong(each)
        links = self.database.ask("SELECT kind, sis_id, schoology_id, state FROM link")
        for each in self.model.wrong_links(links):
            self._wrong(each)

    def until_over(self, patience: float) -> bool:
        """Let the world go on until no job is active; a job that says when it goes on is waited for."""
        end = self.baton.now + patience
        while self.baton.now < end:
            over = self.baton.run(self._nothing_is_active, min(MINUTE / 2, end - self.baton.now))
            self._judge()
            if over:
                return True
            if self.hosts.deaths > MOST_DEATHS:
                self._wrong(f"{self.hosts.deaths} processes died of it")
                return False
            end += self._skip()
        return False

    def _nothing_is_active(self) -> bool:
        return not self.database.ask(ACTIVE)

    def _skip(self) -> float:
        """Leap to just before a job that waits may go on; how many seconds that is."""
        active = self.database.ask(ACTIVE)
        if any(state == "running" or not resume_at for state, resume_at in active):
            return 0.0
        first = min(_seconds(resume_at) for _, resume_at in active)
        leap = max(0.0, first - 5 - self.baton.now)
        self.baton.now += leap
        return leap

    def _judge(self) -> None:
        for each in self.model.wrong_writes(self.outside.writes):
            self._wrong(each)
        if silent := self.watch.look():
            self._wrong(silent)

    def _jobs(self) -> str:
        return json.dumps(
            self.database.ask("SELECT id, state, owner, heartbeat_at, resume_at, message FROM job")
        )

    def _wrong(self, what: str) -> None:
        if what not in self.told.wrong:
            self.told.wrong.append(what)

    def end(self) -> None:
        self.told.wrong += [f"crashed: {each.splitlines()[-1]}" for each in self.baton.trouble]
        written = [(each.left, each.verb, each.key) for each in self.outside.writes]
        trace = repr((self.baton.now, self.database.commits, self.outside.calls, written))
        self.told.trace = hashlib.blake2b(trace.encode(), digest_size=6).hexdigest()
        for process in [each for each in self.hosts.machines.values() if each is not None]:
            self.baton.kill(process)
        self.desk.leave()
        self.database.close()


def _seconds(moment: str) -> float:
    return (datetime.fromisoformat(moment).replace(tzinfo=UTC) - BEGINNING).total_seconds()


@cache
def _files() -> Path:
    where = folder()
    empty_template(where, set_up).rename(where / "empty.sqlite")
    return where


@cache
def _synced(files: Path) -> tuple[Path, bytes]:
    """The database and Schoology after a first sync in which nothing went wrong."""
    story = Story(0, faults=[], synced=False)
    with told(story.baton, story.database, story.hosts):
        story.hosts.start("north")
        story.desk.ask()
        assert story.until_over(PATIENCE)
        story.database.keep(files / "synced.sqlite")
        story.end()
    assert not story.told.wrong, story.told
    return files / "synced.sqlite", pickle.dumps(story.outside.schoology)


def tell(seed: int, **other: Any) -> Told:
    """The story of a seed; `other` is told otherwise, as Story takes it."""
    return Story(seed, **other).tell()
