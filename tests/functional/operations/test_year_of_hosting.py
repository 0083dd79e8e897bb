"""A year of hosting with the commands of docs/hosting.md, copied out of the page.

The former release's wheel, gunicorn, nginx, PostgreSQL and two workers; a night, an upgrade, the way back, a
trial restore, a lost machine that is installed again without internet, a rotation, a lost key, and a removal.
It takes half an hour on two busy cores.
"""

from __future__ import annotations

import re
import shlex
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from flask_migrate import downgrade, upgrade
from sqlalchemy import make_url, select, update

from lti_app.extensions import db
from lti_app.models import Installation, Job, JobState, SyncOptions
from tests.conftest import must_have
from tests.factories import add_acting_user, claimed
from tests.support import postgres
from tests.support.apps import app_over
from tests.support.districts import District, many_districts
from tests.support.hosted import OFFLINE, Hosted, former_release, this_release
from tests.support.hosting_page import PAGE
from tests.support.nginx import HOST, NoServer, Proxy, proxied
from tests.support.processes import free_port, until
from tests.support.world import complete, settings

pytestmark = [pytest.mark.long_run, pytest.mark.postgres]
COUNT, STUDENTS = 3, 30
NUMBERS = list(range(1, COUNT + 1))
GOOD = (JobState.DONE, JobState.DONE_WITH_PROBLEMS)


class Year:
    """The machine, its proxy, the districts' systems, and a look into its database."""

    def __init__(self, folder: Path, url: str, api: str, districts: list[District]) -> None:
        self.port, self.app_port = free_port(), free_port()
        self.folder, self.url, self.districts = folder, url, districts
        self.more = {
            "LTI_APP_SCHOOLOGY_API_URL": api,
            "LTI_APP_DEMO": "1",
            "LTI_APP_SCHOOLOGY_PACE": "100000/1",
        }
        self.former, self.former_migration = former_release(folder / "former")
        self.newest = this_release(folder / "newest")
        self.secret = folder / "secret"
        self.secret.write_text("secret\n")
        self.keys: list[str] = []
        self.hosted = self.machine("machine", self.former)

    def machine(self, name: str, release: Path) -> Hosted:
        """A new machine of the host, with nothing on it."""
        values = {
            "postgresql://sis:PASSWORD@localhost/sis": self.url,
            "https://sync.district.example": f"https://{HOST}:{self.port}",
            "127.0.0.1:8000": f"127.0.0.1:{self.app_port}",
            "CLIENT_ID": "1",
            "SECRET_FILE": str(self.secret),
        }
        return Hosted(self.folder / name, values, release)

    def use_key(self) -> None:
        """A new key before the others."""
        self.keys.insert(0, self.hosted.run("key").strip())
        self.write_settings()

    def write_settings(self) -> None:
        """The files that the page says to write, as of the release that is installed."""
        self.hosted.write_settings(",".join(self.keys), self.more)

    @contextmanager
    def looking(self) -> Iterator[None]:
        """The app's context over the machine's database."""
        chosen = settings(
            self.folder,
            database_url=self.url.replace("postgresql://", "postgresql+psycopg://"),
            secret_keys=tuple(self.keys),
            schoology_api_url=self.more["LTI_APP_SCHOOLOGY_API_URL"],
        )
        app = app_over(chosen)
        with app.app_context():
            self.app = app
            yield
            db.session.remove()
            db.engine.dispose()

    def paused(self) -> list[str]:
        with self.looking():
            return [each for each in db.session.scalars(select(Installation.paused_reason)) if each]

    def ended_well(self) -> list[int]:
        """The districts whose newest job is done."""
        with self.looking():
            jobs = db.session.execute(select(Job.installation_id, Job.state).order_by(Job.id))
            newest = {number: state for number, state in jobs}
        return sorted(number for number, state in newest.items() if state in GOOD)

    def night(self) -> None:
        """Every district syncs, on its schedule, and ends well."""
        now = datetime.now(UTC) - timedelta(seconds=1)
        with self.looking():
            db.session.execute(update(SyncOptions).values(mode="scheduled", next_due_at=now))
            before = db.session.scalar(select(Job.id).order_by(Job.id.desc()).limit(1)) or 0
            db.session.commit()
        until(lambda: self.newer_jobs(before) >= COUNT and self.ended_well() == NUMBERS)

    def newer_jobs(self, than: int) -> int:
        """How many jobs were asked for since."""
        with self.looking():
            return len(db.session.scalars(select(Job.id).where(Job.id > than)).all())

    def lose_machine(self) -> None:
        """The machine and its database are gone; only what was copied away is left."""
        self.hosted.kill()
        shutil.rmtree(self.hosted.folder)
        name = make_url(self.url).database
        postgres.drop(self.url)
        postgres._admin(f'CREATE DATABASE "{name}"')

    def doubles(self) -> list[str]:
        """Unique IDs that two accounts have."""
        numbers = Counter(
            (id(each), user.school_uid) for each in self.districts for user in each.store.users.values()
        )
        return [str(number) for number, times in numbers.items() if times > 1 and number[1]]

    def people(self) -> list[int]:
        return [len(each.store.users) + len(each.store.enrollments) for each in self.districts]


