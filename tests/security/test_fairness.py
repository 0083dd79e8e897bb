"""What one district, or a stranger, can take from all others: threads, jobs, events, launches."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from lti_app.config import SettingsError, read_settings
from lti_app.extensions import db
from lti_app.grades.live import inbox
from lti_app.grades.live.dispatch import dispatch
from lti_app.grades.live.inbox import Inbox
from lti_app.jobs import order, queue
from lti_app.models import Event, Job, Platform
from lti_app.outbound import deadlines
from lti_app.outbound.errors import Transient
from lti_app.outbound.transport import Transport
from lti_app.school.records import Kind
from lti_app.store.district import District
from tests.factories import add_event, add_installation, add_link, add_platform, open_database, set_options
from tests.support.launching import APP, CLIENT, ISSUER, Launcher, launching
from tests.support.slow_servers import dripping
from tests.support.world import KEY

DISTRICTS = 50
LOGIN = {"iss": ISSUER, "client_id": CLIENT, "login_hint": "1", "target_link_uri": f"{APP}/lti/launch"}


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Launcher]:
    with launching(tmp_path) as launcher:
        yield launcher


def districts(session: Session, count: int) -> None:
    """Districts 1 to `count`."""
    for number in range(3, count + 1):
        add_installation(session, f"d-{number}", id=number)
    session.commit()


def test_a_district_that_waits_for_a_slow_server_leaves_threads_to_others() -> None:
    """Sixteen connection tests of one district: most are refused at once, and another district is served."""
    with dripping(head=True) as server:
        refused: list[str] = []

        def wait(whose: int) -> None:
            deadlines.enter_page(1.5)
            deadlines.page_of(whose)
            try:
                with Transport(attempts=1) as client:
                    client.request("GET", server.url)
            except Transient as error:
                refused.append(f"{whose}: {error}")

        hostile = [threading.Thread(target=wait, args=(1,)) for _ in range(16)]
        for each in hostile:
            each.start()
        for each in hostile:
            each.join(10)
        assert sum("Other pages of your district" in each for each in refused) == 16 - deadlines.OF_ONE
        assert server.asked == deadlines.OF_ONE
        with deadlines.call(1):
            deadlines.enter_page()
            deadlines.page_of(2)
            with deadlines.waiting():
                assert deadlines.is_page()
            deadlines.leave_page()


def ask_live(session: Session, owner: int, sections: int) -> None:
    """Jobs of live sync for so many sections of a district."""
    for section in range(sections):
        asked = {"params": {}, "trigger": "live", "asked_by": "", "lane": "grades"}
        queue.enqueue(District(session, owner), "live", section_id=str(section), **asked)  # type: ignore[arg-type]
    session.commit()


def test_fifty_districts_take_turns_whatever_one_of_them_queues() -> None:
    session = open_database()
    districts(session, DISTRICTS)
    ask_live(session, 1, 40)
    for number in range(2, DISTRICTS + 1):
        ask_live(session, number, 1)

    owners = [session.get_one(Job, each).installation_id for each in order.queued_ids(session)]

    assert set(owners[:DISTRICTS]) == set(range(1, DISTRICTS + 1))


def test_the_last_slot_of_a_process_is_for_a_district_of_which_nothing_runs() -> None:
    session = open_database()
    ask_live(session, 1, 8)
    ask_live(session, 2, 1)
    jobs = session.query(Job).order_by(Job.id).all()
    first, second = ([each.id for each in jobs if each.installation_id == number] for number in (1, 2))

    assert sum(queue.claim(session, each, "me") for each in first) == queue.SLOTS - 1
    assert queue.claim(session, second[0], "me")
    assert queue.claim(session, first[-1], "another process")


def test_a_flood_of_events_is_bounded_and_strangers_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "MOST_WAITING", 20)
    monkeypatch.setattr(inbox, "MOST_MALFORMED", 5)
    session = open_database()
    for number in range(60):
        add_link(session, Kind.SECTION, f"s{number}", schoology_id=str(1000 + number))
    session.commit()
    box = Inbox(session.get_bind())  # type: ignore[arg-type]
    flood = {
        "type": "grade.update",
        "data": [{"section_id": each} for each in range(1000, 1500)],
        "x": "hunter2",
    }

    for _ in range(3):
        box.store(1, json.dumps(flood).encode())
    for _ in range(50):
        box.store(1, b"nonsense hunter2")
    box.store(2, json.dumps(flood).encode())

    kept = session.query(Event).all()
    assert sum(each.state == "new" for each in kept) == 20
    assert sum(each.state == "malformed" for each in kept) == 5
    assert {each.installation_id for each in kept} == {1}
    assert {each.body for each in kept} == {"grade.update", ""}


def test_events_of_districts_are_handed_out_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lti_app.grades.live.dispatch.SECTIONS", 10)
    session = open_database()
    districts(session, 5)
    for number in range(1, 6):
        set_options(session, number, live_grades=True)
        for section in range(30 if number == 1 else 2):
            add_link(session, Kind.SECTION, f"s{section}", number, schoology_id=str(section))
            add_event(session, number, section_id=str(section))
    session.commit()

    asked = dispatch(session)

    owners = [session.get_one(Job, each).installation_id for each in asked]
    assert {number: owners.count(number) for number in range(1, 6)} == {1: 2, 2: 2, 3: 2, 4: 2, 5: 2}


def test_a_school_behind_one_address_launches_five_hundred_times_in_a_minute(there: Launcher) -> None:
    client = there.app.test_client()

    answers = {client.get("/lti/login", query_string=LOGIN).status_code for _ in range(500)}
    answers |= {
        client.post("/lti/launch", data={"state": "x", "id_token": "y"}).status_code for _ in range(500)
    }

    assert 429 not in answers
    assert there.launch().status_code == 200
    more = [client.get("/lti/login", query_string=LOGIN) for _ in range(100)]
    assert more[-1].status_code == 429
    assert "too many requests" in more[-1].text


@pytest.mark.parametrize(("proxies", "status"), [(1, 302), (0, 429)])
def test_clients_behind_our_proxy_are_told_apart(tmp_path: Path, proxies: int, status: int) -> None:
    with launching(tmp_path, trusted_proxies=proxies) as there:
        client = there.app.test_client()
        for _ in range(601):
            client.get("/lti/login", query_string=LOGIN, headers={"X-Forwarded-For": "198.51.100.7"})
        headers = {"X-Forwarded-For": "198.51.100.8"}

        assert client.get("/lti/login", query_string=LOGIN, headers=headers).status_code == status


def test_the_number_of_proxies_is_a_digit(tmp_path: Path) -> None:
    assert (
        read_settings({"LTI_APP_SECRET_KEYS": KEY, "LTI_APP_TRUSTED_PROXIES": "2"}, tmp_path).trusted_proxies
        == 2
    )
    with pytest.raises(SettingsError, match="LTI_APP_TRUSTED_PROXIES"):
        read_settings({"LTI_APP_SECRET_KEYS": KEY, "LTI_APP_TRUSTED_PROXIES": "all"}, tmp_path)


def test_a_key_that_does_not_open_does_not_hide_the_others(there: Launcher) -> None:
    with there.app.app_context():
        good = db.session.query(Platform).one()
        add_platform(db.session(), private_key="garbage")
        db.session.commit()
        client = there.app.test_client()
        first = client.get("/lti/jwks.json").get_json()["keys"]
        good.private_key = "opened no more"
        db.session.commit()
        second = client.get("/lti/jwks.json").get_json()["keys"]

    assert len(first) == 1 and first == second
    assert first[0]["kty"] == "RSA" and "d" not in first[0]
