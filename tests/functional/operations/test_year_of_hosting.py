"""A year of hosting with the commands of docs/hosting.md, copied out of the page.

An installed wheel, gunicorn, nginx, PostgreSQL and two workers; a night, an upgrade, a loss, a restore, a
rotation, and a removal.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from sqlalchemy import make_url, select, update

from lti_app.extensions import db
from lti_app.models import Installation, Job, JobState, SyncOptions
from tests.conftest import must_have
from tests.factories import claimed
from tests.support import postgres
from tests.support.apps import app_over
from tests.support.districts import District, many_districts
from tests.support.hosted import Hosted
from tests.support.nginx import HOST, NoServer, Proxy, proxied
from tests.support.processes import free_port, until
from tests.support.world import complete, settings

pytestmark = [pytest.mark.long_run, pytest.mark.postgres]
COUNT, STUDENTS = 3, 30
GOOD = (JobState.DONE, JobState.DONE_WITH_PROBLEMS)


class Year:
    """The machine, its proxy, the districts' systems, and a look into its database."""

    def __init__(self, folder: Path, url: str, api: str, districts: list[District]) -> None:
        self.port, self.app_port = free_port(), free_port()
        self.url, self.districts = url, districts
        self.more = {
            "LTI_APP_SCHOOLOGY_API_URL": api,
            "LTI_APP_DEMO": "1",
            "LTI_APP_SCHOOLOGY_PACE": "100000/1",
        }
        self.hosted = Hosted(
            folder,
            {
                "postgresql://sis:PASSWORD@localhost/sis": url,
                "https://sync.district.example": f"https://{HOST}:{self.port}",
                "127.0.0.1:8000": f"127.0.0.1:{self.app_port}",
                "CLIENT_ID": "1",
            },
        )
        self.keys: list[str] = []

    def use_key(self) -> None:
        """A new key before the others."""
        self.keys.insert(0, self.hosted.run("key").strip())
        self.hosted.write_settings(",".join(self.keys), self.more)

    @contextmanager
    def looking(self) -> Iterator[None]:
        """The app's context over the machine's database."""
        chosen = settings(
            self.hosted.folder,
            database_url=self.url.replace("postgresql://", "postgresql+psycopg://"),
            secret_keys=tuple(self.keys),
            schoology_api_url=self.more["LTI_APP_SCHOOLOGY_API_URL"],
        )
        app = app_over(replace(chosen))
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
            newest = {
                job.installation_id: job.state for job in db.session.scalars(select(Job).order_by(Job.id))
            }
        return sorted(each for each, state in newest.items() if state in GOOD)

    def make_due(self) -> None:
        """As if it were night."""
        now = datetime.now(UTC) - timedelta(seconds=1)
        with self.looking():
            db.session.execute(update(SyncOptions).values(mode="scheduled", next_due_at=now))
            db.session.commit()

    def lose(self) -> None:
        """The database is gone; an empty one is in its place."""
        name = make_url(self.url).database
        postgres.drop(self.url)
        postgres._admin(f'CREATE DATABASE "{name}"')

    def people(self) -> list[int]:
        return [len(each.store.users) + len(each.store.enrollments) for each in self.districts]


@pytest.fixture
def year(tmp_path: Path, empty_postgres_url: str) -> Iterator[Year]:
    with many_districts(COUNT, STUDENTS) as (api, districts), ExitStack() as stack:
        folder = tmp_path / "machine"
        folder.mkdir()
        made = Year(folder, empty_postgres_url, api, districts)
        stack.callback(made.hosted.kill)
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


def test_a_year_of_hosting_from_the_page_alone(year: Year, proxy: Proxy, tmp_path: Path) -> None:
    hosted = year.hosted
    install(year)
    hosted.start()
    until(lambda: ready(proxy))

    add_districts(year, tmp_path)
    year.make_due()
    until(lambda: year.ended_well() == [1, 2, 3])
    for number in (1, 2, 3):
        assert re.search(rf"job ended job=\d+ installation={number} .*outcome=done", hosted.log)
    assert all(number > STUDENTS for number in year.people())
    assert "Sandbox" not in hosted.run("watch")

    hosted.run("install")  # the next release, in its folder
    hosted.run("upgrade")
    until(lambda: ready(proxy))

    hosted.run("backup")
    before = year.people()
    hosted.stop()
    year.lose()
    hosted.run("restore")
    until(lambda: ready(proxy) and not year.paused())
    year.make_due()
    until(lambda: year.ended_well() == [1, 2, 3])
    assert year.people() == before

    hosted.stop()
    year.use_key()
    hosted.run("rotate")
    hosted.start()
    until(lambda: ready(proxy))
    assert re.search(r"key 1 opens 0, key 2 opens \d+$", hosted.run("needed"), re.MULTILINE)
    assert "Renamed" in hosted.run("change", NAME="Renamed")

    hosted.run("leave", NAME="'District 3'")
    assert (hosted.folder / "release" / "district-3.jsonl").read_text("utf-8").count("\n") > STUDENTS
    assert "District 3" not in hosted.run("watch")
    hosted.stop()
    assert "Traceback" not in hosted.log


def install(year: Year) -> None:
    year.hosted.run("install")
    year.use_key()
    year.hosted.run("first")


def add_districts(year: Year, folder: Path) -> None:
    """By commands what the host does, and by rows what the districts' administrators do in Schoology."""
    secret = folder / "secret"
    secret.write_text("secret\n")
    year.hosted.run("platform")
    for each in year.districts:
        year.hosted.run(
            "district",
            DEPLOYMENT_ID=f"1-{each.number}",
            SECRET_FILE=str(secret),
            NAME=f"'District {each.number}'",
            **{"consumer-key KEY": f"consumer-key key-{each.number}"},
        )
    with year.looking():
        for each in year.districts:
            row = db.session.get_one(Installation, each.number)
            for name, value in claimed("1").items():
                setattr(row, name, value)
            complete(year.app, row, each.store, each.sis)
        db.session.commit()