@pytest.fixture
def year(tmp_path: Path, empty_postgres_url: str) -> Iterator[Year]:
    with many_districts(COUNT, STUDENTS) as (api, districts), ExitStack() as stack:
        made = Year(tmp_path, empty_postgres_url, api, districts)
        stack.callback(lambda: made.hosted.kill())
        yield made


@pytest.fixture
def proxy(year: Year, tmp_path: Path) -> Iterator[Proxy]:
    try:
        with proxied(tmp_path / "nginx", port=year.port, app_port=year.app_port) as made:
            yield made
    except NoServer:
        must_have("nginx", "run 'make nginx'")


def ready(proxy: Proxy) -> bool:
    answer = requests.get(f"{proxy.url}/readyz", verify=str(proxy.certificate), timeout=30)
    return answer.status_code == 200


def version(proxy: Proxy) -> str:
    answer = requests.get(f"{proxy.url}/healthz", verify=str(proxy.certificate), timeout=30)
    return str(answer.json()["version"])


def test_a_year_of_hosting_from_the_page_alone(year: Year, proxy: Proxy) -> None:
    year.hosted.run("install")
    year.use_key()
    year.hosted.run("first")
    add_districts(year)
    year.hosted.start()
    until(lambda: ready(proxy))
    year.night()
    for number in NUMBERS:
        assert re.search(rf"job ended job=\d+ installation={number} .*outcome=done", year.hosted.log)
    assert all(number > STUDENTS for number in year.people())
    assert "Sandbox" not in year.hosted.run("watch")
    everyone = year.people()

    go_up_back_and_up_again(year, proxy)
    year.night()
    before, everyone = everyone, year.people()
    assert all(old <= new for old, new in zip(before, everyone, strict=True)), "a new release knows more"
    assert not year.doubles()

    lose_the_machine(year)
    until(lambda: ready(proxy) and not year.paused())
    year.night()
    assert year.people() == everyone

    renew_keys(year, proxy)
    lose_the_key(year, proxy)
    year.night()
    assert year.people() == everyone

    hosted = year.hosted
    assert "Renamed" in hosted.run("change", NAME="Renamed")
    hosted.run("leave", NAME="'District 3'")
    assert (hosted.folder / "lib" / "district-3.jsonl").read_text("utf-8").count("\n") > STUDENTS
    assert "District 3" not in hosted.run("watch")
    hosted.stop()
    assert "Traceback" not in hosted.log


def go_up_back_and_up_again(year: Year, proxy: Proxy) -> None:
    hosted = year.hosted
    before = version(proxy)

    def upgrade_to_the_newest(backup: str) -> None:
        hosted.run("before", page=PAGE, **{"before-upgrade": backup})
        hosted.release = year.newest
        hosted.run("install")
        year.write_settings()
        hosted.run("upgrade")
        until(lambda: ready(proxy))

    upgrade_to_the_newest("first-time")
    newest = version(proxy)
    hosted.run("back", MIGRATION=year.former_migration)
    hosted.release = year.former
    hosted.run("install")
    year.write_settings()
    hosted.run("start", page=PAGE)
    until(lambda: ready(proxy))
    assert version(proxy) == before

    upgrade_to_the_newest("second-time")
    assert version(proxy) == newest


