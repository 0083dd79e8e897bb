"""Total deadlines and bounded answers: what a slow or hostile server can do to everybody else."""

from __future__ import annotations

import resource
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lti_app.extensions import db
from lti_app.lti import keys
from lti_app.lti.keys import KeySets
from lti_app.models import Platform
from lti_app.outbound import bounds, deadlines
from lti_app.outbound.errors import Transient, Unexpected
from lti_app.outbound.transport import Transport
from tests.support.launching import Launcher, launching
from tests.support.slow_servers import dripping, packed


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same deadlines, in less time."""
    monkeypatch.setattr(keys, "TOTAL", 0.6)
    monkeypatch.setattr(deadlines, "PAGE", 1.0)


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Launcher]:
    with launching(tmp_path) as launcher:
        yield launcher


@pytest.mark.parametrize("head", [True, False], ids=["head", "body"])
def test_a_server_that_drips_is_given_up_after_the_whole_time(head: bool) -> None:
    with dripping(head=head) as server, Transport(total=0.5, attempts=1) as client:
        started = time.monotonic()
        with pytest.raises(Transient, match="didn’t answer in time"):
            client.request("GET", server.url)

        assert time.monotonic() - started < 5


def test_all_that_a_page_waits_for_has_one_deadline() -> None:
    with dripping(head=True) as server, Transport(total=300) as client:
        deadlines.enter_page(0.5)
        try:
            started = time.monotonic()
            for _ in range(3):
                with pytest.raises(Transient):
                    client.request("GET", server.url)
        finally:
            deadlines.leave_page()

        assert time.monotonic() - started < 5
        assert server.asked == 1


def test_every_request_of_a_person_has_the_deadline_of_a_page(there: Launcher) -> None:
    seen: list[bool] = []
    there.app.before_request_funcs[None].append(lambda: seen.append(deadlines.is_page()))

    there.app.test_client().get("/healthz")

    assert seen == [True]
    assert not deadlines.is_page()


@pytest.mark.parametrize("largest", ["page", "job"])
def test_an_answer_is_bounded_after_it_was_unpacked(largest: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with packed(240) as server, Transport(attempts=1) as client:
        if largest == "page":
            deadlines.enter_page()
        try:
            with pytest.raises(Unexpected, match="too large"):
                client.request("GET", server.url)
        finally:
            deadlines.leave_page()

    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 4 * bounds.LARGEST_ANSWER / 1024


def test_a_dripping_key_server_stops_no_launch_whose_key_is_known(there: Launcher, quick: None) -> None:
    assert there.launch().status_code == 200
    state, nonce = there.begin()
    known = there.token(there.claims(nonce))
    with dripping(head=True) as server:
        sets: KeySets = there.app.extensions["key_sets"]
        with there.app.app_context():
            url = db.session.query(Platform).one().jwks_url
        sets._sets[server.url] = sets._sets[url]
        with there.app.app_context():
            db.session.query(Platform).one().jwks_url = server.url
            db.session.commit()
        hanging = threading.Thread(target=sets.find, args=(server.url, "made-up"))
        sets._sets[server.url].fetched_at -= keys.FETCH_AGAIN  # type: ignore[operator]
        hanging.start()

        assert there.post(state, known).status_code == 200
        assert hanging.is_alive() or server.asked == 1
        hanging.join(10)
        assert not hanging.is_alive()


def test_made_up_key_ids_do_not_keep_a_new_key_from_being_found(there: Launcher) -> None:
    """Whatever strangers have just had fetched: the platform's new key is in what is fetched next."""
    assert there.launch().status_code == 200
    sets: KeySets = there.app.extensions["key_sets"]
    (known,) = sets._sets.values()
    current = there.platform.keys.current
    for number in range(20):
        state, nonce = there.begin()
        there.post(state, there.token(there.claims(nonce), {"alg": "RS256", "kid": f"made-up-{number}"}))
    assert there.platform.asked <= 2
    known.keys.pop(current.kid)
    known.fetched_at -= keys.FETCH_AGAIN  # type: ignore[operator]

    assert there.launch().status_code == 200