def lose_the_machine(year: Year) -> None:
    """A trial of the newest backup on another machine, and then the same in earnest on a new one."""
    year.hosted.run("backup")
    listed = year.hosted.run("watch")
    year.hosted.run("wheelhouse")
    kept = year.folder / "kept"
    shutil.copytree(year.hosted.folder / "lib" / "backup", kept)
    year.lose_machine()

    year.hosted = hosted = year.machine("new-machine", year.newest)
    shutil.copytree(kept, hosted.folder / "lib" / "backup", dirs_exist_ok=True)
    hosted.run("offline", more=OFFLINE)
    trial = {
        **year.more,
        "LTI_APP_DATABASE_URL": f"sqlite:///{hosted.folder}/lib/trial.sqlite",
        "LTI_APP_TASKS": "",
    }
    hosted.write_settings(",".join(year.keys), trial)
    said = hosted.run("trial", oldest="first-time")
    assert re.search(
        r"first-time\.sqlite \(migration \d+\): \d+ stored secrets, key 1 opens \d+$", said, re.M
    )
    for number in NUMBERS:
        assert f"District {number}" in said and f"District {number}" in listed
    (hosted.folder / "lib" / "trial.sqlite").unlink()

    year.write_settings()
    hosted.run("restore")


def renew_keys(year: Year, proxy: Proxy) -> None:
    hosted = year.hosted
    hosted.stop()
    year.use_key()
    hosted.run("rotate")
    hosted.start()
    until(lambda: ready(proxy))
    assert re.search(r"key 1 opens 0, key 2 opens \d+$", hosted.run("needed"), re.MULTILINE)


def lose_the_key(year: Year, proxy: Proxy) -> None:
    """No one has a key anymore: what was sealed is entered again, everything else is kept."""
    hosted = year.hosted
    hosted.stop()
    year.keys.clear()
    year.use_key()
    said = hosted.run("forget")
    for number in NUMBERS:
        assert said.count(f"District {number}: ") == 3, said
        hosted.run(
            "key_again",
            **{"installation 1": f"installation {number}", "consumer-key KEY": f"consumer-key key-{number}"},
        )
    with year.looking():
        for each in year.districts:
            enter_again(year, each)
    hosted.start()
    until(lambda: ready(proxy))


def enter_again(year: Year, district: District) -> None:
    """What the district's administrators do in Schoology."""
    seal = year.app.extensions["wiring"].vault.seal
    token = district.store.tokens["acting"]
    add_acting_user(
        db.session(),
        district.number,
        uid=str(token.uid),
        token=seal("acting"),
        token_secret=seal("acting-secret"),
    )
    connect = f"installation connect --installation {district.number} --sis eschoolplus"
    check = f"sis check --installation {district.number}"
    values = {"domain": district.sis.url, "site_code": "demo", "login_name": "schoology"}
    given = " ".join(f"--set {name}={shlex.quote(value)}" for name, value in values.items())
    db.session.commit()
    for command in (f"{connect} {given} --secret-env password=SIS_PASSWORD", check):
        result = year.app.test_cli_runner().invoke(
            args=shlex.split(command), env={"SIS_PASSWORD": "sandbox-password"}
        )
        assert result.exit_code == 0, result.output


def add_districts(year: Year) -> None:
    """By commands what the host does, and by rows what the districts' administrators do in Schoology.

    The rows are written with today's tables, which are taken back to those of the release afterward.
    """
    year.hosted.run("platform")
    for each in year.districts:
        year.hosted.run(
            "district",
            DEPLOYMENT_ID=f"1-{each.number}",
            NAME=f"'District {each.number}'",
            **{"consumer-key KEY": f"consumer-key key-{each.number}"},
        )
    with year.looking():
        upgrade()
        for each in year.districts:
            row = db.session.get_one(Installation, each.number)
            for name, value in claimed("1").items():
                setattr(row, name, value)
            complete(year.app, row, each.store, each.sis)
        db.session.commit()
        db.session.remove()
        downgrade(revision=year.former_migration)
